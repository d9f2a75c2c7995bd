"""Setting off, whatever is owed at whatever rate: never more than there is or is owed, and one side is done with."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from fairground.kernel.money import Rounding
from fairground.markets.conversion import convert_minor
from fairground.markets.rules import Rate
from fairground.settlement.rules.setting_off import set_off

AT = datetime(2026, 11, 11, tzinfo=UTC)
AMOUNTS = st.integers(1, 10**12)
CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])


@given(AMOUNTS, AMOUNTS, CURRENCIES, CURRENCIES, st.integers(1, 10**7), st.integers(1, 10**7))
def test_no_more_is_taken_than_is_owed_nor_given_than_the_debt_and_one_of_both_is_used_up(
    owed: int, debt: int, source: str, target: str, numerator: int, denominator: int
) -> None:
    rate, back = Rate(numerator, denominator, AT), Rate(denominator, numerator, AT)

    swap = set_off(owed_minor=owed, debt_minor=debt, source=source, target=target, rate=rate)

    worth = convert_minor(owed, source=source, target=target, rate=rate, rounding=Rounding.HALF_UP)
    price = convert_minor(debt, source=target, target=source, rate=back, rounding=Rounding.HALF_UP)
    if swap is None:
        assert worth == 0 or price == 0
        return
    assert 0 < swap.taken_minor <= owed
    assert 0 < swap.given_minor <= debt
    assert swap.taken_minor == owed or swap.given_minor == debt
    assert swap.given_minor == worth or swap.taken_minor in {price, owed}
