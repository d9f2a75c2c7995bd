"""What the phases of a festival are called, what happened at their edges, and what a festival lacks, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from fairground.festivals.phase_plan import Edge, PhaseKind, wall_of
from fairground.festivals.phase_problems import PlanProblem
from fairground.inventory.readiness import DEALS_LISTED_MAX, Readiness

# As many deals are named as a person looks up; the others are counted.
_NAMED_MAX = 5

PHASES: dict[PhaseKind, Any] = {
    PhaseKind.ANNOUNCEMENT: _("Announcement"),
    PhaseKind.ENROLMENT: _("Enrolment"),
    PhaseKind.WARM_UP: _("Warm-up"),
    PhaseKind.PRESALE: _("Presale"),
    PhaseKind.GALA: _("Gala"),
    PhaseKind.OPENING: _("Opening"),
    PhaseKind.SALE: _("Sale"),
    PhaseKind.BALANCE: _("Balance window"),
    PhaseKind.AFTER_SALE: _("After-sale"),
}
_EDGES: dict[Edge, Any] = {Edge.BEGINS: _("%(phase)s begins"), Edge.ENDS: _("%(phase)s ends")}
_PROBLEMS: dict[str, Any] = {
    "no-sale": _("There is no sale."),
    "twice": _("%(phase)s is there twice."),
    "never": _("%(phase)s ends before it begins."),
    "overlap": _("%(phase)s and %(other)s are on at once, from %(starts)s to %(ends)s."),
    "gap": _("Nothing is on from %(starts)s to %(ends)s, between %(other)s and %(phase)s."),
    "order": _("%(phase)s begins before %(other)s."),
    "gala-end": _("The gala does not end at the opening."),
    "opening-apart": _("The opening does not begin with the sale, or ends after it."),
    "balance-apart": _("Balances do not open in the same second as the sale."),
    "presale-without-balance": _("There is a presale, and no window in which its balances are paid."),
    "balance-without-presale": _("Balances can be paid, and there is no presale."),
    "outside": _("%(phase)s leaves the festival, which lasts from %(starts)s to %(ends)s."),
    "before-home": _("The sale begins before that of the festival."),
}


def edge_text(kind: PhaseKind, edge: Edge) -> str:
    """Return what happens at an edge: Gala begins."""
    return str(_EDGES[edge]) % {"phase": PHASES[kind]}


def clock_text(moment: datetime, zone: str) -> str:
    """Return a moment by the clocks of a zone as tables have it in every language: 2026-11-11 00:00."""
    return f"{wall_of(moment, zone):%Y-%m-%d %H:%M}"


def problem_text(problem: PlanProblem, *, zone: str) -> str:
    """Return what is wrong with a plan; moments are by the clocks of `zone`."""
    text = str(_PROBLEMS[problem.code]) % {
        "phase": PHASES[problem.kind],
        "other": PHASES[problem.other] if problem.other else "",
        "starts": clock_text(problem.starts_at, zone) if problem.starts_at else "",
        "ends": clock_text(problem.ends_at, zone) if problem.ends_at else "",
    }
    return f"{problem.market}: {text}" if problem.market else text


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that stands in the way of an opening: a code for programs, a sentence for people."""

    code: str
    text: str


def lacks_of(readiness: Readiness, *, zone: str) -> list[Lack]:
    """Return everything that a festival lacks; moments are by the clocks of `zone`."""
    lacks = [Lack(one.code, problem_text(one, zone=zone)) for one in readiness.problems]
    short, unpriced = readiness.deals_short, readiness.deals_unpriced
    if short:
        words = ngettext(
            "%(n)s deal promises more units than there are: %(named)s",
            "%(n)s deals promise more units than there are: %(named)s",
            len(short),
        )
        lacks.append(Lack("deals-short", words % {"n": _count(short), "named": _named(short)}))
    if unpriced:
        words = ngettext(
            "%(n)s deal has no price in any market: %(named)s",
            "%(n)s deals have no price in any market: %(named)s",
            len(unpriced),
        )
        lacks.append(Lack("deals-unpriced", words % {"n": _count(unpriced), "named": _named(unpriced)}))
    for hall in readiness.halls_empty:
        lacks.append(Lack("hall-empty", gettext("The hall %(hall)s has no deals.") % {"hall": hall}))
    return lacks


def _count(deals: tuple[int, ...]) -> str:
    return f"{len(deals)}+" if len(deals) == DEALS_LISTED_MAX else str(len(deals))


def _named(deals: tuple[int, ...]) -> str:
    return ", ".join(map(str, deals[:_NAMED_MAX])) + (", …" if len(deals) > _NAMED_MAX else "")


def outcome_text(facts: Mapping[str, Any]) -> str:
    """Return what came of an edge, by the facts that its transition keeps; empty where there is nothing to tell."""
    if facts.get("refused"):
        words = ngettext(
            "%(short)s deal promises more units than are free, which is tried again every minute",
            "%(short)s deals promise more units than are free, which is tried again every minute",
            facts["short"],
        )
        others = gettext("%(units)s units of %(deals)s deals were set aside") if "units" in facts else ""
        return "; ".join(part % facts for part in (words, others or gettext("none was set aside")))
    if facts.get("skipped"):
        return gettext("the festival was over")
    if facts.get("units") == 0 and not facts.get("reserved"):
        return gettext("there was nothing to move")
    if "reserved" in facts:
        words = gettext("%(units)s units of %(deals)s deals went back to their SKUs")
        waits = gettext("%(reserved)s units wait for a payment") if facts["reserved"] else ""
        return "; ".join(part % facts for part in (words, waits) if part)
    if "units" in facts:
        return gettext("%(units)s units of %(deals)s deals were set aside") % facts
    return ""
