"""Rows packed for binary COPY arrive in PostgreSQL as they were."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DataError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from fairground.kernel.copying import CopyTable, copy_table

pytestmark = pytest.mark.django_db

COLUMNS = {
    "a": ("int2", "smallint"),
    "b": ("int4", "integer"),
    "c": ("int8", "bigint"),
    "d": ("bool", "boolean"),
    "e": ("moment", "timestamptz"),
    "f": ("uuid", "uuid"),
    "g": ("char2", "varchar(2)"),
    "h": ("char3", "varchar(3)"),
    "i": ("text", "text"),
    "j": ("bytea", "bytea"),
    "k": ("jsonb", "jsonb"),
    "l": ("int8[]", "bigint[]"),
}
ALL_KINDS = copy_table("copied", {name: kind for name, (kind, _) in COLUMNS.items()})
ALL_NULLABLE = copy_table("copied", {name: f"{kind}?" for name, (kind, _) in COLUMNS.items()})
FIRST_MS, LAST_MS = -62_135_596_800_000, 253_402_300_799_999  # the years 1 to 9999, as far as datetime goes

INT8 = st.integers(-(1 << 63), (1 << 63) - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
VALUES: list[st.SearchStrategy[Any]] = [
    st.integers(-(1 << 15), (1 << 15) - 1),
    st.integers(-(1 << 31), (1 << 31) - 1),
    INT8,
    st.booleans(),
    st.integers(FIRST_MS, LAST_MS),
    st.binary(min_size=16, max_size=16),
    st.sampled_from([b"DE", b"US"]),
    st.sampled_from([b"EUR", b"JPY"]),
    TEXTS.map(str.encode),
    st.binary(max_size=40),
    st.dictionaries(TEXTS, TEXTS, max_size=3).map(lambda value: json.dumps(value).encode()),
    st.lists(INT8, max_size=5),
]
SMALLEST = (
    *(-(1 << 15), -(1 << 31), -(1 << 63), False, FIRST_MS, b"\0" * 16, b"AA", b"AAA", b"", b"", b"[]"),
    [-(1 << 63)],
)
LARGEST = (
    *((1 << 15) - 1, (1 << 31) - 1, (1 << 63) - 1, True, LAST_MS, b"\xff" * 16, b"ZZ", b"ZZZ"),
    *("灯市 🏮 ñ".encode() * 1000, bytes(range(256)), '{"名":["灯市 🏮"]}'.encode(), [(1 << 63) - 1] * 100),
)


@pytest.fixture(autouse=True)
def _copied() -> Iterator[None]:
    with connection.cursor() as cursor:
        columns = ", ".join(f"{name} {sql}" for name, (_, sql) in COLUMNS.items())
        cursor.execute(f"CREATE TEMPORARY TABLE copied ({columns})")
        yield
        cursor.execute("DROP TABLE copied")


def copied(table: CopyTable, *rows: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Copy rows into the emptied table, and return what it holds."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE copied")
        table.write(cursor, [table.row(*row) for row in rows])
        cursor.execute("SELECT * FROM copied")
        return list(cursor.fetchall())


def as_read(row: tuple[Any, ...]) -> list[Any]:
    """Return a packed row's values as the database gives them back."""
    a, b, c, d, moment_ms, uuid, g, h, text, data, document, numbers = row
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment_ms)
    words = [word.decode() for word in (g, h, text)]
    return [a, b, c, d, moment, UUID(bytes=uuid), *words, data, json.loads(document), numbers]


def plain(row: tuple[Any, ...]) -> list[Any]:
    return [*row[:9], bytes(row[9]), json.loads(row[10]), row[11]]


@given(row=st.tuples(*VALUES))
def test_every_kind_arrives_as_it_was(row: tuple[Any, ...]) -> None:
    assert [plain(one) for one in copied(ALL_KINDS, row)] == [as_read(row)]
    assert [plain(one) for one in copied(ALL_NULLABLE, row)] == [as_read(row)]


def test_the_smallest_and_the_largest_arrive_as_they_were_in_their_order() -> None:
    assert [plain(row) for row in copied(ALL_KINDS, SMALLEST, LARGEST)] == [as_read(SMALLEST), as_read(LARGEST)]


@given(data=st.data())
def test_any_column_may_be_null_beside_any_other(data: st.DataObject) -> None:
    nulls = data.draw(st.lists(st.booleans(), min_size=12, max_size=12))
    row = tuple(None if null else value for null, value in zip(nulls, LARGEST, strict=True))

    (read,) = copied(ALL_NULLABLE, row)

    assert [value is None for value in read] == nulls


def test_an_empty_array_arrives_empty() -> None:
    table = copy_table("copied", {"l": "int8[]"})

    assert [row[11] for row in copied(table, ([],))] == [[]]


def test_without_rows_nothing_is_sent() -> None:
    assert copied(ALL_KINDS) == []


def test_an_error_of_a_copy_is_an_error_of_djangos_like_any_other() -> None:
    table = copy_table("copied", {"i": "text"})

    with connection.cursor() as cursor, pytest.raises(DataError), transaction.atomic():
        table.write(cursor, [table.row(b"\0")])


def test_the_statement_names_the_columns_so_that_others_keep_their_defaults() -> None:
    table = copy_table("orders_purchase", {"lane": "int2", "id": "int8"})

    assert table.statement == "COPY orders_purchase (lane, id) FROM STDIN (FORMAT binary)"
