"""The tables of docs/algorithms/currencies.md, performed."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from fairground.kernel.edits import By
from fairground.kernel.money import Rounding, decimal_text, minor_digits
from fairground.markets.cash import CASH_RULES, cash_minor
from fairground.markets.conversion import convert_minor
from fairground.markets.queries import NoRate, rate_between
from fairground.markets.rules import RATE_AGE_MAX_DAYS, Rate, RateSource
from fairground.markets.storing_rates import store_rates
from tests.tidy.house import table_below

DOCUMENT = (Path(__file__).parents[2] / "docs/algorithms/currencies.md").read_text("utf-8")
NOW = datetime(2026, 4, 14, tzinfo=UTC)


def minor(text: str, currency: str) -> int:
    """Return the minor units of an amount that the document writes."""
    return int(Decimal(text).scaleb(minor_digits(currency)))


@pytest.mark.django_db
def test_the_rates_that_are_stored_give_the_answers_that_stand_there() -> None:
    for day, currency, per_euro, source in table_below(DOCUMENT, "### Rates that are stored, for example"):
        exact = Fraction(per_euro)
        rates = {(currency, date.fromisoformat(day)): (exact.numerator, exact.denominator)}
        store_rates(rates=rates, source=RateSource[source.upper()], by=By(user_id=None, now=NOW))

    answers = table_below(DOCUMENT, "### What they answer")

    assert len(answers) == 10
    for source, target, day, rate, of, whose in answers:
        asked = date.fromisoformat(day)
        if rate == "refused":
            with pytest.raises(NoRate):
                rate_between(source=source, target=target, day=asked)
            continue
        told = rate_between(source=source, target=target, day=asked)
        assert f"{told.numerator}/{told.denominator}" == rate, (source, target, day)
        assert (told.day.isoformat(), told.source.name.lower()) == (of, whose)


def test_the_sources_count_for_as_many_days_as_stand_there() -> None:
    told = {row[0].strip("`"): row[2] for row in table_below(DOCUMENT, "## Rates")}
    assert set(told) == {source.name.lower() for source in RateSource}
    for source, days in RATE_AGE_MAX_DAYS.items():
        assert told[source.name.lower()] == f"{days} days"


def test_the_amounts_convert_to_what_stands_there() -> None:
    rows = table_below(DOCUMENT, "## Converting")

    assert len(rows) == 7
    for amount, source, target, text, rounding, exactly, becomes in rows:
        exact = Fraction(text)
        rate = Rate(exact.numerator, exact.denominator, NOW)
        converted = convert_minor(
            minor(amount, source), source=source, target=target, rate=rate, rounding=Rounding(rounding)
        )
        assert decimal_text(converted, target) == becomes
        assert str(float(Fraction(amount) * exact)).startswith(exactly.rstrip("…"))


def test_the_coins_make_the_sums_that_stand_there() -> None:
    rows = table_below(DOCUMENT, "## Coins")

    assert [row[0] for row in rows] == sorted(CASH_RULES, key=[row[0] for row in rows].index)
    for currency, step, middle, *sums in rows:
        assert (minor(step, currency), middle == "up") == (
            CASH_RULES[currency].step_minor,
            CASH_RULES[currency].half_up,
        )
        paid = [
            cash_minor(minor(text, currency), currency).payable_minor for text in ("12.02", "12.05", "12.25", "12.50")
        ]
        assert [decimal_text(one, currency) for one in paid] == sums
