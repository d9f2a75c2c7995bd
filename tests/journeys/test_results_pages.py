"""The pages of found goods as HTTP: search, categories, brands, suggestions."""

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fairground.sites.moment import forget_everything
from tests.factories import make_market
from tests.goods_making import make_good

OPENS_AT = datetime(2100, 11, 11, tzinfo=UTC)
CLOSES_AT = datetime(2100, 11, 12, tzinfo=UTC)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("market")]


@pytest.fixture
def market() -> str:
    """The market EU, in euros."""
    return make_market()


def text(client: Client, address: str) -> str:
    """Return what a page says, after checking that it is there."""
    response = client.get(address)
    assert response.status_code == 200, address
    return " ".join(response.content.decode().split())


def titles(page: str) -> list[str]:
    """Return the titles of the cards, in order."""
    return re.findall(r'<h3 dir="auto"><a href="/products/\d+[^"]*">([^<]+)</a></h3>', page)


def choices(page: str) -> dict[str, tuple[str, str]]:
    """Return the choices of all facets: their words, with address and count; the count is empty for a chosen one."""
    found = re.findall(
        r'<li><a href="([^"]+)"[^>]*>(?:<span class="for[^/]*/span>)?<span>([^<]+)</span>(.*?)</a>', page
    )
    return {words: (unescape(href), "".join(re.findall(r"<small>(.*?)</small>", rest))) for href, words, rest in found}


def make_goods() -> None:
    """Make four chairs of two brands in two categories, one with a deal, and a lamp."""
    deal: dict[str, Any] = {"deal_price_minor": 500, "opens_at": OPENS_AT, "closes_at": CLOSES_AT}
    make_good("Oak chair", brand="olmo", category="home.furniture", price_minor=10_000)
    make_good("Elm chair", brand="elm", category="home.furniture", price_minor=2_000)
    make_good("Garden chair", brand="olmo", category="home.garden", price_minor=3_000)
    make_good("Folding chair", brand="olmo", category="home.garden", price_minor=900, **deal)
    make_good("Lamp", brand="elm", category="home.lighting", price_minor=900)


def test_a_search_shows_what_it_found_and_how_many(client: Client) -> None:
    make_goods()

    page = text(client, "/search?q=chairs")

    assert "<h1>chairs</h1>" in page
    assert "Found: 4" in page
    assert sorted(titles(page)) == ["Elm chair", "Folding chair", "Garden chair", "Oak chair"]
    assert '<input id="q" name="q" type="search" value="chairs"' in page


def test_every_choice_leads_to_as_many_as_it_says_keeps_the_rest_and_can_be_taken_back(client: Client) -> None:
    make_goods()
    start = "/search?q=chair&sort=price_up&market=EU&lang=en"
    offered = choices(text(client, start))

    assert {words: count for words, (_, count) in offered.items()} == {
        "Furniture": "2",
        "Garden": "2",
        "Olmo": "3",
        "Elm": "1",
        "€5.00 to €10.00": "1",
        "€20.00 to €50.00": "2",
        "€100.00 to €200.00": "1",
        "Festival deals": "1",
    }
    for words, (address, count) in offered.items():
        narrowed = text(client, address)
        assert f"Found: {count}" in narrowed, words
        assert "sort=price_up" in address
        back, nothing = choices(narrowed)[words]
        assert nothing == ""
        assert sorted(titles(text(client, back))) == sorted(titles(text(client, start))), words


def test_choices_add_up_and_a_price_chosen_stays_inside_its_bounds(client: Client) -> None:
    make_goods()

    page = text(client, "/search?q=chair&category=home.garden&brand=olmo&price=1000-4000")

    assert titles(page) == ["Garden chair"]
    assert {"Home", "Garden", "Olmo", "€10.00 to €40.00"} == set(choices(page))


def test_a_category_has_a_page_with_all_below_it(client: Client) -> None:
    make_goods()

    page = text(client, "/categories/home")

    assert "<h1>Home</h1>" in page
    assert len(titles(page)) == 5
    assert choices(page)["Garden"] == ("/categories/home.garden", "2")
    assert choices(page)["Home"][0] == "/search"
    assert choices(text(client, "/categories/home.garden?deals=1"))["Garden"][0] == "/categories/home?deals=1"


def test_a_brand_has_a_page(client: Client) -> None:
    make_goods()

    page = text(client, "/brands/elm")

    assert "<h1>Elm</h1>" in page
    assert sorted(titles(page)) == ["Elm chair", "Lamp"]
    assert choices(page)["Lighting"] == ("/brands/elm?category=home.lighting", "1")
    assert choices(page)["Elm"] == ("/search", "")


