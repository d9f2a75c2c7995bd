"""An opening with a thousand live screens open, and one with none: what the screens cost, and how old they are."""

import json
import subprocess
import sys
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
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
    """What the visitors outside saw: `shown` as `stream_readers` writes it, and the times of page visits."""

    shown: list[list[int]] = field(default_factory=list)
    visits_ms: list[float] = field(default_factory=list)


def run_streams(*, quick: bool) -> Result:
    """Open the festival without screens and with them, in turns, each time in a new realm."""
    orders, seconds, readers, rounds = (2000, 0.5, 50, 1) if quick else (80_000, 11.0, 1000, 2)
    without, watched, ages_ms = [], [], list[float]()
    for number in range(2 * rounds):
        count = readers if number % 2 else 0
        say(f"opening with {count:,} live screens")
        with running_stage() as stage:
            seen = _Seen()
            done = rush(stage, orders=orders, seconds=seconds, seed=14, meanwhile=lambda s=stage, c=count, e=seen: _watched(s, c, e))  # type: ignore[misc]  # noqa: E501
            (watched if count else without).append((done, seen))
            ages_ms += _ages_ms(done, seen)
    return _result(without, watched, ages_ms, readers)


@contextmanager
def _watched(stage: Stage, readers: int, seen: _Seen) -> Iterator[None]:
    with _program("page_visitor.py", stage.port, VISIT_EVERY_S) as visits:
        screens = _program("stream_readers.py", stage.port, readers, stays_s=LAST_LOOK_S) if readers else nullcontext([])
        with screens as shown:
            yield
        seen.shown = list(shown)
    seen.visits_ms = list(visits)


@contextmanager
def _program(name: str, *arguments: float, stays_s: float = 0.0) -> Iterator[list[Any]]:
    """Run one of the programs beside this file; the list is filled with what it found once the block is left."""
    argv = [sys.executable, str(HERE / name), *map(str, arguments)]
    found: list[Any] = []
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout is not None
            assert program.stdout.readline() == "ready\n", f"{name} did not start"
            yield found
            with suppress_timeout():
                program.wait(stays_s or None)
            found += json.loads(program.communicate(timeout=60)[0])
        finally:
            program.kill()
