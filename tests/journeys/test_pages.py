"""The pages as HTTP: status, headers, words, and how many statements they take."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fairground.catalog.models import FormerPrice, Product, ProductText
from fairground.festivals.models import Deal, Festival, Hall
from fairground.inventory.models import Stock
from fairground.markets.models import Market
from fairground.merchants.models import Merchant
from fairground.sites.moment import forget_everything
from fairground.sites.problems import problem_words
from tests.factories import SkuMade, make_market, make_merchant, make_sku

# So far ahead that the festival has not opened whenever the tests run.
OPENS_AT = datetime(2100, 11, 11, tzinfo=UTC)
CLOSES_AT = datetime(2100, 11, 12, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\"'&"

pytestmark = pytest.mark.django_db


@pytest.fixture
def hall() -> Hall:
    """A hall of a festival that opens in 2100, in a market that pays in euros."""
    make_market()
    festival = Festival.objects.create(
        slug="fair",
        name={"en": "Lantern Fair", "zh": "灯市购物节"},
        zone="UTC",
        currency="EUR",
        opens_at=OPENS_AT,
        closes_at=CLOSES_AT,
    )
    return Hall.objects.create(festival=festival, slug="home", name={"en": "Home", "es": "Hogar"})


def make_deal(*, hall: Hall, price_minor: int = 10_000, deal_price_minor: int = 6_790, units: int = 500) -> SkuMade:
    """Make a chair with a deal in the hall."""
    made = make_sku(
        price_minor=price_minor,
        deal_price_minor=deal_price_minor,
        deal_units=units,
        buyer_limit=2,
        opens_at=OPENS_AT,
        closes_at=CLOSES_AT,
        titles={"en": "Oak chair", "es": "Silla de roble"},
    )
    Deal.objects.filter(sku=made.id).update(hall=hall)
    return made


def product_of(made: SkuMade) -> int:
    """Return the product of a SKU."""
    return Product.objects.get(skus=made.id).id


def pages_of(made: SkuMade) -> list[str]:
    """Return an address of every kind of page."""
    shop = Merchant.objects.get(id=made.merchant.id).slug
    product = product_of(made)
    return ["/", "/halls/home", f"/products/{product}", f"/shops/{shop}", "/live", "/problems/", "/problems/sold-out"]


def text(client: Client, address: str, **headers: str) -> str:
    """Return what a page says, after checking that it is there."""
    response = client.get(address, headers=headers)
    assert response.status_code == 200, address
    return " ".join(response.content.decode().split())


def test_every_page_is_there_and_sets_no_cookie(client: Client, hall: Hall) -> None:
    for address in pages_of(make_deal(hall=hall)):
        response = client.get(address)

        assert (response.status_code, dict(response.cookies)) == (200, {}), address


def test_every_page_carries_the_headers_of_safety(client: Client, hall: Hall) -> None:
    for address in [*pages_of(make_deal(hall=hall)), "/nothing"]:
        headers = client.get(address).headers

        assert headers["Content-Security-Policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
            "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
        )
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == "no-store"
        assert "Accept-Language" in headers["Vary"]


def test_no_page_has_script_or_style_of_its_own(client: Client, hall: Hall) -> None:
    for address in pages_of(make_deal(hall=hall)):
        page = text(client, address)

        files, data = (
            page.count('<script type="module" src="/static/'),
            page.count('<script type="application/ld+json">'),
        )
        assert page.count("<script") == files + data
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page


def test_a_page_takes_no_more_statements_for_fifty_deals_than_for_five(client: Client, hall: Hall) -> None:
    made = [make_deal(hall=hall) for _ in range(5)]
    addresses = [*pages_of(made[0])[:4], "/live"]
    few = [statements(client, address) for address in addresses]
    for _ in range(45):
        make_deal(hall=hall)

    many = [statements(client, address) for address in addresses]

    assert many == few


def statements(client: Client, address: str) -> int:
    """Return how many statements a page took that finds nothing kept."""
    forget_everything()
    with CaptureQueriesContext(connection) as seen:
        text(client, address)
    return len(seen)


def test_a_hostile_name_stays_text(client: Client, hall: Hall) -> None:
    made = make_deal(hall=hall)
    Merchant.objects.update(name=HOSTILE, about={"en": HOSTILE})
    ProductText.objects.update(title=HOSTILE, description=HOSTILE)
    Hall.objects.update(name={"en": HOSTILE})
    Festival.objects.update(name={"en": HOSTILE})

    for address in pages_of(made)[:5]:
        page = text(client, address)

        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;" in page


def test_a_card_has_price_prior_price_discount_moment_and_stock(client: Client, hall: Hall) -> None:
    made = make_deal(hall=hall)
    Stock.objects.filter(sku_id=made.id, deal_id__isnull=False).update(reserved=2, sold=460)

    page = text(client, "/")

    assert '<span class="price-now">€67.90</span>' in page
    assert "€100.00</s>" in page
    assert '<span class="price-off">−32%</span>' in page  # noqa: RUF001 - a minus sign
    assert "from Nov 11, 00:00" in page
    assert "<span>38 of 500 left</span>" in page
    assert '<progress max="500" value="462">' in page
    assert '<p class="product-card-from"><bdi>Home</bdi></p>' in page
    assert '<p class="product-card-from"><bdi>Olmo</bdi> · Spain</p>' in page


def test_a_tenth_left_is_low_and_nothing_left_is_sold_out(client: Client, hall: Hall) -> None:
    low, gone = make_deal(hall=hall, units=500), make_deal(hall=hall, units=500)
    Stock.objects.filter(sku_id=low.id, deal_id__isnull=False).update(sold=450)
    Stock.objects.filter(sku_id=gone.id, deal_id__isnull=False).update(sold=500)

    page = text(client, "/")

    assert page.index('class="product-card" data-state="low"') < page.index('class="product-card" data-state="gone"')
    assert "<span>Sold out</span>" in page


def test_a_deal_that_is_over_is_not_shown_and_the_product_is_back_at_its_prior_price(
    client: Client, hall: Hall
) -> None:
    made = make_deal(hall=hall)
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    Deal.objects.update(opens_at=long_ago, closes_at=datetime(2020, 1, 2, tzinfo=UTC))

    assert "Oak chair" not in text(client, "/")
    product = text(client, f"/products/{product_of(made)}")
    assert '<span class="price-now">€100.00</span>' in product
    assert "100 in stock" in product


def test_a_market_is_chosen_in_the_address_and_stays_in_the_links(client: Client, hall: Hall) -> None:
    Market.objects.create(
        code="JP", name="Japan", currency="JPY", languages=["en"], time_zone="Asia/Tokyo", tax_included=True
    )
    make_sku(market="JP", price_minor=12_900, deal_price_minor=9_800, opens_at=OPENS_AT, closes_at=CLOSES_AT)

    page = text(client, "/?market=JP")

    assert '<span class="price-now">¥9,800</span>' in page
    assert "from Nov 11, 09:00" in page
    assert 'href="/?market=JP"' in page
    assert '<option value="JP" selected>Japan (JPY)</option>' in page


def test_without_a_choice_the_market_is_the_first_that_pays_in_the_festivals_currency(
    client: Client, hall: Hall
) -> None:
    Market.objects.create(
        code="AU", name="Australia", currency="AUD", languages=["en"], time_zone="UTC", tax_included=True
    )

    for address in ("/", "/?market=XX", "/?market=%00"):
        assert '<option value="EU" selected>European Union (EUR)</option>' in text(client, address)


def test_a_product_that_the_market_does_not_have_says_so(client: Client, hall: Hall) -> None:
    Market.objects.create(code="JP", name="Japan", currency="JPY", languages=["en"], time_zone="UTC", tax_included=True)
    product = product_of(make_deal(hall=hall))

    assert "Not sold in the market Japan." in text(client, f"/products/{product}?market=JP")


@pytest.mark.parametrize(
    ("address", "accepted", "language", "said"),
    [
        ("/", "en", "en", "Opens in"),
        ("/", "es-MX,es;q=0.9", "es", "Abre en"),
        ("/?lang=zh-hans", "es", "zh-hans", "灯市购物节"),
        ("/?lang=xx", "en", "en", "Opens in"),
        ("/live?lang=zh-hans", "en", "zh-hans", "等待首批数据"),
        ("/halls/home?lang=es", "en", "es", "Silla de roble"),
    ],
)
def test_a_page_speaks_the_language_of_the_address_else_the_browsers(
    client: Client, hall: Hall, address: str, accepted: str, language: str, said: str
) -> None:
    make_deal(hall=hall)

    page = text(client, address, accept_language=accepted)

    assert f'<html lang="{language}" dir="ltr">' in page
    assert said in page


def test_money_is_written_as_the_language_writes_it(client: Client, hall: Hall) -> None:
    make_deal(hall=hall, price_minor=1_000_000, deal_price_minor=123_450)

    assert "1.234,50\N{NO-BREAK SPACE}€" in client.get("/?lang=es").content.decode()
    assert "€1,234.50" in text(client, "/?lang=en")


def test_a_hall_turns_its_pages(client: Client, hall: Hall) -> None:
    for _ in range(61):
        make_deal(hall=hall)

    first, second = text(client, "/halls/home"), text(client, "/halls/home?page=2")

    assert (first.count('class="product-card"'), second.count('class="product-card"')) == (60, 1)
    assert 'rel="next" href="?page=2"' in first
    assert 'rel="prev" href="?page=1"' in second


@pytest.mark.parametrize("page", ["0", "-1", "x", "²", "9" * 5000])
def test_a_page_number_that_is_none_is_the_first(client: Client, hall: Hall, page: str) -> None:
    make_deal(hall=hall)

    assert 'class="product-card"' in text(client, f"/halls/home?page={page}")


def test_a_shop_shows_all_it_has_with_deals_first(client: Client, hall: Hall) -> None:
    merchant = make_merchant()
    make_sku(merchant=merchant, titles={"en": "Plain stool"})
    make_sku(
        merchant=merchant,
        price_minor=1_000,
        deal_price_minor=900,
        opens_at=OPENS_AT,
        closes_at=CLOSES_AT,
        titles={"en": "Festive stool"},
    )
    make_deal(hall=hall)

    page = text(client, f"/shops/merchant-{merchant.id}")

    assert page.index("Festive stool") < page.index("Plain stool")
    assert "Oak chair" not in page


def test_every_refusal_of_the_api_has_a_page_at_its_types_address(client: Client) -> None:
    for code, words in problem_words().items():
        page = text(client, f"/problems/{code}")

        assert f"<code>{code}</code>" in page
        assert str(words.status) in page


@pytest.mark.parametrize(
    "address", ["/nothing", "/halls/none", "/products/1", f"/products/{10**30}", "/shops/none", "/problems/none"]
)
def test_what_is_not_there_is_a_page_in_the_look(client: Client, address: str) -> None:
    response = client.get(address)

    assert response.status_code == 404
    assert "There is nothing at this address" in response.content.decode()


def test_without_festival_or_market_the_pages_say_what_comes_first(client: Client) -> None:
    assert "No festival yet" in text(client, "/")
    assert "Waiting for the first figures" in text(client, "/live")


def test_an_error_of_ours_is_a_page_in_the_look(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.raise_request_exception = False
    monkeypatch.setattr("fairground.sites.live_screen.views.current_festival", None)

    response = client.get("/live")

    assert response.status_code == 500
    assert "Something here is broken" in response.content.decode()


def test_pages_are_only_read(client: Client, hall: Hall) -> None:
    for address in pages_of(make_deal(hall=hall)):
        assert client.post(address).status_code == 405, address


def test_crawlers_leave_the_api_alone_and_the_old_icon_leads_to_the_new_one(client: Client) -> None:
    said = client.get("/robots.txt").content
    assert said.startswith(b"User-agent: *\nDisallow: /v1/\nDisallow: /live/stream\n")
    icon = client.get("/favicon.ico")
    assert (icon.status_code, icon.headers["Location"]) == (301, "/static/fairground/favicon.svg")


@pytest.mark.parametrize(
    ("former_minor", "said", "unsaid"),
    [(8_000, "€80.00", "€100.00"), (12_000, "€100.00", "€120.00"), (6_000, "€67.90", "price-before")],
)
def test_the_price_before_is_the_lowest_of_thirty_days(
    client: Client, hall: Hall, former_minor: int, said: str, unsaid: str
) -> None:
    chair = make_deal(hall=hall)
    now = timezone.now()
    FormerPrice.objects.create(
        sku_id=chair.id,
        market_id=chair.market,
        price_minor=former_minor,
        currency="EUR",
        since_at=now - timedelta(days=200),
        until_at=now - timedelta(days=3),
    )

    for address in ("/", f"/products/{product_of(chair)}"):
        page = text(client, address)
        assert said in page
        assert unsaid not in page
