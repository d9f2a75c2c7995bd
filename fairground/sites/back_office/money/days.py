"""The days that a list is asked for, by UTC; without any it is all there is."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.http import HttpRequest

from fairground.settlement.reports.listed import EVER, Span
from fairground.sites.back_office.money.balances import day_asked


@dataclass(frozen=True, slots=True)
class DaysAsked:
    """From a first to a last day, which is included; either may be open."""

    first: date | None
    last: date | None

    @property
    def span(self) -> Span:
        """Return the moments from the first day's midnight to the one after the last."""
        return Span(
            _midnight(self.first) if self.first else EVER.from_at,
            _midnight(self.last + timedelta(days=1)) if self.last else EVER.to_at,
        )

    @property
    def asked(self) -> dict[str, str]:
        """Return them as an address has them."""
        days = {"from": self.first, "to": self.last}
        return {name: day.isoformat() if day else "" for name, day in days.items()}


def days_of(request: HttpRequest) -> DaysAsked:
    """Return the days that an address asks for; a last day before the first is the first."""
    first, last = day_asked(request, "from"), day_asked(request, "to")
    return DaysAsked(first, max(first, last) if first and last else last)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
