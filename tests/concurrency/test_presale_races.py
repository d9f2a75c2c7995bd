"""A balance is paid and its presale ends, at once: one of the two happens, and the deposit ends once."""

from collections.abc import Callable
from threading import Barrier

import pytest

from fairground.checkout.actions.end_purchases import NotCancellable, cancel_purchase, expire_purchases
from fairground.checkout.rules.paying import Paid
from fairground.checkout.rules.placing import Placed
from fairground.ledger.queries import accounts_that_disagree
from fairground.markets.rules import DepositMode
from fairground.orders.models import Purchase
from fairground.orders.rules import DepositEnd, Step
from fairground.settlement.rules.addresses import escrow_address
from tests.books import Units, units_of
from tests.concurrency.racing import PATIENCE_S, at_once, take_naively, unguarded_shelf, unguarded_units
from tests.factories import SkuMade, give_wallet, make_market, make_merchant, make_shopper, pay, pay_request
from tests.presales import (
    BALANCE,
    CLOSES_MS,
    DEPOSIT,
    OPENS_MS,
    TOTAL,
    balance_of,
    make_presale,
    pay_deposit,
    place_presale,
    wallet_of,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("writer")]
RACES = 6


def make_scene() -> tuple[SkuMade, int, Placed]:
    make_market()
    presale = make_presale(mode=DepositMode.ADVANCE, merchant=make_merchant(lane=30))
    shopper_id = make_shopper()
    give_wallet(shopper_id=shopper_id, amount_minor=5_000)
    placed = place_presale(presale, shopper_id=shopper_id)
    pay_deposit(placed, shopper_id=shopper_id)
    return presale, shopper_id, placed


def pays(placed: Placed, shopper_id: int, *, now_ms: int) -> Callable[[], bool]:
    request = pay_request(placed, shopper_id=shopper_id, amount_minor=BALANCE)
    return lambda: isinstance(pay([request], now_ms=now_ms)[0], Paid)


def expires() -> bool:
    return expire_purchases(now_ms=CLOSES_MS) == 1


def cancels(placed: Placed, shopper_id: int) -> Callable[[], bool]:
    def cancel() -> bool:
        try:
            cancel_purchase(purchase_id=placed.purchase_id, shopper_id=shopper_id, now_ms=CLOSES_MS - 1)
        except NotCancellable:
            return False
        return True

    return cancel


@pytest.mark.parametrize("way", ["the sweep", "the shopper"])
def test_a_balance_that_races_with_the_end_of_its_presale_is_paid_or_the_presale_ends(way: str) -> None:
    presale, shopper_id, placed = make_scene()
    ends = expires if way == "the sweep" else cancels(placed, shopper_id)

    paid, *others = at_once([pays(placed, shopper_id, now_ms=CLOSES_MS - 1), *[ends] * RACES])

    assert paid + sum(others) == 1
    row = Purchase.objects.get()
    kept = TOTAL if paid else 0
    assert row.state == (Step.PAID if paid else Step.EXPIRED if way == "the sweep" else Step.CANCELLED)
    assert row.deposit_end == (DepositEnd.COUNTED if paid else DepositEnd.RETURNED)
    assert balance_of(30, escrow_address(presale.merchant.id, "EUR")) == kept
    assert wallet_of(shopper_id) == 5_000 - kept
    assert units_of(presale.deal_stock_id) == Units(10, reserved=0, sold=int(paid))
    assert accounts_that_disagree() == []


def test_a_balance_that_many_pay_at_once_is_paid_once() -> None:
    presale, shopper_id, placed = make_scene()

    done = at_once([pays(placed, shopper_id, now_ms=OPENS_MS) for _ in range(RACES)])

    assert sum(done) == 1
    assert wallet_of(shopper_id) == 5_000 - TOTAL
    assert units_of(presale.deal_stock_id) == Units(10, reserved=0, sold=1)


def test_who_looks_before_the_others_have_written_gives_a_deposit_back_again() -> None:
    """The negative control: all have seen the one deposit before the first of them gives it back."""
    all_have_looked = Barrier(RACES, timeout=PATIENCE_S)
    with unguarded_shelf(units=DEPOSIT):
        ended = at_once([lambda: take_naively(units=DEPOSIT, between=all_have_looked.wait)] * RACES)

        assert sum(ended) == RACES
        assert unguarded_units() == DEPOSIT * (1 - RACES)
