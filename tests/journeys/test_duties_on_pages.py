"""What customs asks: on the product's page, in the cart, at the checkout, on the purchase and its invoice."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fairground.catalog.models import Sku
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.crossborder.actions import set_duty
from fairground.crossborder.queries import duty_rules
from fairground.intake.counter import Counter
from fairground.inventory.models import Stock
from fairground.orders.models import Order, Purchase
from fairground.orders.rules import RefundReason, purchase_number
from tests.counters import counter_open
from tests.factories import BY, SkuMade, give_wallet, make_duty, make_market, make_merchant, make_sku
from tests.journeys.test_checkout import fill_cart, give_address, hidden
from tests.journeys.test_shipping_on_pages import product_page, words
from tests.people_making import make_guest

pytestmark = pytest.mark.usefixtures("writer")
CHAIR, LAMP = "940161", "940521"


@pytest.fixture
def counter() -> Iterator[Counter]:
    """The door of the process that answers the test's pages."""
    make_market(tax_rates_bps={"DE": 1900, "ES": 2100, "CH": 810})
    make_duty()
    with counter_open() as opened:
        yield opened


def sent_from_china(*, price_minor: int = 1_250, hs_code: str = CHAIR, lane: int = 0) -> SkuMade:
    return make_sku(merchant=make_merchant(lane=lane, country="CN"), price_minor=price_minor, hs_code=hs_code)


