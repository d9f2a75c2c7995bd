"""From the cart to a purchase that is paid, as forms without any script send it."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from fairground.carts.actions import put_in_cart
from fairground.carts.models import CartEntry
from fairground.catalog.models import Price
from fairground.config.realm import Realm
from fairground.festivals.models import DealBuyer
from fairground.identity.models import SavedAddress
from fairground.intake.counter import Counter
from fairground.inventory.models import Stock
from fairground.kernel.clock import to_unix_ms
from fairground.ledger.queries import trial_balance
from fairground.orders.models import Order, OrderAddress, OrderLine, Purchase, State
from fairground.orders.rules import purchase_number
from fairground.payments.queries import wallet_balance_minor
from tests.counters import counter_open
from tests.factories import SkuMade, give_wallet, make_market, make_merchant, make_sku
from tests.people_making import make_guest

ADDRESS = {
    "country": "DE",
    "name": "Ana Lantern",
    "line1": "Hauptstr. 1",
    "city": "Berlin",
    "postal_code": "10115",
    "email": "ana@example.org",
}

pytestmark = pytest.mark.usefixtures("writer")


@pytest.fixture
def counter() -> Iterator[Counter]:
    """The door of the process that answers the test's pages."""
    make_market(tax_rates_bps={"DE": 1900, "ES": 2100})
    with counter_open() as opened:
        yield opened


def fill_cart(shopper_id: int, *skus: SkuMade, quantity: int = 2) -> None:
    """Put so many units of each SKU into a cart."""
    for sku in skus:
        put_in_cart(
            shopper_id=shopper_id,
            sku_id=sku.id,
            quantity=quantity,
            seen_minor=sku.price_minor,
            currency=sku.currency,
            now=timezone.now(),
        )


def give_address(client: Client, **changed: str) -> None:
    """Send the form with an address that is whole."""
    answer = client.post("/checkout/address", ADDRESS | changed)
    assert (answer.status_code, answer["Location"]) == (303, "/checkout")


def hidden(page: str) -> dict[str, str]:
    """Return the hidden fields of the form that places."""
    form = page[page.index('id="order-form"') :]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[: form.index("</form>")]))


def test_a_guest_buys_from_two_merchants_and_pays(counter: Counter, client: Client) -> None:
    one, other = make_sku(price_minor=1_250), make_sku(merchant=make_merchant(lane=5), price_minor=700)
    shopper_id = make_guest(client).shopper_id
    fill_cart(shopper_id, one, other)
    give_wallet(shopper_id=shopper_id, amount_minor=4_000, now_ms=counter.clock.now_ms())

    before = client.get("/checkout").content.decode()
    give_address(client)
    page = client.get("/checkout").content.decode()
    answer = client.post("/checkout", hidden(page))

    purchase = Purchase.objects.get()
    number = purchase_number(purchase.id, purchase.random_bits)
    assert "Use this address" in before
    assert 'id="order-form"' not in before
    assert "Pay €39.00" in page
    assert "€6.23 tax (19%) is in it." in page
    assert (answer.status_code, answer["Location"]) == (303, f"/purchases/{number}")
    assert (purchase.state, purchase.total_minor, purchase.shopper_id) == (State.PAID, 3_900, shopper_id)
    assert sorted(Order.objects.values_list("total_minor", flat=True)) == [1_400, 2_500]
    assert {address["email"] for address in OrderAddress.objects.values_list("address", flat=True)} == {
        "ana@example.org"
    }
    assert wallet_balance_minor(shopper_id=shopper_id, currency="EUR") == 100
    assert not CartEntry.objects.exists()
    assert all(one.debits_posted_minor == one.credits_posted_minor for one in trial_balance())


def test_the_button_pressed_twice_is_one_purchase_though_it_took_the_last_units(
    counter: Counter, client: Client
) -> None:
    sku = make_sku(units=2)
    fill_cart(make_guest(client).shopper_id, sku)
    give_address(client)
    fields = hidden(client.get("/checkout").content.decode())

    first, second = client.post("/checkout", fields), client.post("/checkout", fields)

    assert first["Location"] == second["Location"]
    assert first["Location"].endswith("/pay")
    assert Purchase.objects.count() == 1
    assert Stock.objects.get(id=sku.stock_id).reserved == 2


def test_what_could_not_be_had_stays_in_the_cart_and_the_script_may_say_so_twice(
    counter: Counter, client: Client
) -> None:
    sku = make_sku(units=2)
    fill_cart(make_guest(client).shopper_id, sku, quantity=5)
    give_address(client)

    pay = client.post("/checkout", hidden(client.get("/checkout").content.decode()))["Location"]
    again = client.post("/checkout/placed", {"number": pay.split("/")[2]})

    assert again["Location"] == pay
    assert OrderLine.objects.get().quantity == 2
    assert CartEntry.objects.get().quantity == 3


