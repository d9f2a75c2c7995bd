"""The sitemap and robots.txt."""

import re
from xml.etree import ElementTree as ET

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from fairground.catalog.models import Product, Sku
from fairground.config.realm import Realm
from fairground.festivals.models import Deal, Festival
from fairground.merchants.models import Merchant
from fairground.sites.storefront import sitemaps
from tests.factories import make_market, make_merchant, make_sku

pytestmark = pytest.mark.django_db

SPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture(autouse=True)
def shop() -> None:
    """Five products of one merchant, and a hall."""
    make_market()
    merchant = make_merchant()
    for _ in range(4):
        make_sku(merchant=merchant)
    make_sku(merchant=merchant, deal_price_minor=500)
    Deal.objects.update(hall=Festival.objects.get().halls.create(slug="home", name={"en": "Home"}))


def addresses(client: Client, path: str) -> list[str]:
    """Return the addresses that a page of the sitemap lists."""
    response = client.get(path)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/xml; charset=utf-8")
    return [str(one.text) for one in ET.fromstring(response.content).iter(f"{SPACE}loc")]  # noqa: S314 - our own


def product_ids() -> list[int]:
    """Return all products."""
    return list(Product.objects.order_by("id").values_list("id", flat=True))


def test_the_index_leads_to_every_page_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "ADDRESSES_MAX", 2)
    ids, merchant = product_ids(), Merchant.objects.get()

    index = addresses(client, "/sitemap.xml")
    listed = [addresses(client, page.removeprefix("http://testserver")) for page in index]

    assert index == [
        "http://testserver/sitemap-festival.xml",
        f"http://testserver/sitemap-shops-{merchant.id}.xml",
        *(f"http://testserver/sitemap-products-{ids[place]}.xml" for place in (0, 2, 4)),
    ]
    assert listed[0] == ["http://testserver/", "http://testserver/halls/home"]
    assert listed[1] == [f"http://testserver/shops/{merchant.slug}"]
    assert [len(page) for page in listed[2:]] == [2, 2, 1]
    assert [one for page in listed[2:] for one in page] == [f"http://testserver/products/{one}" for one in ids]


def test_what_is_not_on_sale_is_not_listed(client: Client) -> None:
    first, second, *others = product_ids()
    Sku.objects.filter(product_id=second).update(on_sale=False)

    listed = addresses(client, f"/sitemap-products-{first}.xml")

    assert listed == [f"http://testserver/products/{one}" for one in (first, *others)]


def test_a_page_takes_one_statement_however_many_it_lists(client: Client) -> None:
    first, merchant = product_ids()[0], Merchant.objects.get()
    pages = {"/sitemap.xml": 2, f"/sitemap-products-{first}.xml": 1, f"/sitemap-shops-{merchant.id}.xml": 1}
    for _ in range(20):
        make_sku()

    for path, statements in pages.items():
        with CaptureQueriesContext(connection) as seen:
            addresses(client, path)
        # Whether sitemaps are switched off is asked once a second.
        assert len([one for one in seen if "kernel_switch" not in one["sql"]]) == statements, path


def test_a_page_may_be_kept_for_an_hour(client: Client) -> None:
    assert client.get("/sitemap.xml").headers["Cache-Control"] == "public, max-age=3600"


def test_an_id_that_can_not_be_is_no_page(client: Client) -> None:
    assert client.get(f"/sitemap-products-{10**30}.xml").status_code == 404
    assert client.get(f"/sitemap-shops-{10**30}.xml").status_code == 404


def test_the_pages_are_at_most_as_long_as_crawlers_take() -> None:
    assert sitemaps.ADDRESSES_MAX == 10_000


def test_robots_names_the_sitemap_of_the_real_realm(client: Client, settings: Settings) -> None:
    settings.SITE_ADDRESS = "https://shop.example"

    said = client.get("/robots.txt").content.decode()

    assert re.findall("^Sitemap: (.*)$", said, re.MULTILINE) == ["https://shop.example/sitemap.xml"]


@pytest.mark.parametrize("realm", ["demo", "rehearsal"])
def test_a_demo_and_a_rehearsal_stay_closed(client: Client, settings: Settings, realm: str) -> None:
    settings.REALM = Realm(realm)

    assert client.get("/robots.txt").content == b"User-agent: *\nDisallow: /\n"
    for path in ("/sitemap.xml", "/sitemap-festival.xml", "/sitemap-shops-1.xml", "/sitemap-products-1.xml"):
        assert client.get(path).status_code == 404
