"""Rates that are stored once, and what they say of a day."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction

from fairground.kernel.edits import By
from fairground.kernel.models import AuditEntry
from fairground.markets.models import Rate
from fairground.markets.queries import (
    NoRate,
    current_rates,
    has_reference_rate,
    packaged_rates,
    published_at,
    rate_between,
    reference_rates,
)
from fairground.markets.rate_files import read_rates
from fairground.markets.rules import RATE_AGE_MAX_DAYS, RateSource
from fairground.markets.storing_rates import RatesStored, store_rates
from tests.catalogue_making import make_shop, shared_data

pytestmark = pytest.mark.django_db

THURSDAY, FRIDAY, SUNDAY, MONDAY = (date(2026, 4, day) for day in (9, 10, 12, 13))
BY = By(user_id=None, now=datetime(2026, 4, 14, tzinfo=UTC))
NOTHING = RatesStored(0, 0, 0, ())


def store(rates: dict[tuple[str, date], tuple[int, int]], source: RateSource = RateSource.ECB) -> RatesStored:
    """Store rates."""
    return store_rates(rates=rates, source=source, by=BY)


def some_days() -> None:
    """Store dollars and yen of a Friday and a Monday."""
    store({("USD", FRIDAY): (6, 5), ("JPY", FRIDAY): (180, 1), ("USD", MONDAY): (5, 4), ("JPY", MONDAY): (747, 4)})


def test_storing_twice_is_storing_once_and_is_told_once_in_the_audit_log() -> None:
    rates = {("USD", FRIDAY): (6, 5), ("JPY", MONDAY): (747, 4)}

    assert store(rates) == RatesStored(2, 0, 0, ())
    assert store(rates) == RatesStored(0, 2, 0, ())
    assert store({}) == NOTHING

    assert Rate.objects.count() == 2
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.subject_id) == ("stored", "ecb")


def test_another_rate_of_the_same_day_and_source_is_refused_and_the_first_stays() -> None:
    store({("USD", FRIDAY): (6, 5)})

    assert store({("USD", FRIDAY): (7, 5), ("USD", MONDAY): (5, 4)}) == RatesStored(1, 0, 1, (("USD", FRIDAY),))

    rate = rate_between(source="EUR", target="USD", day=FRIDAY)
    assert (rate.numerator, rate.denominator) == (6, 5)


@pytest.mark.parametrize(
    ("currency", "numerator", "denominator", "source", "constraint"),
    [
        ("USD", 0, 1, 1, "rate_positive"),
        ("USD", 1, -1, 1, "rate_positive"),
        ("EUR", 1, 1, 1, "rate_currency_iso_4217"),
        ("usd", 1, 1, 1, "rate_currency_iso_4217"),
        ("USD", 1, 1, 0, "rate_source_known"),
        ("USD", 5, 4, 1, "rate_once_a_day_and_source"),
    ],
)
def test_the_database_refuses_what_is_no_rate(
    currency: str, numerator: int, denominator: int, source: int, constraint: str
) -> None:
    some_days()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Rate.objects.create(currency=currency, day=MONDAY, source=source, numerator=numerator, denominator=denominator)
    assert Rate.objects.count() == 4


@pytest.mark.parametrize("change", [{"numerator": 9}, {"day": THURSDAY}, None])
def test_a_stored_rate_is_neither_changed_nor_deleted(change: dict[str, object] | None) -> None:
    some_days()
    rows = Rate.objects.filter(currency="USD", day=MONDAY)

    with pytest.raises(IntegrityError, match="a rate stays as it was published"), transaction.atomic():
        rows.update(**change) if change else rows.delete()

    assert rows.values_list("numerator", "denominator").get() == (5, 4)


def test_a_rate_is_that_of_the_day_exactly_both_ways() -> None:
    some_days()

    there, back = (
        rate_between(source=source, target=target, day=MONDAY) for source, target in (("USD", "JPY"), ("JPY", "USD"))
    )

    assert (there.numerator, there.denominator, there.day, there.source) == (747, 5, MONDAY, RateSource.ECB)
    assert (back.numerator, back.denominator) == (5, 747)
    assert there.quoted_at == published_at(MONDAY) == datetime(2026, 4, 13, 14, tzinfo=UTC)


def test_at_a_weekend_it_is_that_of_friday_with_its_date() -> None:
    some_days()

    rate = rate_between(source="EUR", target="USD", day=SUNDAY)

    assert (rate.numerator, rate.denominator, rate.day) == (6, 5, FRIDAY)


def test_before_the_first_day_and_too_long_after_the_last_there_is_none() -> None:
    some_days()
    last = MONDAY + timedelta(days=RATE_AGE_MAX_DAYS[RateSource.ECB])

    assert rate_between(source="USD", target="EUR", day=last).day == MONDAY
    for day in (THURSDAY, last + timedelta(days=1)):
        with pytest.raises(NoRate) as refused:
            rate_between(source="USD", target="EUR", day=day)
        assert refused.value.facts == {"currency": "USD", "day": day}


def test_a_currency_is_worth_itself_whatever_is_stored() -> None:
    for currency in ("EUR", "USD", "XAU"):
        rate = rate_between(source=currency, target=currency, day=MONDAY)
        assert (rate.numerator, rate.denominator, rate.day) == (1, 1, MONDAY)


def test_what_the_bank_does_not_quote_is_packaged_until_the_house_says_it() -> None:
    some_days()
    packaged = packaged_rates()

    before = rate_between(source="EUR", target="VND", day=MONDAY)
    store({("VND", THURSDAY): (30_123, 1)}, RateSource.HOUSE)
    after = rate_between(source="USD", target="VND", day=MONDAY)

    assert (before.numerator, before.denominator) == packaged.per_euro["VND"]
    assert (before.source, before.day) == (RateSource.PACKAGED, packaged.quoted_at.date())
    assert (Fraction(after.numerator, after.denominator), after.day) == (Fraction(30_123 * 4, 5), THURSDAY)
    assert after.source is RateSource.ECB  # the lesser of both


def test_of_one_day_the_houses_rate_counts_and_of_two_days_the_later() -> None:
    some_days()
    store({("USD", FRIDAY): (11, 10)}, RateSource.HOUSE)

    assert rate_between(source="EUR", target="USD", day=FRIDAY).source is RateSource.HOUSE
    assert rate_between(source="EUR", target="USD", day=MONDAY).source is RateSource.ECB


def test_nobody_knows_a_currency_that_was_never_named() -> None:
    with pytest.raises(NoRate):
        rate_between(source="EUR", target="XAU", day=MONDAY)


def test_without_stored_rates_the_packaged_ones_are_the_reference() -> None:
    assert reference_rates() == packaged_rates()
    assert not has_reference_rate("XAU")


def test_the_newest_stored_rates_are_the_reference_and_the_packaged_ones_fill_the_rest() -> None:
    some_days()
    store({("XAU", MONDAY): (1, 4_000)}, RateSource.HOUSE)

    rates = reference_rates()

    assert (rates.per_euro["USD"], rates.per_euro["JPY"]) == ((5, 4), (747, 4))
    assert rates.per_euro["GBP"] == packaged_rates().per_euro["GBP"]
    assert rates.between(source="USD", target="JPY").quoted_at == published_at(MONDAY)
    assert rates.between(source="EUR", target="USD").quoted_at == published_at(MONDAY)
    assert rates.between(source="USD", target="GBP").quoted_at == min(published_at(MONDAY), packaged_rates().quoted_at)
    assert has_reference_rate("XAU")
    assert has_reference_rate("GBP")


def test_a_currency_that_its_source_gave_up_is_no_reference_any_more() -> None:
    some_days()
    store({("RUB", date(2022, 3, 1)): (117_201, 1_000)})

    assert [one.currency for one in current_rates()] == ["JPY", "USD"]
    assert not has_reference_rate("RUB")
    with pytest.raises(NoRate):
        rate_between(source="RUB", target="EUR", day=MONDAY)
    assert rate_between(source="RUB", target="EUR", day=date(2022, 3, 2)).day == date(2022, 3, 1)


def test_the_banks_own_file_is_stored_and_stands_for_every_market_that_it_quotes() -> None:
    read = read_rates(shared_data("tax_duty_fx/eurofxref-hist.csv.xz").read_bytes(), today=date(2026, 4, 14))
    make_shop()

    stored = store(read.rates)

    assert (stored.new, stored.different) == (len(read.rates), 0)
    assert store(read.rates).known == len(read.rates)
    assert len(current_rates()) == 29
    weekend = rate_between(source="CHF", target="HUF", day=SUNDAY)
    assert (Fraction(weekend.numerator, weekend.denominator), weekend.day) == (
        Fraction("377.2") / Fraction("0.9241"),
        FRIDAY,
    )
    millennium = rate_between(source="EUR", target="JPY", day=date(2000, 1, 1))
    assert (Fraction(millennium.numerator, millennium.denominator), millennium.day) == (
        Fraction("102.73"),
        date(1999, 12, 30),
    )