@pytest.mark.parametrize(
    ("opening", "said", "lines"),
    [
        ("", "Order and pay €5.00", {"Book": 500}),
        ("wait", "Order and pay €11.00", {"Book": 500, "Lamp": 600}),
        ("now", "Order and pay €15.00", {"Book": 500, "Lamp": 1_000}),
    ],
)
def test_goods_with_a_deal_to_come_are_left_waited_for_or_bought_now(
    counter: Counter, client: Client, opening: str, said: str, lines: dict[str, int]
) -> None:
    opens_at = timezone.now() + timedelta(hours=1)
    book = make_sku(price_minor=500, titles={"en": "Book"})
    lamp = make_sku(
        price_minor=1_000,
        deal_price_minor=600,
        opens_at=opens_at,
        closes_at=opens_at + timedelta(days=1),
        titles={"en": "Lamp"},
    )
    fill_cart(make_guest(client).shopper_id, book, lamp, quantity=1)
    give_address(client)

    page = client.get("/checkout", {"opening": opening} if opening else {}).content.decode()
    client.post("/checkout", hidden(page))

    assert said in page
    bought = dict(OrderLine.objects.values_list("title", "unit_price_minor"))
    assert bought == ({} if opening == "wait" else lines)
    left = set(CartEntry.objects.values_list("sku_id", flat=True))
    assert left == {"": {lamp.id}, "wait": {book.id, lamp.id}, "now": set()}[opening]


def test_who_has_had_a_share_of_a_deal_pays_the_usual_price(counter: Counter, client: Client) -> None:
    opened_at = timezone.now() - timedelta(hours=1)
    sku = make_sku(
        price_minor=1_000,
        deal_price_minor=600,
        buyer_limit=2,
        opens_at=opened_at,
        closes_at=opened_at + timedelta(days=1),
    )
    shopper_id = make_guest(client).shopper_id
    assert sku.deal_id is not None
    DealBuyer.objects.create(lane=0, deal_id=sku.deal_id, shopper_id=shopper_id, units=2, units_max=2)
    fill_cart(shopper_id, sku)
    give_address(client)

    assert "Order and pay €20.00" in client.get("/checkout").content.decode()


def test_an_address_of_e_mail_that_the_door_would_refuse_is_refused_at_its_field(
    counter: Counter, client: Client
) -> None:
    fill_cart(make_guest(client).shopper_id, make_sku())
    far_too_long = f"{'a' * 60}@{'.'.join(['b' * 60] * 3)}.{'c' * 20}.example"

    page = client.post("/checkout/address", ADDRESS | {"email": far_too_long}).content.decode()

    assert "This e-mail address is too long." in page
    assert client.get("/checkout").status_code == 200
    assert not SavedAddress.objects.exists()


def test_a_price_that_changes_while_one_looks_is_told_and_nothing_is_bought(counter: Counter, client: Client) -> None:
    sku = make_sku(price_minor=1_000)
    fill_cart(make_guest(client).shopper_id, sku)
    give_address(client)
    fields = hidden(client.get("/checkout").content.decode())
    Price.objects.filter(sku_id=sku.id).update(price_minor=1_100)

    page = client.post("/checkout", fields).content.decode()

    assert "Something changed while you were here" in page
    assert "Order and pay €22.00" in page
    assert not Purchase.objects.exists()


def test_what_is_wrong_with_an_address_stands_at_its_field_and_nothing_is_kept(
    counter: Counter, client: Client
) -> None:
    fill_cart(make_guest(client).shopper_id, make_sku())

    page = client.post("/checkout/address", ADDRESS | {"postal_code": "1", "email": "ana"}).content.decode()

    assert 'id="postal_code-error"' in page
    assert 'id="email-error"' in page
    assert 'value="Hauptstr. 1"' in page
    assert not SavedAddress.objects.exists()


def test_another_country_changes_the_fields_and_keeps_what_was_typed(counter: Counter, client: Client) -> None:
    fill_cart(make_guest(client).shopper_id, make_sku())

    page = client.post("/checkout/address", ADDRESS | {"country": "ES", "change_country": "1"}).content.decode()

    assert 'name="area"' in page
    assert 'value="Hauptstr. 1"' in page
    assert "-error" not in page


def test_tax_on_top_is_in_the_sum_before_the_button_is_pressed(client: Client) -> None:
    make_market(code="US", currency="USD", tax_included=False, tax_rates_bps={"US": 0, "US-CA": 725})
    sku = make_sku(market="US", price_minor=10_000)
    shopper_id = make_guest(client).shopper_id
    with counter_open():
        fill_cart(shopper_id, sku, quantity=1)
        give_address(client, country="US", area="CA", city="Cupertino", postal_code="95014")
        page = client.get("/checkout").content.decode()
        client.post("/checkout", hidden(page))

    assert "Order and pay $107.25" in page
    assert "Tax, 7.25%" in page
    assert Purchase.objects.get().total_minor == 10_725


