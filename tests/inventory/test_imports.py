"""A catalogue's journey into the database, once and again."""

import lzma
from dataclasses import replace
from pathlib import Path

import pytest
from django.db.models import Sum

from fairground.catalog.imports.jsonl import JsonlCatalogue
from fairground.catalog.imports.opening import open_catalogue, packaged_sample
from fairground.catalog.imports.suppliers import slug_merchant, supplier_merchant
from fairground.catalog.models import Attribute, Brand, Category, OptionValue, Price, Product, ProductText, Sku
from fairground.catalog.rules import DealTerms, PassedOver
from fairground.festivals.actions import NoSuchFestival
from fairground.festivals.models import Deal, DealPrice, Declaration, Enrolment
from fairground.inventory.imports import NoMarkets, import_catalogue
from fairground.inventory.models import Place, Stock
from fairground.inventory.rules import ImportReport
from fairground.kernel.ids import lane_of
from fairground.kernel.models import Writer
from fairground.merchants.models import Merchant
from tests.catalogue_making import (
    NOW_MS,
    OPENS_AT,
    ListCatalogue,
    make_festival,
    make_merchant,
    make_product,
    make_shop,
    offers_version,
    run_import,
    shared_data,
    write_jsonl,
)
from tests.merchant_files import GOOGLE_TERMS, RSS, RSS_END, SHOPIFY_TERMS, item, table, write

pytestmark = pytest.mark.django_db


def all_rows() -> list[list[object]]:
    tables = (Merchant, Place, Brand, Category, Attribute, Product, ProductText, Sku, Price, Stock)
    return [list(table.objects.order_by("pk").values()) for table in tables]


def test_a_product_arrives_with_all_that_belongs_to_it() -> None:
    make_shop()
    report = run_import(make_product(variants=("moss", "graphite"), attributes={"width_mm": 450, "oiled": True}))
    assert report == ImportReport(
        products=1, skus=2, products_new=1, skus_new=2, prices_written=28, stock_rows_written=2
    )
    product = Product.objects.get()
    assert (product.merchant.slug, product.external_id, product.brand_id) == ("olmo", "chair", "olmo")
    assert product.attributes == {"width_mm": 450, "oiled": True}
    assert list(Attribute.objects.order_by("code").values_list("code", "kind")) == [
        ("oiled", "boolean"),
        ("width_mm", "number"),
    ]
    assert list(Category.objects.order_by("code").values_list("code", "parent_id")) == [
        ("home", None),
        ("home.furniture", "home"),
    ]
    text = ProductText.objects.get()
    assert (text.product_id, text.language, text.title) == (product.id, "en", "Oak chair")
    skus = Sku.objects.order_by("external_id")
    assert [(sku.external_id, sku.options) for sku in skus] == [
        ("chair/graphite", {"colour": "graphite"}),
        ("chair/moss", {"colour": "moss"}),
    ]
    assert {(sku.on_sale, sku.hs_code, sku.lane) for sku in skus} == {(True, "940161", product.merchant.lane)}
    assert {lane_of(sku.id) for sku in skus} == {product.merchant.lane}
    assert Place.objects.get().name == "Valencia warehouse"
    assert list(Stock.objects.values_list("units", "reserved", "sold", "deal_id")) == [(100, 0, 0, None)] * 2


def test_a_sku_is_priced_in_every_market_and_at_home_as_its_merchant_asks() -> None:
    make_shop()
    run_import(make_product(price_minor=12_900))
    assert dict(Price.objects.values_list("market_id", "price_minor")) == {
        "AU": 21_390,
        "BR": 76_090,
        "CN": 102_900,
        "DK": 95_900,
        "EU": 12_900,
        "GB": 11_190,
        "IN": 1_409_900,
        "JP": 24_100,
        "KR": 224_000,
        "NO": 142_900,
        "SE": 140_900,
        "US": 15_090,
        "VN": 3_960_000,
        "WW": 15_090,
    }
    assert set(Price.objects.values_list("version", flat=True)) == {1}


def test_the_same_import_again_writes_nothing() -> None:
    make_shop()
    rows = [make_product(external_id=f"chair-{number}", variants=("moss", "white")) for number in range(100)]
    first = run_import(*rows)
    assert (first.products_new, first.skus_new, first.prices_written) == (100, 200, 2_800)
    before, contents = offers_version(), all_rows()
    assert run_import(*rows) == ImportReport(products=100, skus=200)
    assert offers_version() == before
    assert all_rows() == contents


