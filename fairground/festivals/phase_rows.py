"""The rows of a festival's phases: read, written, and moved with the festival."""

from collections.abc import Sequence

from fairground.festivals.models import Phase
from fairground.festivals.phase_plan import PhaseKind, PhaseSpan, in_order, moved, sale_of
from fairground.festivals.phase_problems import problems
from fairground.festivals.rules import Period
from fairground.kernel.refusal import Refusal


class PhasesRefused(Refusal):
    """The phases can't lie like that; `problems` lists what is wrong (`phase_problems.PlanProblem`)."""


def read_phases(*, festival: str) -> tuple[PhaseSpan, ...]:
    """Return the phases of a festival by kind, each kind's own first and then by market."""
    rows = Phase.objects.filter(festival=festival).values_list("kind", "starts_at", "ends_at", "market_id")
    return in_order(
        [PhaseSpan(PhaseKind(kind), starts_at, ends_at, market) for kind, starts_at, ends_at, market in rows]
    )


def write_phases(*, festival: str, phases: Sequence[PhaseSpan], period: Period) -> None:
    """Write the phases of a festival that opens and closes then, in place of those it had.

    :raises PhasesRefused: nothing changed
    """
    found = problems(phases)
    if found:
        raise PhasesRefused(problems=tuple(found))
    sale = sale_of(phases)
    assert sale is not None, "a plan without a sale has a problem"
    assert Period(sale.starts_at, sale.ends_at) == period, (sale, period)
    Phase.objects.filter(festival=festival).delete()
    Phase.objects.bulk_create(
        Phase(
            festival_id=festival,
            kind=one.kind,
            market_id=one.market,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
        )
        for one in phases
    )


def move_phases(*, festival: str, was: Period, wanted: Period) -> None:
    """Move the phases with the festival, whose row the caller moves in the same transaction.

    :raises PhasesRefused: the plan would have a problem that it does not have now; nothing changed
    """
    before = read_phases(festival=festival)
    after = moved(before, was=was, wanted=wanted)
    known = {one.code for one in problems(before)}
    found = tuple(one for one in problems(after) if one.code not in known)
    if found:
        raise PhasesRefused(problems=found)
    for old, new in zip(before, after, strict=True):
        Phase.objects.filter(festival=festival, kind=old.kind, market=old.market).update(
            starts_at=new.starts_at, ends_at=new.ends_at
        )