def test_what_sold_out_stays_in_the_cart_and_is_named(counter: Counter, client: Client) -> None:
    gone, there = make_sku(units=0, titles={"en": "Brass lamp"}), make_sku()
    shopper_id = make_guest(client).shopper_id
    fill_cart(shopper_id, gone, there)
    give_address(client)

    page = client.get("/checkout").content.decode()
    client.post("/checkout", hidden(page))

    assert "Not part of this purchase, since it can&#x27;t be had just now: Brass lamp." in page
    assert list(OrderLine.objects.values_list("sku_id", flat=True)) == [there.id]
    assert list(CartEntry.objects.values_list("sku_id", flat=True)) == [gone.id]


def test_a_deal_to_come_is_quoted_at_its_price_and_its_button_waits(counter: Counter, client: Client) -> None:
    opens_at = timezone.now() + timedelta(hours=1)
    sku = make_sku(price_minor=1_000, deal_price_minor=600, opens_at=opens_at, closes_at=opens_at + timedelta(days=1))
    fill_cart(make_guest(client).shopper_id, sku)
    give_address(client)

    page = client.get("/checkout", {"market": "EU"}).content.decode()
    refused = client.post("/checkout", hidden(page)).content.decode()

    button = re.search(r'<button class="button" data-size="wide"[^>]*>', page)
    assert button
    assert f'data-opens="{to_unix_ms(opens_at)}"' in button[0]
    assert " disabled" in button[0]
    assert "Order and pay €12.00" in page
    order = json.loads(re.search(r'<script id="order" type="application/json">(.*?)</script>', page)[1])  # type: ignore[index]
    assert json.loads(order["body"])["lines"] == [
        {"sku": str(sku.id), "quantity": 2, "unit_price_minor": 600, "deal": str(sku.deal_id)}
    ]
    assert "The deal is not open yet" in refused
    assert not Purchase.objects.exists()


def test_a_limited_deal_asks_a_guest_to_sign_in(counter: Counter, client: Client) -> None:
    opened_at = timezone.now() - timedelta(hours=1)
    sku = make_sku(deal_price_minor=600, buyer_limit=2, opens_at=opened_at, closes_at=opened_at + timedelta(days=1))
    fill_cart(make_guest(client).shopper_id, sku)
    give_address(client)

    page = client.get("/checkout").content.decode()

    assert "/sign/login/?next=/checkout" in page
    assert "sign in with a confirmed e-mail address" in page
    assert 'id="order-form"' not in page


def test_the_script_leads_back_with_a_refusal_and_its_words_are_shown(counter: Counter, client: Client) -> None:
    fill_cart(make_guest(client).shopper_id, make_sku())
    give_address(client)

    assert "Fewer are left than you want." in client.get("/checkout", {"refused": "sold-out"}).content.decode()
    hostile = client.get("/checkout", {"refused": "<script>"}).content.decode()
    assert "Something in Fairground is broken." in hostile
    assert '<script>"' not in hostile


def test_nobody_else_sees_or_pays_a_purchase(counter: Counter, client: Client) -> None:
    shopper_id = make_guest(client).shopper_id
    fill_cart(shopper_id, make_sku())
    give_address(client)
    address = client.post("/checkout", hidden(client.get("/checkout").content.decode()))["Location"]
    number = address.split("/")[2]
    stranger, nobody = Client(), Client()
    give_wallet(shopper_id=make_guest(stranger).shopper_id, amount_minor=5_000, now_ms=counter.clock.now_ms())

    for other in (stranger, nobody):
        assert other.get(address).status_code == 404
        assert other.post(address, {"key": "x"}).status_code == 404
        assert other.post("/checkout/placed", {"number": number}).status_code == 404
    assert Purchase.objects.get().state == State.PLACED
    assert client.get(address).status_code == 200


def test_demo_money_fills_a_demos_wallet_and_no_real_one(counter: Counter, client: Client) -> None:
    shopper_id = make_guest(client).shopper_id
    fill_cart(shopper_id, make_sku())
    give_address(client)
    pay = client.post("/checkout", hidden(client.get("/checkout").content.decode()))["Location"]
    money = pay.replace("/pay", "/demo-money")

    with override_settings(REALM=Realm("real")):
        refused, page = client.post(money), client.get(pay).content.decode()
    assert (refused.status_code, "demo money" in page) == (404, False)
    with override_settings(REALM=Realm("demo")):
        assert "Put €20.00 of demo money into the wallet" in client.get(pay).content.decode()
        filled, again = client.post(money), client.post(money)
    key = re.search(r'name="key" value="([^"]+)"', client.get(pay).content.decode())
    assert key
    paid = client.post(pay, {"key": key[1]})

    assert (filled.status_code, again.status_code, paid.status_code) == (303, 303, 303)
    assert Purchase.objects.get().state == State.PAID
    assert wallet_balance_minor(shopper_id=shopper_id, currency="EUR") == 0


def test_who_has_nothing_in_the_cart_is_led_to_it(counter: Counter, client: Client) -> None:
    for who in (client, Client()):
        answer = who.get("/checkout")
        assert (answer.status_code, answer["Location"]) == (303, "/cart")
        make_guest(client)
