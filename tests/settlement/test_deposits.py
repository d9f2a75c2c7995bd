"""Deposits that ended are settled between merchant and platform: each is a line of the statement, whole, and once."""

from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction

from fairground.checkout.actions.end_purchases import break_off_presales, cancel_purchase
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.ledger.queries import accounts_that_disagree
from fairground.markets.rules import DepositMode
from fairground.settlement.actions.propose_payouts import propose_payouts
from fairground.settlement.actions.settle_deposits import settle_deposits
from fairground.settlement.models import DepositDue, Entry, Payout
from fairground.settlement.rules.payouts import EntryKind
from fairground.settlement.statements import read_statement, statement_lines
from tests.factories import MerchantMade, give_wallet, make_market, make_merchant, make_shopper
from tests.presales import CLOSES_MS, DEPOSIT, OPENS_MS, make_presale, pay_deposit, place_presale
from tests.settlement.making import books, make_terms
from tests.settlement.test_settlement_documents import SETTLEMENT, rows

BY = By(user_id=None, now=from_unix_ms(OPENS_MS), reason="out of goods")


@pytest.fixture
def merchant(two_writers: None) -> MerchantMade:
    """Make a merchant to whom three deposits were forfeited, and who owes one."""
    make_market()
    shopper_id, merchant = make_shopper(), make_merchant(lane=30)
    give_wallet(shopper_id=shopper_id, amount_minor=5_000)
    presale = make_presale(mode=DepositMode.EARNEST, merchant=merchant)
    placed = [place_presale(presale, shopper_id=shopper_id) for _ in range(4)]
    for one in placed:
        pay_deposit(one, shopper_id=shopper_id)
    for one in placed[1:]:
        cancel_purchase(purchase_id=one.purchase_id, shopper_id=shopper_id, now_ms=OPENS_MS)
    break_off_presales(purchase_ids=[placed[0].purchase_id], by=BY)
    return merchant


def told() -> list[tuple[EntryKind, int]]:
    found = Entry.objects.order_by("order_id").values_list("kind", "payable_minor")
    return [(EntryKind(kind), payable_minor) for kind, payable_minor in found]


def test_deposits_that_ended_are_due_until_they_are_settled_once(merchant: MerchantMade) -> None:
    assert (DepositDue.objects.count(), told()) == (4, [])

    assert (settle_deposits(now_ms=CLOSES_MS), settle_deposits(now_ms=CLOSES_MS + 1)) == (4, 0)

    forfeit = (EntryKind.FORFEIT, DEPOSIT)
    assert told() == [(EntryKind.PENALTY, -DEPOSIT), forfeit, forfeit, forfeit]
    assert DepositDue.objects.count() == 0
    assert books(merchant.id) == {"merchant:payable": 2 * DEPOSIT}
    assert accounts_that_disagree() == []


def test_they_are_settled_as_written(merchant: MerchantMade) -> None:
    settle_deposits(now_ms=CLOSES_MS)

    lines = Entry.objects.values_list("kind", "other_minor", "payable_minor")
    settled = {(str(DEPOSIT), EntryKind(kind).name.lower(), str(other), str(payable)) for kind, other, payable in lines}
    assert settled == {(row[0], *row[2:]) for row in rows(SETTLEMENT, "Deposits that ended")}


def test_a_payout_has_them_with_their_orders_and_no_commission(merchant: MerchantMade) -> None:
    settle_deposits(now_ms=CLOSES_MS)

    assert propose_payouts(now_ms=CLOSES_MS) == 1

    payout = Payout.objects.get()
    lines = list(statement_lines(read_statement(payout_id=payout.id)))
    assert (payout.amount_minor, [line.other_minor for line in lines]) == (2 * DEPOSIT, [-DEPOSIT, *[DEPOSIT] * 3])
    assert all(line.order_number and not line.commission_minor for line in lines)


def test_a_penalty_alone_is_a_debt_and_nothing_is_paid(merchant: MerchantMade) -> None:
    DepositDue.objects.filter(kind=EntryKind.FORFEIT).delete()

    settle_deposits(now_ms=CLOSES_MS)

    assert books(merchant.id)["merchant:payable"] == -DEPOSIT
    assert propose_payouts(now_ms=CLOSES_MS) == 0


def test_those_of_a_merchant_that_is_held_wait(merchant: MerchantMade) -> None:
    make_terms(merchant.id, held=True, held_because="no identity")

    assert settle_deposits(now_ms=CLOSES_MS) == 0

    assert (DepositDue.objects.count(), told()) == (4, [])
    assert books(merchant.id)["merchant:forfeits"] == 3 * DEPOSIT


def test_those_that_ended_before_are_brought_over_once(merchant: MerchantMade) -> None:
    noted = sorted(DepositDue.objects.values_list())
    older = import_module("fairground.settlement.migrations.0005_deposits_are_settled").OLDER
    DepositDue.objects.all().delete()

    with connection.cursor() as cursor:
        cursor.execute(older)
        cursor.execute(older)
        assert sorted(DepositDue.objects.values_list()) == noted
        settle_deposits(now_ms=CLOSES_MS)
        cursor.execute(older)

    assert (DepositDue.objects.count(), len(told())) == (0, 4)


@pytest.mark.parametrize(
    ("stated", "constraint"),
    [
        ({"kind": 4, "other_minor": 5, "payable_minor": 5}, "inv_35_deposit_settled_once"),
        ({"kind": 5, "other_minor": -5, "payable_minor": -5}, "inv_35_deposit_settled_once"),
        ({"kind": 4, "other_minor": -5, "payable_minor": -5}, "inv_35_deposit_settled_to_whom_it_belongs"),
        ({"kind": 5, "other_minor": 5, "payable_minor": 5}, "inv_35_deposit_settled_to_whom_it_belongs"),
        ({"kind": 1, "other_minor": 5, "payable_minor": 5}, "entry_parts_or_other"),
        ({"kind": 4, "other_minor": 5, "payable_minor": 10, "escrow_minor": 5}, "entry_parts_or_other"),
        ({"kind": 4, "other_minor": 5, "payable_minor": 6}, "inv_30_line_adds_up"),
        ({"kind": 4, "other_minor": 5, "payable_minor": 5, "order_id": None}, "entry_names_its_order"),
        ({"kind": 6, "other_minor": 5, "payable_minor": 5}, "entry_names_its_order"),
    ],
)
def test_the_database_refuses_lines_that_can_not_be(
    merchant: MerchantMade, stated: dict[str, object], constraint: str
) -> None:
    settle_deposits(now_ms=CLOSES_MS)
    entry = Entry.objects.filter(kind=EntryKind.FORFEIT).latest("id")
    entry.id += 1
    for name, value in stated.items():
        setattr(entry, name, value)

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Entry.objects.bulk_create([entry])
