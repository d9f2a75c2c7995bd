"""Writes of shoppers."""

import secrets

from django.db import connection, transaction

from fairground.identity.models import Shopper
from fairground.kernel.copying import copy_table
from fairground.kernel.edits import Act, By, write_audit
from fairground.kernel.ids import IDS_PER_LANE_AND_MS, LANES, make_id
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import take_turn, writers_of_lanes

_SHOPPER_ROWS = copy_table("identity_shopper", {"id": "int8", "lane": "int2", "verified": "bool"})


def create_shoppers(*, count: int, now_ms: int, verified: bool = True) -> list[int]:
    """Make `count` shoppers, spread evenly over the lanes, and return their ids.

    The turn is taken only to draw ids; the rows are written after it, so that no order waits for them.
    """
    with transaction.atomic():
        turn = take_turn(
            writer_ids=writers_of_lanes(range(LANES)),
            now_ms=now_ms,
            ids_max=-(-count // LANES),
            outbox_rows=0,
        )
    ids = [turn.ids.draw(number % LANES) for number in range(count)]
    with transaction.atomic(), connection.cursor() as cursor:
        _SHOPPER_ROWS.write(
            cursor,
            [_SHOPPER_ROWS.row(shopper_id, number % LANES, verified) for number, shopper_id in enumerate(ids)],
        )
    return ids


def create_guest(*, now_ms: int) -> int:
    """Make a shopper who is not verified, and return the id; it waits for no batch.

    The lane and the place in the millisecond are drawn by chance, so that no writer's turn is needed; where the id is
    taken another one is drawn.
    """
    while True:
        lane = secrets.randbelow(LANES)
        shopper_id = make_id(unix_ms=now_ms, lane=lane, sequence=secrets.randbelow(IDS_PER_LANE_AND_MS))
        _, made = Shopper.objects.get_or_create(id=shopper_id, defaults={"lane": lane})
        if made:
            return shopper_id


class NoSuchShopper(Refusal):
    """There is no shopper with this id."""


class ReasonMissing(Refusal):
    """Who blocks or unblocks somebody says why."""


def set_blocked(*, shopper_id: int, blocked: bool, by: By) -> bool:
    """Block a shopper or lift the block, and return whether anything changed; doors know within a second.

    :raises ReasonMissing: nothing changed
    :raises NoSuchShopper: nothing changed
    """
    if not by.reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        shopper = Shopper.objects.select_for_update().filter(id=shopper_id).first()
        if shopper is None:
            raise NoSuchShopper(shopper=shopper_id)
        if (shopper.blocked_at is not None) == blocked:
            return False
        Shopper.objects.filter(id=shopper_id).update(blocked_at=by.now if blocked else None)
        write_audit(by=by, acts=[Act("blocked" if blocked else "unblocked", "shopper", shopper_id)])
    return True
