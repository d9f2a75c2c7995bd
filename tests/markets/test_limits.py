"""A limit in cents of a euro means about the same in every currency, and counting agrees with it to the minor unit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairground.markets.limits import limit_minor, worth_cents
from fairground.markets.queries import packaged_rates
from fairground.markets.rules import ReferenceRates

RATES = packaged_rates()
NONE = ReferenceRates(per_euro={"EUR": (1, 1)}, quoted_at=RATES.quoted_at)


@pytest.mark.parametrize(
    ("currency", "limit"),
    [
        ("EUR", 1_000_000),  # 10,000.00
        ("USD", 1_170_000),  # 11,700.00
        ("JPY", 1_870_000),
        ("VND", 307_000_000),
        ("KWD", 3_600_000),  # 3,600.000
        ("IDR", 20_080_000_000),  # 200,800,000.00
    ],
)
def test_ten_thousand_euros_are_about_as_much_in_every_currency(currency: str, limit: int) -> None:
    assert limit_minor(1_000_000, currency=currency, rates=RATES) == limit
    assert worth_cents(limit, currency=currency, rates=RATES) == 1_000_000
    assert worth_cents(limit + 1, currency=currency, rates=RATES) == 1_000_001


def test_a_currency_without_a_rate_counts_a_whole_unit_as_a_euro() -> None:
    limits = {one: limit_minor(1_000_000, currency=one, rates=NONE) for one in ("EUR", "VND", "KWD", "XXX")}

    assert limits == {"EUR": 1_000_000, "VND": 10_000, "KWD": 10_000_000, "XXX": 1_000_000}
    assert worth_cents(1, currency="VND", rates=NONE) == 100


def test_the_least_of_all_is_worth_a_cent_and_nothing_is_worth_nothing() -> None:
    assert [worth_cents(minor, currency="VND", rates=RATES) for minor in (0, 1, 307, 308)] == [0, 1, 1, 2]


@given(currency=st.sampled_from(sorted(RATES.per_euro)), cents=st.integers(1, 10**12))
def test_an_amount_within_the_limit_counts_no_more_than_it_and_the_next_one_more(currency: str, cents: int) -> None:
    limit = limit_minor(cents, currency=currency, rates=RATES)

    assert worth_cents(limit, currency=currency, rates=RATES) <= cents
    assert worth_cents(limit + 1, currency=currency, rates=RATES) > cents
