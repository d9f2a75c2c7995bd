"""The phases of a festival: when each lies, what happened at its edges, what the festival lacks; and their times."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from fairground.festivals.phase_edits import edit_phases
from fairground.festivals.phase_plan import Edge, PhaseKind, PhaseSpan, moment_of, phase_at, wall_of
from fairground.festivals.phase_rows import PhasesRefused, read_phases
from fairground.festivals.queries import FestivalSeen, festivals_seen
from fairground.festivals.transitions import TransitionFacts, transitions_of
from fairground.inventory.readiness import festival_readiness
from fairground.kernel.edits import edit_turn
from fairground.kernel.ids import LANES
from fairground.kernel.refusal import Refusal
from fairground.markets.queries import market_facts
from fairground.sites.back_office.shown import FIELD, ChangedSince
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.words import by_request, refusal_text
from fairground.sites.festival_words import (
    PHASES,
    clock_text,
    edge_text,
    lacks_of,
    outcome_text,
    problem_text,
)
from fairground.sites.languages import catalogue_language, in_language


@dataclass(frozen=True, slots=True)
class EdgeShown:
    """An edge of a phase: its moment by the clocks of the phase's zone and in UTC; `field` is empty where it stays."""

    name: str
    local: str
    utc: str
    typed: str
    field: str


@dataclass(frozen=True, slots=True)
class PhaseShown:
    """A phase as a row of the page."""

    name: str
    market: str
    zone: str
    edges: tuple[EdgeShown, ...]
    state: str


@dataclass(frozen=True, slots=True)
class TransitionShown:
    """What an edge set off: when it was done, or that it is not, and what came of it."""

    name: str
    market: str
    due: str
    done: str
    outcome: str


@require_http_methods(["GET", "HEAD", "POST"])
def phases(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a festival's phases, or write their times and say what came of it."""
    require(request, "festivals.view_festival")
    festival = next((one for one in festivals_seen() if one.slug == slug), None)
    if festival is None:
        raise Http404
    if request.method == "POST":
        require(request, "festivals.change_festival")
        _write(request, festival)
        return HttpResponseRedirect(request.get_full_path())
    user: Any = request.user
    there, now = read_phases(festival=slug), datetime.now(UTC)
    rows = _rows(there, festival, now, may_write=user.has_perm("festivals.change_festival"))
    running = phase_at(there, market=None, now=now)
    context = {
        "title": gettext("Phases: %(festival)s")
        % {"festival": in_language(festival.name, catalogue_language()) or festival.slug},
        "festival": festival,
        "running": PHASES[running.kind] if running else "",
        "rows": rows,
        "may_write": any(edge.field for row in rows for edge in row.edges),
        "transitions": [_transition(one, festival.zone) for one in transitions_of(festival=slug)],
        "problems": [one.text for one in lacks_of(festival_readiness(festival=slug), zone=festival.zone)],
        FIELD: _digest(there),
    }
    return show_page(request, "back_office/phases.html", context)


def _write(request: HttpRequest, festival: FestivalSeen) -> None:
    try:
        # Compared under the turn that the action takes, too: nobody changes them between.
        with edit_turn(lanes=range(LANES), now=datetime.now(UTC)):
            there = read_phases(festival=festival.slug)
            if request.POST.get(FIELD) != _digest(there):
                raise ChangedSince
            wanted = [_typed(one, festival.zone, request.POST) for one in there]
            changed = edit_phases(slug=festival.slug, phases=wanted, by=by_request(request))
    except PhasesRefused as refusal:
        found = refusal.facts["problems"]
        assert isinstance(found, tuple), found
        for problem in found:
            messages.error(request, problem_text(problem, zone=festival.zone))
    except Refusal as refusal:
        messages.error(request, refusal_text(refusal))
    except (ValueError, OverflowError):
        messages.error(request, gettext("A moment has a date and a time. Nothing changed."))
    else:
        messages.success(request, gettext("The phases are changed.") if changed else gettext("Nothing changed."))


def _typed(phase: PhaseSpan, zone: str, typed: Mapping[str, Any]) -> PhaseSpan:
    """Return a phase as it was typed; a moment that is sent back as it was shown is the one that it was."""
    clocks, moments = _zone_of(phase, zone), {}
    for edge in Edge:
        was = phase.at(edge)
        text = str(typed.get(_field(phase, edge), _typed_text(was, clocks)))
        moments[edge] = was if text == _typed_text(was, clocks) else moment_of(_wall(text), clocks)
    return replace(phase, starts_at=moments[Edge.BEGINS], ends_at=moments[Edge.ENDS])


def _wall(text: str) -> datetime:
    wall = datetime.fromisoformat(text)
    if wall.tzinfo is not None:
        raise ValueError(text)
    return wall


def _rows(there: Sequence[PhaseSpan], festival: FestivalSeen, now: datetime, *, may_write: bool) -> list[PhaseShown]:
    rows = []
    for one in there:
        # The festival's own sale is its opening and closing, which the festival's page moves with the deals.
        stays = not may_write or (one.kind is PhaseKind.SALE and one.market is None)
        zone = _zone_of(one, festival.zone)
        edges = tuple(
            EdgeShown(
                name=edge_text(one.kind, edge),
                local=clock_text(one.at(edge), zone),
                utc=clock_text(one.at(edge), "UTC"),
                typed=_typed_text(one.at(edge), zone),
                field="" if stays or one.at(edge) <= now else _field(one, edge),
            )
            for edge in Edge
        )
        rows.append(PhaseShown(str(PHASES[one.kind]), one.market or "", zone, edges, _state(one, now)))
    return rows


def _state(phase: PhaseSpan, now: datetime) -> str:
    if now < phase.starts_at:
        return gettext("to come")
    return gettext("now") if now < phase.ends_at else gettext("over")


def _transition(one: TransitionFacts, zone: str) -> TransitionShown:
    return TransitionShown(
        name=edge_text(one.kind, one.edge),
        market=one.market or "",
        due=clock_text(one.due_at, zone),
        done=clock_text(one.done_at, zone) if one.done_at else "",
        outcome=outcome_text(one.facts),
    )


def _zone_of(phase: PhaseSpan, zone: str) -> str:
    if phase.market is None:
        return zone
    return next((one.time_zone for one in market_facts() if one.code == phase.market), zone)


def _field(phase: PhaseSpan, edge: Edge) -> str:
    return f"{phase.kind.word}_{phase.market or 'home'}_{edge.name.lower()}"


def _typed_text(moment: datetime, zone: str) -> str:
    return wall_of(moment, zone).isoformat(timespec="seconds")


def _digest(there: Sequence[PhaseSpan]) -> str:
    return hashlib.sha256(repr(there).encode()).hexdigest()
