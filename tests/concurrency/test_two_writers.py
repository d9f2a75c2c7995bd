"""What lies in the lanes of two writers is touched by nobody who does not hold both turns."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from fairground.checkout.actions.end_purchases import cancel_purchase, expire_purchases
from fairground.redpackets.actions.give_rounds import close_rounds
from fairground.redpackets.models import PacketRound
from fairground.redpackets.rules import Grabbed, PacketsGone
from tests.books import Units, hot_rows, units_of
from tests.concurrency.racing import at_once, turn_held, wait_for_turn
from tests.factories import (
    NOW_MS,
    SkuMade,
    give_wallet,
    make_market,
    make_merchant,
    make_shopper,
    make_sku,
    pay,
    pay_request,
    place_one,
    place_request,
)
from tests.redpackets.giving import after_closing, amounts_of, given_of, grab, grab_request, make_round

pytestmark = pytest.mark.usefixtures("committing_writers")

DUE_MS = NOW_MS + 15 * 60_000
LOW, HIGH = 10, 50  # a lane of writer 0, one of writer 1


def bought(*, lanes: tuple[int, ...], shopper_lane: int) -> tuple[list[SkuMade], dict[str, Callable[[], object]]]:
    """Place a purchase of a SKU in each lane; return the SKUs, and what can be done with the purchase, by name."""
    make_market()
    skus = [make_sku(merchant=make_merchant(lane=lane)) for lane in lanes]
    shopper_id = make_shopper(lane=shopper_lane)
    give_wallet(shopper_id=shopper_id, amount_minor=10_000)
    placed = place_one(place_request(*[sku.line() for sku in skus], shopper_id=shopper_id))
    return skus, {
        "pay": lambda: pay([pay_request(placed, shopper_id=shopper_id)]),
        "cancel": lambda: cancel_purchase(purchase_id=placed.purchase_id, shopper_id=shopper_id, now_ms=NOW_MS),
        "expire": lambda: expire_purchases(now_ms=DUE_MS),
    }


@pytest.mark.parametrize(
    ("lanes", "shopper_lane", "verb", "expected"),
    [
        ((LOW, HIGH), LOW, "pay", Units(100, reserved=0, sold=1)),
        ((LOW,), HIGH, "pay", Units(100, reserved=0, sold=1)),
        ((LOW, HIGH), LOW, "cancel", Units(100, reserved=0, sold=0)),
        ((LOW, HIGH), LOW, "expire", Units(100, reserved=0, sold=0)),
    ],
    ids=["pay two writers' orders", "pay from a wallet at the other writer", "cancel", "expire"],
)
def test_nothing_moves_until_the_second_writers_turn_is_had(
    lanes: tuple[int, ...], shopper_lane: int, verb: str, expected: Units
) -> None:
    skus, verbs = bought(lanes=lanes, shopper_lane=shopper_lane)
    before = hot_rows()

    def run() -> None:
        try:
            verbs[verb]()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with turn_held(1):
            done = pool.submit(run)
            wait_for_turn(waiting=1)
            untouched = hot_rows() == before
        done.result()

    assert untouched
    assert [units_of(sku.stock_id) for sku in skus] == [expected] * len(skus)


def test_who_needs_one_writer_does_not_wait_for_the_other() -> None:
    skus, verbs = bought(lanes=(LOW,), shopper_lane=LOW)

    with turn_held(1):
        verbs["pay"]()

    assert units_of(skus[0].stock_id) == Units(100, reserved=0, sold=1)


def test_two_writers_give_the_packets_of_a_round_at_once_each_its_own_numbers() -> None:
    make_market()
    round_id = make_round(packets=20)

    def grab_in(lane: int) -> list[type]:
        requests = [grab_request(round_id, shopper_id=make_shopper(lane=lane)) for _ in range(15)]
        return [type(grab([request])[0]) for request in requests]

    low, high = at_once([lambda: grab_in(LOW), lambda: grab_in(HIGH)])

    assert low == high == [Grabbed] * 10 + [PacketsGone] * 5
    assert given_of(round_id) == dict(enumerate(amounts_of(round_id)))


def test_a_round_is_not_closed_until_the_second_writers_turn_is_had() -> None:
    make_market()
    round_id = make_round(packets=20)
    over_ms = after_closing(round_id)

    def close() -> int:
        try:
            return close_rounds(now_ms=over_ms)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with turn_held(1):
            closing = pool.submit(close)
            wait_for_turn(waiting=1)
            assert PacketRound.objects.get().closed_at is None
        assert closing.result() == 1

    assert PacketRound.objects.get().returned_minor == 1_000
