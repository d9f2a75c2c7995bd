"""What a placed purchase writes, in one batch or several, whole or not at all."""

from datetime import timedelta

import pytest

from fairground.checkout.rules.placing import BuyerLimitReached, Placed, PlacedOrder, SoldOut
from fairground.dashboard.models import MerchantTally, Tally, TallyKind
from fairground.kernel.ids import lane_of
from fairground.kernel.models import Outbox
from fairground.kernel.outbox import OutboxKind
from fairground.orders.models import Order, OrderAddress, OrderLine, Purchase, PurchaseKey
from fairground.orders.rules import Step, parse_purchase_number
from tests.books import Units, hot_rows, taken_by, tallied, units_of
from tests.factories import (
    NOW,
    NOW_MS,
    make_market,
    make_merchant,
    make_shopper,
    make_sku,
    next_key,
    place,
    place_one,
    place_request,
)


@pytest.fixture(autouse=True)
def _market(lone_writer: object) -> None:
    make_market()


def as_values(row: object, *names: str) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in names)


def test_a_purchase_writes_its_purchase_order_line_address_key_units_and_tallies() -> None:
    chair = make_sku(merchant=make_merchant(lane=7, country="ES", commission_bps=450), titles={"en": "Oak chair"})
    shopper_id, key = make_shopper(lane=9), next_key()

    placed = place_one(place_request(chair.line(3), shopper_id=shopper_id, key=key))

    (order,) = placed.orders
    assert placed == Placed(
        purchase_id=placed.purchase_id,
        number=placed.number,
        state=Step.PLACED,
        currency="EUR",
        total_minor=3_000,
        pay_before_ms=NOW_MS + 15 * 60_000,
        orders=[PlacedOrder(order.order_id, chair.merchant.id, 3_000)],
        replayed=False,
    )
    assert (lane_of(placed.purchase_id), lane_of(order.order_id)) == (7, 7)
    assert as_values(
        Purchase.objects.get(),
        *("id", "lane", "shopper_id", "market", "currency", "total_minor", "order_ids", "state"),
        *("placed_at", "pay_before", "extended", "paid_at", "ended_at"),
    ) == (
        *(placed.purchase_id, 7, shopper_id, "EU", "EUR", 3_000, [order.order_id], Step.PLACED),
        *(NOW, NOW + timedelta(minutes=15), False, None, None),
    )
    assert as_values(
        Order.objects.get(),
        *("id", "lane", "purchase_id", "purchase_lane", "position", "merchant_id", "shopper_id", "festival_id"),
        *("market", "currency", "language", "channel", "device", "buyer_country", "buyer_region", "merchant_country"),
        *("creator_bps", "goods_minor", "discount_minor", "shipping_minor", "tax_added_minor", "total_minor"),
        *("entry_hall_id", "creator_id", "creator_claim", "store_id", "state", "placed_at", "paid_at"),
    ) == (
        *(order.order_id, 7, placed.purchase_id, 7, 1, chair.merchant.id, shopper_id, None),
        *("EU", "EUR", "en", 1, 2, "DE", "DE", "ES"),
        *(0, 3_000, 0, 0, 0, 3_000),
        *(None, None, None, None, Step.PLACED, NOW, None),
    )
    assert as_values(
        OrderLine.objects.get(),
        *("order_id", "line_no", "kind", "sku_id", "deal_id", "stock_id", "place_id", "title", "quantity"),
        *("unit_price_minor", "price_version", "goods_minor", "discount_minor", "tax_minor", "tax_rate_bps"),
        *("tax_included", "tax_region", "hs_code", "commission_bps"),
    ) == (
        *(order.order_id, 1, 1, chair.id, None, chair.stock_id, chair.merchant.place_id, "Oak chair", 3),
        *(1_000, 1, 3_000, 0, 479, 1_900),
        *(True, "DE", "940161", 450),
    )
    assert OrderAddress.objects.get().address == {"name": "Ada", "country": "DE", "lines": ["Hauptstr. 1"]}
    assert as_values(PurchaseKey.objects.get(), "lane", "shopper_id", "purchase_id") == (
        7,
        shopper_id,
        placed.purchase_id,
    )
    assert PurchaseKey.objects.get().key.bytes == key
    assert units_of(chair.stock_id) == Units(100, reserved=3, sold=0)
    assert list(Outbox.objects.values_list("writer_id", "seq", "kind", "subject_id", "at")) == [
        (0, 1, OutboxKind.PURCHASE_PLACED, placed.purchase_id, NOW)
    ]
    assert tallied(TallyKind.PLACED) == (1, 3, 3_000)


def test_the_public_number_leads_to_the_row() -> None:
    placed = place_one(place_request(make_sku().line(), shopper_id=make_shopper()))

    parts = parse_purchase_number(placed.number)

    assert parts is not None
    assert (parts.lane, parts.random_bits) == (0, Purchase.objects.get().random_bits)
    assert parts.first_id <= placed.purchase_id < parts.end_id


def test_numbers_are_random() -> None:
    chair = make_sku()

    numbers = {
        outcome.number[8:]
        for outcome in place([place_request(chair.line(), shopper_id=make_shopper()) for _ in range(50)])
        if isinstance(outcome, Placed)
    }

    assert len(numbers) == 50


