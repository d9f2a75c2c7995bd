"""A festival on the terminal and as JSON: its phases, what comes next, what it lacks, and two of them by minute."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from fairground.dashboard.minutes import Compared
from fairground.dashboard.queries import FestivalFacts
from fairground.festivals.actions import FestivalExists, TimesRefused
from fairground.festivals.phase_plan import Edge, PhaseSpan, phases_in
from fairground.festivals.phase_rows import PhasesRefused, read_phases
from fairground.festivals.queries import FestivalSeen
from fairground.festivals.transitions import TransitionFacts, transitions_of
from fairground.inventory.readiness import Readiness, festival_readiness
from fairground.kernel.edits import ShopBusy
from fairground.kernel.money import decimal_text
from fairground.markets.queries import market_facts
from fairground.sites.festival_words import PHASES, clock_text, edge_text, lacks_of, outcome_text, problem_text

# The table of phases with the clocks of a market beside those of the home.
WIDTH_MIN = 110

_TIMES = {
    "opened": "it has opened: shoppers, orders and figures go by its opening",
    "past": "it has to open in the future",
    "order": "it has to close after it opens",
    "deal-later": "a deal of it would open after it closes",
}


@dataclass(frozen=True, slots=True)
class FestivalShown:
    """A festival with all that `show` tells of it. `zones` has the clocks of markets by code."""

    festival: FestivalSeen
    phases: tuple[PhaseSpan, ...]
    transitions: list[TransitionFacts]
    readiness: Readiness
    zones: Mapping[str, str]
    now: datetime

    @classmethod
    def of(cls, festival: FestivalSeen, *, now: datetime) -> "FestivalShown":
        """Return what there is to tell of a festival."""
        return cls(
            festival=festival,
            phases=read_phases(festival=festival.slug),
            transitions=transitions_of(festival=festival.slug),
            readiness=festival_readiness(festival=festival.slug),
            zones={market.code: market.time_zone for market in market_facts()},
            now=now,
        )

    def next_edge(self) -> tuple[PhaseSpan, Edge] | None:
        """Return what comes next by the plan."""
        coming = [(one, edge) for one in self.phases for edge in Edge if one.at(edge) > self.now]
        return min(coming, key=lambda pair: (pair[0].at(pair[1]), -pair[1], pair[0].kind), default=None)

    def to_json(self) -> dict[str, Any]:
        """Return all of it as what JSON can hold; moments in UTC, and by the clocks of each phase's zone."""
        festival, coming = self.festival, self.next_edge()
        return {
            "slug": festival.slug,
            "name": dict(festival.name),
            "zone": festival.zone,
            "currency": festival.currency,
            "opens_at": festival.opens_at.isoformat(),
            "closes_at": festival.closes_at.isoformat(),
            "previous": festival.previous,
            "phases": [self._phase_json(one) for one in self.phases],
            "transitions": [_transition_json(one) for one in self.transitions],
            "next": _edge_json(*coming) if coming else None,
            "problems": problems_json(self.readiness, zone=festival.zone),
        }

    def _phase_json(self, phase: PhaseSpan) -> dict[str, Any]:
        zone = self.zones.get(phase.market or "", self.festival.zone)
        return {
            "kind": phase.kind.word,
            "market": phase.market,
            "starts_at": phase.starts_at.isoformat(),
            "ends_at": phase.ends_at.isoformat(),
            "zone": zone,
            "starts_local": clock_text(phase.starts_at, zone),
            "ends_local": clock_text(phase.ends_at, zone),
        }


def _transition_json(one: TransitionFacts) -> dict[str, Any]:
    return {
        "kind": one.kind.word,
        "edge": one.edge.name.lower(),
        "market": one.market,
        "due_at": one.due_at.isoformat(),
        "tried_at": one.tried_at.isoformat(),
        "done_at": one.done_at.isoformat() if one.done_at else None,
        "facts": dict(one.facts),
    }


def _edge_json(phase: PhaseSpan, edge: Edge) -> dict[str, Any]:
    at = phase.at(edge).isoformat()
    return {"kind": phase.kind.word, "edge": edge.name.lower(), "market": phase.market, "at": at}


def _console() -> Console:
    """A table that is wider than the terminal is cut by the terminal, not into pieces of words."""
    console = Console(file=sys.stdout, highlight=False)
    return Console(file=sys.stdout, highlight=False, width=max(console.width, WIDTH_MIN))


def print_festival(shown: FestivalShown, *, market: str | None) -> None:
    """Print a festival: its phases (in `market` by its clocks too), what is done, what comes next, what it lacks."""
    console, festival = _console(), shown.festival
    console.print(f"{festival.slug}: home zone {festival.zone}, {festival.currency}", markup=False)
    console.print(_phase_table(shown, market))
    for one in shown.transitions:
        outcome, where = outcome_text(one.facts), f" ({one.market})" if one.market else ""
        if one.done_at is None or outcome:
            state = f"done {clock_text(one.done_at, festival.zone)}" if one.done_at else "NOT DONE"
            console.print(f"{edge_text(one.kind, one.edge)}{where}: {state}; {outcome}", markup=False)
    coming = shown.next_edge()
    if coming:
        phase, edge = coming
        where = f" in {phase.market}" if phase.market else ""
        at = clock_text(phase.at(edge), festival.zone)
        console.print(f"Next: {edge_text(phase.kind, edge)}{where}, {at} ({festival.zone})", markup=False)
    print_problems(shown.readiness, zone=festival.zone)


