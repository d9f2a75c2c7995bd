"""Google Merchant feeds as RSS, Atom and tables."""

from pathlib import Path

import pytest

from fairground.catalog.imports.source import FileTerms
from fairground.catalog.imports.variants import ROWS_HELD_MAX
from fairground.catalog.rules import VARIANTS_MAX, PassedOver, ProductRecord, ProductText
from fairground.kernel.money import Money
from tests.merchant_files import GOOGLE_TERMS, RSS, RSS_END, item, read_file, table, write

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><title>Shop</title>
<entry><id>tag:shop,2026:1</id><g:id>lamp-1</g:id><title>Desk lamp</title><summary>A lamp.</summary>
<g:price>12.90 EUR</g:price><g:availability>in stock</g:availability></entry>
</feed>"""


def read_items(tmp_path: Path, *items: str, terms: FileTerms = GOOGLE_TERMS) -> tuple[list[ProductRecord], list[str]]:
    """Return the products of a feed of `items`, and why the others are none."""
    products, passed_over = read_file(write(tmp_path / "feed.xml", RSS + "".join(items) + RSS_END), terms)
    return products, [row.reason for row in passed_over]


def test_an_item_becomes_a_product_of_the_merchant_who_was_named(tmp_path: Path) -> None:
    line = item(
        description="&lt;p&gt;Brass &amp;amp; oak.&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;",
        brand="Lumen",
        gtin="4006381333931",
        hs_code="9405.21 00",
        mpn="L-1",
        condition="new",
        color="brass",
        google_product_category="Home &amp; Garden &gt; Lighting &gt; Lamps",
        product_type="Lamps",
        shipping="<g:country>FR</g:country><g:price>4.90 EUR</g:price>",
        link="https://shop.example/lamp-1",
    )
    [product], reasons = read_items(tmp_path, line)
    assert reasons == []
    assert (product.external_id, product.brand) == ("lamp-1", "Lumen")
    assert product.category == "home-garden.lighting.lamps"
    assert product.texts == {"en": ProductText("Desk lamp", "Brass & oak.")}
    assert product.attributes == {"condition": "new", "mpn": "L-1", "colour": "brass"}
    [sku] = product.skus
    assert (sku.external_id, sku.gtin, sku.price) == ("lamp-1", "04006381333931", Money(1_290, "EUR"))
    assert sku.hs_code == "94052100"
    assert (sku.stock_units, sku.units_stated, sku.options) == (1, True, {})
    merchant = product.merchant
    assert (merchant.slug, merchant.name, merchant.kind, merchant.currency) == ("olmo", "Olmo", "shop", "EUR")
    assert (merchant.stated, merchant.place.stated) == (False, False)


def test_items_of_one_group_are_one_product_and_differ_by_their_options(tmp_path: Path) -> None:
    [product], reasons = read_items(
        tmp_path,
        item(id="a", item_group_id="lamp", color="brass", size="S", material="metal", mpn="1", title="Lamp, brass"),
        item(id="b", item_group_id="lamp", color="steel", size="L", material="metal", mpn="2", price="13 EUR"),
    )
    assert reasons == []
    assert (product.external_id, product.texts["en"].title) == ("lamp", "Lamp, brass")
    assert product.attributes == {"material": "metal"}
    assert [(sku.external_id, sku.options, sku.price.amount_minor) for sku in product.skus] == [
        ("a", {"colour": "brass", "size": "S"}, 1_290),
        ("b", {"colour": "steel", "size": "L"}, 1_300),
    ]


def test_items_of_a_group_may_stand_apart_but_not_further_than_rows_are_held(tmp_path: Path) -> None:
    between = [item(id=f"x{n}", item_group_id=f"group {n}") for n in range(ROWS_HELD_MAX - 2)]
    first, last = item(id="a", item_group_id="lamp"), item(id="b", item_group_id="lamp")
    near, reasons = read_items(tmp_path, first, *between, last)
    assert ([sku.external_id for sku in near[0].skus], reasons) == (["a", "b"], [])
    more = [item(id=f"y{n}", item_group_id="others") for n in range(2)]
    far, reasons = read_items(tmp_path, first, *between, *more, last)
    assert [sku.external_id for sku in far[0].skus] == ["a"]
    assert reasons == ["the product lamp ended before: its rows must stand together"]


def test_a_group_of_too_many_variants_keeps_the_first(tmp_path: Path) -> None:
    [product], reasons = read_items(
        tmp_path, *[item(id=str(n), item_group_id="g", size=str(n)) for n in range(VARIANTS_MAX + 1)]
    )
    assert len(product.skus) == VARIANTS_MAX
    assert reasons == ["the product g has more than 200 variants"]


def test_an_id_that_comes_again_is_passed_over_with_its_line(tmp_path: Path) -> None:
    feed = RSS + item() + item(price="1 EUR") + item(id="b", item_group_id="lamp-1") + RSS_END
    products, passed_over = read_file(write(tmp_path / "feed.xml", feed))
    assert [sku.price.amount_minor for product in products for sku in product.skus] == [1_290]
    assert passed_over == [
        PassedOver("feed.xml", 4, "the id lamp-1 was seen before"),
        PassedOver("feed.xml", 5, "the product lamp-1 ended before: its rows must stand together"),
    ]


@pytest.mark.parametrize(
    ("changes", "price"),
    [
        ({"price": "EUR 12.90"}, Money(1_290, "EUR")),
        ({"price": "12.9EUR"}, Money(1_290, "EUR")),
        ({"price": "1290.00 JPY"}, Money(1_290, "JPY")),
        ({"price": "4000000 VND"}, Money(4_000_000, "VND")),
        ({"sale_price": "9.90 EUR"}, Money(990, "EUR")),
        ({"sale_price": "19.90 EUR"}, Money(1_290, "EUR")),
        ({"sale_price": "9.90 EUR", "sale_price_effective_date": "2026-11-01/2026-11-12"}, Money(1_290, "EUR")),
    ],
)
def test_a_price_is_read_to_the_minor_unit(tmp_path: Path, changes: dict[str, str], price: Money) -> None:
    [product], reasons = read_items(tmp_path, item(**changes))
    assert (product.skus[0].price, reasons) == (price, [])


@pytest.mark.parametrize(
    ("changes", "units"),
    [
        ({}, 20),
        ({"availability": "In stock"}, 20),
        ({"availability": "out_of_stock"}, 0),
        ({"availability": "preorder"}, 0),
        ({"availability": "backorder"}, 0),
        ({"quantity": "7"}, 7),
        ({"quantity": "-3", "availability": None}, 0),
    ],
)
def test_units_are_those_stated_or_those_that_the_merchant_gives(
    tmp_path: Path, changes: dict[str, str], units: int
) -> None:
    [product], reasons = read_items(tmp_path, item(**changes), terms=FileTerms(merchant="olmo", units=20))
    assert (product.skus[0].stock_units, product.skus[0].units_stated, reasons) == (units, True, [])


@pytest.mark.parametrize("changes", [{"gtin": "4006381333930"}, {"gtin": "4006381333931", "identifier_exists": "no"}])
def test_a_gtin_that_is_none_is_left_out(tmp_path: Path, changes: dict[str, str]) -> None:
    [product], reasons = read_items(tmp_path, item(**changes))
    assert (product.skus[0].gtin, reasons) == ("", [])


@pytest.mark.parametrize(
    ("changes", "category"),
    [
        ({"google_product_category": "3006", "product_type": "Lamps &gt; Desk"}, "lamps.desk"),
        ({"google_product_category": "3006"}, "other"),
        ({"product_type": "Lamps &gt; &gt; Desk"}, "lamps.desk"),
        ({"product_type": " &gt; ".join("abcdefg")}, "a.b.c.d.e"),
        ({"product_type": " &gt; ".join(letter * 60 for letter in "abc")}, f"{'a' * 40}.{'b' * 40}"),
    ],
)
def test_a_category_is_a_path_of_words(tmp_path: Path, changes: dict[str, str], category: str) -> None:
    [product], _ = read_items(tmp_path, item(**changes))
    assert product.category == category


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": None}, "id is missing"),
        ({"id": "7" * 121}, "id is longer than 120 characters"),
        ({"title": " "}, "title is missing"),
        ({"title": "t" * 301}, "title is longer than 300 characters"),
        ({"description": "d" * 20_001}, "description is longer than 20,000 characters"),
        ({"price": None}, "price is missing"),
        ({"price": "12.90"}, "price is not an amount and a currency, like 12.90 EUR"),
        ({"price": "EUR 12.90 EUR"}, "price is not an amount and a currency, like 12.90 EUR"),
        ({"price": "-1 EUR"}, "price is not an amount and a currency, like 12.90 EUR"),
        ({"price": "12,90 EUR"}, "price is not an amount of EUR with a decimal point and nothing else"),
        ({"price": "1,299.00 EUR"}, "price is not an amount of EUR with a decimal point and nothing else"),
        ({"price": "12.905 EUR"}, "price is not an amount of EUR with a decimal point and nothing else"),
        ({"price": "12.5 JPY"}, "price is not an amount of JPY with a decimal point and nothing else"),
        ({"price": "0.00 EUR"}, "price is not above zero"),
        ({"price": "10000000.01 EUR"}, "price is above 1,000,000,000 minor units of EUR"),
        ({"price": "12.90 XAU"}, "no reference rate for XAU"),
        ({"sale_price": "9.90 USD"}, "sale_price is in another currency than price"),
        ({"availability": None}, "availability is missing"),
        ({"availability": "soon"}, "availability is neither in_stock nor out_of_stock, preorder, backorder"),
        ({"quantity": "7.5"}, "quantity is not a whole number"),
        ({"quantity": "9" * 16}, "quantity is not a whole number"),
        ({"quantity": "1000000001"}, "quantity is above 1,000,000,000"),
        ({"hs_code": "9405"}, "hs_code is not a tariff code of 6 to 10 digits"),
        ({"hs_code": "94052100123"}, "hs_code is not a tariff code of 6 to 10 digits"),
        ({"hs_code": "lamp"}, "hs_code is not a tariff code of 6 to 10 digits"),
        ({"color": "c" * 121}, "color is longer than 120 characters"),
    ],
)
def test_an_item_that_is_no_offer_is_passed_over_with_the_reason(
    tmp_path: Path, changes: dict[str, str | None], reason: str
) -> None:
    products, reasons = read_items(tmp_path, item(id="before"), item(**changes), item(id="after"))
    assert [product.external_id for product in products] == ["before", "after"]
    assert reasons == [reason]


def test_an_atom_feed_reads_as_an_rss_feed(tmp_path: Path) -> None:
    [product], passed_over = read_file(write(tmp_path / "atom.xml.xz", ATOM))
    assert passed_over == []
    assert (product.external_id, product.texts) == ("lamp-1", {"en": ProductText("Desk lamp", "A lamp.")})


@pytest.mark.parametrize(("name", "delimiter"), [("feed.tsv", "\t"), ("feed.txt", "\t"), ("feed.csv.xz", ",")])
def test_a_table_reads_as_the_feed(tmp_path: Path, name: str, delimiter: str) -> None:
    rows = [
        {
            "id": number,
            "title": 'Lamp, 24" and\ta tab',
            "description": "Two\nlines.",
            "availability": "in stock",
            "Price": "12.90 EUR",
            "item group id": "lamp",
            "size": number,
        }
        for number in "12"
    ]
    [product], passed_over = read_file(write(tmp_path / name, table(rows, delimiter=delimiter)))
    assert passed_over == []
    assert product.texts == {"en": ProductText('Lamp, 24" and\ta tab', "Two\nlines.")}
    assert [(sku.external_id, sku.options) for sku in product.skus] == [("1", {"size": "1"}), ("2", {"size": "2"})]


def test_the_texts_are_of_the_language_that_was_said(tmp_path: Path) -> None:
    [product], _ = read_items(tmp_path, item(), terms=FileTerms(merchant="olmo", language="es"))
    assert product.texts.keys() == {"es"}


def test_reading_again_yields_the_same(tmp_path: Path) -> None:
    items = [item(id=str(n), item_group_id=str(n // 3), size=str(n % 3)) for n in range(50)]
    assert read_items(tmp_path, *items) == read_items(tmp_path, *items)
