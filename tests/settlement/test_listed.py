"""The lists of the back office as tables: every row of a span, to the minor unit, and who takes one is written down."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from fairground.aftersales.listed import cases_listed
from fairground.aftersales.queries import QueuePart
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.identity.models import User
from fairground.kernel.edits import By
from fairground.kernel.ids import make_id
from fairground.kernel.models import AuditEntry
from fairground.kernel.money import Money
from fairground.orders.rules import RefundReason
from fairground.payments.credit import grant_credit
from fairground.payments.gift_cards import issue_gift_cards, redeem_gift_card
from fairground.payments.models import Payment
from fairground.settlement.actions.propose_payouts import propose_payouts
from fairground.settlement.models import Payout
from fairground.settlement.reports import listed
from fairground.settlement.reports.listed import (
    Span,
    credit_listed,
    gift_cards_listed,
    payments_listed,
    payouts_listed,
    payouts_summed,
    returns_listed,
    take_file,
    withdrawals_listed,
)
from fairground.settlement.reports.reading import ReportTooLong
from fairground.settlement.reports.tables import Table, csv_pieces
from fairground.settlement.rules.payouts import PayoutState
from tests.cases import ask, ship
from tests.factories import BY, GIVER, NOW, give_wallet, make_market, make_shopper
from tests.fulfilment.withdrawing import buy, withdraw
from tests.payments.paying import Till, make_till
from tests.refunding import make_scene
from tests.settlement.making import SETTLED_MS, settle

pytestmark = pytest.mark.usefixtures("two_writers")
BEFORE = Span(to_at=NOW)


def read(table: Table, *columns: str) -> list[tuple[str, ...]]:
    """Return some columns of a table as its CSV has them."""
    head, *rows = "".join(csv_pieces(table)).splitlines()
    places = [head.split(",").index(one) for one in columns]
    return [tuple(row.split(",")[place] for place in places) for row in rows]


@pytest.fixture
def till() -> Till:
    """Two chairs at 1000 each, of which the wallet paid 500 and the provider 1500; one went back."""
    till = make_till()
    give_wallet(shopper_id=till.shopper_id, amount_minor=500)
    till.agree(till.begin(wallet_minor=500))
    refund_lines(units={(till.placed.orders[0].order_id, 1): 1}, reason=RefundReason.FAULTY, by=BY)
    return till


def test_a_payment_has_what_was_asked_what_was_taken_and_what_the_wallet_gave(till: Till) -> None:
    payment = Payment.objects.get()

    (row,) = read(payments_listed(), "payment", "amount", "from_wallet", "taken", "state", "end", "shopper", "purchase")

    number = till.placed.number
    assert row == (str(payment.id), "15.00", "5.00", "15.00", "taken", "paid", str(till.shopper_id), number)
    assert payments_listed(only_id=payment.id).rows == payments_listed().rows
    assert payments_listed(only_id=payment.id + 1).rows == []
    assert payments_listed(is_open=True).rows == []
    assert payments_listed(span=BEFORE).rows == []


def test_what_goes_back_is_listed_by_how_it_stands(till: Till) -> None:
    columns = ("amount", "currency", "state", "differs", "shopper", "purchase")

    assert read(returns_listed(is_failed=False), *columns) == [
        ("10.00", "EUR", "asking", "false", str(till.shopper_id), till.placed.number)
    ]
    assert returns_listed(is_failed=True).rows == []
    till.provider.refunds_fail = True
    till.return_all()

    assert returns_listed(is_failed=False).rows == []
    assert [row[0] for row in read(returns_listed(is_failed=True), "state")] == ["failed"]
    assert len(returns_listed().rows) == 1


def test_gift_cards_and_credit_are_listed_without_a_code() -> None:
    make_market()
    shopper_id = make_shopper()
    ends = NOW + timedelta(days=9)
    (code, _) = issue_gift_cards(
        key=uuid4(), count=2, amount_minor=1_250, currency="EUR", expires_at=ends, is_sold=True, by=GIVER
    )
    redeem_gift_card(code=code, shopper_id=shopper_id, now=NOW)
    giver = User.objects.create_user("giver@shop.example")
    by = By(user_id=giver.pk, now=NOW, reason="=late, and cold")
    grant_credit(key=uuid4(), shopper_id=shopper_id, amount_minor=700, currency="EUR", by=by)

    cards = read(gift_cards_listed(now=NOW), "amount", "shopper", "state")
    assert cards == [("12.50", "", "open"), ("12.50", str(shopper_id), "redeemed")]
    assert [state for (state,) in read(gift_cards_listed(now=ends), "state")] == ["ended", "redeemed"]
    assert code not in "".join(csv_pieces(gift_cards_listed(now=NOW)))
    assert len(gift_cards_listed(now=NOW, first=1).rows) == 1
    assert gift_cards_listed(now=NOW, span=BEFORE).rows == []
    text = "".join(csv_pieces(credit_listed()))
    assert '"\'=late, and cold",EUR,7.00,giver@shop.example' in text
    assert read(gift_cards_listed(now=NOW), "source", "reason", "granted_by") == [("sold", "invoice 4711", "")] * 2
    assert credit_listed(span=BEFORE).rows == []


def test_withdrawals_are_listed_whole_or_those_that_are_open() -> None:
    bought = buy()
    withdraw(bought.placed.number)

    found = read(withdrawals_listed(), "order", "outcome", "purchase")

    number = bought.placed.number
    assert sorted(found) == sorted((str(one), "cancelled", number) for one in (bought.chairs, bought.lamps))
    assert withdrawals_listed(is_open=True).rows == []


def test_cases_are_listed_by_part_of_the_queue_and_by_merchant() -> None:
    make_market()
    scene = make_scene()
    ship(scene.chairs, scene.lamps)
    ask(scene, scene.chairs, 2, text="Both wobble.")

    (row,) = read(cases_listed(), "case", "reason", "wish", "state", "units", "paid")

    assert row == (f"{scene.placed.number}-1-1", "faulty", "money", "opened", "2", "0.00")
    assert "wobble" not in "".join(csv_pieces(cases_listed()))
    far = datetime(2200, 1, 1, tzinfo=UTC)
    sizes = {part: len(cases_listed(part=part, due_before=None).rows) for part in QueuePart if part != QueuePart.DUE}
    assert sizes == {part: int(part is QueuePart.OPEN) for part in QueuePart if part != QueuePart.DUE}
    assert len(cases_listed(part=QueuePart.DUE, due_before=far).rows) == 1
    assert cases_listed(part=QueuePart.DUE, due_before=NOW).rows == []
    assert len(cases_listed(merchant_id=scene.chair.merchant.id).rows) == 1
    assert cases_listed(merchant_id=scene.lamp.merchant.id).rows == []


def test_payouts_are_listed_by_state_and_number_and_summed_by_period() -> None:
    make_market()
    settle(make_scene().chairs)
    propose_payouts(now_ms=SETTLED_MS)
    payout = Payout.objects.get()

    table = payouts_listed()

    assert read(table, "payout", "state") == [(str(payout.id), "proposed")]
    assert [cell.amount_minor for cell in table.rows[0] if isinstance(cell, Money)] == [
        payout.amount_minor,
        payout.paid_minor,
    ]
    assert payouts_listed(state=PayoutState.SENT).rows == []
    assert payouts_listed(only_id=payout.id).rows == table.rows
    assert payouts_listed(only_id=make_id(unix_ms=SETTLED_MS, lane=0, sequence=9)).rows == []
    (summed,) = payouts_summed()
    assert (summed.period_date, summed.state, summed.payouts) == (payout.period_date, PayoutState.PROPOSED, 1)
    assert (summed.paid_minor, summed.currency) == (payout.paid_minor, payout.paid_currency)


def test_a_list_that_is_too_long_is_refused_and_nobody_took_it(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listed, "ROWS_MAX", 0)

    with pytest.raises(ReportTooLong):
        take_file(table=payments_listed(), asked={}, by=BY)

    assert not AuditEntry.objects.filter(verb="file-taken").exists()


def test_who_takes_a_file_that_names_shoppers_is_in_the_log_with_how_it_was_asked_for(till: Till) -> None:
    take_file(table=payments_listed(), asked={"open": "", "from": "2026-11-01"}, by=BY)

    entry = AuditEntry.objects.get(verb="file-taken")
    assert (entry.subject_kind, entry.subject_id) == ("list", "payments")
    assert entry.facts == {"from": [None, "2026-11-01"], "rows": [None, 1]}
