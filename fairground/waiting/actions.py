"""Entering a waiting room, drawing its order, and forgetting it."""

import secrets
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count

from fairground.kernel.clock import from_unix_ms, to_unix_ms
from fairground.kernel.refusal import Refusal
from fairground.kernel.sql import load_sql
from fairground.kernel.ticket_line import read_ticket_line, take_room_numbers
from fairground.kernel.writer import writers_by_lane
from fairground.waiting.models import Block, Entrant, Room
from fairground.waiting.rules import CLOSES_BEFORE_MS, ROOM_KEPT_MS, is_open_for_entrants

_SECRET_BYTES = 32


class RoomClosed(Refusal):
    """The order of the room is being drawn, or was: who comes now comes after those in it. Facts: opens_ms."""


def enter_room(*, opens_ms: int, shopper_id: int, writer_id: int, now: datetime) -> None:
    """Give a shopper a place among those who wait for an opening; entering twice is entering once.

    `opens_ms` is when a deal opens that the shopper means to buy, `writer_id` who will decide that purchase.

    :raises RoomClosed: it closed some seconds before its opening; nothing changed
    """
    if not is_open_for_entrants(opens_ms=opens_ms, now_ms=to_unix_ms(now)):
        raise RoomClosed(opens_ms=opens_ms)
    if not Room.objects.filter(opens_ms=opens_ms).exists():
        Room.objects.bulk_create([Room(opens_ms=opens_ms)], ignore_conflicts=True)
    with transaction.atomic():
        if not _hold_open(opens_ms):
            raise RoomClosed(opens_ms=opens_ms)
        Entrant.objects.bulk_create(
            [Entrant(opens_ms=opens_ms, shopper_id=shopper_id, writer_id=writer_id, entered_at=now)],
            update_conflicts=True,
            unique_fields=["opens_ms", "shopper_id"],
            update_fields=["writer_id"],
        )


def leave_room(*, opens_ms: int, shopper_id: int) -> None:
    """Take a shopper out of a room that was not drawn yet; a place that was drawn is passed over when it comes up."""
    with transaction.atomic():
        if _hold_open(opens_ms):
            Entrant.objects.filter(opens_ms=opens_ms, shopper_id=shopper_id).delete()


def draw_due_room(*, now: datetime) -> bool:
    """Draw the order of a room that closed, once; return whether there was one to draw.

    All of it commits together, so after a crash in the middle it is drawn as if nothing had been. A room whose writer's
    line still has another one before it that has not opened is drawn after that.
    """
    closed_ms = to_unix_ms(now) + CLOSES_BEFORE_MS
    due = Room.objects.filter(drawn_at__isnull=True, opens_ms__lte=closed_ms).order_by("opens_ms")
    if not due.exists() or any(read_ticket_line(writer_id).is_shut for writer_id in set(writers_by_lane())):
        return False
    with transaction.atomic():
        room = due.select_for_update().first()
        if room is None:
            return False
        _draw(room, now)
    return True


def _draw(room: Room, now: datetime) -> None:
    room.secret = secrets.token_bytes(_SECRET_BYTES)
    room.drawn_at = now
    with connection.cursor() as cursor:
        cursor.execute(load_sql("waiting", "draw_order"), {"opens_ms": room.opens_ms, "secret": room.secret})
    room.save(update_fields=["secret", "drawn_at"])
    entrants = Entrant.objects.filter(opens_ms=room.opens_ms).values_list("writer_id").annotate(Count("shopper_id"))
    # The lines last, since nobody gets a number while one of them is locked.
    counts = sorted(entrants)
    opens_at = from_unix_ms(room.opens_ms)
    for writer_id, count in counts:
        first_number = take_room_numbers(writer_id=writer_id, count=count, opens_at=opens_at)
        Block.objects.create(room=room, writer_id=writer_id, first_number=first_number, entrants=count)


def forget_rooms(*, now: datetime, rows_max: int) -> int:
    """Delete at most so many entrants of rooms that opened long ago, and rooms that are empty; return how many."""
    before_ms = to_unix_ms(now) - ROOM_KEPT_MS
    with connection.cursor() as cursor:
        cursor.execute(load_sql("waiting", "forget_entrants"), {"before_ms": before_ms, "rows_max": rows_max})
        deleted = int(cursor.rowcount)
    if deleted < rows_max:
        Room.objects.filter(opens_ms__lt=before_ms).delete()
    return deleted


def _hold_open(opens_ms: int) -> bool:
    """Keep a room from being drawn until the transaction ends; False where it was."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("waiting", "hold_room_open"), {"opens_ms": opens_ms})
        return cursor.fetchone() is not None
