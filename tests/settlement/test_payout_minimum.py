"""The least that is paid out is worth the same in each currency, and moves with the rates."""

from datetime import timedelta

import pytest
from django.db import transaction

from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.kernel.ids import lane_of
from fairground.kernel.writer import take_turn, writers_of_lanes
from fairground.ledger.rules import AccountKind, TransferKind
from fairground.markets.rules import RateSource
from fairground.markets.storing_rates import store_rates
from fairground.settlement.actions.other_lines import OtherLine, post_other_lines
from fairground.settlement.actions.propose_payouts import propose_payouts
from fairground.settlement.models import Payout
from fairground.settlement.rules.addresses import exchange_address
from fairground.settlement.rules.payouts import EntryKind
from tests.factories import make_market, make_merchant, next_id
from tests.settlement.making import SETTLED_MS, make_terms

pytestmark = pytest.mark.usefixtures("two_writers")


def earn(merchant_id: int, amount_minor: int, currency: str) -> None:
    """Let a merchant be owed so much, as by a deposit that was forfeited to it."""
    line = OtherLine(
        merchant_id=merchant_id,
        currency=currency,
        kind=EntryKind.FORFEIT,
        amount_minor=amount_minor,
        order_id=next_id(lane=lane_of(merchant_id)),
        address=exchange_address(currency),
        account_kind=AccountKind.FREE,
        why=TransferKind.ADJUSTMENT,
    )
    with transaction.atomic():
        writers = writers_of_lanes([lane_of(merchant_id)])
        turn = take_turn(writer_ids=writers, now_ms=SETTLED_MS, ids_max=10, outbox_rows=0)
        post_other_lines(turn=turn, lines=[line], now_ms=SETTLED_MS)


def store(currency: str, numerator: int, denominator: int, *, days_before: int = 0) -> None:
    """Store what a euro was in a currency on a day."""
    now = from_unix_ms(SETTLED_MS)
    by = By(user_id=None, now=now)
    store_rates(
        rates={(currency, now.date() - timedelta(days=days_before)): (numerator, denominator)},
        source=RateSource.ECB,
        by=by,
    )


@pytest.mark.parametrize(
    ("currency", "rate", "least_minor"),
    # Ten euros: 10.00 EUR, at 162 yen 1,620 JPY, at 0.3335 dinars 3.335 KWD.
    [("EUR", None, 1_000), ("JPY", (162, 1), 1_620), ("KWD", (3_335, 10_000), 3_335)],
)
def test_ten_euros_are_ten_euros_in_each_currency(
    currency: str, rate: tuple[int, int] | None, least_minor: int
) -> None:
    make_market(currency=currency)
    if rate:
        store(currency, *rate)
    merchant = make_merchant()
    make_terms(merchant.id, payout_min_cents=1_000)
    earn(merchant.id, least_minor - 1, currency)

    assert propose_payouts(now_ms=SETTLED_MS) == 0

    earn(merchant.id, 1, currency)
    assert propose_payouts(now_ms=SETTLED_MS) == 1
    assert Payout.objects.get().amount_minor == least_minor


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_without_a_minimum_the_least_minor_unit_is_paid(currency: str) -> None:
    make_market(currency=currency)
    merchant = make_merchant()
    earn(merchant.id, 1, currency)

    assert propose_payouts(now_ms=SETTLED_MS) == 1


def test_a_minimum_moves_with_the_rate() -> None:
    make_market(currency="JPY")
    merchant = make_merchant()
    make_terms(merchant.id, payout_min_cents=1_000)
    earn(merchant.id, 1_620, "JPY")
    store("JPY", 163, 1, days_before=1)
    assert propose_payouts(now_ms=SETTLED_MS) == 0

    store("JPY", 162, 1)
    assert propose_payouts(now_ms=SETTLED_MS) == 1
