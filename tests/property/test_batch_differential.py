"""A batch does what its requests do one by one: the same answers, the same rows."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import pytest
from django.db import models
from hypothesis import given, settings
from hypothesis import strategies as st

from fairground.checkout.actions.pay_purchases import PayOutcome
from fairground.checkout.actions.place_orders import Outcome
from fairground.checkout.rules.paying import Paid, PayRequest
from fairground.checkout.rules.placing import LineAsked, Placed, PlaceRequest
from fairground.dashboard.models import MerchantTally, Tally
from fairground.festivals.models import DealBuyer
from fairground.inventory.models import Stock
from fairground.kernel.ids import lane_of
from fairground.kernel.models import Outbox
from fairground.ledger.models import Account, Transfer
from fairground.orders.models import Order, OrderAddress, OrderLine, Purchase, PurchaseKey
from tests.books import rolled_back
from tests.factories import (
    SkuMade,
    give_wallet,
    make_market,
    make_merchant,
    make_shopper,
    make_sku,
    next_key,
    pay,
    pay_request,
    place,
    place_one,
    place_request,
)

Request = TypeVar("Request", PlaceRequest, PayRequest)
Rows = dict[str, list[str]]
# Drawn by chance or by the batch's number; what they lead to is compared.
LEFT_OUT = {"random_bits", "writer_seq", "row_no", "seq"}
MADE_IN_ORDER: tuple[type[models.Model], ...] = (Purchase, Order, Transfer, Account)
COMPARED: tuple[type[models.Model], ...] = (
    Purchase,
    Order,
    OrderLine,
    OrderAddress,
    PurchaseKey,
    Stock,
    DealBuyer,
    Transfer,
    Account,
    Outbox,
)


@dataclass(frozen=True, slots=True)
class Scene:
    """Two merchants' SKUs, scarce, one with a deal of at most 2 a buyer, and three shoppers with a little money."""

    skus: Sequence[SkuMade]
    shoppers: Sequence[int]
    keys: Sequence[bytes]


@pytest.fixture
def scene(lone_writer: object) -> Scene:
    make_market()
    skus = [
        make_sku(merchant=make_merchant(lane=5), units=4, deal_price_minor=700, deal_units=3, buyer_limit=2),
        make_sku(merchant=make_merchant(lane=50), units=3, price_minor=300),
    ]
    shoppers = [make_shopper(lane=lane) for lane in (1, 2, 60)]
    for shopper_id in shoppers[:2]:
        give_wallet(shopper_id=shopper_id, amount_minor=2_000)
    return Scene(skus, shoppers, [next_key() for _ in range(3)])


def names_of_ids() -> dict[int, str]:
    """Return a name for every id that a batch draws: its lane, and its place among those of its table there."""
    names: dict[int, str] = {}
    for table in MADE_IN_ORDER:
        seen: Counter[int] = Counter()
        for some_id in table._default_manager.order_by("lane", "id").values_list("id", flat=True):
            lane = lane_of(some_id)
            names[some_id] = f"{table.__name__} {lane}/{seen[lane]}"
            seen[lane] += 1
    return names


def rows_with_names() -> Rows:
    """Return the rows of the hot tables with names for ids; tallies summed, as a batch has one row a dimension."""
    names = names_of_ids()

    def named(value: object) -> object:
        if isinstance(value, list):
            return [named(one) for one in value]
        return names.get(value, value) if isinstance(value, int) else value

    rows: Rows = {}
    for table in COMPARED:
        columns = [one.name for one in table._meta.concrete_fields if one.name not in LEFT_OUT]
        found = table._default_manager.order_by("seq" if table is Outbox else "pk")
        texts = [repr([named(value) for value in row]) for row in found.values_list(*columns)]
        rows[table.__name__] = texts if table is Outbox else sorted(texts)
    for tally in (Tally, MerchantTally):
        columns = [one.name for one in tally._meta.concrete_fields if one.name not in LEFT_OUT]
        dimensions = [name for name in columns if name not in {"orders", "units", "amount_minor"}]
        sums = tally.objects.values_list(*dimensions).annotate(
            o=models.Sum("orders"), u=models.Sum("units"), a=models.Sum("amount_minor")
        )
        rows[tally.__name__] = sorted(map(repr, sums))
    return rows


def answer(outcome: Outcome | PayOutcome) -> str:
    """Return an outcome without what is drawn, and without whether it had been given before."""
    if isinstance(outcome, Placed):
        orders = [(one.merchant_id, one.total_minor) for one in outcome.orders]
        return f"placed {lane_of(outcome.purchase_id)} {outcome.state} {outcome.total_minor} {orders}"
    if isinstance(outcome, Paid):
        return f"paid {outcome.purchase_id} {outcome.amount_minor} {outcome.paid_at_ms}"
    return str(outcome)


