"""What an order's shipping costs: asked, less what is given off it, with its tax, frozen when it is placed."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from fairground.checkout.offer_book import OfferBook
from fairground.checkout.queries import quote_purchase
from fairground.checkout.rules.placing import Placed, PlacedOrder, PurchasePlan, ShippingChanged
from fairground.kernel.sql import load_sql
from fairground.merchants.actions import set_shipping
from fairground.merchants.rules import ShippingRate
from fairground.orders.models import LineDiscount, Order, Purchase
from fairground.promotions.rules.declaring import MarketTerms
from fairground.promotions.rules.terms import DiscountStep, PromotionKind
from tests.books import hot_rows
from tests.factories import (
    BY,
    SkuMade,
    make_market,
    make_merchant,
    make_shipping,
    make_shopper,
    make_sku,
    place,
    place_one,
    place_request,
)
from tests.promotion_making import make_promotion


@pytest.fixture(autouse=True)
def _writer(lone_writer: object) -> None:
    pass


def sums(order: Order) -> tuple[int, int, int, int, int]:
    """Return goods, discount, shipping, its tax, the tax on top and the total."""
    return order.goods_minor, order.shipping_minor, order.shipping_tax_minor, order.tax_added_minor, order.total_minor


def faults(check: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(load_sql("rehearsal", f"check_{check}"))
        (row,) = cursor.fetchall()
    return int(row[1])


def no_faults() -> bool:
    return not any(
        faults(one) for one in ("orders", "lines", "shipping", "discounts", "orphans_of_orders", "purchases")
    )


def sent_sku(*, price_minor: int = 1_000, free_from_minor: int = 0, lane: int = 0, asks_minor: int = 490) -> SkuMade:
    merchant = make_merchant(lane=lane)
    make_shipping(merchant, price_minor=asks_minor, free_from_minor=free_from_minor)
    return make_sku(merchant=merchant, price_minor=price_minor)


def test_shipping_is_in_the_total_with_the_tax_of_the_goods_inside_it() -> None:
    make_market()
    chair = sent_sku()

    placed = place_one(place_request(chair.line(2), shopper_id=make_shopper()))

    # 4.90 at 19 % has 0.78 in it.
    order = Order.objects.get()
    assert sums(order) == (2_000, 490, 78, 0, 2_490)
    assert placed.orders == [PlacedOrder(order.id, chair.merchant.id, 2_490, 490)]
    assert placed.total_minor == Purchase.objects.get().total_minor == 2_490
    assert no_faults()


def test_where_tax_comes_on_top_it_comes_on_top_of_shipping_too() -> None:
    make_market(tax_included=False, tax_rates_bps={"US": 0, "US-CA": 725})
    chair = sent_sku()

    place_one(place_request(chair.line(2), shopper_id=make_shopper(), country="US", region="US-CA"))

    # 7.25 % of 20.00 are 1.45, of 4.90 they are 0.36.
    assert sums(Order.objects.get()) == (2_000, 490, 36, 181, 2_671)
    assert no_faults()


@pytest.mark.parametrize(
    ("currency", "price_minor", "asks_minor", "total_minor"),
    [("JPY", 1_500, 350, 1_850), ("KWD", 4_125, 1_750, 5_875)],
)
def test_minor_units_are_the_currency_s_own(currency: str, price_minor: int, asks_minor: int, total_minor: int) -> None:
    make_market(currency=currency)
    chair = sent_sku(price_minor=price_minor, asks_minor=asks_minor)

    placed = place_one(place_request(chair.line(), shopper_id=make_shopper(), currency=currency))

    assert placed.total_minor == total_minor


@pytest.mark.parametrize(("units", "shipping_minor"), [(4, 490), (5, 0), (6, 0)])
def test_from_so_many_goods_on_shipping_is_free(units: int, shipping_minor: int) -> None:
    make_market()
    chair = sent_sku(free_from_minor=5_000)

    place_one(place_request(chair.line(units), shopper_id=make_shopper()))

    assert Order.objects.get().shipping_minor == shipping_minor


def test_each_merchant_asks_for_its_own_order_and_one_without_a_rate_for_nothing() -> None:
    make_market()
    chair, lamp, rug = (
        sent_sku(lane=1),
        sent_sku(lane=2, free_from_minor=1_000),
        make_sku(merchant=make_merchant(lane=3)),
    )

    placed = place_one(place_request(chair.line(), lamp.line(), rug.line(), shopper_id=make_shopper()))

    assert [one.shipping_minor for one in placed.orders] == [490, 0, 0]
    assert placed.total_minor == 3_490


def test_a_coupon_does_not_make_anybody_pay_for_shipping() -> None:
    make_market()
    make_promotion(terms={"EU": MarketTerms(off_minor=3_000, threshold_minor=5_000)})
    chair = sent_sku(free_from_minor=5_000)

    place_one(place_request(chair.line(5), shopper_id=make_shopper()))

    order = Order.objects.get()
    assert (order.discount_minor, order.shipping_minor) == (3_000, 0)


def half_off(*, merchant_bps: int = 0, percent_bps: int = 5_000) -> int:
    return make_promotion(
        step=DiscountStep.SHIPPING,
        kind=PromotionKind.SHIPPING_OFF,
        percent_bps=percent_bps,
        merchant_bps=merchant_bps,
        terms={"EU": MarketTerms(threshold_minor=1_500)},
    )


def test_what_is_given_off_shipping_stands_under_line_0_by_who_pays_for_it_and_what_the_platform_pays_is_taxed() -> (
    None
):
    make_market()
    promotion_id = half_off(merchant_bps=5_000)
    chair = sent_sku()

    place_one(place_request(chair.line(2), shopper_id=make_shopper(), shipping_minor=245))

    # Of 2.45 off the merchant gives 1.23 (half up), the platform 1.22: tax is due on 3.67.
    order = Order.objects.get()
    assert sums(order) == (2_000, 245, 59, 0, 2_245)
    rows = LineDiscount.objects.order_by("funder").values_list("line_no", "step", "source", "funder", "amount_minor")
    assert {(no, step, source) for no, step, source, _, _ in rows} == {(0, 7, f"promotion:{promotion_id}")}
    assert sum(amount for *_, amount in rows) == 245
    assert no_faults()


def test_free_shipping_by_a_promotion_leaves_nothing_to_pay_and_says_who_paid() -> None:
    make_market()
    half_off(percent_bps=10_000)
    chair = sent_sku()

    place_one(place_request(chair.line(2), shopper_id=make_shopper()))

    assert sums(Order.objects.get()) == (2_000, 0, 78, 0, 2_000)
    assert LineDiscount.objects.get().amount_minor == 490
    assert no_faults()


def test_shipping_that_is_not_what_the_shopper_saw_is_refused_and_nothing_changes() -> None:
    make_market()
    chair = sent_sku()
    before = hot_rows()

    outcomes = [
        place([place_request(chair.line(), shopper_id=make_shopper(), shipping_minor=seen)])[0]
        for seen in (0, 489, 491)
    ]

    assert outcomes == [ShippingChanged(seen_minor=seen, shipping_minor=490) for seen in (0, 489, 491)]
    assert hot_rows() == before


def test_what_is_quoted_is_what_is_placed() -> None:
    make_market()
    half_off()
    chair = sent_sku()
    request = place_request(chair.line(2), shopper_id=make_shopper())

    quoted = quote_purchase(request)

    assert isinstance(quoted, PurchasePlan)
    assert (quoted.orders[0].shipping.payable_minor, quoted.total_minor) == (245, place_one(request).total_minor)


def test_a_rate_that_changes_counts_from_the_next_batch_and_orders_keep_theirs() -> None:
    make_market()
    chair, book = sent_sku(), OfferBook()
    (first,) = place([place_request(chair.line(), shopper_id=make_shopper())], book=book)

    set_shipping(merchant_id=chair.merchant.id, rates={"EU": ShippingRate(690, 0, 1, 2)}, by=BY)
    (second,) = place([place_request(chair.line(), shopper_id=make_shopper())], book=book)

    assert isinstance(first, Placed)
    assert isinstance(second, Placed)
    assert (first.total_minor, second.total_minor) == (1_490, 1_690)
    assert Order.objects.get(id=first.orders[0].order_id).shipping_minor == 490


def test_shipping_costs_a_batch_no_statement() -> None:
    make_market()
    counts = []
    for sku in (make_sku(), sent_sku()):
        book = OfferBook()
        place([place_request(sku.line(), shopper_id=make_shopper())], book=book)
        with CaptureQueriesContext(connection) as context:
            place([place_request(sku.line(), shopper_id=make_shopper())], book=book)
        counts.append(len(context))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("column", ["shipping_minor", "shipping_tax_minor"])
def test_the_database_refuses_shipping_below_nothing(column: str) -> None:
    make_market()
    place_one(place_request(sent_sku().line(), shopper_id=make_shopper()))

    with pytest.raises(IntegrityError, match=r"inv_37_shipping_not_negative|inv_4_order_adds_up"), transaction.atomic():
        Order.objects.update(**{column: -1})


def test_the_verification_sees_tax_on_shipping_that_is_not_due() -> None:
    make_market()
    place_one(place_request(sent_sku().line(), shopper_id=make_shopper()))
    Order.objects.update(shipping_tax_minor=79)

    assert faults("shipping") == 1