def _phase_table(shown: FestivalShown, market: str | None) -> Table:
    own = any(one.market for one in shown.phases)
    table, home = Table(box=None, padding=(0, 1)), shown.festival.zone
    clocks = (f"begins in {market}", "ends") if market else ("by its clocks",) if own else ()
    for heading in ("phase", "market", "begins", "ends", *clocks):
        table.add_column(heading)
    table.add_column("state")
    phases = phases_in(shown.phases, market).values() if market else shown.phases
    done = {(one.kind, one.market, one.edge) for one in shown.transitions if one.done_at}
    for one in sorted(phases, key=lambda phase: (phase.kind, phase.market or "")):
        zone = shown.zones.get(market or one.market or "", home)
        times = [clock_text(one.starts_at, home), clock_text(one.ends_at, home)]
        if market:
            times += [clock_text(one.starts_at, zone), clock_text(one.ends_at, zone)]
        elif own:
            times.append(f"{clock_text(one.starts_at, zone)} {zone}" if one.market else "")
        state = "done" if (one.kind, one.market, Edge.ENDS) in done else ""
        if not state and (one.kind, one.market, Edge.BEGINS) in done:
            state = "now" if one.starts_at <= shown.now < one.ends_at else "begun"
        table.add_row(str(PHASES[one.kind]), one.market or "", *times, state or "to come")
    return table


def problems_json(readiness: Readiness, *, zone: str) -> list[dict[str, str]]:
    """Return what a festival lacks as what JSON can hold."""
    return [asdict(lack) for lack in lacks_of(readiness, zone=zone)]


def print_problems(readiness: Readiness, *, zone: str) -> None:
    """Print what a festival lacks, a line each."""
    console, lacks = _console(), lacks_of(readiness, zone=zone)
    for lack in lacks:
        console.print(f"- {lack.text}", markup=False)
    console.print("Nothing stands in its way." if not lacks else f"{len(lacks)} to mend.")


def compared_json(rows: Sequence[Compared], *, festival: FestivalFacts, before: FestivalFacts) -> dict[str, Any]:
    """Return two festivals by minute as what JSON can hold; amounts in the first one's currency and at its rates."""
    return {
        "festival": festival.slug,
        "before": before.slug,
        "currency": festival.currency,
        "totals": {festival.slug: _sums([one.now for one in rows]), before.slug: _sums([one.before for one in rows])},
        "minutes": [{"minute": one.minute, "now": _sums([one.now]), "before": _sums([one.before])} for one in rows],
    }


def _sums(figures: Sequence[Any]) -> dict[str, int]:
    return {name: sum(getattr(one, name) for one in figures) for name in ("orders", "units", "gmv_minor")}


def print_compared(rows: Sequence[Compared], *, festival: FestivalFacts, before: FestivalFacts, minutes: int) -> None:
    """Print the first so many minutes of two festivals side by side, and the sums of all."""
    console, table = _console(), Table(box=None, padding=(0, 1))
    table.add_column("minute", justify="right")
    for name in ("orders", "units", f"GMV {festival.currency}"):
        table.add_column(name, justify="right")
        table.add_column(before.slug, justify="right", style="dim")
    shown = [(str(one.minute), [one.now], [one.before]) for one in rows if one.minute < minutes]
    for name, now, then in [*shown, ("all", [one.now for one in rows], [one.before for one in rows])]:
        one, other = _sums(now), _sums(then)
        cells = [f"{side[key]:,}" for key in ("orders", "units") for side in (one, other)]
        cells += [decimal_text(side["gmv_minor"], festival.currency) for side in (one, other)]
        table.add_row(name, *cells)
    console.print(table)
    console.print(f"{festival.slug} beside {before.slug}, by minute since the opening; placed, and paid (GMV).")


def in_words(error: Exception, *, zone: str) -> click.ClickException:
    """Return what a refusal, or a description of no festival, means to who typed the command."""
    if isinstance(error, PhasesRefused):
        found = error.facts["problems"]
        assert isinstance(found, tuple), found
        return click.ClickException(" ".join(problem_text(one, zone=zone) for one in found))
    if isinstance(error, TimesRefused):
        return click.ClickException(_TIMES[str(error.facts["why"])])
    if isinstance(error, FestivalExists):
        return click.ClickException(f"there is a festival {error.facts['festival']} already")
    if isinstance(error, ShopBusy):
        return click.ClickException("the sale is busy just now; try again in a moment")
    return click.ClickException(str(error))
