"""The calendar of a rehearsed festival: phases seconds apart, moved as an operator moves them, and their edges awaited.

There is no other clock: phases lie in the real time of the shop, and the background program does what is due.
"""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from fairground.festivals.actions import create_festival, edit_festival
from fairground.festivals.phase_plan import Edge, PhaseKind, PhaseSpan
from fairground.festivals.phase_rows import read_phases
from fairground.festivals.rules import FestivalRecord, HallRecord, Period
from fairground.festivals.transitions import transitions_of
from fairground.kernel.edits import By
from fairground.markets.queries import reference_rates

SLUG = "rehearsed-fair"
NAME = {"en": "Rehearsed Fair"}
HALLS = (HallRecord("east", {"en": "East hall"}), HallRecord("west", {"en": "West hall"}))
# One after the other before the opening; the others lie around the sale.
_BEFORE = (PhaseKind.ANNOUNCEMENT, PhaseKind.ENROLMENT, PhaseKind.WARM_UP, PhaseKind.PRESALE, PhaseKind.GALA)
# The program looks once a second, and at one thing after the other; past this it does not run.
EDGE_WAITED_S = 60.0
_LOOK_EVERY_S = 0.1
# On a slow machine a step of an act takes some seconds.
NEAR_S = 15.0
# Less is not worth moving a festival for.
_MOVED_S_MIN = 0.2


class EdgeMissedError(Exception):
    """What an edge of a phase sets off was not done in time by the background program."""


class Calendar:
    """The one festival that is rehearsed."""

    def __init__(self, *, lengths_s: Mapping[PhaseKind, float], now: datetime) -> None:
        self._phases = _phases(lengths_s, now)
        sale = self._phases[PhaseKind.SALE]
        record = FestivalRecord(SLUG, NAME, "Asia/Shanghai", "EUR", HALLS)
        create_festival(
            record=record,
            opens_at=sale.starts_at,
            closes_at=sale.ends_at,
            rates=reference_rates(),
            phases=list(self._phases.values()),
        )

    def at(self, kind: PhaseKind, edge: Edge) -> datetime:
        """Return the moment of an edge."""
        return self._phases[kind].at(edge)

    def period(self, kind: PhaseKind) -> Period:
        """Return from when until when a phase lasts."""
        return Period(self._phases[kind].starts_at, self._phases[kind].ends_at)

    def move(self, kind: PhaseKind, edge: Edge, *, in_s: float) -> None:
        """Move the whole festival so that an edge lies so many seconds from now, as `fairground festival shift` does.

        Presales that were placed keep the windows they were promised, so it is only done before.
        """
        now = datetime.now(UTC)
        shift = now + timedelta(seconds=in_s) - self.at(kind, edge)
        if abs(shift.total_seconds()) < _MOVED_S_MIN:
            return
        sale = self.period(PhaseKind.SALE)
        wanted = Period(sale.opens_at + shift, sale.closes_at + shift)
        edit_festival(slug=SLUG, name=NAME, period=wanted, by=By(user_id=None, now=now))
        self._phases = {one.kind: one for one in read_phases(festival=SLUG)}

    def hold_off(self, kind: PhaseKind, edge: Edge) -> None:
        """Put the festival off if an edge is so near that what comes before it might not be done in time."""
        if (self.at(kind, edge) - datetime.now(UTC)).total_seconds() < NEAR_S:
            self.move(kind, edge, in_s=2 * NEAR_S)

    def wait_for(self, kind: PhaseKind, edge: Edge) -> None:
        """Return at the moment of an edge, whatever it sets off."""
        sleep_until(self.at(kind, edge))

    def wait_until_done(self, kind: PhaseKind, edge: Edge) -> None:
        """Return once an edge has come and what it sets off is done.

        :raises EdgeMissedError: the program did not do it within `EDGE_WAITED_S`
        """
        self.wait_for(kind, edge)
        give_up_at = time.monotonic() + EDGE_WAITED_S
        while not any(
            (one.kind, one.edge) == (kind, edge) and one.done_at is not None for one in transitions_of(festival=SLUG)
        ):
            if time.monotonic() > give_up_at:
                raise EdgeMissedError(f"the {edge.name.lower()} of {kind.word} was not acted upon")
            time.sleep(_LOOK_EVERY_S)


def sleep_until(moment: datetime) -> None:
    """Return at a moment, or at once if it is past."""
    time.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))


def _phases(lengths_s: Mapping[PhaseKind, float], now: datetime) -> dict[PhaseKind, PhaseSpan]:
    def later(moment: datetime, kind: PhaseKind) -> PhaseSpan:
        return PhaseSpan(kind, moment, moment + timedelta(seconds=lengths_s[kind]))

    spans: dict[PhaseKind, PhaseSpan] = {}
    at = now
    for kind in _BEFORE:
        spans[kind] = later(at, kind)
        at = spans[kind].ends_at
    for kind in (PhaseKind.OPENING, PhaseKind.SALE, PhaseKind.BALANCE):
        spans[kind] = later(at, kind)
    spans[PhaseKind.AFTER_SALE] = later(spans[PhaseKind.SALE].ends_at, PhaseKind.AFTER_SALE)
    return spans
