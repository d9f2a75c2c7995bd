"""Nothing that is split or scaled loses or makes a minor unit."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from fairground.kernel.money import Money, Rounding, scale_minor, split_minor

AMOUNTS = st.integers(-(2**53), 2**53)
WEIGHTS = st.lists(st.integers(0, 10**12), min_size=1, max_size=12)
NUMERATORS = st.integers(-(10**9), 10**9)
DENOMINATORS = st.integers(1, 10**9)


@given(amount=AMOUNTS, weights=WEIGHTS)
def test_the_parts_add_up_and_none_is_a_unit_off_its_exact_share(amount: int, weights: list[int]) -> None:
    parts = split_minor(amount, weights)

    total = sum(weights)
    shares = [Fraction(amount * weight, total) if total else Fraction(amount, len(weights)) for weight in weights]
    assert sum(parts) == amount
    assert all(abs(part - share) < 1 for part, share in zip(parts, shares, strict=True))


@given(amount=AMOUNTS, weights=WEIGHTS)
def test_who_weighs_more_never_gets_less_and_who_weighs_nothing_gets_nothing(amount: int, weights: list[int]) -> None:
    parts = split_minor(abs(amount), weights)

    for part, weight in zip(parts, weights, strict=True):
        assert all(part >= other for other, below in zip(parts, weights, strict=True) if weight > below)
        assert part == 0 or weight > 0 or sum(weights) == 0


@given(amount=AMOUNTS, weights=WEIGHTS)
def test_a_debt_is_split_like_what_is_owed(amount: int, weights: list[int]) -> None:
    assert split_minor(-amount, weights) == [-part for part in split_minor(amount, weights)]


@given(amount=AMOUNTS, weights=WEIGHTS)
def test_money_is_split_like_its_minor_units(amount: int, weights: list[int]) -> None:
    assert Money(amount, "EUR").split_by_weight(weights) == [Money(one, "EUR") for one in split_minor(amount, weights)]


@given(amount=AMOUNTS, numerator=NUMERATORS, denominator=DENOMINATORS)
def test_scaling_stays_beside_the_exact_amount_on_the_side_it_is_told(
    amount: int, numerator: int, denominator: int
) -> None:
    exact = Fraction(amount * numerator, denominator)
    down, up, half_up, half_even = (scale_minor(amount, numerator, denominator, one) for one in Rounding)

    assert (abs(down), abs(up)) == (abs(exact) // 1, -(-abs(exact) // 1))
    assert abs(half_up - exact) <= Fraction(1, 2)
    assert half_even == round(exact)
    assert half_up == half_even or (abs(exact) % 1 == Fraction(1, 2) and abs(half_up) == abs(up))


@given(amount=AMOUNTS, numerator=NUMERATORS, denominator=DENOMINATORS, rounding=st.sampled_from(Rounding))
def test_scaling_a_negative_amount_mirrors_the_positive_one(
    amount: int, numerator: int, denominator: int, rounding: Rounding
) -> None:
    mirrored = scale_minor(-amount, numerator, denominator, rounding)

    assert mirrored == -scale_minor(amount, numerator, denominator, rounding)
