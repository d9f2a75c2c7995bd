"""An opening with a thousand live screens open, and one with none: what the screens cost, and how old they are."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.db import connection

from bench.records import Goal, Result
from bench.rush import Rush, rush
from bench.stage import Stage, running_stage
from bench.telling import say

HERE = Path(__file__).parent
VISIT_EVERY_S = 0.05
# What the last batch wrote is on the screens within two polls.
LAST_LOOK_S = 2.0


@dataclass(slots=True)
class _Seen:
    """What visitors saw of the front page (`page_visitor`) and of the screens (`stream_readers`)."""

    visits: list[tuple[float, int]] = field(default_factory=list)
    shown: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass(slots=True)
class _Side:
    """The openings of one kind."""

    rushes: list[Rush] = field(default_factory=list)
    visits: list[tuple[float, int]] = field(default_factory=list)
    ages_ms: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, object]:
        best = max(self.rushes, key=lambda one: one.orders_per_s)
        return best.figures() | {
            "orders_per_s_all": [round(one.orders_per_s) for one in self.rushes],
            "page_visits": len(self.visits),
            "page_failures": self.page_failures,
            "page_ms_p50": self.page_ms(0.50),
            "page_ms_p99": self.page_ms(0.99),
        }

    def page_ms(self, share: float) -> float:
        return quantile([ms for ms, _ in self.visits], share)

    @property
    def page_failures(self) -> int:
        return sum(1 for _, status in self.visits if status != HTTPStatus.OK)

    @property
    def best_per_s(self) -> float:
        return max(one.orders_per_s for one in self.rushes)


def run_streams(*, quick: bool) -> Result:
    """Open the festival without screens and with them, in turns, each time in a new realm."""
    orders, seconds, readers, rounds = (2000, 0.5, 50, 1) if quick else (80_000, 11.0, 1000, 2)
    sides = {0: _Side(), readers: _Side()}
    for count in [*sides] * rounds:
        say(f"opening with {count:,} live screens")
        seen = _Seen()
        with running_stage() as stage:
            done = rush(stage, orders=orders, seconds=seconds, seed=14, meanwhile=partial(_watched, stage, count, seen))
            sides[count].ages_ms += _ages_ms(done, seen)
        sides[count].rushes.append(done)
        sides[count].visits += seen.visits
    return _result(sides[0], sides[readers], readers)


def quantile(values: list[float], share: float) -> float:
    """Return the value below which this share of the values lies."""
    return round(sorted(values)[min(len(values) - 1, int(len(values) * share))], 1)


@contextmanager
def _watched(stage: Stage, readers: int, seen: _Seen) -> Iterator[None]:
    with ExitStack() as programs:
        seen.visits = programs.enter_context(_program("page_visitor.py", stage.port, VISIT_EVERY_S))
        if readers:
            seen.shown = programs.enter_context(_program("stream_readers.py", stage.port, readers))
        yield
        time.sleep(LAST_LOOK_S)


@contextmanager
def _program(name: str, *arguments: float) -> Iterator[list[Any]]:
    """Run one of the programs beside this file; the list is filled with what it found once the block is left."""
    argv = [sys.executable, str(HERE / name), *map(str, arguments)]
    found: list[Any] = []
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        try:
            assert program.stdout.readline() == "ready\n", f"{name} did not start; why stands above"
            yield found
            found += json.loads(program.communicate()[0])
        finally:
            program.kill()


def _ages_ms(done: Rush, seen: _Seen) -> list[float]:
    """For each message on each screen: how old the oldest order was that it was the first to show.

    An order's age counts from its commit, which is known by the first answer that told of its batch; orders of a batch
    have one moment.
    """
    told_ms: dict[int, int] = {}
    for call in done.answers.accepted:
        told_ms[int(json.loads(call.body)["purchase"])] = call.answered_at_ms
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT placed_at, purchase_id FROM orders_order WHERE placed_at >= %s ORDER BY placed_at",
            [done.opens_at],
        )
        placed = cursor.fetchall()
    committed_ms: dict[datetime, int] = {}
    for batch, purchase_id in placed:
        at_ms = told_ms[purchase_id]
        committed_ms[batch] = min(at_ms, committed_ms.get(batch, at_ms))
    before: dict[int, int] = {}
    ages = []
    for reader, received_ms, orders in seen.shown:
        ages.append(float(received_ms - committed_ms[placed[before.get(reader, 0)][0]]))
        before[reader] = orders
    behind = [reader for reader, orders in before.items() if orders != len(placed)]
    assert not behind, f"{len(behind)} screens did not end with the {len(placed)} orders there are"
    return ages


def _result(without: _Side, watched: _Side, readers: int) -> Result:
    ages_ms = {f"p{share:.0%}".rstrip("%"): quantile(watched.ages_ms, share) for share in (0.50, 0.99)}
    share = round(watched.best_per_s / without.best_per_s, 3)
    figures = {
        "readers": readers,
        "without": without.figures(),
        "watched": watched.figures(),
        "watched_to_without": share,
        "screen_age_ms": ages_ms | {"max": round(max(watched.ages_ms), 1)},
        "screen_messages": len(watched.ages_ms),
    }
    return Result(
        "streams",
        figures,
        (
            Goal("orders per second without screens", round(without.best_per_s)),
            Goal(f"orders per second with {readers:,} screens", round(watched.best_per_s)),
            Goal("share of the rate that stays with screens", share),
            Goal("99 % of what is new is on the screen within ms", ages_ms["p99"], at_most=1000),
            Goal("99 % of GET / within ms, without screens", without.page_ms(0.99)),
            Goal("99 % of GET / within ms, with screens", watched.page_ms(0.99)),
            Goal("front pages that failed", without.page_failures + watched.page_failures, at_most=0),
        ),
    )
