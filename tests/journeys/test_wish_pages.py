"""The wish list and what was seen lately, over HTTP."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fairground.carts.models import CartEntry, Wish
from fairground.catalog.models import Price, Product, ProductText, Sku
from fairground.identity.models import Shopper
from fairground.sites.storefront.seen import SEEN_MAX
from tests.factories import SkuMade, make_market, make_merchant, make_sku
from tests.journeys.test_cart_pages import post, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _market() -> None:
    make_market()


def save(client: Client, sku: SkuMade) -> str:
    return post(client, "/wishes/add", sku=sku.id, product=product_of(sku), market="EU", seen_minor=1_000)


def product_of(sku: SkuMade) -> int:
    return Product.objects.get(skus=sku.id).id


def test_an_empty_list_says_how_something_gets_there(client: Client) -> None:
    assert words(client, "/wishes").startswith("Nothing on your wish list The heart on a product's page puts it here")
    assert Shopper.objects.count() == 0


def test_a_wish_is_saved_from_its_products_page_and_leads_back_there(client: Client) -> None:
    chair = make_sku()

    assert save(client, chair) == f"/products/{product_of(chair)}"
    assert words(client, f"/products/{product_of(chair)}").startswith("It is on your wish list.")
    assert "Oak chair Olmo €10.00 Move to cart" in words(client, "/wishes")


def test_a_price_that_fell_since_is_told_every_time(client: Client) -> None:
    chair = make_sku()
    save(client, chair)
    Price.objects.update(price_minor=800)

    for _ in range(2):
        assert "€8.00 Price dropped: was €10.00 when you saved it." in words(client, "/wishes")
    Price.objects.update(price_minor=1_200)
    assert "Price dropped" not in words(client, "/wishes")


def test_a_wish_is_moved_to_the_cart_or_removed(client: Client) -> None:
    chair, table = make_sku(), make_sku()
    save(client, chair)
    save(client, table)

    assert post(client, "/wishes/move", sku=chair.id, market="EU", seen_minor=1_000) == "/wishes"
    assert words(client, "/wishes").count("Move to cart") == 1
    assert post(client, "/wishes/remove", sku=table.id) == "/wishes"

    assert list(CartEntry.objects.values_list("sku_id", "quantity", "seen_minor")) == [(chair.id, 1, 1_000)]
    assert Wish.objects.count() == 0


def test_what_nobody_sells_any_more_stays_on_the_list_when_it_is_moved(client: Client) -> None:
    chair = make_sku()
    save(client, chair)
    Sku.objects.update(on_sale=False)

    post(client, "/wishes/move", sku=chair.id)

    assert "This is no longer on sale. Nothing was put into the cart." in words(client, "/wishes")
    assert (CartEntry.objects.count(), Wish.objects.count()) == (0, 1)


def test_the_list_takes_as_many_statements_for_thirty_wishes_as_for_two(client: Client) -> None:
    merchant = make_merchant()
    counts = []
    for wanted in (2, 30):
        while Wish.objects.count() < wanted:
            save(client, make_sku(merchant=merchant))
        words(client, "/wishes")
        with CaptureQueriesContext(connection) as seen:
            words(client, "/wishes")
        counts.append(len(seen))

    assert counts[0] == counts[1]


def test_what_was_seen_comes_as_cards_in_the_order_asked_for_by_one_statement(client: Client) -> None:
    ids = [product_of(make_sku(titles={"en": title})) for title in ("First", "Second", "Third")]
    client.get("/seen?ids=1")

    with CaptureQueriesContext(connection) as seen:
        response = client.get(f"/seen?ids={ids[2]},x,{ids[0]},{ids[0]},99999999999999999999,-1,")

    page = response.content.decode()
    assert len(seen) == 1
    assert page.index("Third") < page.index("First")
    assert (page.count("<li"), "Second" in page, dict(response.cookies)) == (2, False, {})
    assert "X-Same-Until-Ms" in response.headers


def test_a_product_of_nineteen_digits_is_seen_too(client: Client) -> None:
    product_id = product_of(make_sku(titles={"en": "Late"}))
    Product.objects.filter(id=product_id).update(id=10**18)
    Sku.objects.filter(product_id=product_id).update(product_id=10**18)
    ProductText.objects.filter(product_id=product_id).update(product_id=10**18)

    assert "<li" in client.get(f"/seen?ids={10**18}").content.decode()


def test_no_more_is_looked_up_than_a_browser_remembers(client: Client) -> None:
    late = product_of(make_sku())
    before = ",".join(str(number) for number in range(1, SEEN_MAX + 1))

    assert "<li" not in client.get(f"/seen?ids={before},{late}").content.decode()
    assert client.get("/seen").content.decode().strip() == ""
