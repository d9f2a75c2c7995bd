"""What reports decide without reading: periods, ages of money in escrow, and who has to be reported as a seller."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from fairground.kernel.money import Rounding, minor_digits, scale_minor

# The last day of each age in days since payment; what is older is the last one.
AGE_DAYS = (7, 14, 30, 60)
AGES = ("0-7", "8-14", "15-30", "31-60", "60+")

# Directive 2011/16/EU, Annex V, Section I, B(4)(d): fewer than 30 sales of goods, for at most EUR 2,000 in the year,
# and a seller is excluded. Both must hold.
ACTIVITIES_EXCLUDED_BELOW = 30
CONSIDERATION_EXCLUDED_MAX_MINOR = 200_000

# The Member States of the Union, as the directive's reports name them (ISO 3166-1; Greece is GR).
_CODES = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
MEMBER_STATES = frozenset(_CODES.split())

_MONTHS_A_QUARTER = 3
_PERIOD = re.compile(r"(20[0-9]{2}|21[0-9]{2})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?")


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `from_date` up to `to_date`, which is no part of it any more."""

    from_date: date
    to_date: date

    @property
    def text(self) -> str:
        """Return its name: 2026, 2026-Q4 or 2026-11; else both of its days."""
        whole = {months: _months_later(self.from_date, months) for months in (1, _MONTHS_A_QUARTER, 12)}
        if self.from_date.day == 1 and self.to_date in whole.values():
            months = next(one for one, end in whole.items() if end == self.to_date)
            if months == 1:
                return f"{self.from_date:%Y-%m}"
            if months == _MONTHS_A_QUARTER and self.from_date.month % _MONTHS_A_QUARTER == 1:
                return f"{self.from_date:%Y}-Q{quarter_of(self.from_date)}"
            if months == 12 and self.from_date.month == 1:  # noqa: PLR2004 - a year
                return f"{self.from_date:%Y}"
        return f"{self.from_date.isoformat()}_{self.to_date.isoformat()}"


def period_of(text: str) -> Period | None:
    """Return the year, quarter or month that 2026, 2026-Q4 or 2026-11 names; None where it names none."""
    match = _PERIOD.fullmatch(text.strip())
    if match is None:
        return None
    year, quarter, month = int(match[1]), match[2], match[3]
    if quarter:
        first, months = date(year, _MONTHS_A_QUARTER * (int(quarter) - 1) + 1, 1), _MONTHS_A_QUARTER
    elif month:
        first, months = date(year, int(month), 1), 1
    else:
        first, months = date(year, 1, 1), 12
    return Period(first, _months_later(first, months))


def recent_periods(today: date, *, months: int, quarters: int) -> list[Period]:
    """Return the month and the quarter of a day and those before, the newest first, months before quarters."""
    first = today.replace(day=1)
    starts = [_months_later(first, -back) for back in range(months)]
    quarter_first = first.replace(month=first.month - (first.month - 1) % _MONTHS_A_QUARTER)
    quarter_starts = [_months_later(quarter_first, -_MONTHS_A_QUARTER * back) for back in range(quarters)]
    return [
        *(Period(one, _months_later(one, 1)) for one in starts),
        *(Period(one, _months_later(one, _MONTHS_A_QUARTER)) for one in quarter_starts),
    ]


def quarter_of(day: date) -> int:
    """Return which quarter of its year a day is in, from 1."""
    return (day.month - 1) // _MONTHS_A_QUARTER + 1


def quarter_starts(year: int) -> list[datetime]:
    """Return when the four quarters of a year begin, and the next year, in UTC."""
    starts = [datetime(year, month, 1, tzinfo=UTC) for month in (1, 4, 7, 10)]
    return [*starts, datetime(year + 1, 1, 1, tzinfo=UTC)]


def _months_later(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def is_excluded(*, activities: int, consideration_eur_minor: int) -> bool:
    """Return whether a seller of goods is too small to be reported (Annex V, Section I, B(4)(d))."""
    is_small = consideration_eur_minor <= CONSIDERATION_EXCLUDED_MAX_MINOR
    return activities < ACTIVITIES_EXCLUDED_BELOW and is_small


def whole_units(amount_minor: int, currency: str) -> int:
    """Return an amount in whole units of its currency, as the DPI schema has them ("without decimals"), half up."""
    return scale_minor(amount_minor, 1, 10 ** minor_digits(currency), Rounding.HALF_UP)


@dataclass(frozen=True, slots=True)
class PlatformOperator:
    """Who runs the platform and reports its sellers: what the head of the report says of it."""

    name: str
    tin: str
    street: str
    post_code: str
    city: str
    country: str
    vat: str = ""
    business_name: str = ""

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "PlatformOperator":
        """Return what a JSON object says of it.

        :raises ValueError: something is missing, unknown or no text
        """
        known = set(cls.__dataclass_fields__)
        needed = known - {"vat", "business_name"}
        if not needed <= set(facts) <= known or not all(isinstance(one, str) for one in facts.values()):
            raise ValueError(f"a platform operator has {_listed(needed)}, and may have vat, business_name")
        if not all(facts[name].strip() for name in needed) or facts["country"] not in MEMBER_STATES:
            raise ValueError("a platform operator's facts are not empty, and its country is a Member State")
        return cls(**facts)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