def test_lines_of_a_merchant_make_one_order_and_orders_stand_in_the_order_of_the_lines() -> None:
    oak, elm = make_merchant(lane=20), make_merchant(lane=4)
    chair, lamp, stool = make_sku(merchant=oak), make_sku(merchant=elm, price_minor=250), make_sku(merchant=oak)

    placed = place_one(place_request(chair.line(2), lamp.line(), stool.line(), shopper_id=make_shopper()))

    assert lane_of(placed.purchase_id) == 4
    assert [(order.merchant_id, order.total_minor) for order in placed.orders] == [(oak.id, 3_000), (elm.id, 250)]
    assert list(Order.objects.order_by("position").values_list("lane", "position", "total_minor")) == [
        (20, 1, 3_000),
        (4, 2, 250),
    ]
    first, second = (order.order_id for order in placed.orders)
    assert list(OrderLine.objects.order_by("-lane", "line_no").values_list("order_id", "line_no", "sku_id")) == [
        (first, 1, chair.id),
        (first, 2, stool.id),
        (second, 1, lamp.id),
    ]
    assert OrderAddress.objects.count() == 2
    assert tallied(TallyKind.PLACED) == (2, 4, 3_250)


def test_a_purchase_of_several_merchants_is_placed_whole_or_not_at_all() -> None:
    chair = make_sku(merchant=make_merchant(lane=1), deal_price_minor=700, deal_units=4, buyer_limit=2)
    lamp = make_sku(merchant=make_merchant(lane=2), units=1)
    before = hot_rows()

    outcomes = place([place_request(chair.deal_line(2), lamp.line(2), shopper_id=make_shopper())])

    assert outcomes == [SoldOut(sku_id=lamp.id, asked=2, left=1)]
    assert hot_rows() == before


def test_a_refused_purchase_takes_nothing_from_the_next_one_in_its_batch() -> None:
    chair, lamp = make_sku(units=3), make_sku(units=1)
    greedy, modest = make_shopper(), make_shopper()

    first, second = place(
        [
            place_request(chair.line(3), lamp.line(2), shopper_id=greedy),
            place_request(chair.line(3), shopper_id=modest),
        ]
    )

    assert first == SoldOut(sku_id=lamp.id, asked=2, left=1)
    assert isinstance(second, Placed)
    assert units_of(chair.stock_id) == Units(3, reserved=3, sold=0)


def test_in_a_batch_who_came_first_gets_the_last_units() -> None:
    chair = make_sku(units=3)
    shoppers = [make_shopper() for _ in range(4)]

    outcomes = place([place_request(chair.line(2), shopper_id=one) for one in shoppers[:2]])
    outcomes += place([place_request(chair.line(), shopper_id=one) for one in shoppers[2:]])

    assert [type(one) for one in outcomes] == [Placed, SoldOut, Placed, SoldOut]
    assert outcomes[1] == SoldOut(sku_id=chair.id, asked=2, left=1)
    assert outcomes[3] == SoldOut(sku_id=chair.id, asked=1, left=0)


def test_in_a_batch_the_buyer_limit_counts_what_went_before() -> None:
    chair = make_sku(deal_price_minor=700, buyer_limit=3)
    shopper_id = make_shopper()

    outcomes = place([place_request(chair.deal_line(2), shopper_id=shopper_id) for _ in range(2)])

    assert outcomes[1] == BuyerLimitReached(deal_id=chair.deal_id, limit=3, had=2, asked=2)
    assert taken_by(deal_id=chair.deal_id, shopper_id=shopper_id) == 2


def test_a_deal_without_a_limit_needs_no_verified_shopper_and_counts_nobody() -> None:
    chair = make_sku(deal_price_minor=700, deal_units=50)
    shopper_id = make_shopper(verified=False)

    placed = place_one(place_request(chair.deal_line(40), shopper_id=shopper_id, verified=False))

    assert placed.total_minor == 28_000
    assert units_of(chair.deal_stock_id) == Units(50, reserved=40, sold=0)
    assert Order.objects.get().festival_id == "fair"
    assert OrderLine.objects.get().deal_id == chair.deal_id
    assert taken_by(deal_id=chair.deal_id, shopper_id=shopper_id) == 0


def test_tallies_sum_a_batchs_orders_by_what_the_screen_shows() -> None:
    oak, elm = make_merchant(lane=1, country="ES"), make_merchant(lane=2, country="CN")
    chair, lamp = make_sku(merchant=oak), make_sku(merchant=elm, price_minor=300)
    place(
        [
            place_request(chair.line(), shopper_id=make_shopper()),
            place_request(chair.line(2), shopper_id=make_shopper()),
            place_request(chair.line(), lamp.line(5), shopper_id=make_shopper(), country="ES", region="ES"),
        ]
    )

    rows = Tally.objects.values_list("buyer_country", "merchant_country", "orders", "units", "amount_minor", "second")
    assert sorted(rows) == [
        ("DE", "ES", 2, 3, 3_000, NOW_MS // 1000),
        ("ES", "CN", 1, 5, 1_500, NOW_MS // 1000),
        ("ES", "ES", 1, 1, 1_000, NOW_MS // 1000),
    ]
    assert sorted(MerchantTally.objects.values_list("merchant_id", "orders", "units", "amount_minor")) == sorted(
        [(oak.id, 3, 4, 4_000), (elm.id, 1, 5, 1_500)]
    )


def test_the_title_is_in_the_shoppers_language_else_in_english() -> None:
    chair = make_sku(titles={"en": "Oak chair", "es": "Silla de roble", "zh": "橡木椅 🪑"})
    shopper_id = make_shopper()

    for language in ("zh", "es", "fr"):
        place_one(place_request(chair.line(), shopper_id=shopper_id, language=language))

    titles = OrderLine.objects.order_by("order_id").values_list("title", flat=True)
    assert list(titles) == ["橡木椅 🪑", "Silla de roble", "Oak chair"]
