"""Feeds for Google and Meta: what stands in them, read back as they would read it."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fairground.catalog.actions.pictures import attach_picture
from fairground.catalog.models import Brand, Category, OptionValue, Price, Product, ProductText, Sku
from fairground.catalog.pictures.picture import Picture
from fairground.catalog.queries import category_names_in
from fairground.festivals.models import Deal
from fairground.inventory.models import Stock
from fairground.markets.models import Market
from fairground.markets.queries import market_facts
from fairground.merchants.models import Merchant
from fairground.sites.storefront.feeds.entry import FeedScope
from fairground.sites.storefront.feeds.writing import GOOGLE, META, FeedForm, FeedReport, write_feed
from tests.factories import NOW, SkuMade, make_market, make_sku, next_id

pytestmark = pytest.mark.django_db

G = "{http://base.google.com/ns/1.0}"
# Every control character that PostgreSQL keeps in a text, markup, a quote, and a letter beyond 16 bits.
NASTY = "".join(map(chr, range(1, 32))) + '\x7f\x85]]></title><b>&amp; "O\'Neill",\ufffe\uffff 🎡'


def scope(*, market: str = "EU", language: str = "en") -> FeedScope:
    """Return the scope of a feed of the festival that opens at NOW."""
    facts = next(one for one in market_facts() if one.code == market)
    return FeedScope("https://shop.example", facts, language, "fair", NOW, category_names_in(language=language))


def written(form: FeedForm, of: FeedScope, chunk_products_max: int = 500) -> tuple[bytes, FeedReport]:
    """Return a feed and its report."""
    file = io.BytesIO()
    report = write_feed(form=form, scope=of, file=file, chunk_products_max=chunk_products_max)
    assert report.plain_bytes == len(file.getvalue())
    return file.getvalue(), report


def google(of: FeedScope) -> list[dict[str, str]]:
    """Return the items of Google's feed, by name without the namespace."""
    channel = ET.fromstring(written(GOOGLE, of)[0]).find("channel")  # noqa: S314 - our own
    assert channel is not None
    return [{fact.tag.removeprefix(G): fact.text or "" for fact in item} for item in channel.iter("item")]


def meta(of: FeedScope) -> list[dict[str, str]]:
    """Return the rows of Meta's feed."""
    return list(csv.DictReader(io.StringIO(written(META, of)[0].decode(), newline="")))


def product_of(made: SkuMade) -> int:
    """Return the product of a SKU."""
    return Product.objects.get(skus=made.id).id


def make_variant(made: SkuMade, **changes: object) -> Sku:
    """Make another SKU of the same product, for 12.50 and with no units."""
    sku = Sku.objects.create(
        id=next_id(lane=0),
        lane=0,
        merchant_id=made.merchant.id,
        product_id=product_of(made),
        external_id=str(next_id(lane=0)),
        **changes,
    )
    Price.objects.create(sku=sku, market_id=made.market, price_minor=1_250, currency=made.currency)
    return sku


def test_a_product_stands_in_googles_feed_with_all_that_is_known() -> None:
    make_market()
    made = make_sku(price_minor=10_000)
    ProductText.objects.update(description="A chair of oak.")
    Category.objects.create(code="home", names={"en": "Home"})
    Category.objects.create(code="home.furniture", names={"en": "Furniture"}, parent_id="home")
    Product.objects.update(brand=Brand.objects.create(slug="olmo", name="Olmo"), category_id="home.furniture")
    Sku.objects.update(gtin="04006381333931")

    assert google(scope()) == [
        {
            "id": str(made.id),
            "title": "Oak chair",
            "description": "A chair of oak.",
            "link": f"https://shop.example/products/{product_of(made)}?market=EU&lang=en",
            "availability": "in_stock",
            "condition": "new",
            "price": "100.00 EUR",
            "brand": "Olmo",
            "gtin": "4006381333931",
            "product_type": "Home > Furniture",
        }
    ]


def test_a_product_stands_in_metas_feed_with_the_columns_of_its_catalogue() -> None:
    make_market()
    made = make_sku(price_minor=10_000)

    (row,) = meta(scope())

    assert {name: value for name, value in row.items() if value} == {
        "id": str(made.id),
        "title": "Oak chair",
        "description": "Oak chair",
        "availability": "in stock",
        "condition": "new",
        "price": "100.00 EUR",
        "link": f"https://shop.example/products/{product_of(made)}?market=EU&lang=en",
    }
    assert list(row)[:7] == ["id", "title", "description", "availability", "condition", "price", "link"]


