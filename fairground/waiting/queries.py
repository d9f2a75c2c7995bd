"""Where a shopper stands in a waiting room."""

from collections.abc import Collection
from dataclasses import dataclass

from fairground.waiting.models import Block, Entrant, Room


@dataclass(frozen=True, slots=True)
class PlaceInRoom:
    """`number` is the one in the writer's line; None until the order was drawn."""

    writer_id: int
    number: int | None


def place_in_room(*, opens_ms: int, shopper_ids: Collection[int]) -> PlaceInRoom | None:
    """Return the place of somebody who may have been several shoppers before signing in; None: they have none.

    It is that of the one who entered first: many guests in one person's hand are one lot, not the best of many.
    """
    entrants = Entrant.objects.filter(opens_ms=opens_ms, shopper_id__in=shopper_ids)
    found = entrants.order_by("entered_at", "shopper_id").values_list("writer_id", "rank").first()
    if found is None:
        return None
    writer_id, rank = found
    if rank is None:
        return PlaceInRoom(writer_id, None)
    block = Block.objects.get(room_id=opens_ms, writer_id=writer_id)
    return PlaceInRoom(writer_id, block.first_number + rank)


def room_is_drawn(*, opens_ms: int) -> bool:
    """Return whether the order of a room was drawn."""
    return Room.objects.filter(opens_ms=opens_ms, drawn_at__isnull=False).exists()
