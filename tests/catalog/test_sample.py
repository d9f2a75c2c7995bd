"""The sample catalogue that the package brings, and its format."""

import json
from pathlib import Path
from typing import Any

import pytest

from fairground.catalog.imports.opening import open_catalogue, packaged_sample
from fairground.catalog.imports.sample import SampleCatalogue
from fairground.catalog.imports.source import UnreadableCatalogue
from fairground.catalog.rules import DealTerms, PassedOver, ProductRecord
from fairground.kernel.money import Money

LANGUAGES = {"en", "es", "zh"}


@pytest.fixture(scope="module")
def rows() -> list[ProductRecord]:
    return [row for row in packaged_sample().rows() if isinstance(row, ProductRecord)]


def make_product(**changes: object) -> dict[str, Any]:
    product = {
        "id": "mug",
        "brand": "Olmo",
        "category": "home.tableware",
        "hs_code": "691200",
        "title": {"en": "Mug", "es": "Taza", "zh": "杯子"},
        "description": {"en": "A mug.", "es": "Una taza.", "zh": "一只杯子。"},
        "attributes": {"volume_ml": 300},
        "options": {"colour": ["Moss Green", "white"], "size": ["S", "L"]},
        "price_minor": 1_200,
        "price_steps": {"L": 300},
        "stock_units": 40,
        "deal": {"percent_off": 20, "units": 10, "limit": 2},
    }
    return product | changes


def make_folder(folder: Path, *products: dict[str, Any], **changes: object) -> Path:
    merchant = {
        "slug": "olmo",
        "name": "Olmo",
        "kind": "shop",
        "country": "ES",
        "currency": "EUR",
        "commission_bps": 500,
        "about": {"en": "Mugs."},
        "place": {"name": "Depot", "city": "Valencia", "country": "ES", "latitude": 39.5, "longitude": -0.4},
        "products": list(products),
    }
    (folder / "olmo.json").write_text(json.dumps(merchant | changes), "utf-8")
    (folder / "categories.json").write_text('{"home": {"en": "Home"}}', "utf-8")
    (folder / "options-a.json").write_text('{"white": {"en": "White"}}', "utf-8")
    return folder


def test_every_row_of_the_packaged_sample_is_a_product() -> None:
    assert [row for row in packaged_sample().rows() if isinstance(row, PassedOver)] == []


def test_the_packaged_sample_has_27_merchants_and_about_1500_skus(rows: list[ProductRecord]) -> None:
    assert len({row.merchant.slug for row in rows}) == 27
    assert 1_400 <= sum(len(row.skus) for row in rows) <= 1_700


def test_every_product_of_the_packaged_sample_is_told_in_three_languages(rows: list[ProductRecord]) -> None:
    for row in rows:
        assert row.texts.keys() == LANGUAGES, row.external_id
        assert all(text.title and text.description for text in row.texts.values()), row.external_id


def test_every_option_of_the_packaged_sample_is_named_in_three_languages(
    rows: list[ProductRecord],
) -> None:
    names = packaged_sample().names()
    assert {row.category for row in rows} <= names.categories.keys()
    words = {value for row in rows for sku in row.skus for value in sku.options.values()}
    spoken = {word for word in words if len(word) > 3 and word.replace(" ", "").isalpha()}
    assert spoken - names.option_values.keys() == set()
    for code, by_language in names.option_values.items():
        assert by_language.keys() == LANGUAGES, code


def test_every_category_of_the_packaged_sample_is_named_in_the_six_languages_of_the_pages() -> None:
    for code, by_language in packaged_sample().names().categories.items():
        assert by_language.keys() == {*LANGUAGES, "vi", "ru", "ar"}, code


def test_no_deal_of_the_packaged_sample_promises_more_than_there_is(rows: list[ProductRecord]) -> None:
    promised = [(row, sku) for row in rows if row.deal for sku in row.skus]
    assert [row.external_id for row, sku in promised if row.deal and row.deal.units > sku.stock_units] == []


def test_every_combination_of_options_is_a_sku_with_its_steps_in_the_price(tmp_path: Path) -> None:
    [product] = SampleCatalogue(make_folder(tmp_path, make_product())).rows()
    assert isinstance(product, ProductRecord)
    assert [(sku.external_id, sku.price, dict(sku.options)) for sku in product.skus] == [
        ("mug/moss-green/s", Money(1_200, "EUR"), {"colour": "Moss Green", "size": "S"}),
        ("mug/moss-green/l", Money(1_500, "EUR"), {"colour": "Moss Green", "size": "L"}),
        ("mug/white/s", Money(1_200, "EUR"), {"colour": "white", "size": "S"}),
        ("mug/white/l", Money(1_500, "EUR"), {"colour": "white", "size": "L"}),
    ]
    assert product.deal == DealTerms(percent_off=20, units=10, buyer_limit=2)
    assert {(sku.stock_units, sku.units_stated) for sku in product.skus} == {(40, True)}


def test_a_product_without_options_is_one_sku(tmp_path: Path) -> None:
    [product] = SampleCatalogue(make_folder(tmp_path, make_product(options={}, deal=None))).rows()
    assert isinstance(product, ProductRecord)
    assert [sku.external_id for sku in product.skus] == ["mug"]
    assert product.deal is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"price_minor": 0}, "Expected `int` >= 1 - at `$.price_minor`"),
        ({"price_minor": "12"}, "Expected `int`, got `str` - at `$.price_minor`"),
        ({"title": {"en": ""}}, "Expected `str` of length >= 1 - at `$.title[...]`"),
        ({"options": {"size": [str(n) for n in range(201)]}}, "more than 200 variants"),
    ],
)
def test_a_bad_product_is_passed_over_with_its_number(tmp_path: Path, changes: dict[str, object], reason: str) -> None:
    folder = make_folder(tmp_path, make_product(), make_product(id="bad", **changes))
    good, bad = SampleCatalogue(folder).rows()
    assert isinstance(good, ProductRecord)
    assert bad == PassedOver("olmo.json", 2, reason)


@pytest.mark.django_db
def test_a_merchant_whose_currency_has_no_rate_is_passed_over(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, make_product(), currency="XAU")
    assert list(SampleCatalogue(folder).rows()) == [PassedOver("olmo.json", 0, "no reference rate for XAU")]


def test_a_broken_file_is_passed_over_and_the_next_one_read(tmp_path: Path) -> None:
    make_folder(tmp_path, make_product())
    (tmp_path / "aaa.json").write_text("{", "utf-8")
    broken, product = SampleCatalogue(tmp_path).rows()
    assert broken == PassedOver("aaa.json", 0, "Input data was truncated")
    assert isinstance(product, ProductRecord)


def test_a_folder_is_opened_as_what_it_holds(tmp_path: Path) -> None:
    with pytest.raises(UnreadableCatalogue, match=r"holds neither products\.jsonl\.xz nor products\.jsonl"):
        open_catalogue(tmp_path)
    make_folder(tmp_path, make_product())
    assert isinstance(open_catalogue(tmp_path), SampleCatalogue)
    with pytest.raises(UnreadableCatalogue, match=r"neither a \.jsonl, \.xml, \.tsv, \.txt nor a \.csv file"):
        open_catalogue(tmp_path / "olmo.json")
    with pytest.raises(UnreadableCatalogue, match="does not exist"):
        open_catalogue(tmp_path / "absent")