def test_results_stand_in_the_order_asked_for(client: Client) -> None:
    make_goods()

    page = text(client, "/search?q=chair&sort=price_down")

    assert titles(page) == ["Oak chair", "Garden chair", "Elm chair", "Folding chair"]
    assert '<a href="/search?q=chair&amp;sort=price_down" aria-current="true">Price, highest first</a>' in page


def test_pages_are_turned_with_everything_kept(client: Client) -> None:
    for _ in range(61):
        make_good(brand="olmo")

    first, second = text(client, "/search?q=oak&sort=newest"), text(client, "/search?q=oak&sort=newest&page=2")

    assert (len(titles(first)), len(titles(second))) == (60, 1)
    assert 'rel="next" href="?q=oak&amp;sort=newest&amp;page=2"' in first
    assert "There are not so many pages" in text(client, "/search?q=oak&page=3")


def test_nothing_found_says_what_to_do(client: Client) -> None:
    make_goods()

    assert "Fewer or other words may find it." in text(client, "/search?q=velocipede")
    narrowed = text(client, "/search?q=chair&brand=olmo&price=1-2")
    assert "Take one back, or search everywhere." in narrowed
    assert '<a class="button" href="/search?q=chair">' in narrowed
    assert "This has some of them." in text(client, "/search?q=velvet+chair")


def test_without_words_everything_is_shown(client: Client) -> None:
    make_goods()

    page = text(client, "/search")

    assert "<h1>All goods</h1>" in page
    assert len(titles(page)) == 5


def test_every_page_of_the_storefront_has_the_search_box(client: Client) -> None:
    make_goods()
    merchant_page = "/shops/" + re.findall(r"merchant-\d+", text(client, f"/products/{make_good()}"))[0]

    for address in ("/?market=EU", "/search?market=EU", "/categories/home?market=EU", f"{merchant_page}?market=EU"):
        page = text(client, address)
        assert '<form class="search-box" role="search" action="/search" method="get"' in page
        assert '<input type="hidden" name="market" value="EU">' in page


def test_suggestions_are_links(client: Client) -> None:
    make_goods()

    answer = client.get("/search/suggestions?q=el&market=EU")

    assert answer.json()["suggestions"][0] == {"text": "Elm", "kind": "Brand", "href": "/brands/elm?market=EU"}
    assert [one["text"] for one in answer.json()["suggestions"]] == ["Elm", "Elm chair"]
    assert client.get("/search/suggestions").json() == {"suggestions": []}


def test_pages_take_as_many_statements_for_fifty_products_as_for_five(client: Client) -> None:
    addresses = ["/search?q=oak", "/search", "/categories/home", "/brands/olmo", "/search/suggestions?q=oak"]
    for number in range(5):
        make_good(brand="olmo", category=f"home.garden{number}")
    few = [statements(client, address) for address in addresses]
    for number in range(45):
        make_good(brand="olmo", category=f"home.garden{number % 7}", price_minor=100 * 2 ** (number % 9))

    # Three of each for the time limit: in a shop they begin and end a transaction. One asks for the version of offers.
    assert few == [10, 9, 10, 10, 7]
    assert [statements(client, address) for address in addresses] == few


def statements(client: Client, address: str) -> int:
    """Return how many statements a page took that finds nothing kept; switches are read once a second for all."""
    forget_everything()
    with CaptureQueriesContext(connection) as seen:
        text(client, address)
    return len([one for one in seen if "kernel_switch" not in (one["sql"] or "")])


@pytest.mark.parametrize(
    "query",
    [
        "q=" + "x" * 10_000,
        "q=" + "%E8%8C%B6" * 3_000,
        "q=the+and+of",
        "q=%26+%7C+!+%3A*+%3C-%3E",
        "q=%00",
        "q='+OR+1%3D1--",
        "q=%22%5C",
        "q=<script>alert(1)</script>",
        "q=oak&category=%00&brand=%00",
        "q=oak&category='&brand='",
        "q=oak&price=9999999999999999999-",
        "q=oak&price=5-1",
        "q=oak&price=-&stock=x&deals=x&sort=x&page=x",
        "q=oak&sort=price_up;&page=999",
        "q=%ED%A0%80",
    ],
)
def test_hostile_queries_are_pages(client: Client, query: str) -> None:
    make_goods()

    page = text(client, f"/search?{query}")
    text(client, f"/search/suggestions?{query}")

    assert "<script>alert" not in page


@pytest.mark.parametrize(
    "address", ["/categories/none", "/categories/%00", "/categories/a/b", "/brands/none", "/categories/"]
)
def test_a_shelf_that_is_not_there_is_a_page_in_the_look(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


def test_another_language_searches_and_speaks_so(client: Client) -> None:
    make_good(titles={"en": "Lantern", "zh": "手工纸灯笼"}, brand="olmo")

    page = text(client, "/search?q=灯笼&lang=zh-hans")

    assert titles(page) == ["手工纸灯笼"]
    assert "共 1 件商品" in page
