"""A quote says what placing would do, and does nothing."""

import pytest

from fairground.checkout.queries import quote_purchase
from fairground.checkout.rules.placing import DealNotOpen, Placed, PurchasePlan, SoldOut
from fairground.inventory.models import Stock
from fairground.orders.models import Purchase
from tests.factories import NOW_MS, make_market, make_merchant, make_shopper, make_sku, place, place_request

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lone_writer")]


def test_a_quote_is_what_placing_charges_and_takes_nothing() -> None:
    make_market(tax_included=False, tax_rates_bps={"US": 0, "US-CA": 725})
    one, other = make_sku(price_minor=1_999), make_sku(merchant=make_merchant(lane=3), price_minor=333)
    shopper_id = make_shopper()
    request = place_request(one.line(3), other.line(), shopper_id=shopper_id, country="US", region="US-CA")
    before = list(Stock.objects.order_by("id").values_list("id", "reserved", "sold"))

    quote = quote_purchase(request)

    assert isinstance(quote, PurchasePlan)
    assert [order.total_minor for order in quote.orders] == [5_997 + 435, 333 + 24]
    assert not Purchase.objects.exists()
    assert list(Stock.objects.order_by("id").values_list("id", "reserved", "sold")) == before


@pytest.mark.parametrize(("quantity", "refusal"), [(2, None), (11, SoldOut)])
def test_who_waits_for_an_opening_is_quoted_for_its_moment(quantity: int, refusal: type[SoldOut] | None) -> None:
    make_market()
    sku = make_sku(deal_price_minor=700, deal_units=10)
    shopper_id = make_shopper()

    early = quote_purchase(place_request(sku.deal_line(), shopper_id=shopper_id, arrived_at_ms=NOW_MS - 1))
    quote = quote_purchase(place_request(sku.deal_line(quantity), shopper_id=shopper_id, arrived_at_ms=NOW_MS))

    assert isinstance(early, DealNotOpen)
    if refusal is None:
        assert isinstance(quote, PurchasePlan)
        assert quote.total_minor == 1_400
    else:
        assert quote == refusal(sku_id=sku.id, asked=quantity, left=10)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("writer")
def test_placing_costs_what_was_quoted() -> None:
    make_market()
    sku, shopper_id = make_sku(price_minor=4_321), make_shopper()
    request = place_request(sku.line(7), shopper_id=shopper_id)
    quote = quote_purchase(request)
    (placed,) = place([request])
    assert isinstance(quote, PurchasePlan)
    assert isinstance(placed, Placed)
    assert quote.total_minor == placed.total_minor == 30_247
