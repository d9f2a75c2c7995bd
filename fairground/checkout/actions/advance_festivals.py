"""What happens by itself when a phase of a festival begins or ends: once, in order of time, also after an outage."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from fairground.festivals.models import Festival
from fairground.festivals.phase_plan import Edge, PhaseKind
from fairground.festivals.phase_rows import read_phases
from fairground.festivals.transitions import PhaseEdge, claim_edge, due_edges, finish_edge
from fairground.inventory.actions import StockShortForDeals, freeze_deals
from fairground.inventory.leftovers import return_leftovers
from fairground.inventory.queries import deals_short
from fairground.kernel.clock import to_unix_ms

# Of deals that lack units, as many are named as a person would read; all are counted.
DEALS_NAMED_MAX = 20
# Where more lack units, it is as many or more: nobody counts them by hand.
DEALS_SHORT_MAX = 1_000


@dataclass(frozen=True, slots=True)
class EffectOutcome:
    """What came of an effect; where it is not done it is tried again later."""

    is_done: bool
    facts: Mapping[str, object]


# There is nothing to freeze for a sale that has ended.
OVER = EffectOutcome(is_done=True, facts={"skipped": "over"})


def freeze_all(*, festival: str, now: datetime) -> EffectOutcome:
    """Move the units of the festival's deals into rows of their own, or of none: who enrolled can mend it yet."""
    if _is_over(festival, now):
        return OVER
    try:
        frozen = freeze_deals(festival=festival, now_ms=to_unix_ms(now))
    except StockShortForDeals as refusal:
        short = refusal.facts["deals"]
        assert isinstance(short, tuple), short
        return _held_up([deal[0] for deal in short])
    return EffectOutcome(is_done=True, facts={"deals": frozen.deals, "units": frozen.units})


def freeze_the_rest(*, festival: str, now: datetime) -> EffectOutcome:
    """Freeze what is not frozen and can be: what was declared late, and all others where a deal lacks units.

    What still lacks units is tried again, so it sells as soon as there are some.
    """
    if _is_over(festival, now):
        return OVER
    frozen = freeze_deals(festival=festival, now_ms=to_unix_ms(now), leave_short=True)
    facts = {"deals": frozen.deals, "units": frozen.units}
    short = deals_short(festival=festival, deals_max=DEALS_SHORT_MAX)
    return _held_up(short, set_aside=facts) if short else EffectOutcome(is_done=True, facts=facts)


def freeze_at_the_opening(*, festival: str, now: datetime) -> EffectOutcome:
    """Freeze the rest where there was no gala to do it before: nothing else takes time in the opening second."""
    if any(one.kind is PhaseKind.GALA and one.market is None for one in read_phases(festival=festival)):
        return EffectOutcome(is_done=True, facts={})
    return freeze_the_rest(festival=festival, now=now)


def _is_over(festival: str, now: datetime) -> bool:
    return not Festival.objects.filter(slug=festival, closes_at__gt=now).exists()


def _held_up(short: Sequence[int], *, set_aside: Mapping[str, object] | None = None) -> EffectOutcome:
    named = [str(deal_id) for deal_id in short[:DEALS_NAMED_MAX]]
    facts = {"refused": StockShortForDeals.code, "short": len(short), "named": named, **(set_aside or {})}
    return EffectOutcome(is_done=False, facts=facts)


def return_what_is_left(*, festival: str, now: datetime) -> EffectOutcome:
    """Move what deals did not sell back to their SKUs; what is still reserved is waited for."""
    returned = return_leftovers(festival=festival, now=now)
    facts = {"deals": returned.deals, "units": returned.units, "reserved": returned.reserved}
    return EffectOutcome(is_done=returned.reserved == 0, facts=facts)


# What phases set off. Each of these takes turns of its own, a chunk at a time, and may be run again at any point
# without harm; it is marked done when it is complete. Every other edge is only written down.
Effect = Callable[..., EffectOutcome]
EFFECTS: Mapping[tuple[PhaseKind, Edge], Effect] = {
    (PhaseKind.ENROLMENT, Edge.ENDS): freeze_all,
    (PhaseKind.GALA, Edge.BEGINS): freeze_the_rest,
    (PhaseKind.SALE, Edge.BEGINS): freeze_at_the_opening,
    (PhaseKind.SALE, Edge.ENDS): return_what_is_left,
    # Orders that were cancelled since gave units back to their deals.
    (PhaseKind.AFTER_SALE, Edge.ENDS): return_what_is_left,
}
# The same of phases that a market has of its own: what is left of a deal goes back when it is over everywhere.
EFFECTS_IN_MARKETS: Mapping[tuple[PhaseKind, Edge], Effect] = {
    (PhaseKind.SALE, Edge.ENDS): return_what_is_left,
}


def advance_festivals(*, now: datetime) -> int:
    """Do what is due by the phases of all festivals, in order of time, and return how many edges are done with.

    Several processes may call it at once: each edge is one's (INV-18). One that fails is tried again later, and those
    after it go on.
    """
    return sum(_pass_edge(edge, now) for edge in due_edges(now=now))


def _pass_edge(edge: PhaseEdge, now: datetime) -> bool:
    effect = (EFFECTS if edge.market is None else EFFECTS_IN_MARKETS).get((edge.kind, edge.edge))
    with transaction.atomic(durable=True):
        if not claim_edge(edge=edge, now=now):
            return False
        if effect is None:
            return finish_edge(edge=edge, now=now, facts={})
    outcome = effect(festival=edge.festival, now=now)
    finish_edge(edge=edge, now=now, facts=outcome.facts, is_done=outcome.is_done)
    return outcome.is_done