def german(client: Client) -> Client:
    """Return a browser of somebody in Germany."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en-DE"
    return client


def test_the_product_s_page_tells_what_is_added_for_one_of_it(counter: Counter, client: Client) -> None:
    said = words(german(client), product_page(sent_from_china()))

    assert "Sent from China to Germany: import duty of €3.57 is added at the checkout." in said
    assert "Goods of the same tariff heading that are sent together pay it once." in said


def test_the_product_s_page_tells_from_which_value_on_customs_asks_by_itself(counter: Counter, client: Client) -> None:
    said = words(german(client), product_page(sent_from_china(price_minor=17_851)))

    assert (
        "Of a parcel from China that is worth more than €150.00 without tax, customs in Germany asks for duty and tax "
        "itself when it arrives."
    ) in said
    assert "import duty of" not in said


def test_where_only_some_variants_come_from_outside_the_page_says_some(counter: Counter, client: Client) -> None:
    merchant = make_merchant(country="CN")
    overseas, near = make_sku(merchant=merchant), make_sku(merchant=merchant)
    Sku.objects.filter(id=near.id).update(product_id=Sku.objects.get(id=overseas.id).product_id)
    here = make_merchant(country="ES").place_id
    Stock.objects.filter(id=near.stock_id).update(place_id=here)

    said = words(german(client), product_page(overseas))

    assert "Some of it is sent to Germany from outside its customs area: import duty from €3.57 on is added" in said
    assert "Sent to every address in European Union." in said
    assert "Sent from China" not in said


def test_it_says_from_where_goods_are_sent_not_where_their_merchant_is(counter: Counter, client: Client) -> None:
    chair = sent_from_china()
    Stock.objects.filter(id=chair.stock_id).update(place_id=make_merchant(country="ES").place_id)

    said = words(german(client), product_page(chair))

    assert "Sent from Spain to every address in European Union." in said
    assert "duty" not in said


def test_rules_are_read_once_a_page_however_many_orders_customs_asks_for(counter: Counter, client: Client) -> None:
    shopper_id = make_guest(client).shopper_id
    fill_cart(shopper_id, *[sent_from_china(price_minor=18_000, lane=lane) for lane in range(4)])

    with CaptureQueriesContext(connection) as asked:
        said = words(german(client), "/cart")

    assert said.count("asks for duty and tax itself when it arrives") == 4
    assert len([one for one in asked.captured_queries if "crossborder_dutyrule" in one["sql"]]) == 1


def test_inside_the_area_and_where_no_rule_is_nothing_is_said(counter: Counter, client: Client) -> None:
    page = product_page(sent_from_china())
    assert "duty" not in words(german(client), product_page(make_sku(merchant=make_merchant(lane=5))))

    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "de-CH,en"
    assert "duty" not in words(client, page)
    set_duty(market="EU", rule=None, by=BY)
    assert "duty" not in words(german(client), page)


def test_the_cart_adds_what_customs_asks_and_says_of_what(counter: Counter, client: Client) -> None:
    merchant = make_merchant(lane=9, country="CN")
    one = make_sku(merchant=merchant, hs_code=CHAIR)
    other = make_sku(merchant=merchant, hs_code=LAMP)
    fill_cart(make_guest(client).shopper_id, one, other, make_sku(merchant=make_merchant(lane=5)))

    said = words(german(client), "/cart")

    # Two of each, at 10.00.
    assert "Goods €60.00 Import duty to Germany €7.14" in said
    assert "6 pieces €67.14" in said
    assert said.count("duty €3.00, tax on it €0.57") == 2
    assert "· from China, tariff heading 9401.61 ·" in said


def test_the_cart_warns_of_what_customs_asks_by_itself(counter: Counter, client: Client) -> None:
    fill_cart(make_guest(client).shopper_id, sent_from_china(price_minor=9_000))

    said = words(german(client), "/cart")

    assert "is worth more than €150.00 without tax: customs in Germany asks for duty and tax itself" in said
    assert "Import duty to" not in said


def test_a_guest_pays_the_duty_and_reads_it_on_the_purchase_its_invoice_and_what_went_back(
    counter: Counter, client: Client
) -> None:
    shopper_id = make_guest(client).shopper_id
    fill_cart(shopper_id, sent_from_china())
    give_wallet(shopper_id=shopper_id, amount_minor=4_000, now_ms=counter.clock.now_ms())
    give_address(client)
    shown = words(client, "/checkout")
    assert "Import duty, with the tax on it €3.57 Total €28.57" in shown
    assert "€4.56 tax (19%) is in it." in shown

    client.post("/checkout", hidden(client.get("/checkout").content.decode()))

    order, purchase = Order.objects.get(), Purchase.objects.get()
    number = purchase_number(purchase.id, purchase.random_bits)
    assert (order.duties_minor, order.total_minor) == (357, 2_857)
    told = words(client, f"/purchases/{number}")
    assert "Import duty, with the tax on it €3.57" in told
    assert "Tax included, 19% €4.56" in told
    assert "· from China, tariff heading 9401.61 · duty €3.00, tax on it €0.57" in told
    invoice = words(client, f"/purchases/{number}/invoice")
    # 25.00 have 3.99 of tax in them, and 0.57 come on 3.00 of duty.
    assert "Goods without tax €21.01 Import duty without tax, tariff heading 9401.61 €3.00" in invoice
    assert "Tax, 19% of €24.01 €4.56" in invoice

    refund_lines(units={(order.id, 1): 2}, reason=RefundReason.GOODWILL, by=BY)

    assert "Import duty, goodwill -€3.57" in words(client, f"/purchases/{number}/invoice")


def test_a_duty_that_changed_while_somebody_looked_is_told_and_nothing_is_bought(
    counter: Counter, client: Client
) -> None:
    shopper_id = make_guest(client).shopper_id
    fill_cart(shopper_id, sent_from_china())
    give_wallet(shopper_id=shopper_id, amount_minor=4_000, now_ms=counter.clock.now_ms())
    give_address(client)
    fields = hidden(client.get("/checkout").content.decode())

    before = duty_rules()["EU"]
    set_duty(market="EU", rule=type(before)("EU", before.countries, 400, 0, 15_000), by=BY)
    answer = client.post("/checkout", fields).content.decode()

    assert "Something changed while you were here: look at the sum again." in answer
    assert "Order and pay €29.76" in answer or "Pay €29.76" in answer
    assert not Purchase.objects.exists()
