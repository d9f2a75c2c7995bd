"""The door of a process: everybody sells through `submit`, whatever the page or program."""

import asyncio
from collections.abc import Callable, Iterable

from fairground.intake.batcher import Batcher
from fairground.intake.keeper import Keeper
from fairground.intake.line import Line
from fairground.intake.queue import Answer, Entry, IntakeQueue
from fairground.intake.tokens import DoorKeys, Ticket
from fairground.intake.work import WORK, Done, Request
from fairground.kernel.clock import Clock
from fairground.kernel.ids import LANES, lane_of
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import writers_by_lane

# Who came in with a ticket, so that nobody uses one to knock without end; forgotten beyond this many.
REDEEMED_MAX = 100_000


class LineFull(Refusal):
    """Too many at once: keep the ticket and come back with it. Facts: ticket, place, retry_after_s."""


class ShopperBlocked(Refusal):
    """The operator has blocked this shopper."""


class ClockUnsteady(Refusal):
    """This process's clock is being set; another one answers."""


class Door:
    """One a process. Its queue is bounded; what does not fit gets a ticket at once."""

    def __init__(
        self,
        *,
        keys: DoorKeys,
        encode: Callable[[Done | Refusal], Answer],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.clock = Clock()
        self.keys = keys
        self._writers = writers_by_lane()
        self.lines = {id_: Line(writer_id=id_, queue=IntakeQueue()) for id_ in set(self._writers)}
        self._only_line = next(iter(self.lines.values())) if len(self.lines) == 1 else None
        self._batchers = {
            writer_id: Batcher(queue=line.queue, clock=self.clock, loop=loop, encode=encode)
            for writer_id, line in self.lines.items()
        }
        self._keeper = Keeper(
            clock=self.clock,
            lines={line: self._batchers[writer_id] for writer_id, line in self.lines.items()},
        )
        self._redeemed: set[tuple[int, bytes]] = set()

    def open(self) -> None:
        """Set the clock, draw the first numbers, begin to take requests."""
        self._keeper.start()
        for batcher in self._batchers.values():
            batcher.start()

    def close(self) -> None:
        """Decide all that is queued, then end."""
        for batcher in self._batchers.values():
            batcher.stop()
        self._keeper.stop()

    def submit(
        self,
        *,
        shopper_id: int,
        key: bytes,
        read: Callable[[], Request],
        reply: Callable[[Answer], None],
        ticket: Ticket | None = None,
        places: bool = True,
    ) -> None:
        """Queue what `read` returns; `reply` is called in the event loop with the encoded outcome, once committed.

        While people of a waiting room come in, who `places` without a ticket comes after them; nobody else waits.
        Where there is one line and it is full nothing is read: to send somebody away must cost next to nothing.

        :raises LineFull: the queue is full; come back with the ticket in it
        :raises ShopperBlocked: the operator has blocked the shopper
        :raises ClockUnsteady: this process does not know what time it is
        """
        if not self.clock.steady:
            raise ClockUnsteady
        if shopper_id in self._keeper.blocked:
            raise ShopperBlocked
        if ticket is not None and (ticket.shopper_id, ticket.key) != (shopper_id, key):
            ticket = None
        line = self._only_line
        if line is not None and not self._has_room(line, ticket, places):
            raise self._full(shopper_id, key, ticket, line)
        request = read()
        if line is None:
            line = self.lines[self._writers[WORK[type(request)].lane(request)]]
        if ticket is not None and ticket.writer_id != line.writer_id:
            ticket = None
        # What was looked at above may have changed meanwhile, since the keeper moves the line: only the put decides.
        entry = Entry(request, reply)
        if ticket is not None and self._comes_up(ticket, line) and line.queue.put_ticketed(entry):
            self._redeem(ticket)
        elif (line.room_waits and places) or not line.queue.put(entry):
            raise self._full(shopper_id, key, ticket, line)

    def _has_room(self, line: Line, ticket: Ticket | None, places: bool) -> bool:
        if ticket is not None and self._comes_up(ticket, line):
            return line.queue.has_room_for_ticketed
        return line.queue.has_room and not (places and line.room_waits)

    def writer_of(self, *, sku_ids: Iterable[int]) -> int:
        """Return the writer that decides a purchase of these SKUs: the one of the lowest lane among them."""
        return self._writers[min([lane_of(sku_id) % LANES for sku_id in sku_ids])]

    def _comes_up(self, ticket: Ticket, line: Line) -> bool:
        """Whether the ticket's number has come up, and it was not used here before."""
        return line.has_come_up(ticket.number) and (ticket.shopper_id, ticket.key) not in self._redeemed

    def _redeem(self, ticket: Ticket) -> None:
        if len(self._redeemed) >= REDEEMED_MAX:
            self._redeemed.clear()
        self._redeemed.add((ticket.shopper_id, ticket.key))

    def _full(self, shopper_id: int, key: bytes, ticket: Ticket | None, line: Line) -> LineFull:
        """A ticket that is still good keeps its number: a place in the line never gets worse."""
        if ticket is None:
            ticket = Ticket(shopper_id, key, line.writer_id, line.give_number())
        return LineFull(
            ticket=self.keys.sign_ticket(ticket, now_s=self.clock.now_ms() / 1000),
            number=ticket.number,
            writer=line.writer_id,
            place=max(0, ticket.number + 1 - line.admitted),
            retry_after_s=line.retry_after_s(ticket.number),
        )
