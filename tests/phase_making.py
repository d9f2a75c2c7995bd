"""Festivals with all their phases for tests."""

from datetime import datetime
from itertools import chain

from fairground.festivals.models import Festival, Phase
from fairground.festivals.phase_plan import PhaseSpan, PlanLengths, plan_phases
from fairground.festivals.phase_rows import write_phases
from fairground.festivals.rules import Period


def give_phases(
    *, festival: str = "fair", zone: str = "UTC", own_zones: dict[str, str] | None = None, **lengths: int
) -> tuple[PhaseSpan, ...]:
    """Give a festival the phases that lengths make around its opening, and return them."""
    there = Festival.objects.get(slug=festival)
    phases = plan_phases(
        opens_at=there.opens_at,
        closes_at=there.closes_at,
        zone=zone,
        lengths=PlanLengths(**lengths),
        own_zones=own_zones,
    )
    write_phases(festival=festival, phases=phases, period=Period(there.opens_at, there.closes_at))
    return phases


def moments_of(festival: str = "fair") -> set[datetime]:
    """Return every moment at which a phase of a festival begins or ends."""
    return set(chain.from_iterable(Phase.objects.filter(festival=festival).values_list("starts_at", "ends_at")))
