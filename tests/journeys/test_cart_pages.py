"""The cart over HTTP: what its forms do, what its page says, where they lead, and how many statements it takes."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fairground.carts.models import CartEntry
from fairground.catalog.models import Price, Product, Sku
from fairground.catalog.rules import LINES_MAX, QUANTITY_MAX
from fairground.festivals.models import Deal, Festival
from fairground.identity.models import Shopper
from fairground.inventory.models import Stock
from fairground.sites.moment import forget_everything
from tests.factories import NOW, SkuMade, make_market, make_merchant, make_sku

# So far ahead or back that the tests run before or after, whenever they run.
AHEAD, LONG_AHEAD = datetime(2100, 11, 11, tzinfo=UTC), datetime(2100, 11, 12, tzinfo=UTC)
BACK = datetime(2020, 1, 1, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop() -> None:
    """A market that pays in euros and a festival to come."""
    make_market()
    Festival.objects.create(
        slug="fair", name={"en": "Lantern Fair"}, zone="UTC", currency="EUR", opens_at=AHEAD, closes_at=LONG_AHEAD
    )


def make_deal(**sku: object) -> SkuMade:
    """Make a SKU at 10.00 with a deal at 7.00 that opens in 2100."""
    return make_sku(deal_price_minor=700, opens_at=AHEAD, closes_at=LONG_AHEAD, **sku)  # type: ignore[arg-type]


def open_festival() -> None:
    """Let the festival and its deals have opened long ago."""
    Festival.objects.update(opens_at=BACK)
    Deal.objects.update(opens_at=BACK)


def post(client: Client, address: str, **fields: object) -> str:
    """Send a form, and return where it leads."""
    response = client.post(address, fields)
    assert response.status_code == 303, (address, response.status_code)
    return response.headers["Location"]


def put(client: Client, sku: SkuMade, *, quantity: int = 1, seen_minor: int = 1_000) -> str:
    return post(client, "/cart/add", sku=sku.id, quantity=quantity, market="EU", seen_minor=seen_minor)


def words(client: Client, address: str = "/cart") -> str:
    """Return the words of a page's main part."""
    response = client.get(address)
    assert response.status_code == 200, address
    main = response.content.decode().split('id="main">', 1)[1].split("</main>", 1)[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def in_cart() -> dict[int, int]:
    return dict(CartEntry.objects.values_list("sku_id", "quantity"))


def test_an_empty_cart_says_what_to_do_first_and_is_everybodys() -> None:
    client = Client()

    assert words(client) == (
        "Your cart is empty Choose goods now: a deal that opens later takes its price in the cart by itself. "
        "Look at all goods Collect coupons"
    )
    assert (client.cookies, Shopper.objects.count()) == ({}, 0)
    assert "X-Same-Until-Ms" in client.get("/cart").headers


def test_who_puts_something_in_becomes_a_guest_and_is_led_to_the_cart(client: Client) -> None:
    chair = make_deal(buyer_limit=2)

    assert put(client, chair, quantity=3) == "/cart"

    page = words(client)
    assert "It is in your cart." in page
    assert "Olmo Subtotal €30.00" in page
    assert "Oak chair €10.00 each €30.00" in page
    assert "The deal opens Nov 11, 00:00: €7.00 then. At most 2 a buyer." in page
    assert "To pay 3 pieces €30.00 Tax included." in page
    assert "It is in your cart." not in words(client)
    assert in_cart() == {chair.id: 3}
    assert Shopper.objects.get().verified is False
    assert "X-Same-Until-Ms" not in client.get("/cart").headers


def test_buying_at_once_leads_to_the_checkout(client: Client) -> None:
    chair = make_sku()

    led_to = post(client, "/cart/add?market=EU", sku=chair.id, quantity=1, seen_minor=1_000, buy="1")

    assert (led_to, in_cart()) == ("/checkout?market=EU", {chair.id: 1})


def test_the_header_counts_what_is_in_the_cart(client: Client) -> None:
    assert "cart-count" not in client.get("/").content.decode()

    put(client, make_sku(), quantity=5)
    assert "Cart, 1 item</span>" in client.get("/").content.decode()
    put(client, make_sku())
    assert "Cart, 2 items</span>" in client.get("/").content.decode()


def test_nobodys_cart_is_counted_for_who_has_none() -> None:
    with CaptureQueriesContext(connection) as seen:
        Client().get("/")
        Client().get("/cart")

    # A prepared statement, such as that of cards, is counted without its text.
    asked = [one["sql"] or "" for one in seen]
    assert [sql for sql in asked if "carts_" in sql or "session" in sql] == []


def test_a_price_that_changed_is_told_once_and_then_remembered(client: Client) -> None:
    put(client, make_deal(), quantity=2)
    words(client)
    open_festival()

    first, second = words(client), words(client)

    assert "Price changed: was €10.00, now €7.00." in first
    assert "Price changed" not in second
    assert "Festival price -€6.00" in second
    assert "Oak chair €7.00 each €14.00 before: €20.00" in second


def test_a_line_that_can_not_be_bought_stays_and_does_not_count(client: Client) -> None:
    make_market(code="JP", currency="JPY", tax_rates_bps={})
    merchant = make_merchant()
    chairs = [make_sku(merchant=merchant, titles={"en": title}) for title in ("Gone", "Away", "Old", "Good")]
    for chair in chairs:
        put(client, chair)
    Stock.objects.filter(sku_id=chairs[0].id).update(sold=100)
    Price.objects.filter(sku=chairs[1].id).delete()
    Sku.objects.filter(id=chairs[2].id).update(on_sale=False)

    page = words(client)

    assert "Gone €10.00 each Sold out. It stays here in case some come back." in page
    assert "Away Not sold in the market European Union." in page
    assert "Old €10.00 each No longer on sale." in page
    assert "To pay 1 piece €10.00" in page
    assert "Check out" in page


def test_of_what_is_short_or_limited_only_what_can_be_had_counts(client: Client) -> None:
    short, limited = make_sku(units=2, titles={"en": "Short"}), make_deal(buyer_limit=1, titles={"en": "Limited"})
    put(client, short, quantity=5)
    put(client, limited, quantity=3, seen_minor=700)
    open_festival()

    page = words(client)

    assert "Only 2 left: 2 of your 5 count." in page
    assert "At most 1 a buyer: 1 of your 3 count." in page
    assert "To pay 3 pieces €27.00" in page


def test_what_can_be_bought_only_from_the_opening_on_says_when_and_nothing_counts(client: Client) -> None:
    put(client, make_deal(units=0))

    page = words(client)

    assert "The deal opens Nov 11, 00:00: €7.00 then." in page
    assert "Sold out" not in page
    assert "Nothing of this can be bought now." in page
    assert "Check out" not in page


@pytest.mark.parametrize(
    ("fields", "quantity"),
    [
        ({"quantity": "4"}, 4),
        ({"quantity": "4", "quantity-to": "3"}, 3),
        ({"quantity": "100000"}, QUANTITY_MAX),
        ({"quantity": "0"}, 2),
        ({"quantity": "-1"}, 2),
        ({"quantity": "two"}, 2),
        ({"quantity": "²"}, 2),
        ({}, 2),
    ],
)
def test_a_quantity_is_changed_to_one_that_may_be(client: Client, fields: dict[str, str], quantity: int) -> None:
    chair = make_sku()
    put(client, chair, quantity=2)

    assert post(client, "/cart/change", sku=chair.id, **fields) == "/cart"

    assert in_cart() == {chair.id: quantity}
    assert ("Choose a quantity from 1 to 999" in words(client)) == (quantity == 2)


def test_what_was_removed_is_put_back_where_it_was(client: Client) -> None:
    chair, table = make_sku(titles={"en": "Chair"}), make_sku(titles={"en": "Table"})
    put(client, chair, quantity=3)
    put(client, table)
    words(client)

    post(client, "/cart/remove", sku=chair.id)
    page = words(client)
    assert page.startswith("Cart Removed: Chair Undo")
    assert in_cart() == {table.id: 1}
    assert "Undo" not in words(client)

    post(client, "/cart/undo")
    post(client, "/cart/undo")
    page = words(client)
    assert in_cart() == {chair.id: 3, table.id: 1}
    assert page.index("Chair") < page.index("Table")


def test_what_is_saved_for_later_does_not_count_and_comes_back(client: Client) -> None:
    chair = make_sku()
    put(client, chair, quantity=2)

    post(client, "/cart/aside", sku=chair.id, aside="1")
    page = words(client)
    assert "There is nothing in the cart now. Saved for later Oak chair" in page
    assert "To pay" not in page

    post(client, "/cart/aside", sku=chair.id, aside="0")
    assert "To pay 2 pieces €20.00" in words(client)


def test_what_is_refused_is_said_and_nothing_changed(client: Client) -> None:
    gone, merchant = make_sku(), make_merchant()
    Sku.objects.filter(id=gone.id).update(on_sale=False)
    put(client, gone)
    assert "This is no longer on sale. Nothing was put into the cart." in words(client)
    assert not Shopper.objects.exists()

    put(client, make_sku(merchant=merchant))
    shopper_id = Shopper.objects.get().id
    CartEntry.objects.bulk_create(
        CartEntry(shopper_id=shopper_id, sku_id=make_sku(merchant=merchant).id, quantity=1, put_at=NOW)
        for _ in range(LINES_MAX - 1)
    )
    put(client, make_sku())
    assert "There is room for 50 different things. Check out or remove one first." in words(client)
    assert len(in_cart()) == LINES_MAX


@pytest.mark.parametrize("sku", ["", "chair", "-1", "0", "9" * 30, "1; DROP TABLE"])
@pytest.mark.parametrize("address", ["/cart/add", "/cart/change", "/cart/remove", "/cart/aside", "/wishes/add"])
def test_a_form_that_names_no_sku_is_a_bad_request(client: Client, address: str, sku: str) -> None:
    assert client.post(address, {"sku": sku}).status_code == 400
    assert Shopper.objects.count() == 0


def test_who_has_no_cart_changes_nobodys(client: Client) -> None:
    chair = make_sku()
    put(client, chair, quantity=2)
    stranger = Client()

    for address in ("/cart/change", "/cart/remove", "/cart/aside", "/wishes/remove"):
        post(stranger, address, sku=chair.id, quantity=9, aside="1")
    post(stranger, "/cart/undo")

    assert list(CartEntry.objects.values_list("sku_id", "quantity", "aside")) == [(chair.id, 2, False)]
    assert Shopper.objects.count() == 1


def test_another_sites_form_puts_nothing_in(client: Client) -> None:
    chair = make_sku()

    refused = client.post("/cart/add", {"sku": chair.id}, headers={"Sec-Fetch-Site": "cross-site"})

    assert (refused.status_code, in_cart(), Shopper.objects.count()) == (403, {}, 0)


def test_forms_are_not_got(client: Client) -> None:
    for address in ("/cart/add", "/cart/change", "/cart/remove", "/cart/undo", "/cart/aside", "/wishes/add"):
        assert client.get(address).status_code == 405


def test_a_title_that_is_markup_stays_text(client: Client) -> None:
    hostile = make_sku(titles={"en": "<script>alert(1)</script>"})
    put(client, hostile)

    assert "<script>alert" not in client.get("/cart").content.decode()
    post(client, "/cart/remove", sku=hostile.id)
    assert "<script>alert" not in client.get("/cart").content.decode()


def test_the_page_takes_as_many_statements_for_fifty_lines_as_for_two(client: Client) -> None:
    for _ in range(2):
        put(client, make_sku())
    words(client)
    few = statements(client)
    merchants = [make_merchant() for _ in range(4)]
    shopper_id = Shopper.objects.get().id
    for number in range(LINES_MAX - 2):
        sku = make_sku(merchant=merchants[number % 4])
        CartEntry.objects.create(
            shopper_id=shopper_id, sku_id=sku.id, quantity=1, put_at=NOW, seen_minor=1_000, seen_currency="EUR"
        )

    assert statements(client) == few


def statements(client: Client) -> int:
    forget_everything()
    with CaptureQueriesContext(connection) as seen:
        words(client)
    return len(seen)


def test_a_products_page_offers_its_variants_and_carries_nothing_of_a_session() -> None:
    client, chair = Client(), make_deal()
    product = Product.objects.get(skus=chair.id)
    large = make_deal(merchant=chair.merchant)
    Sku.objects.filter(id=large.id).update(product=product)

    response = client.get(f"/products/{product.id}")
    page = response.content.decode()

    assert "X-Same-Until-Ms" in response.headers
    assert "Cookie" not in dict(response.cookies)
    assert page.count('type="radio"') == 2
    assert f'name="seen-{chair.id}" value="1000"' in page
    assert re.search(r'name="buy" value="1" data-opens="\d+" data-closes="\d+" data-phase="before" disabled', page)
    assert "Opens Nov 11, 00:00" in page
    assert "You may put it in the cart before" in page


def test_a_product_that_is_sold_out_can_only_be_wished_for(client: Client) -> None:
    chair = make_sku(units=0)

    page = words(client, f"/products/{Product.objects.get(skus=chair.id).id}")

    assert "Add to wish list" in page
    assert "Add to cart" not in page
    assert "Buy now" not in page
