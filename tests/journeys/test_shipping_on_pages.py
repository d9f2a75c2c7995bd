"""What shipping costs: on the product's page, in the cart, at the checkout, on the purchase and its invoice."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from django.test import Client

from fairground.catalog.models import Sku
from fairground.intake.counter import Counter
from fairground.merchants.actions import set_shipping
from fairground.merchants.models import MerchantShipping
from fairground.merchants.rules import ShippingRate
from fairground.orders.models import Order, Purchase
from fairground.orders.rules import purchase_number
from tests.counters import counter_open
from tests.factories import BY, SkuMade, give_wallet, make_market, make_merchant, make_shipping, make_sku
from tests.journeys.test_checkout import fill_cart, give_address, hidden
from tests.people_making import make_guest

pytestmark = pytest.mark.usefixtures("writer")


@pytest.fixture
def counter() -> Iterator[Counter]:
    """The door of the process that answers the test's pages."""
    make_market(tax_rates_bps={"DE": 1900, "ES": 2100})
    with counter_open() as opened:
        yield opened


def words(client: Client, address: str) -> str:
    """Return the words of a page's main part."""
    response = client.get(address)
    assert response.status_code == 200, address
    main = response.content.decode().split('id="main">', 1)[1].split("</main>", 1)[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def sent_sku(*, price_minor: int = 1_250, free_from_minor: int = 5_000, lane: int = 0) -> SkuMade:
    merchant = make_merchant(lane=lane)
    make_shipping(merchant, free_from_minor=free_from_minor, days=4)
    return make_sku(merchant=merchant, price_minor=price_minor)


def product_page(sku: SkuMade) -> str:
    return f"/products/{Sku.objects.get(id=sku.id).product_id}"


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        ((490, 5_000, 2, 4), "Shipping costs €4.90 an order, and nothing from €50.00 of this merchant's goods on."),
        ((490, 0, 2, 4), "Shipping costs €4.90, however much you order of this merchant at once."),
        ((0, 0, 3, 3), "Shipping is free. It arrives in 3 days."),
        ((490, 0, 1, 4), "It arrives in 1 to 4 days."),
        (None, "Delivery is in the price."),
    ],
)
def test_the_product_s_page_tells_what_shipping_costs_and_how_long_it_takes(
    counter: Counter, client: Client, rate: tuple[int, int, int, int] | None, said: str
) -> None:
    sku = make_sku()
    if rate:
        set_shipping(merchant_id=sku.merchant.id, rates={"EU": ShippingRate(*rate)}, by=BY)

    assert said in words(client, product_page(sku))


def test_the_cart_tells_shipping_by_merchant_how_much_more_makes_it_free_and_what_it_all_comes_to(
    counter: Counter, client: Client
) -> None:
    one, other, free = sent_sku(), sent_sku(lane=5, free_from_minor=2_000), make_sku(merchant=make_merchant(lane=9))
    fill_cart(make_guest(client).shopper_id, one, other, free)

    said = words(client, "/cart")

    assert "Shipping: €4.90 · Free shipping from €50.00: €25.00 to go." in said
    assert said.count("Shipping: free") == 2
    assert "Goods €70.00 Shipping €4.90" in said
    assert "6 pieces €74.90" in said


def test_a_guest_pays_for_shipping_and_reads_it_on_the_purchase_and_its_invoice(
    counter: Counter, client: Client
) -> None:
    shopper_id = make_guest(client).shopper_id
    fill_cart(shopper_id, sent_sku())
    give_wallet(shopper_id=shopper_id, amount_minor=4_000, now_ms=counter.clock.now_ms())
    assert "Shipping: €4.90" in words(client, "/checkout")
    give_address(client)
    page = client.get("/checkout")

    client.post("/checkout", hidden(page.content.decode()))

    order, purchase = Order.objects.get(), Purchase.objects.get()
    number = purchase_number(purchase.id, purchase.random_bits)
    # 29.90 at 19 % have 3.99 and 0.78 of tax in them.
    assert (order.shipping_minor, order.total_minor, order.shipping_tax_minor) == (490, 2_990, 78)
    assert "Shipping €4.90" in words(client, f"/purchases/{number}")
    invoice = words(client, f"/purchases/{number}/invoice")
    assert "Shipping without tax €4.12" in invoice
    assert "Tax, 19% of €25.13 €4.77" in invoice


def test_shipping_that_changed_while_somebody_looked_is_told_and_nothing_is_bought(
    counter: Counter, client: Client
) -> None:
    sku = sent_sku()
    shopper_id = make_guest(client).shopper_id
    fill_cart(shopper_id, sku)
    give_wallet(shopper_id=shopper_id, amount_minor=4_000, now_ms=counter.clock.now_ms())
    give_address(client)
    fields = hidden(client.get("/checkout").content.decode())

    set_shipping(merchant_id=sku.merchant.id, rates={"EU": ShippingRate(690, 0, 1, 2)}, by=BY)
    answer = client.post("/checkout", fields)

    assert answer.status_code == 200
    assert "Something changed while you were here: look at the sum again." in answer.content.decode()
    assert "Order and pay €31.90" in answer.content.decode() or "Pay €31.90" in answer.content.decode()
    assert not Purchase.objects.exists()
    assert MerchantShipping.objects.get().price_minor == 690
