"""Many enter a room at once and others draw it: one place each, drawn once, and nobody in it without a number."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone

from fairground.kernel.clock import from_unix_ms, to_unix_ms
from fairground.kernel.ticket_line import read_ticket_line
from fairground.waiting.actions import RoomClosed, draw_due_room, enter_room
from fairground.waiting.models import Block, Entrant, Room
from fairground.waiting.rules import CLOSES_BEFORE_MS
from tests.concurrency.racing import at_once

SOON_MS = 3_600_000


def entering(opens_ms: int, shopper_id: int, *, writer_id: int = 0) -> Callable[[], str]:
    def enter() -> str:
        try:
            enter_room(opens_ms=opens_ms, shopper_id=shopper_id, writer_id=writer_id, now=timezone.now())
        except RoomClosed:
            return "closed"
        return "entered"

    return enter


def drawing(opens_ms: int) -> Callable[[], str]:
    return lambda: "drawn" if draw_due_room(now=from_unix_ms(opens_ms - CLOSES_BEFORE_MS)) else "nothing"


@pytest.mark.usefixtures("writer")
def test_a_robot_with_many_connections_has_one_place() -> None:
    opens_ms = to_unix_ms(timezone.now()) + SOON_MS

    answers = at_once([entering(opens_ms, shopper_id=7) for _ in range(12)])

    assert answers == ["entered"] * 12
    assert Entrant.objects.count() == 1


@pytest.mark.usefixtures("writer")
def test_who_enters_while_the_room_is_drawn_has_a_number_or_knows_that_it_is_closed() -> None:
    opens_ms = to_unix_ms(timezone.now()) + SOON_MS
    Room.objects.create(opens_ms=opens_ms)
    people = range(1, 11)

    answers = at_once([*(entering(opens_ms, one) for one in people), drawing(opens_ms), drawing(opens_ms)])

    entered = answers[:10].count("entered")
    assert sorted(answers[10:]) == ["drawn", "nothing"]
    assert entered + answers[:10].count("closed") == 10
    assert set(Entrant.objects.values_list("rank", flat=True)) == set(range(entered))
    assert Entrant.objects.count() == entered
    assert read_ticket_line(0).room_to == entered


@pytest.mark.usefixtures("writer")
def test_without_the_rooms_lock_somebody_would_be_left_without_a_number() -> None:
    """The race is there to be seen: an entrant written past the lock, after the draw, has no rank."""
    opens_ms = to_unix_ms(timezone.now()) + SOON_MS
    entering(opens_ms, shopper_id=7)()
    drawing(opens_ms)()

    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO waiting_entrant VALUES (%s, 8, 0, now(), NULL)", [opens_ms])

    assert Entrant.objects.filter(rank=None).values_list("shopper_id", flat=True).get() == 8


@pytest.mark.usefixtures("committing_writers")
def test_each_writers_line_gets_the_numbers_of_its_own_people() -> None:
    opens_ms = to_unix_ms(timezone.now()) + SOON_MS
    at_once([entering(opens_ms, one, writer_id=one // 3) for one in range(1, 6)])

    assert drawing(opens_ms)() == "drawn"

    assert sorted(Entrant.objects.values_list("writer_id", "rank")) == [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)]
    assert [read_ticket_line(writer_id).room_to for writer_id in (0, 1)] == [2, 3]
    assert Block.objects.count() == 2