def test_an_import_that_was_cut_off_goes_on_where_it_stopped() -> None:
    make_shop()
    rows = [make_product(external_id=f"chair-{number}") for number in range(150)]

    class CutOffError(Exception):
        pass

    def cut_off(position: int) -> None:
        raise CutOffError

    with pytest.raises(CutOffError):
        import_catalogue(source=ListCatalogue(rows), now_ms=NOW_MS, on_progress=cut_off)
    assert Sku.objects.count() == 71
    report = run_import(*rows)
    assert (report.products_new, report.skus_new, report.stock_rows_written) == (79, 79, 79)
    assert (Product.objects.count(), Sku.objects.count(), Price.objects.count()) == (150, 150, 2_100)


def test_a_changed_price_raises_its_version_and_that_of_the_offers() -> None:
    make_shop()
    run_import(make_product(), make_product(external_id="table"))
    before = offers_version()
    report = run_import(make_product(price_minor=13_900), make_product(external_id="table"))
    assert (report.prices_written, report.skus_changed, report.products_changed) == (14, 0, 0)
    assert offers_version() == before + 1
    prices = Price.objects.filter(market_id="EU").order_by("sku__external_id")
    assert list(prices.values_list("sku__external_id", "price_minor", "version")) == [
        ("chair", 13_900, 2),
        ("table", 12_900, 1),
    ]


def test_a_changed_title_raises_the_version_of_the_offers_and_no_prices() -> None:
    make_shop()
    run_import(make_product())
    before = offers_version()
    run_import(make_product(title="Elm chair"))
    assert ProductText.objects.get().title == "Elm chair"
    assert offers_version() == before + 1
    assert set(Price.objects.values_list("version", flat=True)) == {1}


def test_a_changed_commission_raises_the_version_of_the_offers() -> None:
    make_shop()
    run_import(make_product())
    before = offers_version()
    run_import(make_product(merchant=make_merchant(commission_bps=700)))
    assert Merchant.objects.get().commission_bps == 700
    assert offers_version() == before + 1


def test_changed_attributes_change_the_product_alone() -> None:
    make_shop()
    run_import(make_product(attributes={"width_mm": 450}))
    before = offers_version()
    report = run_import(make_product(attributes={"width_mm": 460}))
    assert (report.products_changed, report.skus_changed, report.prices_written) == (1, 0, 0)
    assert Product.objects.get().attributes == {"width_mm": 460}
    assert offers_version() == before


def test_an_attribute_stated_as_another_kind_is_another_attribute() -> None:
    make_shop()
    run_import(make_product(attributes={"width": 45}), make_product(external_id="b", attributes={"width": "wide"}))
    assert dict(Product.objects.values_list("external_id", "attributes")) == {
        "chair": {"width": 45},
        "b": {"width_text": "wide"},
    }


def test_the_same_id_at_two_merchants_is_two_products() -> None:
    make_shop()
    run_import(make_product(), make_product(merchant=make_merchant(slug="elm", currency="USD")))
    assert set(Product.objects.values_list("merchant__slug", "external_id")) == {("olmo", "chair"), ("elm", "chair")}
    assert set(Price.objects.filter(market_id="US").values_list("price_minor", flat=True)) == {12_900, 15_090}


@pytest.mark.usefixtures("two_writers")
def test_merchants_of_several_writers_are_imported_in_one_chunk() -> None:
    make_shop()
    merchants = [make_merchant(slug=f"m-{number}") for number in range(34)]
    rows = [make_product(merchant=merchant) for merchant in merchants]
    assert run_import(*rows).skus_new == 34
    before = list(Writer.objects.order_by("id").values_list("offers_version", flat=True))
    changed = make_product(merchant=merchants[33], price_minor=500)
    assert run_import(*rows[:33], changed).prices_written == 14
    after = list(Writer.objects.order_by("id").values_list("offers_version", flat=True))
    assert Sku.objects.get(merchant__slug="m-33").lane == 33
    assert after == [before[0] + 1, before[1] + 1]


def test_a_merchant_of_whom_only_the_slug_is_known_stays_as_it_is() -> None:
    make_shop()
    run_import(make_product())
    merchants, places = list(Merchant.objects.values()), list(Place.objects.values())
    run_import(make_product(external_id="table", merchant=slug_merchant("olmo", currency="USD", country="CN")))
    assert (list(Merchant.objects.values()), list(Place.objects.values())) == (merchants, places)
    assert set(Stock.objects.values_list("place_id", flat=True)) == {places[0]["id"]}
    assert Product.objects.count() == 2


def test_a_merchant_of_whom_only_the_slug_is_known_is_made_once() -> None:
    make_shop()
    record = slug_merchant("lamps-of-lyon", currency="USD", country=None)
    run_import(make_product(merchant=record))
    assert run_import(make_product(merchant=record)) == ImportReport(products=1, skus=1, places_unstated=1)
    merchant = Merchant.objects.get()
    assert (merchant.slug, merchant.name, merchant.kind) == ("lamps-of-lyon", "Lamps of lyon", "shop")
    place = Place.objects.get()
    assert (merchant.currency, place.name, place.city, place.country) == ("USD", "Depot", "", "")