def test_a_products_pictures_stand_in_the_feeds_of_all_its_variants() -> None:
    make_market()
    made = make_sku()
    make_variant(made)
    for number, width in ((1, 1600), (2, 500), (3, 900)):
        shown = Picture(f"{number:032x}", width, width)
        attach_picture(product_id=product_of(made), picture=shown, alt={}, now=NOW)
    first, second, third = (
        f"https://shop.example/pictures/{number:032x}-{width}.jpg" for number, width in ((1, 1280), (2, 500), (3, 900))
    )

    assert [(row["image_link"], row["additional_image_link"]) for row in meta(scope())] == 2 * [
        (first, f"{second},{third}")
    ]
    text = written(GOOGLE, scope())[0].decode()
    further = "".join(f"<g:additional_image_link>{one}</g:additional_image_link>" for one in (second, third))
    assert text.count(f"<g:image_link>{first}</g:image_link>") == 2
    assert text.count(f"{further}</item>") == 2


@pytest.mark.parametrize("opens_at", [NOW, NOW + timedelta(days=1)], ids=["open", "coming"])
def test_a_deal_that_is_open_or_to_come_is_a_sale_for_its_time(opens_at: datetime) -> None:
    make_market()
    closes_at = opens_at + timedelta(hours=2)
    make_sku(price_minor=10_000, deal_price_minor=6_790, opens_at=opens_at, closes_at=closes_at)
    day = f"{opens_at:%Y-%m-%d}"

    (item,), (row,) = google(scope()), meta(scope())

    assert (item["price"], item["sale_price"]) == (row["price"], row["sale_price"]) == ("100.00 EUR", "67.90 EUR")
    assert item["sale_price_effective_date"] == f"{day}T00:00+0000/{day}T02:00+0000"
    assert row["sale_price_effective_date"] == f"{day}T00:00+00:00/{day}T02:00+00:00"


def test_a_sale_never_lasts_longer_than_its_deal_to_the_second() -> None:
    make_market()
    make_sku(
        deal_price_minor=500,
        opens_at=NOW + timedelta(seconds=1),
        closes_at=NOW + timedelta(minutes=5, seconds=59),
    )

    assert google(scope())[0]["sale_price_effective_date"] == "2026-11-11T00:01+0000/2026-11-11T00:05+0000"


@pytest.mark.parametrize("case", ["over", "gone", "not below"])
def test_a_deal_that_gives_nothing_is_no_sale(case: str) -> None:
    make_market()
    make_sku(price_minor=1_000, deal_price_minor=1_000 if case == "not below" else 900)
    if case == "over":
        Deal.objects.update(opens_at=NOW - timedelta(days=2), closes_at=NOW)
    if case == "gone":
        Stock.objects.filter(deal_id__isnull=False).update(sold=10)

    (item,) = google(scope())

    assert item["price"] == "10.00 EUR"
    assert {"sale_price", "sale_price_effective_date"} & set(item) == set()


def test_what_is_left_of_stock_or_of_an_open_deal_is_in_stock() -> None:
    make_market()
    plain, open_deal = make_sku(), make_sku(deal_price_minor=900)
    coming = make_sku(deal_price_minor=900, opens_at=NOW + timedelta(hours=1))
    Stock.objects.filter(deal_id__isnull=True).update(sold=60, reserved=40)

    assert {item["id"]: item["availability"] for item in google(scope())} == {
        str(plain.id): "out_of_stock",
        str(open_deal.id): "in_stock",
        str(coming.id): "out_of_stock",
    }


def test_variants_share_a_group_and_differ_in_title_and_attributes() -> None:
    make_market()
    made = make_sku()
    OptionValue.objects.create(code="moss", names={"en": "Moss", "es": "Musgo"})
    Sku.objects.update(options={"colour": "moss", "finish": "oiled"})
    other = make_variant(made, options={"size": "L"})
    group = str(product_of(made))

    items, rows = google(scope()), meta(scope())

    assert [(one["id"], one["item_group_id"], one["title"]) for one in items] == [
        (str(made.id), group, "Oak chair, Moss, oiled"),
        (str(other.id), group, "Oak chair, L"),
    ]
    assert [(one.get("color"), one.get("size")) for one in items] == [("Moss", None), (None, "L")]
    assert [(one["color"], one["size"], one["additional_variant_attribute"]) for one in rows] == [
        ("Moss", "", "finish:oiled"),
        ("", "L", ""),
    ]


def test_a_variant_that_the_market_has_alone_is_no_group() -> None:
    make_market()
    made = make_sku()
    make_variant(made, on_sale=False)

    (item,) = google(scope())

    assert "item_group_id" not in item


