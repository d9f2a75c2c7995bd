"""The door asked from a page: a thread that waits until its request is decided.

Pages place, pay, grab and collect through the same queue as everybody else (ADR 18): one fair line decides who comes
first.
"""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass

from fairground.intake.batcher import OutcomeUnknown
from fairground.intake.door import Door
from fairground.intake.queue import Answer
from fairground.intake.tokens import PASS_TTL_S, Pass, Ticket
from fairground.intake.work import Request
from fairground.kernel.clock import Clock
from fairground.kernel.refusal import Refusal
from fairground.kernel.tokens import TokenExpired, TokenForged, TokenOfOtherPurpose

# A page's thread is one of eight; a batch takes a second at worst, and the same key asks again.
WAIT_MAX_S = 10.0


@dataclass(frozen=True, slots=True)
class LineBefore:
    """`place` is 0 once the ticket may come in; `pace_per_s` is None while it is not known."""

    place: int
    pace_per_s: float | None


class Counter:
    """One a process, over its door."""

    def __init__(self, *, door: Door, loop: asyncio.AbstractEventLoop) -> None:
        self._door, self._loop = door, loop

    @property
    def clock(self) -> Clock:
        """The door's clock, by which deals open."""
        return self._door.clock

    def ask(
        self,
        *,
        shopper_id: int,
        key: bytes,
        read: Callable[[], Request],
        ticket: str = "",
        places: bool = True,
    ) -> Answer:
        """Submit a request and return its encoded outcome, which is committed.

        A ticket that is no good (any more) counts as none.

        :raises OutcomeUnknown: it takes too long; the same key tells later what became of it
        :raises Refusal: see `Door.submit`, and whatever `read` raises
        """
        told: Future[Answer] = Future()
        shown = self.open_ticket(ticket) if ticket else None

        def knock() -> None:
            try:
                self._door.submit(
                    shopper_id=shopper_id, key=key, read=read, reply=told.set_result, ticket=shown, places=places
                )
            except Refusal as refusal:
                told.set_exception(refusal)

        self._loop.call_soon_threadsafe(knock)
        try:
            return told.result(timeout=WAIT_MAX_S)
        except TimeoutError:
            raise OutcomeUnknown from None

    def write_pass(self, shown: Pass) -> str:
        """Return a pass for a page that will go to the door itself."""
        return self._door.keys.sign_pass(shown, expires_at_s=self.clock.now_ms() // 1000 + PASS_TTL_S)

    def write_ticket(self, ticket: Ticket) -> str:
        """Return a ticket for who got its number in a waiting room."""
        return self._door.keys.sign_ticket(ticket, now_s=self.clock.now_ms() / 1000)

    def writer_before(self, *, sku_ids: Iterable[int]) -> int:
        """Return the writer in whose line a purchase of these SKUs waits."""
        return self._door.writer_of(sku_ids=sku_ids)

    def line_before(self, ticket: Ticket) -> LineBefore:
        """Return how many are before a ticket, as a page tells it, and how fast they go."""
        line = self._door.lines[ticket.writer_id]
        return LineBefore(place=max(0, ticket.number + 1 - line.told), pace_per_s=line.pace_per_s)

    def open_ticket(self, ticket: str) -> Ticket | None:
        """Return the ticket that somebody shows; None where it is no good (any more)."""
        try:
            return self._door.keys.open_ticket(ticket, now_s=self.clock.now_ms() / 1000)
        except (TokenForged, TokenExpired, TokenOfOtherPurpose):
            return None


class _Here:
    """The counter of this process, once its door is open."""

    counter: Counter | None = None


def open_counter(counter: Counter | None) -> None:
    """Let this process's pages ask at a counter; None closes it."""
    _Here.counter = counter


def counter_here() -> Counter:
    """Return this process's counter; a process that answers pages has opened its door."""
    assert _Here.counter is not None, "no door is open in this process"
    return _Here.counter
