"""What an order costs, to the minor unit: prices with tax inside, with tax on top, line by line."""

import pytest

from fairground.orders.models import Order, OrderLine
from tests.factories import make_market, make_merchant, make_shopper, make_sku, place_one, place_request

pytestmark = pytest.mark.usefixtures("lone_writer")

US_RATES = {"US": 0, "US-CA": 725, "US-NY": 400}


@pytest.mark.parametrize(
    ("price_minor", "quantity", "rate_bps", "tax_minor"),
    [
        (1_000, 1, 1_900, 160),  # 159.66
        (1_000, 3, 1_900, 479),  # 478.99
        (119, 1, 1_900, 19),
        (1, 1, 1_900, 0),  # 0.16
        (21, 1, 500, 1),  # exactly 1
        (1_995, 1, 2_100, 346),  # 346.24
        (99_999_999, 999, 2_700, 21_238_582_465),  # 21,238,582,464.8
        (1_000, 1, 0, 0),
        (3, 1, 10_000, 2),  # 1.5 goes away from zero
    ],
)
def test_tax_inside_a_price_is_taken_out_of_it_and_changes_no_total(
    price_minor: int, quantity: int, rate_bps: int, tax_minor: int
) -> None:
    make_market(tax_rates_bps={"DE": rate_bps})
    chair = make_sku(price_minor=price_minor, units=1_000)

    placed = place_one(place_request(chair.line(quantity), shopper_id=make_shopper()))

    line, order = OrderLine.objects.get(), Order.objects.get()
    assert (line.goods_minor, line.tax_minor, line.tax_rate_bps) == (price_minor * quantity, tax_minor, rate_bps)
    assert (order.tax_added_minor, order.total_minor, placed.total_minor) == (0, line.goods_minor, line.goods_minor)


@pytest.mark.parametrize(
    ("price_minor", "quantity", "region", "tax_minor", "tax_region"),
    [
        (1_000, 1, "US-CA", 73, "US-CA"),  # 72.5 goes up
        (1_999, 3, "US-CA", 435, "US-CA"),  # 434.78
        (1_999, 3, "US-NY", 240, "US-NY"),  # 239.88
        (1_000, 1, "US", 0, "US"),
        (1_000, 1, "US-AK", 0, "US"),
    ],
)
def test_tax_on_top_is_that_of_the_region_and_part_of_the_total(
    price_minor: int, quantity: int, region: str, tax_minor: int, tax_region: str
) -> None:
    make_market(code="US", currency="USD", tax_included=False, tax_rates_bps=US_RATES)
    chair = make_sku(market="US", price_minor=price_minor)

    placed = place_one(
        place_request(
            chair.line(quantity), shopper_id=make_shopper(), market="US", currency="USD", country="US", region=region
        )
    )

    line, order = OrderLine.objects.get(), Order.objects.get()
    assert (line.tax_minor, line.tax_region, line.tax_included) == (tax_minor, tax_region, False)
    assert (order.goods_minor, order.tax_added_minor) == (price_minor * quantity, tax_minor)
    assert placed.total_minor == order.total_minor == price_minor * quantity + tax_minor


def test_tax_is_rounded_line_by_line_and_summed_order_by_order() -> None:
    make_market(code="US", currency="USD", tax_included=False, tax_rates_bps=US_RATES)
    oak, elm = make_merchant(lane=1), make_merchant(lane=2)
    skus = [make_sku(market="US", merchant=one, price_minor=1_010) for one in (oak, oak, elm)]

    placed = place_one(
        place_request(
            *[sku.line() for sku in skus],
            shopper_id=make_shopper(),
            market="US",
            currency="USD",
            country="US",
            region="US-CA",
        )
    )

    # 1010 * 7.25 % = 73.225: 73 a line, not 146.45 rounded for the order of two.
    assert [order.total_minor for order in placed.orders] == [2_020 + 146, 1_010 + 73]
    assert placed.total_minor == 3_249


def test_the_largest_price_survives() -> None:
    make_market(tax_rates_bps={"DE": 0})
    price_minor = 2**53 - 1
    chair = make_sku(price_minor=price_minor)

    placed = place_one(place_request(chair.line(), shopper_id=make_shopper()))

    assert placed.total_minor == price_minor
