"""Pages: how often the same one is given to everybody, and how fast one is made that nobody asked for before."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from statistics import median
from typing import Any

from django.db import connection

from bench.records import Goal, Result
from bench.stage import Stage, running_stage
from bench.streams import quantile
from bench.telling import say

HERE = Path(__file__).parent
# The goal a core; the shop, the database and the readers share them.
MADE_PER_S_A_CORE = 60
SHARED_PER_S = 5000
CONNECTIONS = 64
CORES = os.cpu_count() or 1


def run_pages(*, quick: bool) -> Result:
    """Read the pages of the sample catalogue."""
    with running_stage() as stage:
        figures = read_all_pages(stage, seconds=2.0 if quick else 10.0)
    return Result("pages", figures, page_goals(figures))


def read_all_pages(stage: Stage, *, seconds: float) -> dict[str, Any]:
    """Read one page as fast as it comes, then pages that all differ: at the goal's pace, and as fast as it goes."""
    stage.open_festival(datetime.now(UTC) + timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), max(id) FROM catalog_product")
        products, product_id = cursor.fetchone() or (0, 0)
        cursor.execute("SELECT slug FROM festivals_hall ORDER BY id LIMIT 1")
        (hall,) = cursor.fetchone() or ("",)
    path = f"/products/{product_id}"
    time.sleep(1.0)
    shared = _read(stage, path, connections=CONNECTIONS, seconds=seconds)
    paced, fastest = {}, {}
    for name, unlike in (("product", f"{path}?n=#"), ("home", "/?n=#"), ("hall", f"/halls/{hall}?n=#")):
        _read(stage, unlike, connections=2, seconds=1.0)
        paced[name] = _read(stage, unlike, connections=32, seconds=seconds, per_s=MADE_PER_S_A_CORE * CORES)
        fastest[name] = _read(stage, unlike, connections=2 * CORES, seconds=seconds)
    every = [shared, *paced.values(), *fastest.values()]
    return {
        "products": products,
        "shared_per_s": round(len(shared) / seconds),
        "shared_ms_p99": quantile([ms for ms, _, _ in shared], 0.99),
        "made_per_s_a_core": {name: round(len(seen) / seconds / CORES, 1) for name, seen in fastest.items()},
        "made_ms_p50": {name: round(median(ms for ms, _, _ in seen), 1) for name, seen in paced.items()},
        "made_ms_p95": {name: quantile([ms for ms, _, _ in seen], 0.95) for name, seen in paced.items()},
        "bytes": {name: seen[0][2] for name, seen in paced.items()},
        "failed": sum(1 for seen in every for _, status, _ in seen if status != HTTPStatus.OK),
    }


def page_goals(figures: dict[str, Any]) -> tuple[Goal, ...]:
    """Return the goals that pages have, however many products there are."""
    pace = f"at {MADE_PER_S_A_CORE} a second and core"
    return (
        Goal("products in the catalogue", figures["products"]),
        Goal("the same product page, per second", figures["shared_per_s"], at_least=SHARED_PER_S),
        *(
            Goal(f"{name} pages made, per second and core", per_s, at_least=MADE_PER_S_A_CORE)
            for name, per_s in figures["made_per_s_a_core"].items()
        ),
        *(
            Goal(f"95 % of {name} pages made within ms, {pace}", ms, at_most=80)
            for name, ms in figures["made_ms_p95"].items()
        ),
        Goal("pages that failed", figures["failed"], at_most=0),
    )


def _read(
    stage: Stage, path: str, *, connections: int, seconds: float, per_s: float = 0.0
) -> list[tuple[float, int, int]]:
    say(f"{path} for {seconds:g} s over {connections} connections{f', {per_s:g} a second' if per_s else ''}")
    argv = [sys.executable, str(HERE / "page_readers.py"), stage.port, path, connections, seconds, per_s]
    done = subprocess.run([str(one) for one in argv], stdout=subprocess.PIPE, check=True)
    seen: list[tuple[float, int, int]] = json.loads(done.stdout)
    return seen
