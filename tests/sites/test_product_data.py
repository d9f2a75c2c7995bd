"""What a product page tells machines: JSON-LD, Open Graph, canonical and alternate addresses."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from fairground.catalog.models import Brand, Category, OptionValue, Price, Product, ProductText, Sku
from fairground.festivals.models import Deal, Festival
from fairground.inventory.models import Stock
from fairground.merchants.models import Merchant
from tests.factories import SkuMade, make_market, make_sku, next_id

LONG_AGO = datetime(2020, 11, 11, tzinfo=UTC)
FAR_OFF = datetime(2100, 11, 12, tzinfo=UTC)
HOSTILE = "</script><script>alert(1)</script>&\u2028\u2029<!--"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def market() -> str:
    """The market of the tests."""
    return make_market()


def make_deal(*, opens_at: datetime = LONG_AGO, closes_at: datetime = FAR_OFF, price_minor: int = 6_790) -> SkuMade:
    """Make a chair for 100 euros with a deal at 67.90."""
    made = make_sku(price_minor=10_000, deal_price_minor=price_minor, opens_at=opens_at, closes_at=closes_at)
    Festival.objects.update(opens_at=opens_at, closes_at=closes_at)
    return made


def product_of(made: SkuMade) -> int:
    """Return the product of a SKU."""
    return Product.objects.get(skus=made.id).id


def page_of(client: Client, made: SkuMade, query: str = "") -> str:
    """Return the product's page."""
    response = client.get(f"/products/{product_of(made)}{query}")
    assert response.status_code == 200
    return response.content.decode()


def structured(page: str) -> list[dict[str, Any]]:
    """Return what the page's scripts of data hold."""
    return [json.loads(one) for one in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)]


def test_a_product_without_a_deal_has_one_offer_at_the_prior_price(client: Client) -> None:
    made = make_sku(price_minor=10_000)
    product_id = product_of(made)
    ProductText.objects.update(description="A chair of oak.")
    Product.objects.update(
        brand=Brand.objects.create(slug="olmo", name="Olmo & Co"),
        category=Category.objects.create(code="home", names={"en": "Home", "es": "Hogar"}),
    )
    Sku.objects.update(gtin="04006381333931")
    shop = f"http://testserver/shops/merchant-{made.merchant.id}"

    product, way = structured(page_of(client, made))

    assert product == {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": "Oak chair",
        "url": f"http://testserver/products/{product_id}",
        "description": "A chair of oak.",
        "category": "Home",
        "brand": {"@type": "Brand", "name": "Olmo & Co"},
        "sku": str(made.id),
        "gtin": "4006381333931",
        "offers": {
            "@type": "Offer",
            "sku": str(made.id),
            "gtin": "4006381333931",
            "url": f"http://testserver/products/{product_id}",
            "price": "100.00",
            "priceCurrency": "EUR",
            "availability": "https://schema.org/InStock",
            "seller": {"@type": "Organization", "name": "Olmo", "url": shop},
            "itemCondition": "https://schema.org/NewCondition",
        },
    }
    assert way["@type"] == "BreadcrumbList"
    assert [(one["position"], one["name"], one["item"]) for one in way["itemListElement"]] == [
        (1, "Fairground", "http://testserver/"),
        (2, "Olmo", shop),
        (3, "Oak chair", f"http://testserver/products/{product_id}"),
    ]


def test_an_open_deal_has_the_price_before_and_its_end(client: Client) -> None:
    offer = structured(page_of(client, make_deal()))[0]["offers"]

    assert (offer["price"], offer["priceValidUntil"]) == ("67.90", "2100-11-12T00:00:00+00:00")
    assert offer["priceSpecification"] == {
        "@type": "UnitPriceSpecification",
        "priceType": "https://schema.org/StrikethroughPrice",
        "price": "100.00",
        "priceCurrency": "EUR",
    }


@pytest.mark.parametrize("case", ["before it opens", "after its units are gone", "after it closed"])
def test_a_deal_that_can_not_be_bought_leaves_the_prior_price_and_nothing_before_it(client: Client, case: str) -> None:
    if case == "before it opens":
        made = make_deal(opens_at=FAR_OFF - timedelta(days=1))
    elif case == "after it closed":
        made = make_deal(closes_at=LONG_AGO + timedelta(days=1))
    else:
        made = make_deal()
        Stock.objects.filter(deal_id__isnull=False).update(sold=10)

    offer = structured(page_of(client, made))[0]["offers"]

    assert (offer["price"], offer["availability"]) == ("100.00", "https://schema.org/InStock")
    assert {"priceSpecification", "priceValidUntil"} & set(offer) == set()


def test_a_deal_that_is_not_below_the_prior_price_claims_no_price_before(client: Client) -> None:
    offer = structured(page_of(client, make_deal(price_minor=10_000)))[0]["offers"]

    assert offer["price"] == "100.00"
    assert "priceSpecification" not in offer


def test_what_is_sold_out_is_out_of_stock_and_a_persons_goods_are_not_called_new(client: Client) -> None:
    made = make_sku()
    Stock.objects.update(sold=60, reserved=40)
    Merchant.objects.update(kind="person")

    offer = structured(page_of(client, made))[0]["offers"]

    assert offer["availability"] == "https://schema.org/OutOfStock"
    assert offer["seller"]["@type"] == "Person"
    assert "itemCondition" not in offer


