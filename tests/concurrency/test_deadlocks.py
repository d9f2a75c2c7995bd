"""Overlapping batches over several merchants and writers wait for each other, never in a circle."""

import random
from collections import Counter
from collections.abc import Callable
from threading import Barrier

import pytest
from django.db import OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected

from fairground.checkout.actions.end_purchases import expire_purchases
from fairground.checkout.offer_book import OfferBook
from fairground.checkout.rules.paying import Paid
from fairground.checkout.rules.placing import Placed
from fairground.inventory.models import Stock
from fairground.ledger.queries import accounts_that_disagree
from fairground.orders.models import Purchase
from fairground.orders.rules import Step
from tests.concurrency.racing import PATIENCE_S, at_once
from tests.factories import (
    NOW_MS,
    give_wallet,
    make_market,
    make_merchant,
    make_shopper,
    make_sku,
    pay,
    pay_request,
    place,
    place_request,
)

pytestmark = pytest.mark.usefixtures("committing_writers")

THREADS = 8
BATCHES = 6


def test_threads_with_overlapping_batches_of_many_merchants_all_get_their_answers() -> None:
    make_market()
    skus = [
        make_sku(
            merchant=make_merchant(lane=lane), units=10_000, deal_price_minor=500, deal_units=10_000, buyer_limit=9_999
        )
        for lane in (0, 10, 31, 32, 50, 63)
    ]
    shoppers = [make_shopper(lane=lane) for lane in (5, 40)]
    for shopper_id in shoppers:
        give_wallet(shopper_id=shopper_id, amount_minor=10_000_000)

    def shop(seed: int) -> Counter[str]:
        chance, book = random.Random(seed), OfferBook()  # noqa: S311 - the same purchases every time
        seen: Counter[str] = Counter()
        for _ in range(BATCHES):
            requests = []
            for _ in range(10):
                some = chance.sample(skus, k=chance.randint(1, 4))
                lines = [sku.deal_line() if chance.random() < 0.5 else sku.line() for sku in some]
                requests.append(place_request(*lines, shopper_id=chance.choice(shoppers)))
            outcomes = place(requests, book=book)
            seen.update(type(one).__name__ for one in outcomes)
            pairs = list(zip(requests, outcomes, strict=True))
            payments = [
                pay_request(one, shopper_id=request.shopper_id) for request, one in pairs if isinstance(one, Placed)
            ]
            chance.shuffle(payments)
            seen.update(type(one).__name__ for one in pay(payments[:7]))
        return seen

    attempts: list[Callable[[], Counter[str]]] = [lambda seed=seed: shop(seed) for seed in range(THREADS)]  # type: ignore[misc]
    seen = sum(at_once([*attempts, lambda: Counter(expired=expire_purchases(now_ms=NOW_MS))]), Counter[str]())

    assert seen == {Placed.__name__: THREADS * BATCHES * 10, Paid.__name__: THREADS * BATCHES * 7}
    assert Purchase.objects.filter(state=Step.PAID).count() == THREADS * BATCHES * 7
    assert expire_purchases(now_ms=NOW_MS + 15 * 60_000) == THREADS * BATCHES * 3
    assert sum(Stock.objects.values_list("reserved", flat=True)) == 0
    assert accounts_that_disagree() == []


def test_two_threads_that_lock_rows_in_opposite_order_meet_in_a_circle_here() -> None:
    """The negative control: without the turn and without an order of locks, the database has to end one of them."""
    make_market()
    first, second = make_sku(), make_sku()
    both_have_one = Barrier(2, timeout=PATIENCE_S)

    def lock(*stock_ids: int) -> bool:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                for stock_id in stock_ids:
                    cursor.execute("SELECT 1 FROM inventory_stock WHERE id = %s FOR UPDATE", [stock_id])
                    if stock_id == stock_ids[0]:
                        both_have_one.wait()
        except OperationalError as error:
            assert isinstance(error.__cause__, DeadlockDetected)  # noqa: PT017
            return False
        return True

    came_through = at_once(
        [
            lambda: lock(first.stock_id, second.stock_id),
            lambda: lock(second.stock_id, first.stock_id),
        ]
    )

    assert sorted(came_through) == [False, True]
