"""Money: exact figures, by table."""

import pytest

from fairground.kernel.money import (
    Money,
    Rounding,
    decimal_text,
    minor_digits,
    minor_from_text,
    scale_minor,
    split_minor,
)


@pytest.mark.parametrize(
    ("currency", "digits"), [("EUR", 2), ("USD", 2), ("JPY", 0), ("KRW", 0), ("VND", 0), ("KWD", 3), ("CLF", 4)]
)
def test_a_currency_has_the_decimals_of_iso_4217(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.90", "EUR", 1_290),
        ("12.9", "EUR", 1_290),
        ("12", "EUR", 1_200),
        ("0.29", "EUR", 29),
        ("12.9000", "EUR", 1_290),
        ("1290", "JPY", 1_290),
        ("1290.00", "JPY", 1_290),
        ("1.234", "KWD", 1_234),
        ("999999999999999.99", "EUR", 99_999_999_999_999_999),
    ],
)
def test_an_amount_is_read_to_the_minor_unit(text: str, currency: str, minor: int) -> None:
    assert minor_from_text(text, currency=currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("12.905", "EUR"),
        ("12.5", "JPY"),
        ("12,90", "EUR"),
        ("1 299.00", "EUR"),
        ("-1", "EUR"),
        ("1e3", "EUR"),
        ("nan", "EUR"),
        (".5", "EUR"),
        ("5.", "EUR"),
        ("\u0661", "EUR"),
        ("1\n", "EUR"),
        ("", "EUR"),
        ("9" * 16, "EUR"),
    ],
)
def test_what_is_no_amount_of_a_currency_is_not_read(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match=f"no amount of {currency}"):
        minor_from_text(text, currency=currency)


@pytest.mark.parametrize(
    ("amount", "numerator", "denominator", "down", "up", "half_up", "half_even"),
    [
        (10, 1, 2, 5, 5, 5, 5),
        (5, 1, 2, 2, 3, 3, 2),
        (7, 1, 2, 3, 4, 4, 4),
        (10, 1, 3, 3, 4, 3, 3),
        (20, 1, 3, 6, 7, 7, 7),
        (-5, 1, 2, -2, -3, -3, -2),
        (-7, 1, 2, -3, -4, -4, -4),
        (-20, 1, 3, -6, -7, -7, -7),
        (1_000, 1_900, 11_900, 159, 160, 160, 160),
        (0, 5, 7, 0, 0, 0, 0),
        (2**53 - 1, 3, 3, 2**53 - 1, 2**53 - 1, 2**53 - 1, 2**53 - 1),
    ],
)
def test_scaling_rounds_as_it_is_told(
    amount: int, numerator: int, denominator: int, down: int, up: int, half_up: int, half_even: int
) -> None:
    roundings = (Rounding.DOWN, Rounding.UP, Rounding.HALF_UP, Rounding.HALF_EVEN)

    assert [scale_minor(amount, numerator, denominator, one) for one in roundings] == [down, up, half_up, half_even]


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (100, [1, 2, 3], [17, 33, 50]),
        (5, [3, 3, 3, 3], [2, 1, 1, 1]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (7, [0, 0], [4, 3]),
        (7, [0, 5], [0, 7]),
        (0, [1, 2], [0, 0]),
        (1, [1, 1_000_000], [0, 1]),
    ],
)
def test_a_split_gives_the_units_left_over_to_the_largest_remainders_first(
    amount: int, weights: list[int], parts: list[int]
) -> None:
    assert split_minor(amount, weights) == parts


def test_money_adds_and_subtracts_within_a_currency() -> None:
    assert Money(250, "EUR") + Money(50, "EUR") == Money(300, "EUR")
    assert Money(250, "EUR") - Money(300, "EUR") == Money(-50, "EUR")
    assert Money(101, "EUR").split_by_weight([1, 1]) == [Money(51, "EUR"), Money(50, "EUR")]
    assert Money(101, "EUR").scale(1, 2, Rounding.HALF_EVEN) == Money(50, "EUR")


def test_money_of_two_currencies_is_never_added() -> None:
    with pytest.raises(AssertionError):
        Money(1, "EUR") + Money(1, "USD")


@pytest.mark.parametrize("currency", ["EU", "EURO", "eur", ""])
def test_a_currency_is_three_capital_letters(currency: str) -> None:
    with pytest.raises(AssertionError):
        Money(1, currency)


@pytest.mark.parametrize(
    ("amount_minor", "currency", "text"),
    [
        (1_290, "EUR", "12.90"),
        (5, "EUR", "0.05"),
        (0, "EUR", "0.00"),
        (-1_290, "EUR", "-12.90"),
        (-5, "EUR", "-0.05"),
        (1_290, "JPY", "1290"),
        (-7, "JPY", "-7"),
        (1_250, "KWD", "1.250"),
        (2**53 - 1, "USD", "90071992547409.91"),
        (12_345, "CLF", "1.2345"),
    ],
)
def test_programs_read_an_amount_with_all_decimals_of_its_currency(amount_minor: int, currency: str, text: str) -> None:
    assert decimal_text(amount_minor, currency) == text
