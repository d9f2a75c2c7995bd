"""Halls and shops as HTTP: what stands where on their pages, and how soon what is sold out moves."""

import re
import time
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fairground.festivals.models import Deal, Festival, Hall
from fairground.inventory.models import Stock
from fairground.sites.moment import KEPT_FOR_S, forget_everything
from tests.factories import MerchantMade, SkuMade, make_market, make_merchant, make_sku

OPENS_AT = datetime(2100, 11, 11, tzinfo=UTC)
CLOSES_AT = datetime(2100, 11, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def hall() -> Hall:
    """A hall of a festival that opens in 2100, in a market that pays in euros."""
    make_market()
    festival = Festival.objects.create(
        slug="fair", name={"en": "Fair"}, zone="UTC", currency="EUR", opens_at=OPENS_AT, closes_at=CLOSES_AT
    )
    return Hall.objects.create(festival=festival, slug="home", name={"en": "Home"})


def make_deal(title: str, *, price_minor: int, merchant: MerchantMade | None = None) -> SkuMade:
    """Make a product of 10 euros with a deal that opens in 2100."""
    return make_sku(
        merchant=merchant, deal_price_minor=price_minor, opens_at=OPENS_AT, closes_at=CLOSES_AT, titles={"en": title}
    )


def titles(client: Client, address: str) -> list[str]:
    """Return the titles of the cards of a page, in order."""
    page = " ".join(client.get(address).content.decode().split())
    return re.findall(r'<h3 dir="auto"><a href="/products/[^"]*">([^<]+)</a></h3>', page)


def statements(client: Client, address: str) -> int:
    """Return how many statements a page took that finds nothing kept."""
    forget_everything()
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def test_a_shop_turns_its_pages_from_its_deals_to_its_other_goods(client: Client) -> None:
    merchant = make_merchant()
    for number in range(70):
        make_sku(merchant=merchant, titles={"en": f"Stool {number}"})
        make_deal(f"Deal {number}", price_minor=100 + number, merchant=merchant)
    shop = f"/shops/merchant-{merchant.id}"

    pages = [titles(client, f"{shop}?page={page}") for page in (1, 2, 3, 4)]

    expected = [f"Deal {number}" for number in range(70)] + [f"Stool {number}" for number in range(70)]
    assert pages == [expected[:60], expected[60:120], expected[120:], []]


def test_a_shop_takes_no_more_statements_for_fifty_goods_than_for_five(client: Client) -> None:
    merchant = make_merchant()
    shop = f"/shops/merchant-{merchant.id}"
    for _ in range(5):
        make_sku(merchant=merchant)
    few = statements(client, shop)
    for _ in range(45):
        make_sku(merchant=merchant)

    assert statements(client, shop) == few


def test_a_card_says_what_is_left_and_what_is_sold_out_comes_last_within_a_second(
    client: Client, hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fairground.sites.moment.KEPT_FOR_S", KEPT_FOR_S)
    best, _good = make_deal("Best", price_minor=100), make_deal("Good", price_minor=200)
    Deal.objects.update(hall=hall)
    before = titles(client, "/halls/home")
    Stock.objects.filter(deal_id=best.deal_id).update(sold=10)

    time.sleep(KEPT_FOR_S)
    page = client.get("/halls/home").content.decode()

    assert before == ["Best", "Good"]
    assert 'data-state="gone"' in page
    assert titles(client, "/halls/home") == ["Good", "Best"]
