"""What a merchant owes in one currency is set off against what it is to be paid in another, never more than is owed."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.kernel.ids import lane_of
from fairground.kernel.writer import take_turn, writers_of_lanes
from fairground.ledger.queries import accounts_that_disagree, balances, trial_balance
from fairground.ledger.rules import AccountKind, TransferKind
from fairground.markets.queries import published_at
from fairground.markets.rules import RATE_AGE_MAX_DAYS, Rate, RateSource
from fairground.markets.storing_rates import store_rates
from fairground.settlement.actions.advance_payouts import advance_payout
from fairground.settlement.actions.other_lines import OtherLine, post_other_lines
from fairground.settlement.actions.propose_payouts import propose_payouts
from fairground.settlement.actions.return_reserves import return_reserves
from fairground.settlement.models import Entry, Payout, SetOff
from fairground.settlement.rules.addresses import exchange_address, payable_address
from fairground.settlement.rules.payouts import EntryKind, PayoutState, Schedule
from fairground.settlement.rules.setting_off import Swap, set_off
from fairground.settlement.statements import read_statement, statement_lines
from fairground.sites.statements.document import statement_pdf
from fairground.sites.statements.table import statement_csv
from tests.factories import make_market
from tests.refunding import Scene, back, make_scene
from tests.settlement.adding_up import assert_document_adds_up
from tests.settlement.making import DAY_MS, SETTLED_MS, make_terms, settle
from tests.settlement.test_settlement_documents import SETTLEMENT, rows

WEEK_MS = 7 * DAY_MS
OWED = 21_222
DAY = from_unix_ms(SETTLED_MS).date()


@pytest.fixture
def scene(two_writers: None) -> Scene:
    make_market()
    make_market(code="JP", currency="JPY", tax_rates_bps={"JP": 1_000})
    scene = make_scene()
    settle(scene.chairs)
    return scene


def owes(scene: Scene, amount_minor: int, currency: str = "JPY", *, now_ms: int = SETTLED_MS) -> None:
    """Let the merchant of the chairs owe in another currency."""
    merchant_id = scene.chair.merchant.id
    line = OtherLine(
        merchant_id=merchant_id,
        currency=currency,
        kind=EntryKind.PENALTY,
        amount_minor=-amount_minor,
        order_id=scene.chairs,
        address=exchange_address(currency),
        account_kind=AccountKind.FREE,
        why=TransferKind.ADJUSTMENT,
    )
    with transaction.atomic():
        writers = writers_of_lanes([lane_of(merchant_id)])
        turn = take_turn(writer_ids=writers, now_ms=now_ms, ids_max=10, outbox_rows=0)
        post_other_lines(turn=turn, lines=[line], now_ms=now_ms)


def store_yen(yen: int = 162, *, days_before: int = 0) -> None:
    by = By(user_id=None, now=from_unix_ms(SETTLED_MS))
    store_rates(rates={("JPY", DAY - timedelta(days=days_before)): (yen, 1)}, source=RateSource.ECB, by=by)


def available(scene: Scene, currency: str) -> int:
    key = (scene.chair.merchant.lane, payable_address(scene.chair.merchant.id, currency))
    return balances([key])[key].available_minor


@pytest.mark.parametrize("row", rows(SETTLEMENT, "Setting off"), ids=str)
def test_what_is_set_off_is_as_written(row: list[str]) -> None:
    owed, source, debt, target, numerator, denominator, taken, given = row
    rate = Rate(int(numerator), int(denominator), published_at(DAY))

    swap = set_off(owed_minor=int(owed), debt_minor=int(debt), source=source, target=target, rate=rate)

    assert swap == (Swap(int(taken), int(given)) if int(taken) else None)


def test_a_debt_is_paid_whole_and_the_rest_is_paid_out(scene: Scene) -> None:
    owes(scene, 1_620)
    store_yen()

    assert propose_payouts(now_ms=SETTLED_MS) == 1

    row = SetOff.objects.get()
    assert (row.taken_minor, row.taken_currency, row.given_minor, row.given_currency) == (1_000, "EUR", 1_620, "JPY")
    assert (row.rate_numerator, row.rate_denominator, row.rate_quoted_at) == (162, 1, published_at(DAY))
    assert Payout.objects.get().amount_minor == OWED - 1_000
    assert (available(scene, "EUR"), available(scene, "JPY")) == (0, 0)
    assert accounts_that_disagree() == []
    assert all(one.debits_posted_minor == one.credits_posted_minor for one in trial_balance())


def test_a_debt_that_is_greater_takes_all_and_nothing_is_paid(scene: Scene) -> None:
    owes(scene, 100_000)
    store_yen()

    assert propose_payouts(now_ms=SETTLED_MS) == 0

    row = SetOff.objects.get()
    assert (row.taken_minor, row.given_minor) == (OWED, 34_380)
    assert (available(scene, "EUR"), available(scene, "JPY")) == (0, 34_380 - 100_000)
    assert propose_payouts(now_ms=SETTLED_MS + WEEK_MS) == 0
    assert SetOff.objects.count() == 1


def test_nothing_is_set_off_before_a_payout_is_due_nor_by_a_rate_that_pays_nobody(scene: Scene) -> None:
    owes(scene, 1_620)
    make_terms(scene.chair.merchant.id, payout_min_cents=OWED + 1)
    store_yen()
    assert (propose_payouts(now_ms=SETTLED_MS), SetOff.objects.count()) == (0, 0)


@pytest.mark.parametrize("is_old", [True, False])
def test_without_a_rate_that_counts_all_is_paid_and_the_debt_stays(scene: Scene, is_old: bool) -> None:
    owes(scene, 1_620)
    if is_old:
        store_yen(days_before=RATE_AGE_MAX_DAYS[RateSource.ECB] + 1)

    assert propose_payouts(now_ms=SETTLED_MS) == 1

    assert (Payout.objects.get().amount_minor, SetOff.objects.count()) == (OWED, 0)
    assert available(scene, "JPY") == -1_620


def test_what_failed_is_proposed_again_less_what_was_set_off_since(scene: Scene) -> None:
    store_yen()
    propose_payouts(now_ms=SETTLED_MS)
    owes(scene, 1_620)
    assert propose_payouts(now_ms=SETTLED_MS + 1) == 0
    fail_last()
    store_yen(days_before=-7)

    assert propose_payouts(now_ms=SETTLED_MS + WEEK_MS) == 1

    assert Payout.objects.latest("id").amount_minor == OWED - 1_000


def test_a_stretch_that_failed_before_another_payout_is_paid_whole(two_writers: None) -> None:
    make_market()
    make_market(code="JP", currency="JPY", tax_rates_bps={"JP": 1_000})
    scene = make_scene()
    make_terms(scene.chair.merchant.id, reserve_bps=1_000, reserve_days=1, schedule=Schedule.DAILY)
    settle(scene.chairs)
    propose_payouts(now_ms=SETTLED_MS)
    first = Payout.objects.get().id
    return_reserves(now_ms=SETTLED_MS + DAY_MS)
    propose_payouts(now_ms=SETTLED_MS + DAY_MS)
    by = By(user_id=None, now=from_unix_ms(SETTLED_MS + DAY_MS), reason="closed")
    advance_payout(payout_id=first, then=PayoutState.FAILED, by=by)
    owes(scene, 1_620, now_ms=SETTLED_MS + DAY_MS)
    store_yen()

    assert propose_payouts(now_ms=SETTLED_MS + 2 * DAY_MS) == 1

    assert (Payout.objects.latest("id").amount_minor, SetOff.objects.count()) == (19_100, 0)


def fail_last() -> None:
    """Let the last payout fail, and its money be the merchant's again."""
    by = By(user_id=None, now=from_unix_ms(SETTLED_MS + 2), reason="closed")
    advance_payout(payout_id=Payout.objects.latest("id").id, then=PayoutState.FAILED, by=by)


