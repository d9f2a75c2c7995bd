"""Price tags, GTINs and slugs."""

import pytest

from fairground.catalog.rules import (
    category_path,
    charming_minor,
    deal_price_minor,
    make_slug,
    market_price_minor,
    normal_gtin,
    printed_gtin,
)
from fairground.kernel.money import Money
from fairground.markets.queries import packaged_rates


@pytest.mark.parametrize(
    ("currency", "amount_minor", "printed_minor"),
    [
        ("EUR", 7, 7),
        ("EUR", 333, 329),
        ("EUR", 933, 949),
        ("EUR", 2_510, 2_499),
        ("EUR", 14_960, 14_990),
        ("EUR", 130_199, 129_900),
        ("SEK", 4_512, 4_500),
        ("SEK", 24_912, 24_900),
        ("SEK", 1_288_000, 1_289_000),
        ("INR", 51_237, 50_900),
        ("INR", 1_296_000, 1_299_900),
        ("CNY", 3_540, 3_590),
        ("CNY", 25_912, 25_900),
        ("BRL", 12_912, 12_890),
        ("JPY", 1_944, 1_980),
        ("JPY", 12_833, 12_800),
        ("JPY", 129_733, 129_800),
        ("KRW", 12_833, 12_800),
        ("KRW", 128_330, 128_000),
        ("VND", 45_321, 45_000),
        ("VND", 1_293_321, 1_290_000),
        ("KWD", 12_345, 12_350),
    ],
)
def test_a_price_is_printed_as_a_shop_of_its_currency_would(
    currency: str, amount_minor: int, printed_minor: int
) -> None:
    assert charming_minor(amount_minor, currency=currency) == printed_minor


def test_a_price_is_never_printed_as_nothing() -> None:
    assert charming_minor(0, currency="EUR") == 1
    assert charming_minor(0, currency="VND") == 1_000


def test_in_its_own_currency_a_home_price_stands_as_it_is() -> None:
    rate = packaged_rates().between(source="USD", target="USD")
    assert market_price_minor(home=Money(4_995, "USD"), rate=rate, currency="USD") == 4_995


@pytest.mark.parametrize(
    ("home", "currency", "price_minor"),
    [
        (Money(12_900, "EUR"), "JPY", 24_100),
        (Money(12_900, "EUR"), "GBP", 11_190),
        (Money(12_800, "JPY"), "EUR", 6_799),
        (Money(12_800, "JPY"), "KRW", 119_000),
    ],
)
def test_a_home_price_is_converted_with_the_decimals_of_both_currencies(
    home: Money, currency: str, price_minor: int
) -> None:
    rate = packaged_rates().between(source=home.currency, target=currency)
    assert market_price_minor(home=home, rate=rate, currency=currency) == price_minor


@pytest.mark.parametrize(
    ("price_minor", "percent_off", "deal_minor"),
    [(12_900, 30, 8_999), (100, 50, 50), (2_499, 1, 2_474), (1, 60, 1), (2, 10, 1)],
)
def test_a_deal_price_is_charming_and_below_the_usual_one_where_there_is_room(
    price_minor: int, percent_off: int, deal_minor: int
) -> None:
    assert deal_price_minor(price_minor=price_minor, currency="EUR", percent_off=percent_off) == deal_minor


@pytest.mark.parametrize(
    ("text", "gtin"),
    [
        ("4006381333931", "04006381333931"),
        ("036000291452", "00036000291452"),
        ("96385074", "00000096385074"),
        ("10012345000017", "10012345000017"),
    ],
)
def test_a_good_gtin_of_any_length_becomes_fourteen_digits(text: str, gtin: str) -> None:
    assert normal_gtin(text) == gtin


@pytest.mark.parametrize(
    "text", ["4006381333932", "400638133393", "", "0000000000000", "40063813339³1", "4006381 33931", "١٢٣٤٥٦٧٠"]
)
def test_what_is_no_gtin_becomes_none(text: str) -> None:
    assert normal_gtin(text) == ""


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("StarTech.com", "startech-com"),
        ("Méli & Mélo", "meli-melo"),
        ("  C2G ", "c2g"),
        ("小米", "x-51ad3e01"),
        ("a" * 70, "a" * 60),
    ],
)
def test_a_slug_is_ascii_words_or_a_checksum(text: str, slug: str) -> None:
    assert make_slug(text, length_max=60) == slug


def test_a_category_path_runs_from_the_top_down() -> None:
    assert category_path("home.kitchen.knives") == ["home", "home.kitchen", "home.kitchen.knives"]


@pytest.mark.parametrize(
    ("gtin", "printed"),
    [
        ("04006381333931", "4006381333931"),
        ("00036000291452", "036000291452"),
        ("00000096385074", "96385074"),
        ("10036000291459", "10036000291459"),
        ("", ""),
    ],
)
def test_a_gtin_is_told_as_it_is_printed(gtin: str, printed: str) -> None:
    assert normal_gtin(printed) == gtin
    assert printed_gtin(gtin) == printed
