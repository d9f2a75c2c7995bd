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
    """Return the best place of somebody who may have been several shoppers before signing in; None: they have none."""
    entrants = Entrant.objects.filter(opens_ms=opens_ms, shopper_id__in=shopper_ids)
    found = list(entrants.values_list("writer_id", "rank"))
    if not found:
        return None
    blocks = dict(Block.objects.filter(room_id=opens_ms).values_list("writer_id", "first_number"))
    places = [
        PlaceInRoom(writer_id, None if rank is None else blocks[writer_id] + rank) for writer_id, rank in sorted(found)
    ]
    return min(places, key=lambda one: -1 if one.number is None else one.number)


def room_is_drawn(*, opens_ms: int) -> bool:
    """Return whether the order of a room was drawn."""
    return Room.objects.filter(opens_ms=opens_ms, drawn_at__isnull=False).exists()
