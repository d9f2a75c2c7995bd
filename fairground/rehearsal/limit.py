"""The limit: how fast this machine can make the very same rows durable when nobody decides anything.

COPY of the rows that the purchases left behind, into tables with only their primary keys, same driver, same batches, on
an otherwise idle server. No write path on this database can be faster, so a rate is judged by its share of it.
"""

import time

from django.db import connection

TABLES = (
    "orders_purchase",
    "orders_order",
    "orders_orderline",
    "orders_orderaddress",
    "orders_purchasekey",
    "kernel_outbox",
    "dashboard_tally",
    "dashboard_merchanttally",
)
PURCHASES_A_BATCH = 1024
ROUNDS_S = 2.0
_HEAD_BYTES = 19
_END = b"\xff\xff"


def measure_limit(*, purchases_max: int = 50_000) -> float:
    """Return purchases per second; the best of as many rounds as fit into two seconds, at least one.

    Works in a schema of its own, which it drops again. Without purchases there is nothing to measure: 0.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM orders_purchase")
        (count,) = cursor.fetchone() or (0,)
        if not count:
            return 0.0
        taken = min(count, purchases_max)
        rows = {table: _read(table, taken, count) for table in TABLES}
        best, until = 0.0, time.perf_counter() + ROUNDS_S
        while best == 0.0 or time.perf_counter() < until:
            best = max(best, taken / _write(rows, -(-taken // PURCHASES_A_BATCH)))
        cursor.execute("DROP SCHEMA rehearsal_limit CASCADE")
    return best


def _read(table: str, taken: int, count: int) -> list[bytes]:
    """The first rows of a table, as many as belong to `taken` of `count` purchases, in COPY's own form."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - the names above
        (rows_count,) = cursor.fetchone() or (0,)
        rows_max = rows_count * taken // count
        statement = f"COPY (SELECT * FROM {table} ORDER BY ctid LIMIT {rows_max}) TO STDOUT (FORMAT binary)"  # noqa: S608
        with cursor.copy(statement) as copy:
            rows = [bytes(row) for row in copy]
    if rows:
        rows[0] = rows[0][_HEAD_BYTES:] if len(rows[0]) > _HEAD_BYTES else b""
    return [row for row in rows if row and row != _END]


def _write(rows: dict[str, list[bytes]], batches: int) -> float:
    head = b"PGCOPY\n\xff\r\n\x00" + b"\x00" * 8
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS rehearsal_limit CASCADE")
        cursor.execute("CREATE SCHEMA rehearsal_limit")
        for table in rows:
            cursor.execute(f"CREATE TABLE rehearsal_limit.{table} (LIKE {table})")
            cursor.execute(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'p'",
                [table],
            )
            (primary_key,) = cursor.fetchone() or ("",)
            cursor.execute(f"ALTER TABLE rehearsal_limit.{table} ADD {primary_key}")
        cursor.execute("CHECKPOINT")
        started = time.perf_counter()
        for batch in range(batches):
            cursor.execute("BEGIN")
            for table, all_rows in rows.items():
                some = all_rows[len(all_rows) * batch // batches : len(all_rows) * (batch + 1) // batches]
                with cursor.copy(f"COPY rehearsal_limit.{table} FROM STDIN (FORMAT binary)") as copy:
                    copy.write(b"".join((head, *some, _END)))
            cursor.execute("COMMIT")
        return time.perf_counter() - started
