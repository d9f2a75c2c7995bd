"""A million completed orders settled by `fairground settle`: killed on the way, run again, and run once more.

Before it some more are released by hand and in the background's steps, in this process, to be compared.
"""

import json
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from bench.records import Goal, Result
from bench.stage import HOME, now_ms
from bench.telling import say
from fairground.config.cluster.embedded import Cluster
from fairground.config.realms import make_realm
from fairground.identity.actions import create_shoppers
from fairground.kernel.rows import work_through
from fairground.kernel.sql import load_sql
from fairground.settlement.actions.release_orders import release_orders
from fairground.settlement.tasks import EVENTS_MAX, RELEASES, read_completed

HERE = Path(__file__).parent
DAY_MS = 24 * 3600 * 1000
CHUNK = 250_000
SETTLED_S_MAX = 300
COMMAND = (sys.executable, "-m", "fairground", "settle", "--json")
# What of the verification is about settled books; the goods and shoppers of this history are only sketched.
CHECKS = ("releases", "payouts", "escrow", "accounts", "transfers")


@dataclass(frozen=True, slots=True)
class Roads:
    """So many orders released by hand, and as many in the background's steps, beside nobody."""

    orders: int
    by_hand_s: float
    in_steps_s: float
    step_ms_median: float
    step_ms_max: float

    @property
    def share(self) -> float:
        """The rate in steps to that by hand."""
        return round(self.by_hand_s / self.in_steps_s, 2)


def run_settlement(*, quick: bool) -> Result:
    """Settle completed orders in a realm where nothing else happens: kill the command at a third, then let it end."""
    stored, beside = (20_000, 5_000) if quick else (1_000_000, 100_000)
    cluster, database = Cluster(HOME), str(settings.DATABASES["default"]["NAME"])
    connection.close()
    try:
        make_realm(server=cluster, realm=settings.REALM, catalogue=None)
        _store(stored + 2 * beside)
        roads = _compare_roads(beside)
        before = _released()
        killed_s, released = _settle_and_kill(before + stored // 3)
        killed_at = released - before
        say(f"killed after {killed_s:.1f} s with {killed_at:,} orders released")
        resumed_s, resumed = _settle()
        say(f"the others in {resumed_s:.1f} s")
        again_s, again = _settle()
        wrong = _wrong()
    finally:
        connection.close()
        cluster.drop_database(database)
    settled_s = killed_s + resumed_s
    figures = {
        "orders": stored,
        "settled_s": round(settled_s, 1),
        "orders_per_s": round(stored / settled_s),
        "released_when_killed": killed_at,
        "released_afterwards": resumed["released"],
        "payouts": resumed["payouts"],
        "again_s": round(again_s, 1),
        "released_again": again["released"],
        "wrong": wrong,
        "in_steps": {
            "orders": roads.orders,
            "by_hand_s": round(roads.by_hand_s, 2),
            "in_steps_s": round(roads.in_steps_s, 2),
            "step_ms_median": round(roads.step_ms_median, 1),
            "step_ms_max": round(roads.step_ms_max, 1),
        },
    }
    return Result(
        "settlement",
        figures,
        (
            Goal(f"seconds for {stored:,} orders, killed once", round(settled_s, 1), at_most=SETTLED_S_MAX),
            Goal("orders a second", round(stored / settled_s)),
            Goal("orders a second in the background's steps", round(roads.orders / roads.in_steps_s)),
            Goal("that rate to the one by hand", roads.share),
            Goal("half of the background's steps within ms", round(roads.step_ms_median, 1)),
            Goal("orders not released, or twice", abs(stored - killed_at - resumed["released"]), at_most=0),
            Goal("orders released by another run", again["released"], at_most=0),
            Goal("rows of the books that are wrong", sum(wrong.values()), at_most=0),
        ),
    )


def _compare_roads(orders: int) -> Roads:
    """Release so many orders by hand, and as many as the background does."""
    for _ in range(2 * orders // EVENTS_MAX):
        read_completed()
    started = time.monotonic()
    by_hand = release_orders(now_ms=now_ms(), orders_max=orders)
    by_hand_s = time.monotonic() - started
    steps_ms = []
    more = True
    while more:
        began = time.monotonic()
        more = work_through(RELEASES)
        steps_ms.append(1_000 * (time.monotonic() - began))
    in_steps = _released() - by_hand
    assert (by_hand, in_steps) == (orders, orders)
    in_steps_s = sum(steps_ms) / 1_000
    say(f"{orders:,} orders by hand in {by_hand_s:.1f} s, as many in {len(steps_ms):,} steps in {in_steps_s:.1f} s")
    return Roads(orders, by_hand_s, in_steps_s, statistics.median(steps_ms), max(steps_ms))


def _store(stored: int) -> None:
    """Load completed orders of the day before, their money in escrow."""
    begins_ms = now_ms() - 2 * DAY_MS
    (shopper_id,) = create_shoppers(count=1, now_ms=begins_ms)
    history = {"begins_ms": begins_ms, "step_ms": DAY_MS / stored, "shopper": shopper_id}
    with transaction.atomic(), connection.cursor() as cursor:
        _set(history)
        cursor.execute("UPDATE kernel_writer SET outbox_seq = %s", [stored])
        cursor.execute((HERE / "history_goods.sql").read_text("utf-8"))
        cursor.execute((HERE / "settlement_accounts.sql").read_text("utf-8"))
    statements = (HERE / "settlement.sql").read_text("utf-8")
    for first in range(1, stored + 1, CHUNK):
        last = min(first + CHUNK - 1, stored)
        with transaction.atomic(), connection.cursor() as cursor:
            _set(history | {"from": first, "to": last})
            cursor.execute(statements)
        say(f"{last:,} of {stored:,} orders stored")
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE history_goods, history_accounts")
        cursor.execute("VACUUM (FREEZE, ANALYZE)")
        cursor.execute("CHECKPOINT")


def _set(history: dict[str, float]) -> None:
    with connection.cursor() as cursor:
        for name, value in history.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [f"history.{name}", str(value)])


def _settle_and_kill(released: int) -> tuple[float, int]:
    """Run the command until so many orders are released, kill it, and return how long that took, and how many were."""
    started = time.monotonic()
    with subprocess.Popen(COMMAND, stdout=subprocess.DEVNULL) as process:
        while _released() < released and process.poll() is None:
            time.sleep(0.2)
        process.kill()
    took_s = time.monotonic() - started
    return took_s, _released()


def _released() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM settlement_release")
        (count,) = cursor.fetchone() or (0,)
    return int(count)


def _settle() -> tuple[float, dict[str, int]]:
    started = time.monotonic()
    told = subprocess.run(COMMAND, check=True, capture_output=True, text=True).stdout
    return time.monotonic() - started, json.loads(told)


def _wrong() -> dict[str, int]:
    """Return how many rows each check of the books finds wrong."""
    found: dict[str, int] = {}
    for key in CHECKS:
        with connection.cursor() as cursor:
            cursor.execute(load_sql("rehearsal", f"check_{key}"))
            found[key] = int((cursor.fetchone() or (0, 0))[1])
    return found
