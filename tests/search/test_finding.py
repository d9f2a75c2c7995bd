"""Finding products: by which words, in which order, narrowed by what."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fairground.catalog.models import Sku
from fairground.inventory.models import Stock
from fairground.search import queries
from fairground.search.queries import BrandFound, Found, Wanted, find_products
from fairground.search.rules.bands import PriceBand
from tests.factories import NOW, make_market, make_sku
from tests.goods_making import make_good

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("market")]


@pytest.fixture
def market() -> str:
    """The market EU, in euros."""
    return make_market()


def find(words: str = "", *, language: str = "en", **wanted: Any) -> Found:
    """Find in the market at the festival's opening."""
    return find_products(wanted=Wanted(market="EU", language=language, festival="fair", now=NOW, words=words, **wanted))


def ids(words: str = "", **wanted: Any) -> list[int]:
    """Return whom `find` finds, in order."""
    return list(find(words, **wanted).product_ids)


def test_all_words_must_be_there_in_any_form() -> None:
    lamp, chair = make_good("Red desk lamps"), make_good("Red desk chair")

    assert ids("lamp RED") == [lamp]
    assert ids("desks chairs") == [chair]
    assert sorted(ids("red desk")) == [lamp, chair]


def test_where_nothing_has_all_words_some_are_enough() -> None:
    lamp = make_good("Red lamp")
    make_good("Oak chair")

    found = find("red velvet lamp")

    assert (found.product_ids, found.any_word) == ([lamp], True)
    assert not find("red lamp").any_word


@pytest.mark.parametrize(
    "narrowed",
    [
        {"category": "home"},
        {"brand": "elm"},
        {"price_below_minor": 5},
        {"deals_only": True},
        {"price_from_minor": 9_999},
    ],
)
def test_where_a_choice_emptied_the_result_nothing_else_is_shown(narrowed: dict[str, Any]) -> None:
    make_good("Red lamp")
    make_good("Red vase", brand="elm", category="home", price_minor=4, deal_price_minor=3)
    make_good("Red chest", price_minor=10_000)

    found = find("red lamp", **narrowed)

    assert (found.total, found.any_word) == (0, False)


def test_where_a_choice_is_not_what_emptied_it_some_words_are_enough() -> None:
    vase = make_good("Red vase", category="home")
    make_market(code="JP", currency="JPY", tax_rates_bps={"JP": 1000})
    make_good("Red velvet vase", market="JP")

    found = find("red velvet vase", category="home")

    assert (found.product_ids, found.any_word) == ([vase], True)


def test_a_title_counts_more_than_a_brand_a_category_and_a_description() -> None:
    described = make_good("Table", description="Goes well with a walnut chair.")
    shelved = make_good("Bench", category="walnut")
    branded = make_good("Stool", brand="walnut")
    titled = make_good("Walnut chair")

    assert ids("walnut") == [titled, branded, shelved, described]


def test_of_equal_fit_an_open_deal_comes_first_then_one_to_come_then_the_older_product() -> None:
    plain, later_plain = make_good(), make_good()
    to_come = make_good(deal_price_minor=900, opens_at=NOW + timedelta(hours=1))
    opened = make_good(deal_price_minor=900)

    assert ids("oak chair") == [opened, to_come, plain, later_plain]
    assert ids() == [opened, to_come, plain, later_plain]


def test_chinese_is_found_without_spaces_and_in_its_order() -> None:
    lanterns = make_good(titles={"en": "Lantern", "zh": "手工纸灯笼"})
    headphones = make_good(titles={"en": "Headphones", "zh": "蓝牙无线耳机"})

    assert ids("灯笼", language="zh") == [lanterns]
    assert ids("笼", language="zh") == [lanterns]
    assert ids("无线耳机", language="zh") == [headphones]
    assert ids("笼灯", language="zh") == []
    assert find("蓝牙耳机", language="zh").any_word


def test_a_reader_finds_by_the_own_language_and_by_english_and_not_by_others() -> None:
    chair = make_good(titles={"en": "Oak chair", "es": "Sillas de roble"})
    bread = make_good(titles={"en": "Bread", "es": "Pan"})
    only_chinese = make_good(titles={"zh": "茶"})

    assert ids("silla", language="es") == ids("chair", language="es") == ids("chairs") == [chair]
    assert ids("pan", language="es") == [bread]
    assert ids("pan") == []
    assert ids("茶") == [only_chinese]


def test_accents_barcodes_and_model_numbers_are_found_as_people_type_them() -> None:
    camera = make_good(titles={"es": "Cámara RTX3080"}, gtin="04006381333931")

    for words in ("camara", "CÁMARAS", "4006381333931", "rtx 3080", "rtx3080"):
        assert ids(words, language="es") == [camera], words


def test_one_word_or_two_are_the_same() -> None:
    shirt, watch = make_good("Red t-shirts"), make_good("Smartwatch")

    assert ids("tshirt") == ids("T-Shirt") == ids("t shirt") == [shirt]
    assert ids("smart watches") == [watch]


