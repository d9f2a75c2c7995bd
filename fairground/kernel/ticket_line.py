"""The line before a writer: numbers for those who were refused for load, and the watermark below which they come in."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from fairground.kernel.sql import load_sql


@dataclass(frozen=True, slots=True)
class LineState:
    """Numbers below `issued` are given to processes, those below `admitted` may come in.

    Numbers from `room_from` to below `room_to` belong to a waiting room; none of them is admitted while it `is_shut`.
    """

    issued: int
    admitted: int
    room_from: int = 0
    room_to: int = 0
    is_shut: bool = False

    @property
    def room_waits(self) -> bool:
        """Whether somebody of an open room has not been admitted, so that others come after them."""
        return self.admitted < self.room_to and not (self.is_shut and self.admitted >= self.room_from)


def read_ticket_line(writer_id: int) -> LineState:
    """Return how a writer's line stands."""
    return _ask("read_ticket_line", writer_id=writer_id)


def move_ticket_line(*, writer_id: int, draw: int, admit: int) -> LineState:
    """Draw the `draw` numbers that end at the `issued` returned, and admit up to `admit` more of those before."""
    return _ask("move_ticket_line", writer_id=writer_id, draw=draw, admit=admit)


def take_room_numbers(*, writer_id: int, count: int, opens_at: datetime) -> int:
    """Draw `count` numbers for a waiting room and return the first; no room before it may still be shut.

    The line is locked until the transaction ends, so this is the last that it does.
    """
    assert connection.in_atomic_block, "the numbers and the order that they stand for commit together"
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("kernel", "take_room_numbers"), {"writer_id": writer_id, "count": count, "opens_at": opens_at}
        )
        row = cursor.fetchone()
    assert row is not None, f"writer {writer_id} has no line whose gate is open"
    return int(row[0])


def _ask(statement: str, **facts: int) -> LineState:
    with connection.cursor() as cursor:
        cursor.execute(load_sql("kernel", statement), facts)
        row = cursor.fetchone()
    assert row is not None, f"writer {facts['writer_id']} has no ticket line"
    return LineState(*row)
