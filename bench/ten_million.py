"""An opening on top of ten million stored orders, against the same opening in an empty realm."""

import shutil
import time
from pathlib import Path

import click
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from bench.records import Goal, Result
from bench.rush import rush
from bench.stage import HOME, now_ms, running_stage
from bench.telling import say
from fairground.config.cluster.embedded import Cluster
from fairground.identity.actions import create_shoppers

HERE = Path(__file__).parent
DAY_MS = 24 * 3600 * 1000
CHUNK = 250_000
# An order's rows in nine tables with their keys, measured; and room for the log that gathers while they are loaded.
BYTES_PER_ORDER = 1_550
BYTES_OF_LOG = 6 << 30
ORDERS_PER_SHOPPER = 10


def run_ten_million(*, quick: bool) -> Result:
    """Open an empty realm, a full one twice, an empty one again; the best of each counts."""
    stored, orders, seconds = (20_000, 2000, 0.5) if quick else (10_000_000, 40_000, 5.0)
    _check_disk(stored)
    empty, full = [], []
    with running_stage() as stage:
        empty.append(rush(stage, orders=orders, seconds=seconds, seed=16))
    with running_stage() as stage:
        started = time.monotonic()
        _store(stored)
        loaded_s = time.monotonic() - started
        database_bytes = _database_bytes()
        full += [rush(stage, orders=orders, seconds=seconds, seed=seed) for seed in (16, 17)]
    with running_stage() as stage:
        empty.append(rush(stage, orders=orders, seconds=seconds, seed=17))
    best_empty, best_full = (max(some, key=lambda one: one.orders_per_s) for some in (empty, full))
    share = round(best_full.orders_per_s / best_empty.orders_per_s, 3)
    figures = {
        "stored_orders": stored,
        "database_gib": round(database_bytes / 2**30, 2),
        "loaded_s": round(loaded_s, 1),
        "empty": [one.figures() for one in empty],
        "full": [one.figures() for one in full],
        "share": share,
    }
    return Result(
        "ten_million",
        figures,
        (
            Goal("orders per second, empty", round(best_empty.orders_per_s)),
            Goal(f"orders per second, {stored:,} stored", round(best_full.orders_per_s)),
            Goal("share of the empty rate", share, at_least=0.9),
        ),
    )


def _check_disk(stored: int) -> None:
    free, needed = shutil.disk_usage(Cluster(HOME).data_dir).free, stored * BYTES_PER_ORDER + BYTES_OF_LOG
    say(f"{stored:,} orders need about {needed / 2**30:.1f} GiB of disk while this runs; {free / 2**30:.1f} are free")
    if free < needed:
        raise click.ClickException(f"too little disk for {stored:,} orders")


def _store(stored: int) -> None:
    """Load a day of paid purchases that ends now."""
    begins_ms = now_ms() - DAY_MS
    shoppers = max(1, stored // ORDERS_PER_SHOPPER)
    create_shoppers(count=shoppers, now_ms=begins_ms)
    with connection.cursor() as cursor:
        _settle(cursor, stored)
        cursor.execute((HERE / "history_goods.sql").read_text("utf-8"))
        cursor.execute(
            "CREATE TABLE history_shopper AS SELECT row_number() OVER (ORDER BY id) - 1 AS shopper_no, id "
            "FROM identity_shopper"
        )
        cursor.execute("ANALYZE history_goods, history_shopper")
    settings = {"begins_ms": begins_ms, "step_ms": DAY_MS / stored, "shoppers": shoppers}
    statements = (HERE / "ten_million.sql").read_text("utf-8")
    for first in range(1, stored + 1, CHUNK):
        last = min(first + CHUNK - 1, stored)
        with transaction.atomic(), connection.cursor() as cursor:
            for name, value in (settings | {"from": first, "to": last}).items():
                cursor.execute("SELECT set_config(%s, %s, true)", [f"history.{name}", str(value)])
            cursor.execute(statements)
        say(f"{last:,} of {stored:,} orders stored")
    say("vacuuming, as would have happened in the course of the day")
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE history_goods, history_shopper")
        cursor.execute("VACUUM (FREEZE, ANALYZE)")
        cursor.execute("CHECKPOINT")


def _settle(cursor: CursorWrapper, stored: int) -> None:
    """Leave the writer, the readers of its outbox and the sweeps where they would be after such a day."""
    cursor.execute(
        "UPDATE kernel_writer SET batch_seq = batch_seq + %s, outbox_seq = %s, swept_to_ms = %s",
        [stored, 2 * stored, now_ms()],
    )
    cursor.execute(
        "INSERT INTO kernel_outboxcursor (consumer, writer_id, seq) VALUES ('my-purchases', 0, %s) "
        "ON CONFLICT (consumer, writer_id) DO UPDATE SET seq = excluded.seq",
        [2 * stored],
    )
    cursor.execute(
        "INSERT INTO kernel_realmfact (key, value) VALUES ('tallies_folded_to', %s) "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        [str(now_ms() // 1000)],
    )


def _database_bytes() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        (size,) = cursor.fetchone() or (0,)
    return int(size)
