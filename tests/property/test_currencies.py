"""Rounding to coins and converting between currencies make and lose nothing that is not told."""

from datetime import UTC, datetime
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from fairground.kernel.money import Rounding, minor_digits
from fairground.markets.cash import CASH_RULES, CashAmount, cash_minor
from fairground.markets.conversion import convert_minor, convert_parts
from fairground.markets.rules import Rate

AMOUNTS = st.integers(-(2**53), 2**53)
CURRENCIES = st.sampled_from(["EUR", "USD", "JPY", "KRW", "KWD", "TND", *CASH_RULES])
RATES = st.builds(Rate, st.integers(1, 10**9), st.integers(1, 10**9), st.just(datetime(2026, 4, 13, tzinfo=UTC)))
PARTS = st.lists(st.integers(0, 10**12), min_size=1, max_size=12)


@given(amount=AMOUNTS, currency=CURRENCIES)
def test_the_difference_is_half_a_step_at_most_and_rounding_twice_is_rounding_once(amount: int, currency: str) -> None:
    step = CASH_RULES[currency].step_minor if currency in CASH_RULES else 1

    cash = cash_minor(amount, currency)

    assert cash.payable_minor % step == 0
    assert cash.payable_minor == amount + cash.difference_minor
    assert abs(cash.difference_minor) * 2 <= step
    assert cash_minor(cash.payable_minor, currency) == CashAmount(cash.payable_minor, 0)
    assert cash_minor(-amount, currency) == CashAmount(-cash.payable_minor, -cash.difference_minor)


@given(amount=AMOUNTS, source=CURRENCIES, target=CURRENCIES, rate=RATES, rounding=st.sampled_from(Rounding))
def test_a_converted_amount_is_less_than_a_unit_off_the_exact_one(
    amount: int, source: str, target: str, rate: Rate, rounding: Rounding
) -> None:
    exact = Fraction(amount, 10 ** minor_digits(source)) * Fraction(rate.numerator, rate.denominator)
    exact *= 10 ** minor_digits(target)

    converted = convert_minor(amount, source=source, target=target, rate=rate, rounding=rounding)

    assert abs(converted - exact) < 1
    assert converted == exact or exact.denominator != 1
    assert convert_minor(-amount, source=source, target=target, rate=rate, rounding=rounding) == -converted


@given(parts=PARTS, source=CURRENCIES, target=CURRENCIES, rate=RATES, rounding=st.sampled_from(Rounding))
def test_converted_parts_add_up_to_their_converted_sum(
    parts: list[int], source: str, target: str, rate: Rate, rounding: Rounding
) -> None:
    converted = convert_parts(parts, source=source, target=target, rate=rate, rounding=rounding)

    whole = convert_minor(sum(parts), source=source, target=target, rate=rate, rounding=rounding)
    assert (sum(converted), len(converted)) == (whole, len(parts))
    assert all(one >= 0 for one in converted)
