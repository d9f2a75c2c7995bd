"""A waiting room in the line: shut before it opens, then first; who has no ticket comes after it, who pays passes."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import connection, transaction
from django.utils import timezone

from fairground.intake.door import LineFull
from fairground.intake.line import ADMITTED_MIN, MOVES_WAITED, NUMBERS_MIN, PACE_AFTER_S, Line
from fairground.intake.queue import IntakeQueue
from fairground.intake.tokens import Ticket
from fairground.kernel.clock import from_unix_ms, to_unix_ms
from fairground.kernel.models import TicketLine
from fairground.kernel.ticket_line import take_room_numbers
from tests.intake.doors import Shopping, learn_writers, open_door, refused, some_request, ticket_of, until

HOUR_MS = 3_600_000


def draw_room(count: int) -> int:
    """Give a room its numbers; it stays shut."""
    opens_at = from_unix_ms(to_unix_ms(timezone.now()) + HOUR_MS)
    with transaction.atomic():
        return take_room_numbers(writer_id=0, count=count, opens_at=opens_at)


def open_room() -> None:
    TicketLine.objects.update(room_opens_at=timezone.now())


def open_line() -> Line:
    """Return the line of a process in a quiet moment: what it drew is admitted."""
    line = Line(writer_id=0, queue=IntakeQueue(entries_max=100))
    while line.admitted < NUMBERS_MIN:
        line.move(decided=0, elapsed_s=0.1)
    return line


def stand_at_gate(line: Line) -> None:
    """Let the seconds pass in which a room is shut: nobody is on the way any more."""
    for _ in range(MOVES_WAITED + 1):
        line.move(decided=0, elapsed_s=0.1)


@pytest.mark.usefixtures("lone_writer")
def test_a_shut_room_lets_nobody_of_it_in_and_holds_nobody_else_up() -> None:
    line = open_line()
    first = draw_room(500)
    for _ in range(50):
        line.move(decided=0, elapsed_s=0.1)

    assert (line.admitted, first) == (NUMBERS_MIN, NUMBERS_MIN)
    assert not line.has_come_up(first)
    assert not line.room_waits
    assert line.pace_per_s is None or line.pace_per_s > 0


@pytest.mark.usefixtures("lone_writer")
def test_once_it_opens_it_comes_in_as_the_queue_has_room_and_the_pace_is_known() -> None:
    line = open_line()
    first = draw_room(500)
    stand_at_gate(line)
    open_room()
    line.move(decided=0, elapsed_s=0.1)
    line.move(decided=0, elapsed_s=0.1)

    assert line.has_come_up(first)
    assert line.room_waits
    assert line.admitted == first + 300
    for _ in range(round(PACE_AFTER_S / 0.1)):
        line.give_number()
        line.move(decided=0, elapsed_s=0.1)
    assert not line.room_waits
    assert line.pace_per_s is not None


@pytest.mark.usefixtures("lone_writer")
def test_those_who_are_sent_behind_the_room_do_not_slow_it_down() -> None:
    line = open_line()
    first = draw_room(5_000)
    stand_at_gate(line)
    open_room()
    line.move(decided=0, elapsed_s=0.1)
    for _ in range(50):
        line.give_number()

    line.move(decided=0, elapsed_s=0.1)

    assert line.admitted - first == 300 > ADMITTED_MIN


@pytest.mark.usefixtures("lone_writer")
def test_numbers_that_a_process_drew_before_the_room_are_not_given_after_it() -> None:
    line = open_line()
    assert line.give_number() == NUMBERS_MIN
    line.move(decided=0, elapsed_s=0.1)
    before = line.give_number()
    first = draw_room(1_000)
    line.move(decided=0, elapsed_s=0.1)

    numbers = [line.give_number() for _ in range(3)]

    assert before < first
    assert min(numbers) >= first + 1_000


@pytest.mark.usefixtures("writer")
def test_at_the_door_who_has_no_ticket_comes_after_the_room_and_who_pays_passes() -> None:
    learn_writers()

    async def scenario() -> None:
        shopping = Shopping()
        async with open_door() as door:
            line = door.lines[0]
            await until(lambda: line.admitted >= NUMBERS_MIN)
            first = await asyncio.to_thread(_and_close, lambda: draw_room(3))
            await until(lambda: line._state.room_to)
            # While it is shut the door sells as ever.
            assert await shopping.ask(door, some_request()) == "UnknownMarket"
            await asyncio.to_thread(door._keeper.stop)  # so nobody is admitted
            line._state = replace(line._state, is_shut=False)
            line.room_waits = True
            late = refused(door, shopping, some_request())
            assert ticket_of(late).number >= first + 3
            inside = some_request()
            line.admitted = first + 1
            ticket = Ticket(inside.shopper_id, inside.key, 0, first)
            assert await shopping.ask(door, inside, ticket=ticket) == "UnknownMarket"
            paid: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
            pays = some_request()
            door.submit(
                shopper_id=7, key=pays.key, read=lambda: pays, reply=lambda one: paid.set_result(one[1]), places=False
            )
            assert await paid == b"UnknownMarket"
            with pytest.raises(LineFull):
                shopping.ask(door, some_request(), ticket=ticket_of(late))
            await shopping.end()

    asyncio.run(scenario())


def _and_close(work: Callable[[], int]) -> int:
    try:
        return work()
    finally:
        connection.close()
