"""The phases of a festival: which there are, when each lies by the clocks of its zone, and what is wrong with a plan.

Pure as rules are: no Django, no clock, no chance. A day is a calendar day of a zone and an hour is an hour: what begins
ten days before the opening begins at the same time of day, and a sale of 24 hours lasts 24 hours, also when clocks
are changed between.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from fairground.festivals.rules import Period


class PhaseKind(IntEnum):
    """The phases in their order. The opening is the first minutes of the sale."""

    ANNOUNCEMENT = 1
    ENROLMENT = 2
    WARM_UP = 3
    PRESALE = 4
    GALA = 5
    OPENING = 6
    SALE = 7
    BALANCE = 8
    AFTER_SALE = 9

    @property
    def word(self) -> str:
        """Return the kind as files and commands write it: after-sale."""
        return self.name.lower().replace("_", "-")


class Edge(IntEnum):
    """The moment of a phase at which something happens."""

    BEGINS = 1
    ENDS = 2


KIND_OF_WORD = {kind.word: kind for kind in PhaseKind}
# Which of two that run at once says what is on: what shoppers can do now goes before what is only so.
_LEADING = (
    *(PhaseKind.OPENING, PhaseKind.SALE, PhaseKind.BALANCE, PhaseKind.GALA, PhaseKind.PRESALE),
    *(PhaseKind.WARM_UP, PhaseKind.ENROLMENT, PhaseKind.ANNOUNCEMENT, PhaseKind.AFTER_SALE),
)


@dataclass(frozen=True, slots=True)
class PhaseSpan:
    """A phase from when until when, exclusive; `market` None is the festival's own, which every market has at first."""

    kind: PhaseKind
    starts_at: datetime
    ends_at: datetime
    market: str | None = None

    def at(self, edge: Edge) -> datetime:
        """Return the moment of an edge."""
        return self.starts_at if edge is Edge.BEGINS else self.ends_at


@dataclass(frozen=True, slots=True)
class PlanLengths:
    """How long each phase lasts; 0 leaves it out. There is a balance window only where there is a presale."""

    announcement_days: int = 15
    enrolment_days: int = 25
    warm_up_days: int = 10
    presale_days: int = 10
    gala_hours: int = 4
    opening_minutes: int = 15
    sale_hours: int = 24
    balance_hours: int = 24
    after_sale_days: int = 15


def wall_of(moment: datetime, zone: str) -> datetime:
    """Return what clocks on the wall of a zone show at a moment, without a zone."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def moment_of(wall: datetime, zone: str) -> datetime:
    """Return the moment in UTC at which clocks of a zone show a time.

    Of a time that they show twice it is the first; a time that they skip is as much later as they skip.
    """
    return wall.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def days_later(moment: datetime, *, days: int, zone: str) -> datetime:
    """Return the moment so many calendar days later (or earlier) at the same time of day in a zone."""
    return moment_of(wall_of(moment, zone) + timedelta(days=days), zone) if days else moment


def plan_phases(
    *,
    opens_at: datetime,
    zone: str,
    lengths: PlanLengths,
    closes_at: datetime | None = None,
    own_zones: Mapping[str, str] | None = None,
) -> tuple[PhaseSpan, ...]:
    """Return the phases around an opening, without gaps, by their kinds; `closes_at` goes before the sale's hours.

    Markets of `own_zones` (code -> zone) open when their own clocks show what the home's show at the opening.
    """
    closes_at = closes_at or opens_at + timedelta(hours=lengths.sale_hours)
    phases = [*_before(opens_at, zone, lengths), PhaseSpan(PhaseKind.SALE, opens_at, closes_at)]
    if lengths.opening_minutes:
        until = min(closes_at, opens_at + timedelta(minutes=lengths.opening_minutes))
        phases.append(PhaseSpan(PhaseKind.OPENING, opens_at, until))
    if lengths.presale_days and lengths.balance_hours:
        phases.append(PhaseSpan(PhaseKind.BALANCE, opens_at, opens_at + timedelta(hours=lengths.balance_hours)))
    if lengths.after_sale_days:
        until = days_later(closes_at, days=lengths.after_sale_days, zone=zone)
        phases.append(PhaseSpan(PhaseKind.AFTER_SALE, closes_at, until))
    own = [one for market, other in (own_zones or {}).items() for one in _in_own_zone(phases, zone, market, other)]
    return in_order([*phases, *own])


def _before(opens_at: datetime, zone: str, lengths: PlanLengths) -> list[PhaseSpan]:
    ends_at, days = opens_at, 0
    phases = []
    if lengths.gala_hours:
        ends_at = opens_at - timedelta(hours=lengths.gala_hours)
        phases.append(PhaseSpan(PhaseKind.GALA, ends_at, opens_at))
    for kind, more in (
        (PhaseKind.PRESALE, lengths.presale_days),
        (PhaseKind.WARM_UP, lengths.warm_up_days),
        (PhaseKind.ENROLMENT, lengths.enrolment_days),
        (PhaseKind.ANNOUNCEMENT, lengths.announcement_days),
    ):
        if more:
            days += more
            starts_at = days_later(opens_at, days=-days, zone=zone)
            phases.append(PhaseSpan(kind, starts_at, ends_at))
            ends_at = starts_at
    return phases


def _in_own_zone(phases: Sequence[PhaseSpan], zone: str, market: str, market_zone: str) -> list[PhaseSpan]:
    """The sale and its opening by the market's own clocks; what comes after begins when its sale ends."""
    own, closes_at = [], None
    for one in phases:
        if one.kind in {PhaseKind.SALE, PhaseKind.OPENING}:
            starts_at = moment_of(wall_of(one.starts_at, zone), market_zone)
            ends_at = starts_at + (one.ends_at - one.starts_at)
            own.append(PhaseSpan(one.kind, starts_at, ends_at, market))
            closes_at = ends_at if one.kind is PhaseKind.SALE else closes_at
        if one.kind is PhaseKind.AFTER_SALE and closes_at is not None:
            own.append(replace(one, starts_at=closes_at, market=market))
    return own


