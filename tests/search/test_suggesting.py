"""Suggestions while somebody types."""

import pytest

from fairground.search.queries import SUGGESTIONS_MAX, Suggestion, suggest
from tests.factories import make_market
from tests.goods_making import make_good

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("market")]


@pytest.fixture
def market() -> str:
    """The market EU, in euros."""
    return make_market()


def texts(typed: str, *, language: str = "en", market: str = "EU") -> list[str]:
    """Return what is suggested, as it is shown."""
    return [one.text for one in suggest(typed=typed, market=market, language=language)]


def test_brands_come_first_then_categories_then_products() -> None:
    product_id = make_good("Olive oil", brand="olmo", category="food.olives")

    assert suggest(typed="ol", market="EU", language="en") == [
        Suggestion("brand", "olmo", "Olmo"),
        Suggestion("category", "food.olives", "Olives"),
        Suggestion("product", str(product_id), "Olive oil"),
    ]


def test_titles_that_begin_so_come_before_those_with_such_a_word() -> None:
    make_good("Tall oak chair")
    make_good("Oak table")

    assert texts("oak") == ["Oak table", "Tall oak chair"]
    assert texts("oak ch") == ["Tall oak chair"]
    assert texts("tall o") == ["Tall oak chair"]


def test_the_words_of_a_title_are_suggested_in_the_readers_language() -> None:
    make_good(titles={"en": "Paper lantern", "zh": "手工纸灯笼", "es": "Farolillo"})

    assert texts("灯", language="zh") == ["手工纸灯笼"]
    assert texts("farol", language="es") == ["Farolillo"]
    assert texts("farol") == []


def test_there_are_at_most_eight_and_none_that_the_market_does_not_sell() -> None:
    for number in range(12):
        make_good(f"Chair {number}")
    make_market(code="JP", currency="JPY", tax_rates_bps={"JP": 1000})

    assert len(texts("cha")) == SUGGESTIONS_MAX
    assert texts("cha", market="JP") == []


def test_the_few_products_of_a_market_are_suggested_among_many_of_others() -> None:
    for number in range(30):
        make_good(f"Chair {number:02}")
        make_good(f"Oak chair {number:02}")
    make_market(code="JP", currency="JPY", tax_rates_bps={"JP": 1000})
    make_good("Chair of bamboo", market="JP")
    make_good("Tea table and chair", market="JP")

    assert texts("chair", market="JP") == ["Chair of bamboo", "Tea table and chair"]


@pytest.mark.parametrize("typed", ["", "c", "%", "_", "\\", "'", "&", "%hair", "\\%"])
def test_too_little_and_signs_suggest_nothing(typed: str) -> None:
    make_good("Chair", brand="chairs")

    assert texts(typed) == []
