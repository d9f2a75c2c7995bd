"""Threads that all start at once, each with a database connection of its own; and a shelf that nobody guards."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import TypeVar

import psycopg
from django.db import connection, transaction

PATIENCE_S = 60
Result = TypeVar("Result")


def at_once(attempts: Sequence[Callable[[], Result]]) -> list[Result]:
    """Run each attempt in a thread of its own, none before all threads are there; return what they return."""
    all_are_there = Barrier(len(attempts), timeout=PATIENCE_S)

    def run(attempt: Callable[[], Result]) -> Result:
        try:
            connection.ensure_connection()
            all_are_there.wait()
            return attempt()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(attempts)) as pool:
        return [future.result() for future in [pool.submit(run, attempt) for attempt in attempts]]


@contextmanager
def turn_held(*writer_ids: int) -> Iterator[Callable[[], None]]:
    """Hold these writers' turns (all, if none is named) until what is yielded is called, at the latest to the end."""
    with another_connection() as other:
        held = list(writer_ids) or list(range(64))
        other.execute("SELECT id FROM kernel_writer WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [held])
        yield other.rollback
        other.rollback()


@contextmanager
def table_held(table: str) -> Iterator[None]:
    """Let nobody else read a table, as if every statement on it took for ever."""
    with another_connection() as other:
        other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
        yield
        other.rollback()


@contextmanager
def table_unwritten(table: str) -> Iterator[None]:
    """Let nobody else write to a table, which all may read: whoever writes what they saw waits until the end."""
    with another_connection() as other:
        other.execute(f"LOCK TABLE {table} IN SHARE MODE".encode())
        yield
        other.rollback()


def alone(attempt: Callable[[], Result]) -> Callable[[], Result]:
    """Return what does it in another thread, and leaves no connection behind."""

    def run() -> Result:
        try:
            return attempt()
        finally:
            connection.close()

    return run


def another_connection() -> psycopg.Connection[tuple[object, ...]]:
    """Return a connection to the tests' database beside Django's."""
    settings = connection.settings_dict
    names = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password", "NAME": "dbname"}
    return psycopg.connect(**{names[name]: settings[name] for name in names if settings.get(name)})


def wait_for_turn(*, waiting: int) -> None:
    """Return once so many other connections wait for a lock."""
    give_up_at = time.monotonic() + PATIENCE_S
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            row = cursor.fetchone()
        if row == (waiting,):
            return
        assert time.monotonic() < give_up_at, f"{row} wait for a lock, not {waiting}"
        time.sleep(0.01)


@contextmanager
def unguarded_shelf(*, units: int) -> Iterator[None]:
    """A table of one number, without a CHECK: what is taken from it is seen to be too much."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE unguarded_shelf (units int)")
        cursor.execute("INSERT INTO unguarded_shelf VALUES (%s)", [units])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE unguarded_shelf")


def unguarded_units() -> int:
    """Return the number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT units FROM unguarded_shelf")
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def take_naively(*, units: int, between: Callable[[], object]) -> bool:
    """Look whether there is enough, let something happen, and take: the way that oversells."""
    with transaction.atomic():
        enough = unguarded_units() >= units
        between()
        if enough:
            with connection.cursor() as cursor:
                cursor.execute("UPDATE unguarded_shelf SET units = units - %s", [units])
    return enough
