"""Rows that many tests begin with: made once by the real actions, then kept as COPY writes them, and put back."""

from collections.abc import Callable
from copy import deepcopy
from functools import wraps
from typing import TypeVar

from django.db import connection, transaction

from tests.sweeping import full_tables

Made = TypeVar("Made")
Rows = dict[str, bytes]


def kept(make: Callable[[], Made]) -> Callable[[], Made]:
    """Make rows once for each state of the database that they are made in; afterwards put them back.

    What is returned is a copy each time. Sequences go on, so what comes later has other numbers than the first time.
    """
    found: dict[frozenset[tuple[str, bytes]], tuple[Made, Rows]] = {}

    @wraps(make)
    def make_or_put_back() -> Made:
        before = frozenset(read_rows().items())
        if before not in found:
            made = make()
            found[before] = deepcopy(made), read_rows()
            return made
        made, rows = found[before]
        _put_back(rows)
        return deepcopy(made)

    return make_or_put_back


def read_rows() -> Rows:
    rows = {}
    with transaction.atomic(), connection.cursor() as cursor:
        for name in sorted(full_tables()):
            with cursor.copy(f"COPY {name} TO STDOUT") as copy:
                rows[name] = b"".join(bytes(chunk) for chunk in copy)
    return rows


def _put_back(rows: Rows) -> None:
    """Write the rows into tables that hold nothing else than before; triggers and references hold of them already."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for name, lines in rows.items():
            cursor.execute(f"DELETE FROM {name}")
            with cursor.copy(f"COPY {name} FROM STDIN") as copy:
                copy.write(lines)
