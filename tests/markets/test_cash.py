"""What is paid in coins, and amounts in other currencies: exact values."""

from datetime import UTC, datetime

import pytest

from fairground.kernel.money import Rounding
from fairground.markets.cash import CASH_RULES, CashAmount, cash_minor, rounding_address
from fairground.markets.conversion import convert_minor, convert_parts
from fairground.markets.rules import Rate

NOW = datetime(2026, 4, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("currency", "amount_minor", "payable_minor"),
    [
        ("CHF", 1_002, 1_000),
        ("CHF", 1_003, 1_005),
        ("CHF", 1_007, 1_005),
        ("CHF", 1_008, 1_010),
        ("SEK", 1_249, 1_200),
        ("SEK", 1_250, 1_300),
        ("NOK", 1_249, 1_200),
        ("NOK", 1_250, 1_300),
        ("DKK", 1_224, 1_200),
        ("DKK", 1_225, 1_250),
        ("DKK", 1_274, 1_250),
        ("DKK", 1_275, 1_300),
        ("CAD", 1_002, 1_000),
        ("AUD", 1_003, 1_005),
        ("NZD", 1_005, 1_000),
        ("NZD", 1_006, 1_010),
        ("HUF", 1_200, 1_000),
        ("HUF", 1_300, 1_500),
        ("HUF", 1_700, 1_500),
        ("HUF", 1_800, 2_000),
        ("CZK", 1_249, 1_200),
        ("CZK", 1_250, 1_300),
        ("EUR", 1_003, 1_003),
        ("USD", 1_003, 1_003),
        ("JPY", 1_003, 1_003),
        ("KWD", 1_003, 1_003),
    ],
)
def test_a_total_is_rounded_to_coins_and_back_like_forth(currency: str, amount_minor: int, payable_minor: int) -> None:
    difference = payable_minor - amount_minor
    assert cash_minor(amount_minor, currency) == CashAmount(payable_minor, difference)
    assert cash_minor(-amount_minor, currency) == CashAmount(-payable_minor, -difference)


def test_every_rule_has_a_step_and_every_currency_an_address_of_its_own() -> None:
    assert {currency: rule.step_minor for currency, rule in CASH_RULES.items()} == {
        "CHF": 5,
        "SEK": 100,
        "NOK": 100,
        "DKK": 50,
        "CAD": 5,
        "AUD": 5,
        "NZD": 10,
        "HUF": 500,
        "CZK": 100,
    }
    assert rounding_address("CHF") == "platform:rounding:CHF"


@pytest.mark.parametrize(
    ("amount_minor", "source", "target", "rate", "rounding", "converted"),
    [
        (1_000, "EUR", "JPY", (187, 1), Rounding.HALF_UP, 1_870),
        (1_000, "EUR", "KWD", (9, 25), Rounding.HALF_UP, 3_600),
        (1_870, "JPY", "EUR", (1, 187), Rounding.HALF_UP, 1_000),
        (1, "JPY", "KWD", (36, 18_700), Rounding.DOWN, 1),
        (3_600, "KWD", "JPY", (18_700, 36), Rounding.UP, 1_870),
        (5, "EUR", "JPY", (10, 1), Rounding.HALF_UP, 1),
        (5, "EUR", "JPY", (10, 1), Rounding.HALF_EVEN, 0),
        (-5, "EUR", "JPY", (10, 1), Rounding.HALF_UP, -1),
        (0, "EUR", "JPY", (187, 1), Rounding.UP, 0),
    ],
)
def test_an_amount_is_converted_over_the_decimals_of_both_currencies(
    amount_minor: int, source: str, target: str, rate: tuple[int, int], rounding: Rounding, converted: int
) -> None:
    quoted = Rate(*rate, NOW)
    assert convert_minor(amount_minor, source=source, target=target, rate=quoted, rounding=rounding) == converted


def test_parts_add_up_to_what_their_sum_is_in_the_other_currency() -> None:
    rate = Rate(187, 1, NOW)
    parts = convert_parts([333, 333, 334], source="EUR", target="JPY", rate=rate, rounding=Rounding.HALF_UP)
    alone = [
        convert_minor(part, source="EUR", target="JPY", rate=rate, rounding=Rounding.HALF_UP)
        for part in (333, 333, 334)
    ]

    assert (parts, sum(parts)) == ([623, 623, 624], 1_870)
    assert sum(alone) == 1_871
    assert convert_parts([-333, -333, -334], source="EUR", target="JPY", rate=rate, rounding=Rounding.HALF_UP) == [
        -part for part in parts
    ]


def test_parts_of_two_signs_are_a_bug() -> None:
    with pytest.raises(AssertionError):
        convert_parts([1, -1], source="EUR", target="JPY", rate=Rate(187, 1, NOW), rounding=Rounding.DOWN)
