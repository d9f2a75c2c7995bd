"""Statements that the server keeps prepared."""

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from fairground.kernel.prepared import prepared_cursor

pytestmark = pytest.mark.django_db

_SUM = "SELECT sum(x) + %(more)s::int FROM unnest(%(numbers)s::bigint[]) AS n (x) -- told apart"


def add_up(numbers: list[int], more: int) -> int:
    """Let the database add."""
    with prepared_cursor() as cursor:
        cursor.execute(_SUM, {"numbers": numbers, "more": more})
        total: int = cursor.fetchone()[0]
        return total


def test_a_statement_is_prepared_once_and_answers_by_its_parameters() -> None:
    assert [add_up([1, 2], 3), add_up([4, 5], 6), add_up([7], 8)] == [6, 15, 15]

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE statement LIKE '%% -- told apart'"
        )
        assert cursor.fetchall() == [(3,)]


def test_it_is_counted_and_refused_as_any_statement_and_works_after_a_failure() -> None:
    with CaptureQueriesContext(connection) as seen:
        add_up([1], 1)
    with pytest.raises(ProgrammingError), transaction.atomic(), prepared_cursor() as cursor:
        cursor.execute("SELECT nothing FROM nowhere")

    assert (len(seen), add_up([1], 1)) == (1, 2)
