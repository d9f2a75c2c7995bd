"""Lists of the back office: as many statements however long they are, no count, and what a search finds."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fairground.catalog.models import Brand, Product, Sku
from fairground.sites.back_office.tables import PAGES_MAX
from tests.factories import make_market, make_shopper
from tests.goods_making import make_good
from tests.sites.back_office.staff import sign_in

pytestmark = pytest.mark.usefixtures("lone_writer")

LISTS = (
    "catalog/product",
    "catalog/sku",
    "catalog/brand",
    "catalog/category",
    "merchants/merchant",
    "festivals/festival",
    "festivals/deal",
    "redpackets/packetcampaign",
    "identity/shopper",
    "kernel/auditentry",
)


def make_goods(first: int, last: int) -> None:
    """Make a product with a brand, a category, a deal and a shopper each."""
    for number in range(first, last):
        make_good(f"Lamp {number}", brand=f"brand-{number}", category="home.lamps", deal_price_minor=900)
        make_shopper()


@pytest.mark.parametrize("name", LISTS)
def test_a_list_takes_as_many_statements_however_long_it_is_and_counts_nothing(name: str) -> None:
    make_market()
    client, counts = sign_in(), []
    for first, last in ((0, 1), (1, 6)):
        make_goods(first, last)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(f"/back-office/{name}/").status_code == 200
        counts.append(len(seen))
        assert [one["sql"] for one in seen.captured_queries if one["sql"].startswith("SELECT COUNT(*)")] == []

    assert counts == [5, 5]


def test_the_first_page_takes_as_many_statements_however_much_there_is() -> None:
    make_market()
    client, counts = sign_in(), []
    for first, last in ((0, 1), (1, 6)):
        make_goods(first, last)
        with CaptureQueriesContext(connection) as seen:
            client.get("/back-office/")
        counts.append(len(seen))

    assert counts == [19, 19]


def found(client: Client, asked: str, name: str = "catalog/product") -> list[int]:
    listed = client.get(f"/back-office/{name}/", {"q": asked}).context["cl"].result_list
    return [one.pk for one in listed]


def test_products_are_found_by_words_in_any_language_and_by_every_code() -> None:
    make_market()
    lamp = make_good(titles={"en": "Desk lamp", "es": "Lámpara"}, gtin="04006381333931")
    chair = make_good("Oak chair")
    client = sign_in("support")
    sku = Sku.objects.get(product_id=lamp)
    product = Product.objects.get(id=lamp)

    for asked in ("lamps", "lámpara", str(lamp), str(sku.id), sku.external_id, product.external_id, "4006381333931"):
        assert found(client, asked) == [lamp], asked
    assert found(client, "chair") == [chair]
    assert found(client, "") == [chair, lamp]
    for asked in ("nothing like it", "9" * 60, "½", "%", "'; DROP TABLE", "&|!"):
        assert found(client, asked) == [], asked
    assert found(client, "lamp", "catalog/sku") == [sku.id]


def test_pages_end_without_a_count_and_nobody_turns_a_thousand() -> None:
    make_market()
    make_good()
    client = sign_in()

    assert client.get("/back-office/catalog/product/", {"p": str(PAGES_MAX + 1)}).status_code == 302
    last = client.get("/back-office/catalog/product/", {"p": str(PAGES_MAX)})
    assert (last.status_code, list(last.context["cl"].result_list)) == (200, [])


def test_a_brand_is_chosen_by_how_it_is_called() -> None:
    make_market()
    make_good()
    Brand.objects.create(slug="olmo", name="Olmo & Son")
    asked = {"app_label": "catalog", "model_name": "product", "field_name": "brand", "term": "son"}

    answer = sign_in("editor").get("/back-office/autocomplete/", asked)

    assert answer.json()["results"] == [{"id": "olmo", "text": "Olmo & Son"}]
