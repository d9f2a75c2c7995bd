"""What is wrong with the phases of a festival. Pure as rules are."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fairground.festivals.phase_plan import PhaseKind, PhaseSpan, phases_in, sale_of

# Every reason why a plan can't be used.
PROBLEMS = (
    *("no-sale", "twice", "never", "overlap", "gap", "order", "gala-end", "opening-apart", "balance-apart"),
    *("presale-without-balance", "balance-without-presale", "outside", "before-home"),
)
# Whoever warms up may order ahead and watch the gala; all balances open in the same second as the sale, and may be
# paid beyond its end.
_MAY_OVERLAP = frozenset(
    frozenset(pair)
    for pair in (
        (PhaseKind.WARM_UP, PhaseKind.PRESALE),
        (PhaseKind.WARM_UP, PhaseKind.GALA),
        (PhaseKind.PRESALE, PhaseKind.GALA),
        (PhaseKind.OPENING, PhaseKind.SALE),
        (PhaseKind.OPENING, PhaseKind.BALANCE),
        (PhaseKind.SALE, PhaseKind.BALANCE),
        (PhaseKind.BALANCE, PhaseKind.AFTER_SALE),
    )
)

# They have rules of their own, of which each break is told once; and balances open everywhere with the home's sale.
_WITH_THE_SALE = frozenset({PhaseKind.OPENING, PhaseKind.SALE, PhaseKind.BALANCE})


@dataclass(frozen=True, slots=True)
class PlanProblem:
    """What is wrong; `code` is one of `PROBLEMS`. `other` is the phase that it does not fit with, the times say where.

    `market` None: it is about the festival's own phases.
    """

    code: str
    kind: PhaseKind
    market: str | None = None
    other: PhaseKind | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def problems(phases: Sequence[PhaseSpan]) -> list[PlanProblem]:
    """Return what is wrong with a plan; nothing where it may be used."""
    found = [PlanProblem("never", one.kind, one.market) for one in phases if one.ends_at <= one.starts_at]
    seen: set[tuple[PhaseKind, str | None]] = set()
    for one in phases:
        if (one.kind, one.market) in seen:
            found.append(PlanProblem("twice", one.kind, one.market))
        seen.add((one.kind, one.market))
    sale = sale_of(phases)
    if sale is None:
        found.append(PlanProblem("no-sale", PhaseKind.SALE))
    if found or sale is None:
        return found  # nothing else can be told of such a plan
    home = phases_in(phases, None)
    found += _of_timeline(home, None, home.keys()) + _of_home(home)
    for market in sorted({one.market for one in phases if one.market}):
        own = {one.kind for one in phases if one.market == market}
        # What lies outside overlaps with much; that it does is no news then.
        found += _of_market(phases, home, market) or _of_timeline(phases_in(phases, market), market, own)
    return found


def _of_timeline(
    there: Mapping[PhaseKind, PhaseSpan], market: str | None, own: Collection[PhaseKind]
) -> list[PlanProblem]:
    found = []
    ordered = [there[kind] for kind in PhaseKind if kind in there]
    for number, first in enumerate(ordered):
        for second in ordered[number + 1 :]:
            pair = frozenset((first.kind, second.kind))
            if not any(kind in own for kind in pair):
                continue
            if second.starts_at < first.starts_at and not pair <= _WITH_THE_SALE:
                found.append(PlanProblem("order", second.kind, market, other=first.kind))
            elif second.starts_at < first.ends_at and first.starts_at < second.ends_at and pair not in _MAY_OVERLAP:
                starts_at, ends_at = max(first.starts_at, second.starts_at), min(first.ends_at, second.ends_at)
                found.append(PlanProblem("overlap", second.kind, market, first.kind, starts_at, ends_at))
    opening, sale = there.get(PhaseKind.OPENING), there[PhaseKind.SALE]
    if opening and (opening.starts_at != sale.starts_at or opening.ends_at > sale.ends_at):
        found.append(PlanProblem("opening-apart", PhaseKind.OPENING, market, other=PhaseKind.SALE))
    return found


def _of_home(there: Mapping[PhaseKind, PhaseSpan]) -> list[PlanProblem]:
    found = []
    ordered = sorted(there.values(), key=lambda one: one.starts_at)
    until = ordered[0]
    for one in ordered[1:]:
        if one.starts_at > until.ends_at:
            found.append(PlanProblem("gap", one.kind, None, until.kind, until.ends_at, one.starts_at))
        until = max(until, one, key=lambda phase: phase.ends_at)
    sale = there[PhaseKind.SALE]
    gala, presale, balance = (there.get(kind) for kind in (PhaseKind.GALA, PhaseKind.PRESALE, PhaseKind.BALANCE))
    if gala and gala.ends_at != sale.starts_at:
        found.append(PlanProblem("gala-end", PhaseKind.GALA, other=PhaseKind.SALE))
    if balance and balance.starts_at != sale.starts_at:
        found.append(PlanProblem("balance-apart", PhaseKind.BALANCE, other=PhaseKind.SALE))
    if presale and not balance:
        found.append(PlanProblem("presale-without-balance", PhaseKind.PRESALE))
    if balance and not presale:
        found.append(PlanProblem("balance-without-presale", PhaseKind.BALANCE))
    return found


def _of_market(phases: Sequence[PhaseSpan], home: Mapping[PhaseKind, PhaseSpan], market: str) -> list[PlanProblem]:
    starts_at, ends_at = min(one.starts_at for one in home.values()), max(one.ends_at for one in home.values())
    found = []
    for one in phases:
        if one.market != market:
            continue
        if one.starts_at < starts_at or one.ends_at > ends_at:
            found.append(PlanProblem("outside", one.kind, market, None, starts_at, ends_at))
        elif one.kind is PhaseKind.SALE and one.starts_at < home[PhaseKind.SALE].starts_at:
            found.append(PlanProblem("before-home", one.kind, market))
    return found
