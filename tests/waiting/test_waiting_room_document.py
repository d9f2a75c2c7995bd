"""The worked examples of docs/algorithms/waiting-room.md, performed."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from fairground.kernel.models import TicketLine
from fairground.kernel.ticket_line import move_ticket_line, read_ticket_line, take_room_numbers
from fairground.waiting.rules import Told, minutes_of, tell_place
from tests.factories import NOW_MS

DOCUMENT = Path(__file__).parents[2] / "docs/algorithms/waiting-room.md"


def rows_of(heading: str) -> list[list[str]]:
    """Return the cells of an example's rows, below its head."""
    example = DOCUMENT.read_text("utf-8").split(f"## A worked example: {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in example.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


@pytest.mark.usefixtures("lone_writer")
def test_the_line_goes_as_written() -> None:
    for step, what, count, *figures in rows_of("the line"):
        if what == "numbers are drawn":
            move_ticket_line(writer_id=0, draw=int(count), admit=0)
        elif what == "a process admits":
            move_ticket_line(writer_id=0, draw=0, admit=int(count))
        elif what == "the room is drawn":
            with transaction.atomic():
                take_room_numbers(writer_id=0, count=int(count), opens_at=timezone.now() + timedelta(hours=1))
        else:
            assert what == "it opens", what
            TicketLine.objects.update(room_opens_at=timezone.now())
        state = read_ticket_line(0)
        waits = "yes" if state.room_waits else "no"
        found = [state.issued, state.admitted, state.room_from, state.room_to, waits]
        assert [str(one) for one in found] == figures, f"step {step}"


def test_people_are_told_as_written() -> None:
    told: Told | None = None
    now_ms = NOW_MS
    for later_s, place, pace, *shown in rows_of("what somebody is told"):
        now_ms += int(later_s) * 1000
        pace_per_s = float(pace) if pace else None
        told = tell_place(before=told, place=int(place), pace_per_s=pace_per_s, now_ms=now_ms)
        minutes = minutes_of(told)
        found = [
            str(told.place),
            "" if told.soonest_ms is None else str(told.soonest_ms),
            "" if told.latest_ms is None else str(told.latest_ms),
            "" if minutes is None else f"{minutes.at_least} to {minutes.at_most}",
            "yes" if told.is_slower else "no",
        ]
        assert found == shown