def test_the_country_that_a_merchants_file_comes_with_is_where_it_sends_from() -> None:
    make_shop()
    record = slug_merchant("lamps-of-lyon", currency="EUR", country="FR")
    assert run_import(make_product(merchant=record)).places_unstated == 0
    assert (Merchant.objects.get().country, Place.objects.get().country) == ("FR", "FR")


def test_a_country_that_nobody_had_stated_is_written_once_and_batches_are_told() -> None:
    make_shop()
    run_import(make_product(merchant=slug_merchant("olmo", currency="EUR", country=None)))
    before = offers_version()
    run_import(make_product(merchant=slug_merchant("olmo", currency="EUR", country="FR")))
    assert (Place.objects.get().country, offers_version()) == ("FR", before + 1)
    run_import(make_product(merchant=slug_merchant("olmo", currency="EUR", country="CN")))
    assert (Place.objects.get().country, offers_version()) == ("FR", before + 1)


def test_a_stated_place_is_brought_up_to_date_and_batches_are_told() -> None:
    make_shop()
    merchant = make_merchant()
    run_import(make_product(merchant=replace(merchant, place=replace(merchant.place, country="CN", city="Ningbo"))))
    before = offers_version()
    run_import(make_product(merchant=merchant))
    assert Place.objects.values_list("country", "city").get() == ("ES", "Valencia")
    assert offers_version() == before + 1
    run_import(make_product(merchant=merchant))
    assert offers_version() == before + 1


def test_a_supplier_whose_country_somebody_wrote_keeps_it() -> None:
    make_shop()
    record = supplier_merchant("Olmo", currency="EUR")
    assert run_import(make_product(merchant=record)).places_unstated == 1
    Place.objects.update(country="ES")
    assert run_import(make_product(merchant=record)).places_unstated == 0
    assert Place.objects.get().country == "ES"


def test_a_merchants_own_files_are_imported_once_and_again(tmp_path: Path) -> None:
    make_shop()
    items = [item(id=f"{n}", item_group_id=f"g{n % 40}", size=str(n), price=f"{n}.90 EUR") for n in range(1, 201)]
    feed = write(tmp_path / "feed.xml", RSS + "".join(items) + item(id="1") + RSS_END)
    source = open_catalogue(feed, terms=GOOGLE_TERMS)
    first = import_catalogue(source=source, now_ms=NOW_MS)
    assert (first.products_new, first.skus_new, first.stock_rows_written) == (40, 200, 200)
    assert first.passed_over == [PassedOver("feed.xml", 203, "the id 1 was seen before")]
    before, contents = offers_version(), all_rows()
    again = import_catalogue(source=source, now_ms=NOW_MS)
    assert (again.products_new, again.products_changed, again.skus_changed, again.prices_written) == (0, 0, 0, 0)
    assert (offers_version(), all_rows()) == (before, contents)
    rows = [
        {"Handle": "lamp", "Title": "Lamp", "Option1 Name": "Size", "Option1 Value": "S", "Variant Price": "9.90"},
        {"Handle": "lamp", "Option1 Value": "L", "Variant Price": "12.90"},
    ]
    shop = open_catalogue(write(tmp_path / "shop.csv", table(rows)), terms=SHOPIFY_TERMS)
    import_catalogue(source=shop, now_ms=NOW_MS)
    assert list(
        Sku.objects.filter(product__external_id="lamp").order_by("id").values_list("external_id", "options")
    ) == [
        ("lamp/s", {"size": "S"}),
        ("lamp/l", {"size": "L"}),
    ]
    assert Merchant.objects.get().slug == "olmo"


def test_rows_passed_over_are_reported_and_the_rest_is_imported() -> None:
    make_shop()
    bad = PassedOver("some.jsonl", 2, "price is missing")
    report = run_import(make_product(), bad, make_product(external_id="table"))
    assert (report.products, report.passed_over_count, report.passed_over) == (2, 1, [bad])
    assert Product.objects.count() == 2


def test_a_thousand_rows_passed_over_are_kept_and_all_are_counted() -> None:
    make_shop()
    report = run_import(*[PassedOver("some.jsonl", line, "not a product") for line in range(1, 1_501)])
    assert (report.passed_over_count, len(report.passed_over), report.passed_over[-1].line) == (1_500, 1_000, 1_000)


