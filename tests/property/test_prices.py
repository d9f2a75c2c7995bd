"""What holds for every price tag."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairground.catalog.rules import charming_minor, deal_price_minor

CURRENCIES = ("EUR", "GBP", "USD", "CNY", "JPY", "KRW", "INR", "VND", "BRL", "SEK", "COP", "KWD")
amounts = st.integers(min_value=1, max_value=10**13)


@pytest.mark.parametrize("currency", CURRENCIES)
@given(one=amounts, other=amounts)
def test_of_two_amounts_the_greater_never_gets_the_lower_price(currency: str, one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert 0 < charming_minor(low, currency=currency) <= charming_minor(high, currency=currency)


@pytest.mark.parametrize("currency", CURRENCIES)
@given(amount=amounts)
def test_a_printed_price_prints_as_itself(currency: str, amount: int) -> None:
    printed = charming_minor(amount, currency=currency)
    assert charming_minor(printed, currency=currency) == printed


@given(price=st.integers(min_value=2, max_value=10**13), percent=st.integers(min_value=1, max_value=99))
def test_a_deal_is_below_the_prior_price(price: int, percent: int) -> None:
    assert 0 < deal_price_minor(price_minor=price, currency="EUR", percent_off=percent) < price
