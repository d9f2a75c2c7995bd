"""A million completed orders settled by `fairground settle`: killed on the way, run again, and run once more."""

import json
import subprocess
import sys
import time
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from bench.records import Goal, Result
from bench.stage import HOME, now_ms
from bench.telling import say
from fairground.config.cluster.embedded import Cluster
from fairground.config.realms import make_realm
from fairground.identity.actions import create_shoppers
from fairground.kernel.sql import load_sql

HERE = Path(__file__).parent
DAY_MS = 24 * 3600 * 1000
CHUNK = 250_000
SETTLED_S_MAX = 300
COMMAND = (sys.executable, "-m", "fairground", "settle", "--json")
# What of the verification is about settled books; the goods and shoppers of this history are only sketched.
CHECKS = ("releases", "payouts", "escrow", "accounts", "transfers")


def run_settlement(*, quick: bool) -> Result:
    """Settle completed orders in a realm where nothing else happens: kill the command at a third, then let it end."""
    stored = 20_000 if quick else 1_000_000
    cluster, database = Cluster(HOME), str(settings.DATABASES["default"]["NAME"])
    connection.close()
    try:
        make_realm(server=cluster, realm=settings.REALM, catalogue=None)
        _store(stored)
        killed_s, killed_at = _settle_and_kill(stored // 3)
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
    }
    return Result(
        "settlement",
        figures,
        (
            Goal(f"seconds for {stored:,} orders, killed once", round(settled_s, 1), at_most=SETTLED_S_MAX),
            Goal("orders a second", round(stored / settled_s)),
            Goal("orders not released, or twice", abs(stored - killed_at - resumed["released"]), at_most=0),
            Goal("orders released by another run", again["released"], at_most=0),
            Goal("rows of the books that are wrong", sum(wrong.values()), at_most=0),
        ),
    )


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
