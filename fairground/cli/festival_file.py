"""A festival as a file or the options of a command describe it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from fairground.festivals.phase_plan import (
    KIND_OF_WORD,
    PhaseSpan,
    PlanLengths,
    days_later,
    in_order,
    moment_of,
    plan_phases,
    sale_of,
)
from fairground.festivals.rules import FestivalRecord, HallRecord, Period
from fairground.markets.queries import market_facts, reference_rates

# Of the columns.
SLUG_LENGTH_MAX = 60
LENGTHS = tuple(one.name.replace("_", "-") for one in fields(PlanLengths))


_SPAN = re.compile(r"([+-]?)(\d{1,5})([dhm])")


class BadDescription(ValueError):  # noqa: N818 - an answer to who wrote it, not a fault of ours
    """A festival can't be made of what is written; the message says why."""


class _Phase(msgspec.Struct, forbid_unknown_fields=True):
    kind: str
    starts: str
    ends: str
    market: str | None = None


class _Hall(msgspec.Struct, forbid_unknown_fields=True):
    slug: str
    name: dict[str, str]


class FestivalDescription(msgspec.Struct, forbid_unknown_fields=True):
    """A festival before it has moments: `opens` is by the clocks of `zone`, the times of `phases` too, or those of a
    market by its own.

    `lengths` has those of `LENGTHS` that are not the usual ones, `own_zones` the markets that open by their own clocks;
    what stands in `phases` goes before what lengths would make of it.
    """

    slug: str
    name: dict[str, str]
    opens: str
    zone: str
    currency: str = "EUR"
    halls: list[_Hall] = []
    lengths: dict[str, int] = {}
    own_zones: list[str] = []
    phases: list[_Phase] = []


@dataclass(frozen=True, slots=True)
class PlannedFestival:
    """A festival as it would be made."""

    record: FestivalRecord
    period: Period
    phases: tuple[PhaseSpan, ...]


def read_description(text: bytes) -> FestivalDescription:
    """Return the festival that a JSON file describes.

    :raises BadDescription: it describes none
    """
    try:
        return msgspec.json.decode(text, type=FestivalDescription)
    except msgspec.DecodeError as error:
        raise BadDescription(f"the file describes no festival: {error}") from error


def plan_festival(description: FestivalDescription) -> PlannedFestival:
    """Return the festival that is described, its phases not yet looked at.

    :raises BadDescription: a zone, a time, a length, a phase, a market or a currency is none, or there are no markets
    """
    for slug in (description.slug, *(hall.slug for hall in description.halls)):
        _require_slug(slug)
    if not market_facts():
        raise BadDescription("there are no markets yet, so no rate could be pinned: import a catalogue first")
    zone = zone_named(description.zone)
    opens_at = moment_in(description.opens, zone)
    if description.currency not in reference_rates().per_euro:
        raise BadDescription(f"there is no rate for the currency {description.currency!r}")
    planned = plan_phases(
        opens_at=opens_at, zone=zone, lengths=_lengths(description.lengths), own_zones=_zones_of(description.own_zones)
    )
    by_key = {(one.kind, one.market): one for one in planned}
    for one in description.phases:
        span = _span(one, zone)
        by_key[span.kind, span.market] = span
    phases = in_order(list(by_key.values()))
    sale = sale_of(phases)
    assert sale is not None, "a plan has a sale"
    halls = tuple(HallRecord(hall.slug, hall.name) for hall in description.halls)
    record = FestivalRecord(description.slug, description.name, zone, description.currency, halls)
    return PlannedFestival(record, Period(sale.starts_at, sale.ends_at), phases)


def zone_named(name: str) -> str:
    """Return the name of a time zone that there is.

    :raises BadDescription: there is none of this name
    """
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadDescription(f"there is no time zone {name!r}; one is called like Asia/Shanghai") from error


def moment_in(text: str, zone: str) -> datetime:
    """Return the moment that a date, or a date and time, means in a zone: 2027-11-11, 2027-11-10T20:00.

    :raises BadDescription: it is neither
    """
    try:
        written = datetime.fromisoformat(text)
        return written.astimezone(UTC) if written.tzinfo else moment_of(written, zone)
    except (ValueError, OverflowError) as error:
        raise BadDescription(f"{text!r} is no date or time like 2027-11-11 or 2027-11-10T20:00") from error


def moment_shifted(moment: datetime, *, span: str, zone: str) -> datetime:
    """Return the moment a span later, or with a minus earlier: 2h, 30m, -7d. A day keeps the time of day in `zone`.

    :raises BadDescription: it is no span
    """
    match = _SPAN.fullmatch(span)
    if match is None:
        raise BadDescription(f"{span!r} is not like 2h, 30m or -7d")
    sign, number, unit = match.groups()
    count = -int(number) if sign == "-" else int(number)
    if unit == "d":
        return days_later(moment, days=count, zone=zone)
    return moment + count * (timedelta(hours=1) if unit == "h" else timedelta(minutes=1))


def lengths_written(pairs: Sequence[str]) -> dict[str, int]:
    """Return lengths by name from options like presale-days=14.

    :raises BadDescription: one is not like that
    """
    lengths = {}
    for pair in pairs:
        name, _, number = pair.partition("=")
        if not number.isdecimal():
            raise BadDescription(f"{pair!r} is not like presale-days=14")
        lengths[name] = int(number)
    return lengths


def _require_slug(slug: str) -> None:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) or len(slug) > SLUG_LENGTH_MAX:
        raise BadDescription(f"{slug!r} is no slug: lower-case letters, digits and hyphens, {SLUG_LENGTH_MAX} at most")


def _lengths(written: Mapping[str, int]) -> PlanLengths:
    for name, number in written.items():
        if name not in LENGTHS:
            raise BadDescription(f"there is no length {name!r}; there are {', '.join(LENGTHS)}")
        if not 0 <= number <= 10_000 or (name == "sale-hours" and number == 0):  # noqa: PLR2004
            raise BadDescription(f"{name} can't be {number}")
    return PlanLengths(**{name.replace("-", "_"): number for name, number in written.items()})


def _zones_of(markets: Sequence[str]) -> dict[str, str]:
    zones = {market.code: market.time_zone for market in market_facts()}
    unknown = sorted(set(markets) - zones.keys())
    if unknown:
        raise BadDescription(f"there is no market {', '.join(unknown)}; there are {', '.join(zones) or 'none yet'}")
    return {market: zones[market] for market in markets}


def _span(written: _Phase, zone: str) -> PhaseSpan:
    if written.kind not in KIND_OF_WORD:
        raise BadDescription(f"there is no phase {written.kind!r}; there are {', '.join(KIND_OF_WORD)}")
    clocks = _zones_of([written.market])[written.market] if written.market else zone
    starts_at, ends_at = moment_in(written.starts, clocks), moment_in(written.ends, clocks)
    return PhaseSpan(KIND_OF_WORD[written.kind], starts_at, ends_at, written.market)
