"""Entering a room, its draw, and what becomes of it: one place a shopper, in an order that nobody knew before."""

import hashlib
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from fairground.kernel.clock import from_unix_ms, to_unix_ms
from fairground.kernel.ids import make_id
from fairground.kernel.models import TicketLine
from fairground.kernel.ticket_line import LineState, move_ticket_line, read_ticket_line
from fairground.waiting.actions import RoomClosed, draw_due_room, enter_room, forget_rooms, leave_room
from fairground.waiting.models import Block, Entrant, Room
from fairground.waiting.queries import PlaceInRoom, place_in_room
from fairground.waiting.rules import CLOSES_BEFORE_MS, ROOM_KEPT_MS
from tests.factories import NOW_MS

pytestmark = pytest.mark.usefixtures("lone_writer")

SOON_MS = 3_600_000


def opening() -> int:
    """Return an opening in an hour, by the clock of the database, which opens the gate."""
    return to_unix_ms(timezone.now()) + SOON_MS


def shoppers(count: int) -> list[int]:
    return [make_id(unix_ms=NOW_MS, lane=n % 64, sequence=n // 64) for n in range(count)]


def fill(opens_ms: int, shopper_ids: list[int], *, writer_id: int = 0) -> None:
    for shopper_id in shopper_ids:
        enter_room(opens_ms=opens_ms, shopper_id=shopper_id, writer_id=writer_id, now=timezone.now())


def draw(opens_ms: int) -> bool:
    return draw_due_room(now=from_unix_ms(opens_ms - CLOSES_BEFORE_MS))


def test_all_who_entered_get_numbers_in_the_order_of_a_keyed_hash() -> None:
    opens_ms, people = opening(), shoppers(100)
    fill(opens_ms, people)
    move_ticket_line(writer_id=0, draw=256, admit=0)

    assert draw(opens_ms)

    secret = bytes(Room.objects.get().secret or b"")
    lot = sorted(people, key=lambda one: hashlib.sha256(secret + one.to_bytes(8)).digest())
    places = [place_in_room(opens_ms=opens_ms, shopper_ids=[one]) for one in lot]
    assert places == [PlaceInRoom(0, 256 + rank) for rank in range(100)]
    assert len(secret) == 32
    assert lot != people
    assert Block.objects.values_list("writer_id", "first_number", "entrants").get() == (0, 256, 100)
    assert read_ticket_line(0) == LineState(issued=356, admitted=0, room_from=256, room_to=356, is_shut=True)


def test_entering_again_and_again_is_one_place() -> None:
    opens_ms, (robot, other) = opening(), shoppers(2)

    fill(opens_ms, [robot] * 50 + [other])
    draw(opens_ms)

    assert set(Entrant.objects.values_list("rank", flat=True)) == {0, 1}
    assert Entrant.objects.count() == 2


def test_a_room_is_drawn_once() -> None:
    opens_ms = opening()
    fill(opens_ms, shoppers(3))
    draw(opens_ms)
    before = list(Entrant.objects.order_by("shopper_id").values_list("rank", flat=True))

    assert not draw(opens_ms)
    assert list(Entrant.objects.order_by("shopper_id").values_list("rank", flat=True)) == before
    assert read_ticket_line(0).issued == 3


def test_two_rooms_of_the_same_people_have_other_orders() -> None:
    people, orders = shoppers(50), []
    for opens_ms in (opening(), opening() + 1):
        fill(opens_ms, people)
        draw(opens_ms)
        orders.append(
            list(Entrant.objects.filter(opens_ms=opens_ms).order_by("rank").values_list("shopper_id", flat=True))
        )
        TicketLine.objects.update(room_opens_at=None)

    assert sorted(orders[0]) == sorted(orders[1]) == sorted(people)
    assert orders[0] != orders[1]


def test_before_it_closes_a_room_is_not_drawn_and_after_it_nobody_enters() -> None:
    opens_ms, (early, late) = opening(), shoppers(2)
    fill(opens_ms, [early])

    assert not draw_due_room(now=from_unix_ms(opens_ms - CLOSES_BEFORE_MS - 1))
    with pytest.raises(RoomClosed):
        enter_room(opens_ms=opens_ms, shopper_id=late, writer_id=0, now=from_unix_ms(opens_ms - CLOSES_BEFORE_MS))
    draw(opens_ms)
    with pytest.raises(RoomClosed):
        enter_room(opens_ms=opens_ms, shopper_id=late, writer_id=0, now=timezone.now())
    assert list(Entrant.objects.values_list("shopper_id", flat=True)) == [early]


def test_who_leaves_before_the_draw_has_no_place() -> None:
    opens_ms, (one, other) = opening(), shoppers(2)
    fill(opens_ms, [one, other])

    leave_room(opens_ms=opens_ms, shopper_id=one)
    draw(opens_ms)

    assert place_in_room(opens_ms=opens_ms, shopper_ids=[one]) is None
    assert place_in_room(opens_ms=opens_ms, shopper_ids=[other]) == PlaceInRoom(0, 0)


def test_who_was_many_guests_before_signing_in_has_the_lot_of_the_first_not_the_best_of_many() -> None:
    opens_ms, people = opening(), shoppers(9)
    fill(opens_ms, people)
    draw(opens_ms)
    ranks = dict(Entrant.objects.values_list("shopper_id", "rank"))

    for entered in ([8, 1, 3], [3, 8, 1]):
        mine = [people[number] for number in entered]
        assert place_in_room(opens_ms=opens_ms, shopper_ids=mine) == PlaceInRoom(0, ranks[people[1]])


def test_a_room_waits_for_the_draw_until_the_one_before_it_has_opened() -> None:
    first_ms = opening()
    for opens_ms in (first_ms, first_ms + 5_000):
        fill(opens_ms, shoppers(2))
    draw(first_ms)

    assert not draw(first_ms + 5_000)
    TicketLine.objects.update(room_opens_at=timezone.now() - timedelta(seconds=1))
    assert draw(first_ms + 5_000)
    assert read_ticket_line(0).room_from == 2


def test_a_room_without_anybody_is_drawn_and_shuts_no_gate() -> None:
    opens_ms, (one,) = opening(), shoppers(1)
    fill(opens_ms, [one])
    leave_room(opens_ms=opens_ms, shopper_id=one)

    assert draw(opens_ms)
    assert read_ticket_line(0) == LineState(0, 0)


def test_no_number_of_a_room_is_admitted_before_it_opens_and_all_of_them_after() -> None:
    opens_ms = opening()
    move_ticket_line(writer_id=0, draw=10, admit=0)
    fill(opens_ms, shoppers(5))
    draw(opens_ms)

    shut = move_ticket_line(writer_id=0, draw=0, admit=100)
    TicketLine.objects.update(room_opens_at=timezone.now())
    opened = move_ticket_line(writer_id=0, draw=0, admit=3)

    assert (shut.admitted, shut.room_waits) == (10, False)
    assert (opened.admitted, opened.room_waits, opened.is_shut) == (13, True, False)
    assert not move_ticket_line(writer_id=0, draw=0, admit=2).room_waits


def test_the_database_refuses_two_with_one_rank() -> None:
    opens_ms, people = opening(), shoppers(2)
    fill(opens_ms, people)
    draw(opens_ms)

    with pytest.raises(IntegrityError, match="inv_24_one_rank"):
        Entrant.objects.filter(opens_ms=opens_ms).update(rank=0)


def test_a_crash_in_the_middle_of_a_draw_leaves_nothing_of_it() -> None:
    opens_ms, people = opening(), shoppers(4)
    fill(opens_ms, people)

    with transaction.atomic():
        draw(opens_ms)
        transaction.set_rollback(True)

    assert read_ticket_line(0) == LineState(0, 0)
    assert not Block.objects.exists()
    assert draw(opens_ms)
    assert set(Entrant.objects.values_list("rank", flat=True)) == {0, 1, 2, 3}


def test_rooms_of_yesterday_are_forgotten_some_rows_at_a_time() -> None:
    opens_ms = opening()
    fill(opens_ms, shoppers(3))
    draw(opens_ms)
    fill(opens_ms + 86_400_000, shoppers(1))
    later = from_unix_ms(opens_ms + ROOM_KEPT_MS + 1)

    assert [forget_rooms(now=later, rows_max=2) for _ in range(2)] == [2, 1]
    assert list(Room.objects.values_list("opens_ms", flat=True)) == [opens_ms + 86_400_000]
    assert Entrant.objects.count() == 1
    assert not Block.objects.exists()
