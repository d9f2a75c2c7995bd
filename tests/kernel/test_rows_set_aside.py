"""Rows on which a chore fails: set aside one by one, tried again with growing waits, and never the fault of others."""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from fairground.kernel.aside import ASIDE_MAX, NotAside, count_aside, rows_aside, try_now, wait_after
from fairground.kernel.edits import By, ShopBusy
from fairground.kernel.models import AuditEntry, RealmFact, SetAside
from fairground.kernel.rows import BAD_A_ROUND_MAX, Rows, try_again, work_through
from tests.kernel.counting import Pile

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_bad_row_among_hundreds_is_set_aside_and_the_others_are_done_in_the_same_round(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pile = Pile(rows=range(300), bad={77}, batch=200)

    with caplog.at_level(logging.ERROR):
        assert work_through(pile.chore(full=1_000)) is False

    assert pile.done() == set(range(300)) - {77}
    (aside,) = rows_aside()
    assert (aside.chore, aside.row_key, aside.tries) == ("pile", "77", 1)
    assert aside.next_try_at - aside.tried_at == timedelta(minutes=1)
    assert "pile: row 77 is set aside, try 1" in caplog.text


def test_what_is_done_is_done_once_however_its_batch_was_split() -> None:
    pile = Pile(rows=range(64), bad={0, 31, 63}, batch=64)

    work_through(pile.chore(full=64))

    assert pile.done() == set(range(64)) - {0, 31, 63}
    assert RealmFact.objects.count() == 61


def test_a_row_that_is_mended_is_done_at_its_next_try_and_not_before() -> None:
    pile = Pile(rows=range(8), bad={3}, batch=8)
    chore = pile.chore(full=100)
    work_through(chore)
    pile.bad.clear()

    assert work_through(chore) is False
    try_again([chore])
    assert (3 in pile.done(), count_aside()) == (False, 1)

    SetAside.objects.update(tried_at=datetime.now(UTC) - timedelta(hours=1), next_try_at=datetime.now(UTC))
    try_again([chore])

    assert (pile.done(), count_aside()) == (set(range(8)), 0)


def test_each_try_waits_longer_up_to_six_hours() -> None:
    pile = Pile(rows=[5], bad={5}, batch=1)
    chore = pile.chore(full=100)
    work_through(chore)
    waits = []
    for _ in range(7):
        (aside,) = rows_aside()
        waits.append(aside.next_try_at - aside.tried_at)
        SetAside.objects.update(next_try_at=datetime.now(UTC))
        try_again([chore])

    minutes = [wait / timedelta(minutes=1) for wait in waits]
    assert minutes == [1, 4, 16, 64, 256, 360, 360]
    assert wait_after(tries=1_000) == timedelta(hours=6)
    assert rows_aside()[0].tries == 8


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("the connection is lost"),
        psycopg.OperationalError("the same, in the middle of COPY"),
        ShopBusy(),
    ],
)
def test_a_database_that_is_away_or_busy_sets_nothing_aside(error: Exception) -> None:
    pile = Pile(rows=range(8), bad={3}, batch=8, error=lambda: error)

    with pytest.raises(type(error)):
        work_through(pile.chore(full=100))

    assert (count_aside(), pile.done()) == (0, set())


def test_a_connection_that_is_cut_while_a_row_is_done_sets_nothing_aside() -> None:
    def cut(_: Sequence[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(OperationalError):
        work_through(Rows(name="cut", due=lambda: [[1, 2]], do=cut, full=9, key_of=int))

    connection.close()
    assert count_aside() == 0


def test_where_nothing_goes_at_all_it_is_no_matter_of_rows_and_the_chore_fails() -> None:
    pile = Pile(rows=range(200), bad=set(range(200)), batch=200)

    with pytest.raises(IntegrityError):
        work_through(pile.chore(full=200))

    assert count_aside() == BAD_A_ROUND_MAX


def test_a_chore_sets_no_more_aside_than_it_may_and_then_fails() -> None:
    now = datetime.now(UTC)
    SetAside.objects.bulk_create(
        SetAside(chore="pile", row_key=str(-one - 1), since=now, tried_at=now, tries=1, next_try_at=now)
        for one in range(ASIDE_MAX)
    )
    pile = Pile(rows=range(4), bad={3}, batch=4)

    with pytest.raises(IntegrityError):
        work_through(pile.chore(full=4))

    assert (count_aside(), pile.done()) == (ASIDE_MAX, {0, 1, 2})


def test_what_is_told_of_an_error_has_no_word_of_the_row(caplog: pytest.LogCaptureFixture) -> None:
    ada = "ada" + "@example.com"

    def insert(_: Sequence[int]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO kernel_realmfact VALUES (%(who)s, ''), (%(who)s, '')", {"who": ada})

    def raise_words(_: Sequence[int]) -> None:
        raise ValueError(ada)

    doings: dict[str, Callable[[Sequence[int]], None]] = {"unique": insert, "words": raise_words}
    with caplog.at_level(logging.ERROR):
        for name, do in doings.items():
            work_through(Rows(name=name, due=lambda: [[1]], do=do, full=9, key_of=int))

    told = {one.chore: one for one in rows_aside()}
    assert told["unique"].error == "IntegrityError 23505 kernel_realmfact_pkey"
    assert told["words"].error == "ValueError"
    assert ada not in caplog.text + repr(told)


def test_somebody_who_mended_a_row_has_it_tried_at_once_and_it_stands_in_the_log() -> None:
    pile = Pile(rows=[7], bad={7}, batch=1)
    chore = pile.chore(full=100)
    work_through(chore)
    pile.bad.clear()
    by = By(user_id=12, now=datetime.now(UTC))

    try_now(chore="pile", row_key="7", by=by)
    try_again([chore])

    assert (pile.done(), count_aside()) == ({7}, 0)
    (entry,) = AuditEntry.objects.all()
    assert (entry.verb, entry.subject_kind, entry.subject_id, entry.user_id) == (
        "tried-again",
        "row-set-aside",
        "pile:7",
        12,
    )


def test_what_is_not_set_aside_can_not_be_tried_at_once() -> None:
    with pytest.raises(NotAside):
        try_now(chore="pile", row_key="7", by=By(user_id=12, now=datetime.now(UTC)))

    assert (AuditEntry.objects.count(), count_aside()) == (0, 0)


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"next_try_at": datetime.now(UTC) + timedelta(days=2)}, "setaside_is_tried_again"),
        ({"tries": 0}, "setaside_was_tried"),
    ],
)
def test_nothing_is_set_aside_for_good(changed: dict[str, Any], name: str) -> None:
    work_through(Pile(rows=[7], bad={7}, batch=1).chore(full=9))

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        SetAside.objects.update(**changed)