def test_the_statement_says_both_amounts_and_the_rate(scene: Scene) -> None:
    owes(scene, 1_620)
    store_yen()
    propose_payouts(now_ms=SETTLED_MS)
    head = read_statement(payout_id=Payout.objects.get().id)

    lines = list(statement_lines(head))
    table = b"".join(statement_csv(lines, currency=head.currency)).decode().splitlines()

    side = lines[-1].other_side
    assert side is not None
    assert (side.amount_minor, side.currency, lines[-1].other_minor) == (1_620, "JPY", -1_000)
    assert table[-1].endswith(",-10.00,-10.00,1620,JPY,EUR/JPY 162/1")
    assert table[-1].startswith(",set_off,")
    assert statement_pdf(head, lines).startswith(b"%PDF-")
    assert_document_adds_up(head)


def test_a_reserve_that_is_returned_pays_what_a_merchant_owes_first(two_writers: None) -> None:
    make_market()
    scene = make_scene()
    make_terms(scene.chair.merchant.id, reserve_bps=9_000, reserve_days=30)
    settle(scene.chairs)
    propose_payouts(now_ms=SETTLED_MS)
    reserve_minor = Entry.objects.get(order_id=scene.chairs).reserve_minor
    owes(scene, 5_000, "EUR")
    before = available(scene, "EUR")

    return_reserves(now_ms=SETTLED_MS + 31 * DAY_MS)
    propose_payouts(now_ms=SETTLED_MS + 31 * DAY_MS)

    assert before == -5_000
    assert Payout.objects.latest("id").amount_minor == reserve_minor - 5_000


@pytest.mark.parametrize(("taken", "given"), [("EUR", "JPY"), ("JPY", "EUR")])
def test_the_database_refuses_to_set_off_what_is_not_owed(scene: Scene, taken: str, given: str) -> None:
    owes(scene, 1_620)
    store_yen()
    propose_payouts(now_ms=SETTLED_MS)
    owes_nothing = SetOff.objects.get()
    back(scene.chairs, 1, 1, now_ms=SETTLED_MS + 1)
    owes_nothing.id, owes_nothing.taken_currency, owes_nothing.given_currency = owes_nothing.id + 1, taken, given
    for name in ("taken_entry_id", "taken_transfer_id", "given_entry_id", "given_transfer_id"):
        setattr(owes_nothing, name, owes_nothing.id)

    with pytest.raises(IntegrityError, match="INV-35"), transaction.atomic():
        SetOff.objects.bulk_create([owes_nothing])
    with pytest.raises(IntegrityError, match="INV-35"), transaction.atomic():
        SetOff.objects.update(taken_minor=1)
    with pytest.raises(IntegrityError, match="INV-35"), transaction.atomic():
        SetOff.objects.all().delete()
    assert SetOff.objects.get().taken_minor == 1_000
