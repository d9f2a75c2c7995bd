"""What the beginnings and ends of phases set off: which are due, who does one, and what came of it (INV-18)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from fairground.festivals.models import Phase, Transition
from fairground.festivals.phase_plan import Edge, PhaseKind, PhaseSpan
from fairground.kernel.sql import load_sql

# What failed is tried again after this time. Nobody else takes it up before that, so it is also how long whoever took
# it has for it; if it takes longer, another process may begin it too, which must do no harm.
TRY_AGAIN_AFTER = timedelta(seconds=60)
# More than ever come at once; after a long outage the next second takes the rest.
EDGES_A_PASS_MAX = 100


@dataclass(frozen=True, slots=True)
class PhaseEdge:
    """The beginning or end of a phase of a festival (in a market, where it has one of its own), and when it is due."""

    festival: str
    kind: PhaseKind
    edge: Edge
    market: str | None
    due_at: datetime


@dataclass(frozen=True, slots=True)
class TransitionFacts:
    """What became of an edge; `done_at` None: it was tried and is not done, and `facts` say why."""

    kind: PhaseKind
    edge: Edge
    market: str | None
    due_at: datetime
    tried_at: datetime
    done_at: datetime | None
    facts: Mapping[str, object]


def due_edges(*, now: datetime) -> list[PhaseEdge]:
    """Return the edges that are due and not done, in order of time, without those that somebody tried a moment ago."""
    asked: dict[str, datetime | int] = {
        "now": now,
        "tried_before": now - TRY_AGAIN_AFTER,
        "edges_max": EDGES_A_PASS_MAX,
    }
    with connection.cursor() as cursor:
        cursor.execute(load_sql("festivals", "due_edges"), asked)
        rows = cursor.fetchall()
    return [
        PhaseEdge(festival, PhaseKind(kind), Edge(edge), market, due_at)
        for festival, kind, edge, market, due_at in rows
    ]


def claim_edge(*, edge: PhaseEdge, now: datetime) -> bool:
    """Take up what an edge sets off, and return whether it is the caller's now; part of the caller's transaction.

    The phase's row is locked, so of several who try at once one gets it. It is nobody's if the phase was moved
    meanwhile and is not due any more, if it is done, or if somebody tried it within `TRY_AGAIN_AFTER`.
    """
    assert connection.in_atomic_block, "who takes it up holds the phase's row"
    phase = Phase.objects.select_for_update().filter(festival=edge.festival, kind=edge.kind, market=edge.market).first()
    if phase is None:
        return False
    due_at = PhaseSpan(edge.kind, phase.starts_at, phase.ends_at).at(edge.edge)
    if due_at > now:
        return False
    row, is_new = Transition.objects.get_or_create(
        festival_id=edge.festival,
        kind=edge.kind,
        edge=edge.edge,
        market_id=edge.market,
        defaults={"due_at": due_at, "tried_at": now},
    )
    if is_new:
        return True
    if row.done_at is not None or row.tried_at > now - TRY_AGAIN_AFTER:
        return False
    Transition.objects.filter(pk=row.pk).update(due_at=due_at, tried_at=now)
    return True


def finish_edge(*, edge: PhaseEdge, now: datetime, facts: Mapping[str, object], is_done: bool = True) -> bool:
    """Write down what came of an edge, and that it is done or not yet; return whether it was not done till now."""
    with transaction.atomic():
        row = Transition.objects.filter(
            festival=edge.festival, kind=edge.kind, edge=edge.edge, market=edge.market, done_at=None
        )
        return bool(row.update(done_at=now if is_done else None, facts=dict(facts)))


def transitions_of(*, festival: str) -> list[TransitionFacts]:
    """Return what the edges of a festival's phases set off so far, in order of time."""
    rows = Transition.objects.filter(festival=festival).order_by("due_at", "-edge", "kind", "market_id")
    return [
        TransitionFacts(
            kind=PhaseKind(row.kind),
            edge=Edge(row.edge),
            market=row.market_id,
            due_at=row.due_at,
            tried_at=row.tried_at,
            done_at=row.done_at,
            facts=row.facts,
        )
        for row in rows
    ]