def both_ways(
    run: Callable[[Sequence[Request]], Sequence[Outcome | PayOutcome]], requests: Sequence[Request]
) -> tuple[tuple[list[str], Rows], tuple[list[str], Rows]]:
    """Run requests as one batch, undo that, and run them as batches of one; answers and rows of each."""
    with rolled_back():
        batch = [answer(one) for one in run(requests)], rows_with_names()
    with rolled_back():
        singles = [answer(one) for request in requests for one in run([request])], rows_with_names()
    return batch, singles


LINES = st.lists(
    st.tuples(st.integers(0, 1), st.booleans(), st.integers(1, 3), st.sampled_from([0, 0, 0, 0, 1])),
    min_size=1,
    max_size=2,
    unique_by=lambda line: line[:2],
)
PURCHASES = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(0, 2) | st.none(),
        st.sampled_from(["DE", "DE", "ES", "US"]),
        st.booleans(),
        LINES,
    ),
    min_size=2,
    max_size=7,
)


def as_request(
    scene: Scene, who: int, key: int | None, country: str, verified: bool, wanted: Sequence[tuple[int, bool, int, int]]
) -> PlaceRequest:
    lines = []
    for number, in_deal, quantity, price_off_minor in wanted:
        sku = scene.skus[number]
        line = sku.deal_line(quantity) if in_deal and sku.deal_id else sku.line(quantity)
        lines.append(LineAsked(line.sku_id, line.deal_id, quantity, line.unit_price_minor - price_off_minor))
    return place_request(
        *{(line.sku_id, line.deal_id): line for line in lines}.values(),
        shopper_id=scene.shoppers[who],
        key=None if key is None else scene.keys[key],
        verified=verified,
        country=country,
        region=country,
    )


@given(asked=PURCHASES)
@settings(max_examples=60)
def test_placing_a_batch_is_placing_its_purchases_one_by_one(
    scene: Scene, asked: Sequence[tuple[int, int | None, str, bool, Sequence[tuple[int, bool, int, int]]]]
) -> None:
    requests = [as_request(scene, *one) for one in asked]

    batch, singles = both_ways(place, requests)

    assert batch == singles


PAYMENTS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2) | st.none(), st.sampled_from([None, None, None, 1, 2_000])),
    min_size=2,
    max_size=6,
)


@given(asked=PAYMENTS, later_ms=st.sampled_from([0, 60_000, 15 * 60_000]))
@settings(max_examples=40)
def test_paying_a_batch_is_paying_its_purchases_one_by_one(
    scene: Scene, asked: Sequence[tuple[int, int | None, int | None]], later_ms: int
) -> None:
    chair, lamp = scene.skus
    with rolled_back():
        bought = [
            (scene.shoppers[0], place_one(place_request(chair.line(), lamp.line(), shopper_id=scene.shoppers[0]))),
            (scene.shoppers[0], place_one(place_request(chair.deal_line(), shopper_id=scene.shoppers[0]))),
            (scene.shoppers[1], place_one(place_request(chair.line(2), shopper_id=scene.shoppers[1]))),
            (scene.shoppers[2], place_one(place_request(lamp.line(), shopper_id=scene.shoppers[2]))),
        ]
        requests: list[PayRequest] = [
            pay_request(
                bought[at][1],
                shopper_id=bought[at][0],
                key=None if key is None else scene.keys[key],
                amount_minor=amount_minor,
            )
            for at, key, amount_minor in asked
        ]
        now_ms = 1_794_355_200_000 + later_ms

        batch, singles = both_ways(lambda some: pay(some, now_ms=now_ms), requests)

    assert batch == singles


@given(asked=PURCHASES)
@settings(max_examples=15)
def test_running_a_batch_again_changes_nothing_and_answers_the_same_for_what_was_placed(
    scene: Scene, asked: Sequence[tuple[int, int | None, str, bool, Sequence[tuple[int, bool, int, int]]]]
) -> None:
    requests = [as_request(scene, *one) for one in asked]
    with rolled_back():
        first = place(requests)
        before = rows_with_names()
        again = place(requests)
        after = rows_with_names()

    placed = [(one, other) for one, other in zip(first, again, strict=True) if isinstance(one, Placed)]
    assert [answer(one) for one, _ in placed] == [answer(other) for _, other in placed]
    assert after == before