def test_deals_are_declared_in_the_festival_once() -> None:
    make_shop()
    festival = make_festival()
    product = make_product(variants=("moss", "white"), deal=DealTerms(percent_off=30, units=40, buyer_limit=2))
    assert run_import(product, make_product(external_id="b"), festival=festival).deals_declared == 2
    before = offers_version()
    assert run_import(product, festival=festival).deals_declared == 0
    assert offers_version() == before
    assert (
        list(Deal.objects.values_list("units", "buyer_limit", "hall__slug", "festival_id"))
        == [(40, 2, "home", "fair")] * 2
    )
    assert set(DealPrice.objects.filter(market_id="EU").values_list("price_minor", flat=True)) == {8_999}
    assert DealPrice.objects.count() == 28


def test_without_a_festival_no_deal_is_declared() -> None:
    make_shop()
    run_import(make_product(deal=DealTerms(percent_off=30, units=40, buyer_limit=2)))
    assert Deal.objects.count() == 0


def test_without_markets_nothing_is_imported() -> None:
    with pytest.raises(NoMarkets):
        run_import(make_product())
    assert Merchant.objects.count() == 0


def test_an_unknown_festival_refuses_the_whole_import() -> None:
    make_shop()
    with pytest.raises(NoSuchFestival):
        run_import(make_product(), festival="nowhere")
    assert Merchant.objects.count() == 0


def test_the_packaged_sample_is_imported_whole_with_its_names() -> None:
    make_shop()
    source = packaged_sample()
    report = import_catalogue(source=source, now_ms=NOW_MS)
    assert (report.products_new, report.passed_over_count) == (report.products, 0)
    assert report.prices_written == 14 * report.skus == Price.objects.count()
    assert Merchant.objects.count() == Place.objects.count() == 27
    assert Category.objects.get(code="home.kitchen.knives").names["es"] == "Cuchillos de cocina"
    assert OptionValue.objects.count() == len(source.names().option_values)


def test_the_first_500_lines_of_the_real_catalogue_are_imported(tmp_path: Path) -> None:
    make_shop()
    with lzma.open(shared_data("catalogue_icecat/products.jsonl.xz")) as file:
        lines = [next(file).rstrip(b"\n") for _ in range(500)]
    source = JsonlCatalogue(write_jsonl(tmp_path / "icecat.jsonl.xz", *lines))
    report = import_catalogue(source=source, now_ms=NOW_MS)
    assert (report.products_new, report.skus_new, report.prices_written) == (500, 500, 7_000)
    toner = Sku.objects.get(merchant__slug="xerox", external_id="3920564")
    assert toner.gtin == "00095205603217"
    assert Price.objects.get(sku=toner, market_id="US").price_minor == 4_995
    assert Product.objects.get(pk=toner.product_id).attributes["quantity_per_pack"] == 6
    assert Stock.objects.aggregate(units=Sum("units"))["units"] == 113_183
    assert import_catalogue(source=source, now_ms=NOW_MS) == ImportReport(products=500, skus=500, places_unstated=72)


def test_a_deal_in_which_the_guard_finds_something_waits_and_the_others_are_made() -> None:
    make_shop()
    festival = make_festival()
    report = run_import(
        make_product(deal=DealTerms(percent_off=30, units=40, buyer_limit=2)),
        make_product(external_id="lamp", deal=DealTerms(percent_off=90, units=200, buyer_limit=2)),
        festival=festival,
    )
    assert (report.deals_declared, report.deals_held) == (1, 1)
    (held,) = report.held
    assert (held.merchant, held.sku) == ("olmo", "lamp")
    assert {str(one.code) for one in held.findings} == {"below-floor", "too-deep", "digits", "units-short"}
    declaration = Declaration.objects.get()
    assert (declaration.sku.external_id, declaration.state, declaration.declared_by) == ("lamp", "submitted", None)
    assert declaration.prices.count() == 14
    assert Deal.objects.get().sku.external_id == "chair"
    assert Enrolment.objects.values_list("merchant__slug", "state").get() == ("olmo", "admitted")
    again = run_import(
        make_product(external_id="lamp", deal=DealTerms(percent_off=30, units=40, buyer_limit=2)), festival=festival
    )
    assert (again.deals_declared, again.deals_held, Declaration.objects.count()) == (0, 0, 1)


def test_a_merchant_that_takes_no_part_gets_no_deal_by_an_import() -> None:
    make_shop()
    festival = make_festival()
    run_import(make_product())
    merchant = Merchant.objects.get()
    Enrolment.objects.create(festival_id=festival, merchant=merchant, state="withdrawn", applied_at=OPENS_AT)
    report = run_import(make_product(deal=DealTerms(percent_off=30, units=40, buyer_limit=2)), festival=festival)
    assert (report.deals_declared, report.deals_held, [one.findings for one in report.held]) == (0, 1, [()])
    assert (Declaration.objects.get().state, Enrolment.objects.get().state) == ("submitted", "withdrawn")
    assert not Deal.objects.exists()
