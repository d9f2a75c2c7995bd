"""Whose turn it is among chores: each at its own pace, and one that fails does not keep the others from their work."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.db import connection

from fairground.kernel.unforeseen import LATER, Unforeseen, outcome_of

logger = logging.getLogger(__name__)

# A chore that never finishes must not keep the others waiting, nor the sale: it pauses this long between two goes.
BREATH_S = 0.05
# What failed for a reason that nobody foresaw, or is in vain now, is left alone for this long; the others go on.
FAILED_PAUSE_S = 60.0
# So often in a row, and the process ends: it is started again, and what is wrong is not only seen in a log.
FAILURES_MAX = 5


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to do again and again. It returns whether there is more to do at once; None where it was in vain."""

    do: Callable[[], bool | None]
    every_s: float


@dataclass(slots=True)
class Failures:
    """How often something failed in a row for a reason that nobody foresaw."""

    name: str
    in_a_row: int = 0

    def attempt(self, do: Callable[[], bool | None]) -> bool | None:
        """Do it, and return what it says; None where it failed. A database that is away is no failure of its own.

        :raises Exception: what it raised, when it failed for the `FAILURES_MAX`-th time in a row
        """
        try:
            more = outcome_of(do)
        except LATER as error:
            logger.warning("%s: %s", self.name, str(error).strip())
            connection.close()
            return False
        if isinstance(more, Unforeseen):  # it must not end everybody's work, again at every start
            self.in_a_row += 1
            logger.error("%s failed %s times in a row", self.name, self.in_a_row, exc_info=more.error)
            connection.close()
            if self.in_a_row >= FAILURES_MAX:
                raise more.error
            return None
        self.in_a_row = 0
        return more


@dataclass(slots=True)
class Rota:
    """Chores, and when each is due by `clock_s` (monotonic seconds); at first all of them, in their order."""

    chores: Sequence[Chore]
    clock_s: Callable[[], float] = time.monotonic
    due_at: dict[Chore, float] = field(init=False)
    failures: dict[Chore, Failures] = field(init=False)

    def __post_init__(self) -> None:
        """Let every chore be due."""
        self.due_at = dict.fromkeys(self.chores, 0.0)
        self.failures = {chore: Failures(getattr(chore.do, "__name__", "chore")) for chore in self.chores}

    def pause_s(self) -> float:
        """Return how long nothing is due, a breath at least."""
        return max(BREATH_S, min(self.due_at.values()) - self.clock_s())

    def do_next(self) -> None:
        """Do the chore that is due first, and let it be due again; later than usual where it failed or was in vain."""
        chore = min(self.due_at, key=lambda one: self.due_at[one])
        more = self.failures[chore].attempt(chore.do)
        rest_s = BREATH_S if more else chore.every_s
        self.due_at[chore] = self.clock_s() + (max(rest_s, FAILED_PAUSE_S) if more is None else rest_s)

    def run(self, *, stopping: threading.Event) -> None:
        """Do chores as they are due, until `stopping` is set."""
        while not stopping.wait(self.pause_s()):
            self.do_next()