def in_order(phases: Sequence[PhaseSpan]) -> tuple[PhaseSpan, ...]:
    """Return phases by kind, each kind's own first and then by market."""
    return tuple(sorted(phases, key=lambda one: (one.kind, one.market or "")))


def phases_in(phases: Sequence[PhaseSpan], market: str | None) -> dict[PhaseKind, PhaseSpan]:
    """Return what phases there are in a market, by kind: its own, else the festival's."""
    found = {one.kind: one for one in phases if one.market is None}
    own = {one.kind: one for one in phases if market is not None and one.market == market}
    if PhaseKind.SALE in own:
        found.pop(PhaseKind.OPENING, None)  # those are the first minutes of another sale
    return found | own


def phase_at(phases: Sequence[PhaseSpan], *, market: str | None, now: datetime) -> PhaseSpan | None:
    """Return the phase that says what is on in a market; None before the first, after the last, and in a gap."""
    running = {kind: one for kind, one in phases_in(phases, market).items() if one.starts_at <= now < one.ends_at}
    return next((running[kind] for kind in _LEADING if kind in running), None)


def sale_of(phases: Sequence[PhaseSpan]) -> PhaseSpan | None:
    """Return the festival's own sale."""
    return next((one for one in phases if one.kind is PhaseKind.SALE and one.market is None), None)


def moved(phases: Sequence[PhaseSpan], *, was: Period, wanted: Period) -> tuple[PhaseSpan, ...]:
    """Return phases as they lie when the sale is moved: each keeps its distance to the opening, and what ended or
    began with the sale's end still does.
    """
    shift = wanted.opens_at - was.opens_at

    def go(moment: datetime) -> datetime:
        return wanted.closes_at if moment == was.closes_at else moment + shift

    return tuple(replace(one, starts_at=go(one.starts_at), ends_at=go(one.ends_at)) for one in phases)


def same_time_around(
    moment: datetime, *, opened_at: datetime, opens_at: datetime, zone: str, clocks: str | None = None
) -> datetime:
    """Return the moment that lies to another opening as this one to the first: as many days off, at the same time of
    day by the clocks of the home zone, or of `clocks`.
    """
    was, is_now = wall_of(opened_at, zone), wall_of(opens_at, zone)
    return moment_of(is_now + (wall_of(moment, clocks or zone) - was), clocks or zone)


def renewed(
    phases: Sequence[PhaseSpan],
    *,
    opened_at: datetime,
    opens_at: datetime,
    zone: str,
    zones: Mapping[str, str],
) -> tuple[PhaseSpan, ...]:
    """Return the phases around another opening: as many days from it, at the same time of day by the same clocks.

    A phase of a market goes by the market's clocks (`zones`: code -> zone), any other by those of the home.
    """

    def go(moment: datetime, market: str | None) -> datetime:
        clocks = zones[market] if market else zone
        return same_time_around(moment, opened_at=opened_at, opens_at=opens_at, zone=zone, clocks=clocks)

    return tuple(
        replace(one, starts_at=go(one.starts_at, one.market), ends_at=go(one.ends_at, one.market)) for one in phases
    )


def stretches(
    phases: Sequence[PhaseSpan], *, market: str | None, now: datetime
) -> list[tuple[datetime, datetime, PhaseSpan]]:
    """Return from when until when which phase says what is on in a market, from `now` to the end of the last."""
    edges = sorted({one.at(edge) for one in phases_in(phases, market).values() for edge in Edge})
    found = []
    for starts_at, ends_at in pairwise(edges):
        leading = phase_at(phases, market=market, now=starts_at)
        if ends_at > now and leading:
            found.append((starts_at, ends_at, leading))
    return found
