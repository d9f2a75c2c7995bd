"""Many threads want the same units, the same limit, the same money, the same key: real threads, real commits."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connection

from fairground.checkout.actions.end_purchases import (
    NotCancellable,
    cancel_purchase,
    expire_purchases,
    extend_reservation,
)
from fairground.checkout.actions.pay_purchases import PayOutcome
from fairground.checkout.actions.place_orders import Outcome
from fairground.checkout.offer_book import OfferBook
from fairground.checkout.rules.paying import AlreadyPaid, InsufficientFunds, Paid, PayRequest, PurchaseEnded
from fairground.checkout.rules.placing import BuyerLimitReached, Placed, PlaceRequest, SoldOut
from fairground.kernel.ids import lane_of
from fairground.ledger.queries import accounts_that_disagree, balances
from fairground.orders.models import Order, Purchase, PurchaseKey
from fairground.payments.rules import wallet_address
from tests.books import Units, taken_by, units_of
from tests.concurrency.racing import (
    PATIENCE_S,
    at_once,
    take_naively,
    turn_held,
    unguarded_shelf,
    unguarded_units,
    wait_for_turn,
)
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
    place,
    place_one,
    place_request,
)

THREADS = 10
Result = TypeVar("Result")


@pytest.fixture(autouse=True)
def _market(writer: object) -> None:
    make_market()


def batches_of(requests: Sequence[PlaceRequest], *, size: int) -> list[Sequence[PlaceRequest]]:
    return [requests[at : at + size] for at in range(0, len(requests), size)]


def place_at_once(in_threads: Sequence[Sequence[PlaceRequest]], *, batch: int = 1) -> list[Outcome]:
    """Let each thread place its requests, in batches, all threads at once."""

    def run(requests: Sequence[PlaceRequest]) -> list[Outcome]:
        book = OfferBook()
        return [one for some in batches_of(requests, size=batch) for one in place(some, book=book)]

    found = at_once([lambda requests=requests: run(requests) for requests in in_threads])  # type: ignore[misc]
    return [outcome for outcomes in found for outcome in outcomes]


def kinds(outcomes: Sequence[Outcome | PayOutcome]) -> Counter[type]:
    return Counter(type(one) for one in outcomes)


@pytest.mark.parametrize("batch", [1, 4])
def test_threads_that_want_more_units_than_there_are_get_exactly_those(batch: int) -> None:
    chair = make_sku(units=50)
    wanted = [[place_request(chair.line(), shopper_id=make_shopper()) for _ in range(12)] for _ in range(THREADS)]

    outcomes = place_at_once(wanted, batch=batch)

    assert kinds(outcomes) == {Placed: 50, SoldOut: 70}
    assert units_of(chair.stock_id) == Units(50, reserved=50, sold=0)
    assert (Purchase.objects.count(), Order.objects.count(), PurchaseKey.objects.count()) == (50, 50, 50)
    numbers = {one.number for one in outcomes if isinstance(one, Placed)}
    ids = {one.purchase_id for one in outcomes if isinstance(one, Placed)}
    assert (len(numbers), len(ids)) == (50, 50)


def test_a_shop_that_checks_and_then_takes_oversells_here() -> None:
    """The negative control of stock and limits: all threads look before the first one takes."""
    all_have_looked = Barrier(THREADS, timeout=PATIENCE_S)
    with unguarded_shelf(units=1):
        sold = at_once([lambda: take_naively(units=1, between=all_have_looked.wait)] * THREADS)

        assert sum(sold) == THREADS
        assert unguarded_units() == 1 - THREADS


def test_one_buyer_in_many_threads_gets_what_one_buyer_may() -> None:
    chair = make_sku(deal_price_minor=700, deal_units=100, buyer_limit=5)
    shopper_id = make_shopper()
    wanted = [[place_request(chair.deal_line(), shopper_id=shopper_id) for _ in range(3)] for _ in range(THREADS)]

    outcomes = place_at_once(wanted)

    assert kinds(outcomes) == {Placed: 5, BuyerLimitReached: 25}
    assert taken_by(deal_id=chair.deal_id, shopper_id=shopper_id) == 5
    assert units_of(chair.deal_stock_id) == Units(100, reserved=5, sold=0)


def pay_at_once(requests: Sequence[PayRequest]) -> list[PayOutcome]:
    found = at_once([lambda request=request: pay([request]) for request in requests])  # type: ignore[misc]
    return [outcome for outcomes in found for outcome in outcomes]


def available_minor(shopper_id: int) -> int:
    where = lane_of(shopper_id), wallet_address(shopper_id, "EUR")
    return balances([where])[where].available_minor


def test_a_wallet_that_pays_many_purchases_at_once_pays_what_it_holds() -> None:
    skus = [make_sku(merchant=make_merchant(lane=lane)) for lane in range(THREADS)]
    shopper_id = make_shopper(lane=63)
    give_wallet(shopper_id=shopper_id, amount_minor=3_500)
    placed = [place_one(place_request(sku.line(), shopper_id=shopper_id)) for sku in skus]

    outcomes = pay_at_once([pay_request(one, shopper_id=shopper_id) for one in placed])

    assert kinds(outcomes) == {Paid: 3, InsufficientFunds: THREADS - 3}
    assert available_minor(shopper_id) == 500
    assert sum(units_of(sku.stock_id).sold for sku in skus) == 3
    assert accounts_that_disagree() == []


def test_a_purchase_paid_from_many_threads_is_paid_once() -> None:
    shopper_id = make_shopper()
    give_wallet(shopper_id=shopper_id, amount_minor=100_000)
    placed = place_one(place_request(make_sku().line(), shopper_id=shopper_id))

    outcomes = pay_at_once([pay_request(placed, shopper_id=shopper_id) for _ in range(THREADS)])

    assert kinds(outcomes) == {Paid: 1, AlreadyPaid: THREADS - 1}
    assert available_minor(shopper_id) == 99_000


def test_the_same_key_from_many_threads_is_one_purchase_and_one_answer() -> None:
    chair = make_sku(units=50)
    request = place_request(chair.line(2), shopper_id=make_shopper())

    outcomes = place_at_once([[request]] * THREADS)

    assert kinds(outcomes) == {Placed: THREADS}
    assert len({one.number for one in outcomes if isinstance(one, Placed)}) == 1
    assert sum(not one.replayed for one in outcomes if isinstance(one, Placed)) == 1
    assert Purchase.objects.count() == 1
    assert units_of(chair.stock_id) == Units(50, reserved=2, sold=0)


def test_a_shop_that_looks_for_the_key_and_then_writes_it_has_it_many_times_here() -> None:
    """The negative control of keys: without the turn and without a unique key, everyone is the first."""
    all_have_looked = Barrier(THREADS, timeout=PATIENCE_S)

    def write_unless_there() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM unguarded_shelf WHERE units = 7")
            row = cursor.fetchone()
            all_have_looked.wait()
            is_first = bool(row == (0,))
            if is_first:
                cursor.execute("INSERT INTO unguarded_shelf VALUES (7)")
            return is_first

    with unguarded_shelf(units=0):
        assert at_once([write_unless_there] * THREADS) == [True] * THREADS


def test_paying_cancelling_and_expiring_at_once_end_a_purchase_in_one_way() -> None:
    chair = make_sku(deal_price_minor=700, deal_units=60, buyer_limit=60)
    shopper_id = make_shopper()
    give_wallet(shopper_id=shopper_id, amount_minor=100_000)
    placed = [place_one(place_request(chair.deal_line(), shopper_id=shopper_id)) for _ in range(10)]
    due_ms = NOW_MS + 15 * 60_000

    def cancel() -> int:
        return sum(cancelled(one) for one in placed)

    def cancelled(one: Placed) -> bool:
        try:
            cancel_purchase(purchase_id=one.purchase_id, shopper_id=shopper_id, now_ms=NOW_MS)
        except NotCancellable:
            return False
        return True

    def pay_all() -> int:
        outcomes = [pay([pay_request(one, shopper_id=shopper_id)])[0] for one in reversed(placed)]
        assert kinds(outcomes).keys() <= {Paid, PurchaseEnded}
        return kinds(outcomes)[Paid]

    ended, paid, expired = at_once([cancel, pay_all, lambda: expire_purchases(now_ms=due_ms)])

    assert ended + paid + expired == 10
    assert units_of(chair.deal_stock_id) == Units(60, reserved=0, sold=paid)
    assert taken_by(deal_id=chair.deal_id, shopper_id=shopper_id) == paid
    assert available_minor(shopper_id) == 100_000 - 700 * paid


def in_the_turns_order(*works: Callable[[], Result]) -> list[Result]:
    """Let all works wait for the turn, one behind the other, and then run; return what they return."""

    def run(work: Callable[[], Result]) -> Result:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        with turn_held():
            futures = []
            for number, work in enumerate(works, 1):
                futures.append(pool.submit(run, work))
                wait_for_turn(waiting=number)
        return [future.result() for future in futures]


@pytest.mark.parametrize("first", ["extension", "sweep"])
def test_a_reservation_that_is_extended_as_the_sweep_comes_is_extended_or_expired_never_both(first: str) -> None:
    chair = make_sku(units=5)
    placed = place_one(place_request(chair.line(), shopper_id=make_shopper()))
    due_ms = NOW_MS + 15 * 60_000

    def extend() -> int:
        return extend_reservation(purchase_id=placed.purchase_id, now_ms=due_ms)

    def sweep() -> int:
        return expire_purchases(now_ms=due_ms)

    outcomes = in_the_turns_order(*([extend, sweep] if first == "extension" else [sweep, extend]))

    assert outcomes == [1, 0]
    assert units_of(chair.stock_id) == Units(5, reserved=1 if first == "extension" else 0, sold=0)


def line_of(sku: SkuMade, number: int) -> PlaceRequest:
    return place_request(sku.line(1 + number % 2), shopper_id=make_shopper())


def test_every_order_of_every_thread_is_in_the_books_once() -> None:
    skus = [make_sku(merchant=make_merchant(lane=lane), units=1_000) for lane in (0, 31, 63)]
    wanted = [[line_of(skus[(thread + n) % 3], n) for n in range(20)] for thread in range(4)]

    outcomes = place_at_once(wanted, batch=5)

    assert kinds(outcomes) == {Placed: 80}
    totals = sum(one.total_minor for one in outcomes if isinstance(one, Placed))
    assert sum(Order.objects.values_list("total_minor", flat=True)) == totals == 120_000
    assert sum(units_of(sku.stock_id).reserved for sku in skus) == 120