@pytest.mark.parametrize(("currency", "price"), [("JPY", "1250 JPY"), ("KWD", "1.250 KWD"), ("USD", "12.50 USD")])
def test_a_price_has_the_decimals_of_its_currency(currency: str, price: str) -> None:
    make_market(currency=currency)
    make_sku(price_minor=1_250)

    assert (google(scope())[0]["price"], meta(scope())[0]["price"]) == (price, price)


def test_what_a_feed_would_refuse_is_passed_over_and_counted() -> None:
    make_market()
    good, halted, unpriced, silent = (make_sku() for _ in range(4))
    make_sku(titles={"es": "Silla"})
    Sku.objects.filter(id=halted.id).update(on_sale=False)
    Price.objects.filter(sku_id=unpriced.id).delete()
    ProductText.objects.filter(product_id=product_of(silent)).update(title=" \x01 ")

    for form in (GOOGLE, META):
        feed, report = written(form, scope())

        assert (report.products, report.skus) == (1, 1)
        assert report.passed_over == {"not_on_sale": 1, "no_price": 1, "no_title": 2}
        assert str(good.id).encode() in feed


def test_any_text_is_escaped_and_control_characters_are_gone() -> None:
    make_market()
    make_sku(titles={"en": NASTY})
    ProductText.objects.update(description=f"one\r\ntwo{NASTY}")
    Brand.objects.create(slug="nasty", name=NASTY)
    Product.objects.update(brand_id="nasty")
    Merchant.objects.update(name=NASTY)
    Market.objects.update(name=NASTY)
    said = ']]></title><b>&amp; "O\'Neill", 🎡'

    (item,), (row,) = google(scope()), meta(scope())

    for one in (item, row):
        assert one["title"] == one["brand"] == said
        assert one["description"].split() == ["one", "two", *said.split()]
        assert {char for char in one["description"] if ord(char) < 32} == {"\n", "\t"}


def test_long_texts_are_cut_between_words_where_the_feed_ends() -> None:
    make_market()
    make_sku(titles={"en": "chair " * 49 + "chair"})
    ProductText.objects.update(description="oak " * 4_000)

    (item,), (row,) = google(scope()), meta(scope())

    assert item["title"] == "chair " * 24 + "chair"
    assert row["title"] == "chair " * 32 + "chair"
    assert (len(item["description"]), len(row["description"])) == (4_999, 9_999)


def test_the_link_chooses_the_market_and_the_language_that_pages_speak() -> None:
    make_market()
    make_sku(titles={"zh": "椅子", "vi": "Ghế"})

    assert google(scope(language="zh"))[0]["link"].endswith("?market=EU&lang=zh-hans")
    assert google(scope(language="vi"))[0]["link"].endswith("?market=EU&lang=vi")


def test_a_feed_has_the_prices_of_its_market_alone() -> None:
    make_market()
    make_market(code="JP", currency="JPY", tax_rates_bps={})
    here, there = make_sku(), make_sku(market="JP", price_minor=12_900)

    assert [(one["id"], one["price"]) for one in google(scope())] == [(str(here.id), "10.00 EUR")]
    assert [(one["id"], one["price"]) for one in meta(scope(market="JP"))] == [(str(there.id), "12900 JPY")]


def test_a_persons_goods_are_not_called_new() -> None:
    make_market()
    make_sku()
    Merchant.objects.update(kind="person")

    assert "condition" not in google(scope())[0]
    assert meta(scope())[0]["condition"] == ""


def test_chunks_make_the_same_feed_and_a_statement_each() -> None:
    make_market()
    made = [make_sku() for _ in range(5)]
    make_variant(made[1])
    whole = written(GOOGLE, scope())[0]
    of = scope()

    with CaptureQueriesContext(connection) as seen:
        chunked, report = written(GOOGLE, of, chunk_products_max=2)

    assert chunked == whole
    assert (report.products, report.skus) == (5, 6)
    assert len(seen) == 4  # three with products, and the one that finds no more


def test_more_products_take_no_more_statements_within_a_chunk() -> None:
    make_market()
    counts = []
    for _ in range(2):
        for _ in range(10):
            make_sku(deal_price_minor=900)
        of = scope()
        with CaptureQueriesContext(connection) as seen:
            written(META, of)
        counts.append(len(seen))

    assert counts == [2, 2]


def test_a_feed_says_of_which_moment_it_is() -> None:
    make_market()
    later = replace(scope(), now=datetime(2026, 11, 11, 12, tzinfo=UTC))

    channel = ET.fromstring(written(GOOGLE, later)[0]).find("channel")  # noqa: S314 - our own

    assert channel is not None
    assert channel.findtext("link") == "https://shop.example"
    assert channel.findtext("description") == "2026-11-11T12:00:00Z"
