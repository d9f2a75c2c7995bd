"""A festival's figures by minute since its opening, beside those of the year before.

Tallies know no festival: what counts is every order of the shop from the minute in which the festival opens to the
one in which it closes. Minutes are those of the clock, as older seconds are folded into them; minute 0 is the one that
the opening lies in. Orders and units are those that were placed, the value (GMV) is of orders that were paid, both in
the minute in which that happened; what was cancelled later still counts here.
"""

from collections import Counter
from dataclasses import dataclass

from django.db import connection

from fairground.dashboard.queries import FestivalFacts, festival_facts, in_festivals_currency
from fairground.kernel.sql import load_sql


@dataclass(frozen=True, slots=True)
class MinuteFigures:
    """Orders and units placed in a minute, and what was paid in it, in minor units of one currency."""

    minute: int
    orders: int
    units: int
    gmv_minor: int


@dataclass(frozen=True, slots=True)
class Compared:
    """A minute of a festival beside the same one of another."""

    minute: int
    now: MinuteFigures
    before: MinuteFigures


def minute_figures(*, festival: FestivalFacts, at_rates_of: FestivalFacts | None = None) -> list[MinuteFigures]:
    """Return the minutes in which something was placed or paid, in order.

    Amounts are in the currency of `at_rates_of` (else the festival's own), at the rates pinned for it: of two years at
    one rate, what differs is trade. A minute's value is what it adds to the converted total, so minutes add up to it.
    """
    rates = at_rates_of or festival
    first_minute = festival.opens_at_ms // 60_000
    span = {"from_s": first_minute * 60, "to_s": -(-festival.closes_at_ms // 60_000) * 60}
    with connection.cursor() as cursor:
        cursor.execute(load_sql("dashboard", "minute_tallies"), span)
        rows = cursor.fetchall()
    orders: Counter[int] = Counter()
    units: Counter[int] = Counter()
    paid: dict[int, dict[str, int]] = {}
    for at, currency, placed_orders, placed_units, paid_minor in rows:
        minute = int(at) - first_minute
        orders[minute] += int(placed_orders)
        units[minute] += int(placed_units)
        paid.setdefault(minute, {})[currency] = int(paid_minor)
    figures, sums, before_minor = [], Counter[str](), 0
    for minute in sorted(paid):
        sums.update(paid[minute])
        total_minor = in_festivals_currency(sums, festival=rates)
        figures.append(MinuteFigures(minute, orders[minute], units[minute], total_minor - before_minor))
        before_minor = total_minor
    return figures


def compare_minutes(*, festival: FestivalFacts, before: FestivalFacts) -> list[Compared]:
    """Return every minute in which either festival had figures, both in the first one's currency and at its rates."""
    now_by_minute = {one.minute: one for one in minute_figures(festival=festival)}
    before_by_minute = {one.minute: one for one in minute_figures(festival=before, at_rates_of=festival)}
    return [
        Compared(
            minute,
            now_by_minute.get(minute, MinuteFigures(minute, 0, 0, 0)),
            before_by_minute.get(minute, MinuteFigures(minute, 0, 0, 0)),
        )
        for minute in sorted(now_by_minute.keys() | before_by_minute.keys())
    ]


def ghost_per_second(*, festival: FestivalFacts) -> dict[int, float]:
    """Return the orders placed a second of the festival before this one, by the minute since the opening.

    Its seconds have long been folded, so a second has a sixtieth of its minute. Empty where there was none before.
    """
    before = festival_facts(slug=festival.previous) if festival.previous else None
    return {one.minute: round(one.orders / 60, 2) for one in minute_figures(festival=before)} if before else {}