def test_a_product_without_price_in_the_market_or_off_sale_is_not_found() -> None:
    make_market(code="JP", currency="JPY", tax_rates_bps={"JP": 1000})
    make_good(market="JP")

    assert find("oak").total == 0


def test_products_are_found_on_a_shelf_and_those_below_it() -> None:
    lamp = make_good("Lamp", category="home.lighting")
    home = make_good("Vase", category="home")
    make_good("Home plate", category="homes")

    assert ids(category="home") == [lamp, home]
    assert ids(category="home.lighting") == [lamp]
    assert ids("lamp", category="homes") == []


def test_facets_count_exactly_what_their_choice_then_finds() -> None:
    for number in range(12):
        make_good(
            f"Chair {number}",
            brand="olmo" if number % 3 else "elm",
            category="home.furniture" if number % 2 else "home.garden",
            price_minor=100 * 3**number,
        )

    found = find("chair")

    assert found.total == 12
    assert found.categories == {"home.furniture": 6, "home.garden": 6}
    assert found.brands == [BrandFound("olmo", "Olmo", 8), BrandFound("elm", "Elm", 4)]
    assert sum(band.products for band in found.price_bands) == 12
    for code, products in found.categories.items():
        assert find("chair", category=code).total == products
    for one in found.brands:
        assert find("chair", brand=one.slug).total == one.products
    for band in found.price_bands:
        narrowed = find("chair", price_from_minor=band.from_minor, price_below_minor=band.below_minor)
        assert narrowed.total == band.products > 0


def test_the_price_is_that_of_the_deal_and_so_are_its_bands() -> None:
    deal = make_good(price_minor=10_000, deal_price_minor=400)
    make_good(price_minor=9_000)

    assert ids("oak", price_below_minor=500) == [deal]
    assert find("oak").price_bands == [PriceBand(200, 500, 1), PriceBand(5_000, 10_000, 1)]


def test_only_deals_and_only_what_is_in_stock() -> None:
    deal = make_good(deal_price_minor=900)
    plain = make_good()
    sold_out = make_good(units=5)
    Stock.objects.filter(units=5).update(sold=5)

    found = find("oak")

    assert (found.total, found.deals, found.in_stock) == (3, 1, 2)
    assert ids("oak", deals_only=True) == ids(deals_only=True) == [deal]
    assert ids("oak", in_stock=True) == [deal, plain]
    assert sold_out in ids("oak")


@pytest.mark.parametrize(
    ("sort", "order"),
    [("price_up", [1, 2, 0]), ("price_down", [0, 2, 1]), ("newest", [2, 1, 0]), ("discount", [2, 0, 1])],
)
def test_results_stand_in_the_order_asked_for(sort: str, order: list[int]) -> None:
    made = [
        make_good(price_minor=9_000, deal_price_minor=8_000),
        make_good(price_minor=1_000),
        make_good(price_minor=6_000, deal_price_minor=3_000),
    ]

    assert ids("oak", sort=sort) == [made[place] for place in order]


def test_pages_follow_one_another() -> None:
    made = [make_good() for _ in range(5)]

    assert [ids("oak", page=page, page_products=2) for page in (1, 2, 3, 4)] == [made[:2], made[2:4], made[4:], []]


def test_a_total_is_exact_up_to_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(4):
        make_good()
    monkeypatch.setattr(queries, "CANDIDATES_MAX", 4)
    exact = find("oak")
    monkeypatch.setattr(queries, "CANDIDATES_MAX", 3)

    more, shelf = find("oak"), find()

    assert (exact.total, exact.is_exact) == (4, True)
    assert (more.is_exact, shelf.is_exact) == (False, False)


def test_a_product_with_many_variants_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    shirt = make_good("Shirt", deal_price_minor=900)
    for _ in range(10):
        Sku.objects.filter(id=make_sku(deal_price_minor=900).id).update(product_id=shirt)
    others = [make_good(deal_price_minor=900) for _ in range(3)]
    monkeypatch.setattr(queries, "CANDIDATES_MAX", 4)

    found = find(deals_only=True)

    assert (sorted(found.product_ids), found.is_exact) == ([shirt, *others], True)


@pytest.mark.parametrize("words", ["&|!", "'", '"', "\\", ":*", "<->", "the", "of and the", "x" * 10_000, "a' | 'b"])
def test_hostile_words_find_nothing_and_break_nothing(words: str) -> None:
    make_good()

    assert find(words).total == 0


def test_a_search_takes_as_many_statements_for_fifty_products_as_for_five() -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            find("oak", sort="price_up")
        return len(seen)

    for _ in range(5):
        make_good(brand="olmo", category="home")
    few = statements()
    for _ in range(45):
        make_good(brand="elm", category="home.garden")

    assert (few, statements()) == (5, 5)  # three of them for the time limit
