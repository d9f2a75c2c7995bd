"""Doors as web processes open them, several beside each other, and a writer whose turn somebody else holds."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fairground.checkout.rules.placing import LineAsked, PlaceRequest
from fairground.intake.door import Door, LineFull
from fairground.intake.queue import BATCH_MAX, BURST_QUEUES, QUEUE_MAX, Answer
from fairground.intake.tokens import DoorKeys, Ticket
from fairground.intake.work import Done
from fairground.kernel.ids import make_id
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import writers_by_lane
from tests.factories import NOW_MS, next_key, place_request

PATIENCE_S = 30.0
KEYS = DoorKeys.of_realm(secret="secret", realm="real")
UNKNOWN_SKU = make_id(unix_ms=NOW_MS, lane=0, sequence=9)


def encode(outcome: Done | Refusal) -> Answer:
    return 0, type(outcome).__name__.encode(), b""


@asynccontextmanager
async def open_door() -> AsyncIterator[Door]:
    """Open a door as a process of its own would; call `writers_by_lane` before, outside the event loop."""
    door = Door(keys=KEYS, encode=encode, loop=asyncio.get_running_loop())
    await asyncio.to_thread(door.open)
    try:
        yield door
    finally:
        await asyncio.to_thread(door.close)


@dataclass
class Shopping:
    """Requests at doors, and what became of them."""

    answers: list[str] = field(default_factory=list)
    waiting: int = 0

    def ask(self, door: Door, request: PlaceRequest, *, ticket: Ticket | None = None) -> "asyncio.Future[str]":
        """Submit a request; the future brings the kind of its outcome. :raises LineFull: see `Door.submit`."""
        told: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def reply(answer: Answer) -> None:
            told.set_result(answer[1].decode())
            self.answers.append(answer[1].decode())
            self.waiting -= 1

        door.submit(shopper_id=request.shopper_id, key=request.key, read=lambda: request, reply=reply, ticket=ticket)
        self.waiting += 1
        return told

    def fill(self, door: Door) -> LineFull:
        """Ask for a SKU that there is not until the door is full; return how it said so."""
        for _ in range(BATCH_MAX + BURST_QUEUES * QUEUE_MAX + 1):
            try:
                self.ask(door, some_request())
            except LineFull as full:
                return full
        raise AssertionError("a queue without end")

    async def end(self) -> None:
        """Wait until all have their answers."""
        await until(lambda: self.waiting == 0)


def some_request(*, sku_id: int = UNKNOWN_SKU, shopper_id: int = 7, key: bytes | None = None) -> PlaceRequest:
    """Return a request that costs the shop nothing: its SKU is unknown."""
    return place_request(LineAsked(sku_id, None, 1, 1), shopper_id=shopper_id, key=key or next_key())


async def until(condition: Callable[[], object]) -> None:
    """Wait for what another thread brings about."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.01)


def refused(door: Door, shopping: Shopping, request: PlaceRequest, *, ticket: Ticket | None = None) -> LineFull:
    """Submit a request that must find the door full."""
    try:
        shopping.ask(door, request, ticket=ticket)
    except LineFull as full:
        return full
    raise AssertionError("the door took it")


def ticket_of(full: LineFull) -> Ticket:
    """Return the ticket that a full door gave."""
    token = full.facts["ticket"]
    assert isinstance(token, str), token
    return KEYS.open_ticket(token, now_s=0)


def learn_writers() -> Sequence[int]:
    """Read the writers before the event loop runs, where reading the database is a mistake."""
    return writers_by_lane()
