"""The door when too many come at once: a ticket, a place that never gets worse, a second try that is decided."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection

from fairground.checkout.rules.placing import LineAsked, PlaceRequest
from fairground.identity.models import Shopper
from fairground.intake.door import ClockUnsteady, Door, LineFull, ShopperBlocked
from fairground.intake.line import AHEAD_S
from fairground.intake.queue import BATCH_MAX, BURST_QUEUES, QUEUE_MAX, Answer
from fairground.intake.tokens import DoorKeys, Ticket
from fairground.kernel.tokens import TokenForged
from fairground.orders.models import Purchase
from tests.concurrency.racing import another_connection, turn_held, wait_for_turn
from tests.factories import NOW, SkuMade, make_market, make_shopper, make_sku, next_key, place_request
from tests.intake.doors import (
    KEYS,
    Shopping,
    encode,
    learn_writers,
    open_door,
    refused,
    some_request,
    ticket_of,
    until,
)


@dataclass(frozen=True, slots=True)
class Someone:
    """A shopper who wants a chair."""

    shopper_id: int
    chair: SkuMade

    def request(self) -> PlaceRequest:
        return place_request(self.chair.line(), shopper_id=self.shopper_id)


@pytest.fixture
def someone(writer: object) -> Someone:
    make_market()
    learn_writers()
    return Someone(make_shopper(), make_sku())


def run(scenario: Coroutine[Any, Any, object]) -> None:
    asyncio.run(scenario)


async def first_refusal(door: Door, shopping: Shopping) -> LineFull:
    """Fill the door, and wait until a batch hangs in the turn and nothing more is taken out of the queue."""
    before, queue = shopping.waiting, door.lines[0].queue
    shopping.fill(door)
    await until(lambda: before + sum(queue.waiting) < shopping.waiting)
    return shopping.fill(door)


def test_a_request_is_answered_once_it_is_committed(someone: Someone) -> None:
    async def scenario() -> str:
        async with open_door() as door:
            return await Shopping().ask(door, someone.request())

    assert asyncio.run(scenario()) == "Placed"
    assert Purchase.objects.get().shopper_id == someone.shopper_id


def test_a_full_door_gives_a_ticket_for_this_shopper_and_key_and_says_where_in_the_line(someone: Someone) -> None:
    async def scenario() -> None:
        shopping = Shopping()
        async with open_door() as door:
            with turn_held():
                await first_refusal(door, shopping)
                request = someone.request()
                full = refused(door, shopping, request)
                ticket = ticket_of(full)
                admitted = door.lines[0].admitted
            await shopping.end()

        assert ticket == Ticket(someone.shopper_id, request.key, 0, ticket.number)
        assert full.facts.keys() == {"ticket", "number", "writer", "place", "retry_after_s"}
        assert (full.facts["number"], full.facts["writer"]) == (ticket.number, 0)
        assert full.facts["place"] == ticket.number + 1 - admitted
        assert full.facts["place"] in range(1, 10_000)
        assert full.facts["retry_after_s"] in range(1, 601)

    run(scenario())
    assert Purchase.objects.count() == 0


def test_what_waits_at_a_door_is_bounded(someone: Someone) -> None:
    async def scenario() -> int:
        shopping = Shopping()
        async with open_door() as door:
            with turn_held():
                await first_refusal(door, shopping)
                held = shopping.waiting
            await shopping.end()
        return held

    assert QUEUE_MAX <= asyncio.run(scenario()) <= BURST_QUEUES * QUEUE_MAX + BATCH_MAX


def test_a_second_try_at_another_process_is_decided_once_the_watermark_has_passed(someone: Someone) -> None:
    async def scenario() -> str:
        shopping, request = Shopping(), someone.request()
        async with open_door() as door, open_door() as other:
            with turn_held() as release:
                await first_refusal(other, shopping)
                await first_refusal(door, shopping)
                ticket = ticket_of(refused(door, shopping, request))
                await until(lambda: other.lines[0].admitted > ticket.number)
                answer = shopping.ask(other, request, ticket=ticket)
                release()
            told = await answer
            await shopping.end()
        return told

    assert asyncio.run(scenario()) == "Placed"
    assert Purchase.objects.get().shopper_id == someone.shopper_id


def test_before_the_watermark_has_passed_the_ticket_is_returned_with_a_place_no_worse(someone: Someone) -> None:
    async def scenario() -> None:
        shopping, request = Shopping(), someone.request()
        async with open_door() as door:
            with turn_held():
                await first_refusal(door, shopping)
                for _ in range(2_000):
                    refused(door, shopping, some_request())
                full = refused(door, shopping, request)
                first, places = ticket_of(full), [full.facts["place"]]
                for _ in range(5):
                    full = refused(door, shopping, request, ticket=ticket_of(full))
                    places.append(full.facts["place"])
                    await asyncio.sleep(0.1)
                last = ticket_of(full)
            await shopping.end()

        assert last == first
        assert places == sorted(places, reverse=True)  # type: ignore[type-var]

    run(scenario())


def test_the_same_ticket_twice_does_not_jump_the_queue_again(someone: Someone) -> None:
    async def scenario() -> None:
        shopping, request = Shopping(), someone.request()
        async with open_door() as door:
            with turn_held():
                await first_refusal(door, shopping)
                ticket = ticket_of(refused(door, shopping, request))
                await until(lambda: door.lines[0].admitted > ticket.number)
                answer = shopping.ask(door, request, ticket=ticket)
                again = refused(door, shopping, request, ticket=ticket)
            told = await answer
            await shopping.end()

        assert (told, ticket_of(again)) == ("Placed", ticket)

    run(scenario())
    assert Purchase.objects.count() == 1


@pytest.mark.parametrize("whose", ["another shopper's", "another key's", "another writer's"])
def test_a_ticket_of_somebody_else_opens_no_door_and_is_replaced_by_a_new_one(whose: str, someone: Someone) -> None:
    async def scenario() -> None:
        shopping, request = Shopping(), someone.request()
        async with open_door() as door:
            with turn_held():
                await first_refusal(door, shopping)
                number = ticket_of(refused(door, shopping, request)).number
                await until(lambda: door.lines[0].admitted > number)
                foreign = {
                    "another shopper's": Ticket(someone.shopper_id + 1, request.key, 0, number),
                    "another key's": Ticket(someone.shopper_id, next_key(), 0, number),
                    "another writer's": Ticket(someone.shopper_id, request.key, 1, number),
                }[whose]
                full = refused(door, shopping, request, ticket=foreign)
            await shopping.end()

        new = ticket_of(full)
        assert (new.shopper_id, new.key, new.writer_id) == (someone.shopper_id, request.key, 0)
        assert new.number > number

    run(scenario())


def test_who_comes_straight_back_after_a_rush_gets_no_further_past_the_bound_than_the_line_moves(
    someone: Someone,
) -> None:
    async def scenario() -> tuple[int, float]:
        shopping = Shopping()
        async with open_door() as door:
            await asyncio.sleep(0.7)  # a quiet while, in which the line moves on
            with turn_held():
                await first_refusal(door, shopping)
                held, pace_per_s = shopping.waiting, 0.0
                for _ in range(3_000):
                    pace_per_s = max(pace_per_s, door.lines[0].admitted_per_s)
                    request = some_request()
                    with suppress(LineFull):
                        shopping.ask(door, request, ticket=ticket_of(refused(door, shopping, request)))
                came_past = shopping.waiting - held
            await shopping.end()
        return came_past, pace_per_s

    came_past, pace_per_s = asyncio.run(scenario())

    assert came_past <= pace_per_s * AHEAD_S + 1


def test_only_the_put_decides_who_is_in_when_the_line_begins_to_wait_after_the_look(someone: Someone) -> None:
    async def scenario() -> None:
        door, shopping, request = unopened_door(), Shopping(), someone.request()
        line = door.lines[0]
        for _ in range(QUEUE_MAX):
            shopping.ask(door, some_request())
        assert line.queue.has_room

        def read() -> PlaceRequest:
            line.queue.line_waits = True  # as the keeper's thread does at any moment
            return request

        with pytest.raises(LineFull) as full:
            door.submit(shopper_id=request.shopper_id, key=request.key, read=read, reply=nobody_hears)
        assert ticket_of(full.value) == Ticket(someone.shopper_id, request.key, 0, 0)
        assert line.queue.waiting == (QUEUE_MAX, 0)

    run(scenario())


def test_a_ticket_that_comes_up_only_while_the_line_waits_is_not_used_up_when_it_waits_no_more(
    someone: Someone,
) -> None:
    async def scenario() -> None:
        door, request = unopened_door(), someone.request()
        line = door.lines[0]
        line.queue.line_waits, line.admitted_per_s = True, 10.0
        ticket = Ticket(someone.shopper_id, request.key, 0, 5)
        assert line.has_come_up(ticket.number)

        def read() -> PlaceRequest:
            line.queue.line_waits = False
            return request

        door.submit(shopper_id=request.shopper_id, key=request.key, read=read, reply=nobody_hears, ticket=ticket)
        assert line.queue.waiting == (1, 0)
        line.queue.line_waits = True
        door.submit(
            shopper_id=request.shopper_id, key=request.key, read=lambda: request, reply=nobody_hears, ticket=ticket
        )
        assert line.queue.waiting == (1, 1)

    run(scenario())


def test_who_is_sent_away_while_the_database_is_asked_is_known_to_wait_afterwards(someone: Someone) -> None:
    async def scenario() -> None:
        line = unopened_door().lines[0]

        def look() -> None:  # as the keeper's thread does
            line.move(decided=0, elapsed_s=0.1)
            connection.close()

        def wait() -> None:
            wait_for_turn(waiting=1)
            connection.close()

        await asyncio.to_thread(look)
        assert line.queue.line_waits
        with another_connection() as other:
            other.execute("SELECT FROM kernel_ticketline FOR UPDATE")
            looking = asyncio.create_task(asyncio.to_thread(look))
            await asyncio.to_thread(wait)
            number = line.give_number()
        await looking
        assert line.admitted > number
        assert line.queue.line_waits

    run(scenario())


def unopened_door() -> Door:
    """Return a door whose threads do not run: nothing moves the line or empties the queue but the test."""
    return Door(keys=KEYS, encode=encode, loop=asyncio.get_running_loop())


def nobody_hears(answer: Answer) -> None:
    """Nobody waits for the answer."""


def test_a_blocked_shopper_is_refused_within_a_look_and_let_in_again(someone: Someone) -> None:
    async def scenario() -> str:
        shopping = Shopping()
        async with open_door() as door:
            await asyncio.to_thread(block, someone.shopper_id, blocked=True)
            await until(lambda: blocked(door, shopping))
            await asyncio.to_thread(block, someone.shopper_id, blocked=False)
            await until(lambda: not blocked(door, shopping))
            return await shopping.ask(door, someone.request())

    def blocked(door: Door, shopping: Shopping) -> bool:
        try:
            shopping.ask(door, some_request(shopper_id=someone.shopper_id))
        except ShopperBlocked:
            return True
        return False

    assert asyncio.run(scenario()) == "Placed"


def block(shopper_id: int, *, blocked: bool) -> None:
    Shopper.objects.filter(id=shopper_id).update(blocked_at=NOW if blocked else None)
    connection.close()


def test_a_process_whose_clock_is_being_set_takes_nothing(someone: Someone) -> None:
    async def scenario() -> None:
        shopping = Shopping()
        async with open_door() as door:
            door.clock.steady = False
            with pytest.raises(ClockUnsteady):
                shopping.ask(door, someone.request())

    run(scenario())
    assert Purchase.objects.count() == 0


def test_a_door_that_closes_decides_what_it_took(someone: Someone) -> None:
    async def scenario() -> list[str]:
        shopping = Shopping()
        async with open_door() as door:
            for _ in range(20):
                shopping.ask(door, place_request(someone.chair.line(), shopper_id=someone.shopper_id))
        await shopping.end()
        return shopping.answers

    assert asyncio.run(scenario()) == ["Placed"] * 20
    assert Purchase.objects.count() == 20


def test_one_request_that_breaks_something_takes_no_other_with_it(someone: Someone) -> None:
    poison = place_request(
        LineAsked(someone.chair.id, None, 1, 1_000), shopper_id=someone.shopper_id, address=b"no JSON"
    )

    async def scenario() -> list[str]:
        shopping = Shopping()
        async with open_door() as door:
            with turn_held():
                answers = [
                    shopping.ask(door, request)
                    for request in (someone.request(), poison, someone.request(), some_request())
                ]
            return list(await asyncio.gather(*answers))

    assert asyncio.run(scenario()) == ["Placed", "Broken", "Placed", "UnknownSku"]
    assert Purchase.objects.count() == 2


def test_a_ticket_of_another_realm_is_forged() -> None:
    other = DoorKeys.of_realm(secret="secret", realm="rehearsal")
    token = other.sign_ticket(Ticket(1, next_key(), 0, 5), now_s=0)

    with pytest.raises(TokenForged):
        KEYS.open_ticket(token, now_s=0)