def test_variants_are_offers_between_the_lowest_and_the_highest_price(client: Client) -> None:
    made = make_sku(price_minor=1_000)
    OptionValue.objects.create(code="moss", names={"en": "Moss"})
    Sku.objects.update(options={"colour": "moss"})
    other = Sku.objects.create(
        id=next_id(lane=0), lane=0, merchant_id=made.merchant.id, product_id=product_of(made), external_id="other"
    )
    Price.objects.create(sku=other, market_id="EU", price_minor=1_250, currency="EUR")

    product = structured(page_of(client, made))[0]

    assert "sku" not in product
    offers = product["offers"]
    assert (
        offers["@type"],
        offers["offerCount"],
        offers["lowPrice"],
        offers["highPrice"],
        offers["priceCurrency"],
    ) == (
        "AggregateOffer",
        2,
        "10.00",
        "12.50",
        "EUR",
    )
    assert [(one.get("name"), one["sku"], one["price"], one["availability"]) for one in offers["offers"]] == [
        ("Moss", str(made.id), "10.00", "https://schema.org/InStock"),
        (None, str(other.id), "12.50", "https://schema.org/OutOfStock"),
    ]


@pytest.mark.parametrize(("currency", "price"), [("JPY", "1250"), ("KWD", "1.250"), ("USD", "12.50")])
def test_a_price_has_the_decimals_of_its_currency(client: Client, currency: str, price: str) -> None:
    make_market(code="XX", currency=currency, tax_rates_bps={})

    page = page_of(client, make_sku(market="XX", price_minor=1_250), "?market=XX")

    assert structured(page)[0]["offers"]["price"] == price
    assert f'<meta property="product:price:amount" content="{price}">' in page
    assert f'<meta property="product:price:currency" content="{currency}">' in page


def test_a_product_that_the_market_does_not_have_has_no_offers(client: Client) -> None:
    make_market(code="JP", currency="JPY", tax_rates_bps={})

    page = page_of(client, make_sku(), "?market=JP")

    assert "offers" not in structured(page)[0]
    assert "product:price" not in page


def test_no_text_breaks_out_of_the_data(client: Client) -> None:
    made = make_sku(titles={"en": HOSTILE})
    ProductText.objects.update(description=HOSTILE)
    Merchant.objects.update(name=HOSTILE)

    page = page_of(client, made)

    assert page.count("</script>") == page.count("<script ") == page.count("<script")
    data = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert [one for text in data for one in "<>&\u2028\u2029" if one in text] == []
    assert [one["name"] for one in (structured(page)[0], structured(page)[0]["offers"]["seller"])] == [HOSTILE] * 2


def test_there_is_no_picture_where_products_have_none(client: Client) -> None:
    page = page_of(client, make_sku())

    assert "image" not in structured(page)[0]
    assert "og:image" not in page


def test_a_page_has_one_address_and_one_in_each_language(client: Client) -> None:
    made = make_deal()
    address = f"http://testserver/products/{product_of(made)}"

    page = page_of(client, made, "?lang=es&utm_source=mail&market=EU")

    assert f'<link rel="canonical" href="{address}?lang=es">' in page
    assert re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', page) == [
        ("en", f"{address}?lang=en"),
        ("zh-Hans", f"{address}?lang=zh-hans"),
        ("es", f"{address}?lang=es"),
        ("vi", f"{address}?lang=vi"),
        ("ru", f"{address}?lang=ru"),
        ("ar", f"{address}?lang=ar"),
        ("x-default", address),
    ]
    assert '<meta property="og:locale" content="es_ES">' in page
    assert re.findall(r'og:locale:alternate" content="(\w+)"', page) == ["en_US", "zh_CN", "vi_VN", "ru_RU", "ar_EG"]


def test_another_market_is_another_page_and_so_is_another_page_of_a_grid(client: Client) -> None:
    make_market(code="JP", currency="JPY", tax_rates_bps={})
    made = make_deal()
    shop = f"/shops/merchant-{made.merchant.id}"

    page = client.get(f"{shop}?page=2&market=JP").content.decode()

    assert f'<link rel="canonical" href="http://testserver{shop}?market=JP&amp;page=2">' in page
    assert f'hreflang="es" href="http://testserver{shop}?market=JP&amp;lang=es&amp;page=2"' in page


def test_links_that_leave_the_site_have_the_address_that_the_operator_says(client: Client, settings: Settings) -> None:
    settings.SITE_ADDRESS = "https://shop.example"
    made = make_sku()

    page = page_of(client, made)

    assert f'<link rel="canonical" href="https://shop.example/products/{product_of(made)}">' in page
    assert f'"url":"https://shop.example/products/{product_of(made)}"' in page


def test_a_shared_product_has_its_title_its_words_and_its_price(client: Client) -> None:
    made = make_deal()
    ProductText.objects.update(description="A chair\n of oak. " * 40)

    page = page_of(client, made)

    assert '<meta property="og:type" content="product">' in page
    assert '<meta property="og:site_name" content="Fairground">' in page
    assert '<meta property="og:title" content="Oak chair">' in page
    assert '<meta property="product:price:amount" content="67.90">' in page
    assert '<meta name="twitter:card" content="summary">' in page
    (description,) = re.findall('<meta property="og:description" content="([^"]+)">', page)
    assert description == "A chair of oak. " * 12 + "A…"


def test_home_and_halls_are_shared_by_their_names(client: Client) -> None:
    make_deal()
    Festival.objects.update(name={"en": "Lantern Fair"})
    Deal.objects.update(hall=Festival.objects.get().halls.create(slug="home", name={"en": "Home"}))

    assert '<meta property="og:title" content="Lantern Fair">' in client.get("/").content.decode()
    assert '<meta property="og:title" content="Home · Lantern Fair">' in client.get("/halls/home").content.decode()
