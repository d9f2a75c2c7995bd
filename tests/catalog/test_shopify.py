"""Shopify product files."""

from pathlib import Path

import pytest

from fairground.catalog.imports.source import FileTerms
from fairground.catalog.rules import PassedOver, ProductRecord, ProductText
from fairground.kernel.money import Money
from tests.merchant_files import SHOPIFY_TERMS, read_file, table, write

FIRST = {
    "Handle": "lamp",
    "Title": "Desk lamp",
    "Body (HTML)": "<p>Brass &amp; oak.</p>\n<ul><li>warm</li><li>dimmed</li></ul>",
    "Vendor": "Lumen",
    "Product Category": "Home & Garden > Lighting",
    "Type": "Lamp",
    "Tags": "brass, desk",
    "Published": "true",
    "Option1 Name": "Colour",
    "Option1 Value": "Brass",
    "Option2 Name": "Size",
    "Option2 Value": "S",
    "Option3 Name": "",
    "Option3 Value": "",
    "Variant SKU": "L-1",
    "Variant Inventory Tracker": "shopify",
    "Variant Inventory Qty": "7",
    "Variant Price": "12.90",
    "Variant Compare At Price": "15.00",
    "Variant Barcode": "'4006381333931",
    "Image Src": "https://cdn.example/1.jpg",
    "Status": "active",
}
NEXT = {
    "Handle": "lamp",
    "Option1 Value": "Steel",
    "Option2 Value": "L",
    "Variant SKU": "L-2",
    "Variant Inventory Tracker": "shopify",
    "Variant Inventory Qty": "-2",
    "Variant Price": "13.00",
}
IMAGE = {"Handle": "lamp", "Image Src": "https://cdn.example/2.jpg"}


def read_rows(
    tmp_path: Path, *rows: dict[str, str], terms: FileTerms = SHOPIFY_TERMS
) -> tuple[list[ProductRecord], list[PassedOver]]:
    return read_file(write(tmp_path / "products.csv", table(list(rows))), terms)


def test_rows_of_one_handle_are_one_product_with_its_variants(tmp_path: Path) -> None:
    [product], passed_over = read_rows(tmp_path, FIRST, IMAGE, NEXT, IMAGE)
    assert passed_over == []
    assert (product.external_id, product.brand, product.category) == ("lamp", "Lumen", "home-garden.lighting")
    assert product.texts == {"en": ProductText("Desk lamp", "Brass & oak.\n\nwarm\ndimmed")}
    assert product.attributes == {"product_type": "Lamp", "tags": "brass, desk"}
    assert [(sku.external_id, sku.price, sku.stock_units, sku.gtin, sku.options) for sku in product.skus] == [
        ("L-1", Money(1_290, "EUR"), 7, "04006381333931", {"colour": "Brass", "size": "S"}),
        ("L-2", Money(1_300, "EUR"), 0, "", {"colour": "Steel", "size": "L"}),
    ]
    assert {sku.units_stated for sku in product.skus} == {True}
    assert (product.merchant.slug, product.merchant.currency, product.merchant.stated) == ("olmo", "EUR", False)


def test_variants_may_have_tariff_codes_of_their_own(tmp_path: Path) -> None:
    [product], passed_over = read_rows(
        tmp_path, FIRST | {"Variant HS Code": "'9405.21"}, NEXT | {"Variant HS Code": "9405 41 0010"}
    )
    assert passed_over == []
    assert [sku.hs_code for sku in product.skus] == ["940521", "9405410010"]


def test_the_newer_names_of_columns_are_known(tmp_path: Path) -> None:
    row = {
        "Title": "Desk lamp",
        "URL handle": "lamp",
        "Description": "A lamp.",
        "Published on online store": "TRUE",
        "Status": "Active",
        "SKU": "L-1",
        "Barcode": "",
        "HS Code": "940521",
        "Option1 name": "Title",
        "Option1 value": "Default Title",
        "Price": "12",
        "Inventory tracker": "",
        "Inventory quantity": "0",
        "Product image URL": "",
    }
    [product], passed_over = read_rows(tmp_path, row, terms=FileTerms(merchant="olmo", currency="JPY", units=20))
    assert passed_over == []
    [sku] = product.skus
    assert (sku.price, sku.stock_units, sku.options, sku.hs_code) == (Money(12, "JPY"), 20, {}, "940521")
    assert product.attributes == {}


def test_a_variant_without_an_sku_is_known_by_handle_and_options(tmp_path: Path) -> None:
    [product], passed_over = read_rows(tmp_path, FIRST | {"Variant SKU": ""}, NEXT | {"Variant SKU": ""})
    assert [sku.external_id for sku in product.skus] == ["lamp/brass/s", "lamp/steel/l"]
    assert passed_over == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Status": "draft"}, "the product is a draft"),
        ({"Status": "Archived"}, "the product is archived"),
        ({"Published": "FALSE"}, "the product is not published"),
        ({"Gift Card": "true"}, "a gift card is no goods"),
        ({"Title": ""}, "title is missing; the first row of a handle has it"),
        ({"Vendor": "v" * 121}, "vendor is longer than 120 characters"),
        ({"Option2 Name": "colour"}, "two options of one name"),
    ],
)
def test_of_a_product_that_is_no_offer_every_variant_is_passed_over(
    tmp_path: Path, changes: dict[str, str], reason: str
) -> None:
    other = FIRST | {"Handle": "other", "Variant SKU": "O-1"}
    first = FIRST | {"Body (HTML)": "A lamp."} | changes
    products, passed_over = read_rows(tmp_path, first, IMAGE, NEXT, other)
    assert [product.external_id for product in products] == ["other"]
    assert passed_over == [PassedOver("products.csv", line, reason) for line in (2, 4)]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Handle": ""}, "handle is missing"),
        ({"Variant Price": ""}, "price is missing"),
        ({"Variant Price": "12,90"}, "price is not an amount of EUR with a decimal point and nothing else"),
        ({"Variant Price": "12.905"}, "price is not an amount of EUR with a decimal point and nothing else"),
        ({"Variant Price": "0.00"}, "price is not above zero"),
        ({"Variant Inventory Qty": "some"}, "inventory quantity is not a whole number"),
        ({"Variant HS Code": "94.05"}, "hs code is not a tariff code of 6 to 10 digits"),
        ({"Variant SKU": "L-1"}, "the id L-1 was seen before"),
        ({"Option3 Value": "oak"}, "option3 name is missing"),
        (dict.fromkeys(NEXT.keys() - {"Handle"}, ""), "neither a variant nor an image"),
    ],
)
def test_a_variant_that_is_no_offer_is_passed_over_and_the_others_stay(
    tmp_path: Path, changes: dict[str, str], reason: str
) -> None:
    third = NEXT | {"Variant SKU": "L-3", "Option1 Value": "Black"}
    first = FIRST | {"Body (HTML)": "A lamp."}
    [product], passed_over = read_rows(tmp_path, first, NEXT | changes, third)
    assert [sku.external_id for sku in product.skus] == ["L-1", "L-3"]
    assert passed_over == [PassedOver("products.csv", 3, reason)]


def test_goods_whose_stock_the_shop_does_not_count_are_as_many_as_the_merchant_gives(tmp_path: Path) -> None:
    [product], _ = read_rows(
        tmp_path,
        FIRST | {"Variant Inventory Tracker": ""},
        NEXT | {"Variant Inventory Qty": ""},
        terms=FileTerms(merchant="olmo", currency="EUR", units=20),
    )
    assert [sku.stock_units for sku in product.skus] == [20, 20]
