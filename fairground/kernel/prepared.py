"""Statements that the server plans once a connection: for reads that take longer to plan than to run."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection


@contextmanager
def prepared_cursor() -> Iterator[Any]:
    """Lend a cursor whose statements stay prepared on the thread's connection, which keeps the last hundred.

    Django's own cursors write parameters into the text, so that each statement is another one. Here they go beside
    it, so one whose type can't be told from the text needs a cast there. Django counts them without their text.
    """
    # Reconnects and checks as for any cursor of Django's.
    with connection.cursor():
        pass
    # Django turns preparing off, for poolers that give each transaction another session; ours has one for as long
    # as a thread lives.
    connection.connection.prepare_threshold = 0
    # As around a cursor of Django's own: errors become Django's, and statements can be counted.
    around = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    binding: Any = psycopg.Cursor(connection.connection)
    with around(binding) as cursor:
        yield cursor
