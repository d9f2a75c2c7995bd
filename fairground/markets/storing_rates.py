"""Storing exchange rates: each once, and never another one of the same day and source."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from fairground.kernel.edits import Act, By, write_audit
from fairground.kernel.sql import array_text, load_sql
from fairground.markets.rules import RateSource

# Of rates that differ from what is stored, told one by one; all are counted.
DIFFERENT_TOLD_MAX = 20


@dataclass(frozen=True, slots=True)
class RatesStored:
    """What became of rates: new, there already, and different from what is stored, which stays."""

    new: int
    known: int
    different: int
    different_told: tuple[tuple[str, date], ...]


def store_rates(*, rates: Mapping[tuple[str, date], tuple[int, int]], source: RateSource, by: By) -> RatesStored:
    """Store what a euro was in each (currency, day), in one transaction; storing twice is storing once.

    A rate that is stored already stays, whatever comes now: settlements have been reckoned by it. Whatever was pinned
    stays as it was pinned. What is new is told in the audit log.
    """
    assert source is not RateSource.PACKAGED, source
    if not rates:
        return RatesStored(0, 0, 0, ())
    asked: dict[str, int | str] = {
        "source": source.value,
        "currencies": array_text(currency for currency, _ in rates),
        "days": array_text(day.isoformat() for _, day in rates),
        "numerators": array_text(pair[0] for pair in rates.values()),
        "denominators": array_text(pair[1] for pair in rates.values()),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(load_sql("markets", "rates_that_differ"), asked)
        differing = cursor.fetchall()
        cursor.execute(load_sql("markets", "store_rates"), asked)
        new = cursor.rowcount
        if new:
            days = [day for _, day in rates]
            facts = {"rates": (None, new), "first": (None, str(min(days))), "last": (None, str(max(days)))}
            write_audit(by=by, acts=[Act("stored", "rates", source.name.lower(), facts)])
    told = tuple((row[0], row[1]) for row in differing[:DIFFERENT_TOLD_MAX])
    return RatesStored(new, len(rates) - new - len(differing), len(differing), told)
