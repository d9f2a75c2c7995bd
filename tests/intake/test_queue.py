"""The queue before the batcher: bounded, first come first served, and a share for who waited with a ticket."""

import pytest

from fairground.checkout.rules.placing import LineAsked
from fairground.intake.queue import BURST_QUEUES, Answer, Entry, IntakeQueue
from tests.factories import place_request


def entry(number: int) -> Entry:
    return Entry(place_request(LineAsked(1, None, 1, 1), shopper_id=number), _nobody)


def _nobody(answer: Answer) -> None:
    """Nobody waits for the answer."""


def queue_with(*, fresh: int, ticketed: int, entries_max: int = 100) -> IntakeQueue:
    """Return a queue of fresh requests 0, 1, … and ticketed ones 1000, 1001, …"""
    queue = IntakeQueue(entries_max=entries_max)
    for number in range(fresh):
        assert queue.put(entry(number))
    for number in range(ticketed):
        queue.put_ticketed(entry(1000 + number))
    return queue


def taken(queue: IntakeQueue, entries_max: int) -> list[int]:
    return [one.request.shopper_id for one in queue.take(entries_max)]


def test_who_came_first_is_taken_first() -> None:
    queue = queue_with(fresh=5, ticketed=0)

    assert (taken(queue, 3), taken(queue, 3), taken(queue, 3)) == ([0, 1, 2], [3, 4], [])


def test_a_full_queue_takes_nobody_more_until_somebody_was_taken_out() -> None:
    queue = queue_with(fresh=3, ticketed=0, entries_max=3)
    queue.line_waits = True

    refused = queue.put(entry(3))
    queue.take(1)

    assert (refused, queue.put(entry(4)), queue.put(entry(5))) == (False, True, False)
    assert queue.waiting == (3, 0)


def test_a_burst_may_fill_the_queue_twice_while_nobody_waits_with_a_ticket() -> None:
    queue = queue_with(fresh=0, ticketed=0, entries_max=3)

    assert [queue.put(entry(number)) for number in range(3 * BURST_QUEUES + 1)] == [True] * 3 * BURST_QUEUES + [False]


def test_those_with_a_ticket_take_up_to_half_of_the_room() -> None:
    queue = queue_with(fresh=0, ticketed=8, entries_max=10)
    queue.line_waits = True

    assert [queue.put(entry(number)) for number in range(6)] == [True] * 5 + [False]


def test_who_holds_a_ticket_gets_in_where_fresh_ones_do_not() -> None:
    queue = queue_with(fresh=3, ticketed=2, entries_max=3)

    assert queue.waiting == (3, 2)


@pytest.mark.parametrize(
    ("fresh", "ticketed", "expected_fresh", "expected_ticketed"),
    [
        (20, 20, 5, 5),
        (20, 2, 8, 2),
        (2, 20, 2, 8),
        (0, 20, 0, 10),
        (20, 0, 10, 0),
        (3, 3, 3, 3),
        (0, 0, 0, 0),
        (5, 5, 5, 5),
        (6, 5, 5, 5),
    ],
)
def test_half_of_a_batch_is_for_tickets_and_what_one_side_leaves_is_the_others(
    fresh: int, ticketed: int, expected_fresh: int, expected_ticketed: int
) -> None:
    batch = taken(queue_with(fresh=fresh, ticketed=ticketed), 10)

    assert sorted(batch) == [*range(expected_fresh), *range(1000, 1000 + expected_ticketed)]


def test_nobody_is_taken_twice_or_left_behind() -> None:
    queue = queue_with(fresh=37, ticketed=23)

    seen = [number for _ in range(20) for number in taken(queue, 7)]

    assert sorted(seen) == [*range(37), *range(1000, 1023)]
    assert [one for one in seen if one < 1000] == sorted(one for one in seen if one < 1000)
    assert queue.waiting == (0, 0)


def test_whoever_waits_for_the_queue_is_woken_while_somebody_is_in_it() -> None:
    queue = queue_with(fresh=3, ticketed=1)

    woken = []
    for _ in range(3):
        woken.append(queue.wait(0))
        queue.take(2)

    assert woken == [True, True, False]


def test_waking_lets_the_wait_return_though_the_queue_is_empty() -> None:
    queue = queue_with(fresh=0, ticketed=0)

    before = queue.wait(0)
    queue.wake()

    assert (before, queue.wait(0)) == (False, True)
