"""One process's part of the line before a writer: numbers to give, and how many to let in."""

import pytest

from fairground.checkout.rules.placing import LineAsked
from fairground.intake.line import (
    ADMITTED_MIN,
    AHEAD_S,
    MOVES_WAITED,
    NUMBERS_MIN,
    RETRY_AFTER_MAX_S,
    ROOM_WHEN_QUIET,
    TOLD_LOOKS_LATE,
    Line,
)
from fairground.intake.queue import Answer, Entry, IntakeQueue
from fairground.kernel.ticket_line import read_ticket_line
from tests.factories import place_request

pytestmark = pytest.mark.usefixtures("lone_writer")


def fill(queue: IntakeQueue) -> None:
    entry = Entry(place_request(LineAsked(1, None, 1, 1), shopper_id=1), _nobody)
    queue.line_waits = True
    assert sum(queue.put(entry) for _ in range(queue.entries_max + 1)) == queue.entries_max
    queue.line_waits = False


def _nobody(answer: Answer) -> None:
    """Nobody waits for the answer."""


def open_line(*, full: bool = False) -> Line:
    """Return the line of a process that has just drawn its first numbers."""
    queue = IntakeQueue(entries_max=100)
    if full:
        fill(queue)
    line = Line(writer_id=0, queue=queue)
    line.move(decided=0, elapsed_s=0.0)
    return line


def test_numbers_are_given_one_after_the_other() -> None:
    line = open_line()

    assert [line.give_number() for _ in range(3)] == [0, 1, 2]


def test_two_processes_give_different_numbers() -> None:
    lines = [open_line(), open_line()]

    numbers = [line.give_number() for _ in range(NUMBERS_MIN) for line in lines]

    assert len(set(numbers)) == 2 * NUMBERS_MIN


def test_numbers_only_go_up_whatever_happens_between() -> None:
    line, other = open_line(full=True), open_line()
    numbers = []
    for _ in range(6):
        numbers += [line.give_number() for _ in range(300)]
        line.move(decided=0, elapsed_s=0.2)
        other.move(decided=0, elapsed_s=0.2)

    assert numbers == sorted(numbers)


def test_after_a_rush_the_next_block_is_as_large_as_two_such_rushes() -> None:
    line = open_line(full=True)
    for _ in range(1_000):
        line.give_number()
    line.move(decided=0, elapsed_s=0.2)

    before = line.give_number()
    for _ in range(1_998):
        line.give_number()

    assert line.give_number() == before + 1_999
    assert read_ticket_line(0).issued >= before + 2_000


def test_who_is_given_a_number_was_not_admitted_before() -> None:
    """Else all who are refused in a rush after a quiet hour come straight back, past the bound of the queue."""
    line = open_line()
    for _ in range(5):
        line.move(decided=0, elapsed_s=0.2)

    numbers = [line.give_number() for _ in range(1_000)]

    assert min(numbers) >= line.admitted
    assert len(set(numbers)) == 1_000


def test_numbers_given_beyond_the_block_come_up_too() -> None:
    line = open_line()
    line.move(decided=0, elapsed_s=0.2)
    last = [line.give_number() for _ in range(1_000)][-1]

    moves = 0
    while line.admitted <= last:
        line.move(decided=0, elapsed_s=0.2)
        moves += 1

    assert moves < 100


def test_an_idle_process_lets_in_as_many_as_three_queues_take_less_those_on_the_way() -> None:
    line = open_line()
    for _ in range(250):
        line.give_number()
    line.move(decided=0, elapsed_s=0.2)
    first = line.admitted
    line.move(decided=0, elapsed_s=0.2)
    second = line.admitted

    assert (first, second - first) == (ADMITTED_MIN, ROOM_WHEN_QUIET * 100 - ADMITTED_MIN)


def test_a_full_process_lets_in_half_of_what_it_decides_less_those_on_the_way() -> None:
    line = open_line(full=True)
    for _ in range(150):
        line.give_number()
    line.move(decided=0, elapsed_s=0.2)
    before = line.admitted

    line.move(decided=90, elapsed_s=0.2)

    assert line.admitted - before == 45 - ADMITTED_MIN


def test_who_was_admitted_and_did_not_come_is_no_longer_waited_for_after_a_while() -> None:
    line = open_line()
    for _ in range(250):
        line.give_number()
    for _ in range(2):
        line.move(decided=0, elapsed_s=0.2)
    assert line._on_the_way() == 300

    for _ in range(MOVES_WAITED):
        line.move(decided=0, elapsed_s=0.2)

    assert line._on_the_way() == MOVES_WAITED * ADMITTED_MIN


def test_a_process_that_decides_nothing_still_lets_somebody_in() -> None:
    line = open_line(full=True)
    for _ in range(150):
        line.give_number()

    watermarks = []
    for _ in range(3):
        line.move(decided=0, elapsed_s=0.2)
        watermarks.append(line.admitted)

    assert watermarks == [ADMITTED_MIN, 2 * ADMITTED_MIN, 3 * ADMITTED_MIN]


def test_the_watermark_that_another_process_moved_is_seen() -> None:
    line, other = open_line(full=True), open_line()
    other.move(decided=0, elapsed_s=0.2)

    line.move(decided=0, elapsed_s=0.2)

    assert line.admitted >= 100


def test_the_time_to_wait_follows_from_the_pace_of_the_line() -> None:
    line = open_line()
    line.admitted, line.admitted_per_s = 1_000, 500.0

    waits_s = [line.retry_after_s(number) for number in (0, 999, 1_000, 1_999, 6_000, 10_000_000)]

    assert waits_s == [1, 1, 1, 3, 11, RETRY_AFTER_MAX_S]


def test_what_shoppers_are_told_is_what_the_line_knew_some_looks_ago() -> None:
    line = open_line()
    told = []
    for _ in range(TOLD_LOOKS_LATE + 2):
        line.give_number()
        line.move(decided=0, elapsed_s=0.1)
        told.append((line.told, line.admitted))

    assert told[TOLD_LOOKS_LATE][0] == told[0][1] > 0
    assert told[TOLD_LOOKS_LATE + 1][0] == told[1][1]


def test_a_number_that_another_process_has_let_in_meanwhile_is_let_in_here_as_far_as_the_line_moves() -> None:
    line = open_line()
    line.give_number()
    line.admitted, line.admitted_per_s = 1_000, 200.0

    assert [line.has_come_up(number) for number in (999, 1_000, 1_000 + int(200 * AHEAD_S))] == [True, True, False]


def test_where_nobody_waits_no_number_comes_up_before_its_time() -> None:
    line = open_line()
    for _ in range(20):
        line.move(decided=0, elapsed_s=0.1)

    assert [line.has_come_up(number) for number in (line.admitted - 1, line.admitted)] == [True, False]
