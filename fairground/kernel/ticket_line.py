"""The line before a writer: numbers for those who were refused for load, and the watermark below which they come in."""

from dataclasses import dataclass

from django.db import connection

from fairground.kernel.models import TicketLine
from fairground.kernel.sql import load_sql


@dataclass(frozen=True, slots=True)
class LineState:
    """Numbers below `issued` are given to processes, those below `admitted` may come in."""

    issued: int
    admitted: int


def read_ticket_line(writer_id: int) -> LineState:
    """Return how a writer's line stands."""
    return LineState(*TicketLine.objects.values_list("issued", "admitted").get(writer_id=writer_id))


def move_ticket_line(*, writer_id: int, draw: int, admit: int) -> LineState:
    """Draw the `draw` numbers that end at the `issued` returned, and admit up to `admit` more of those before."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("kernel", "move_ticket_line"), {"writer_id": writer_id, "draw": draw, "admit": admit})
        row = cursor.fetchone()
    assert row is not None, f"writer {writer_id} has no ticket line"
    return LineState(*row)
