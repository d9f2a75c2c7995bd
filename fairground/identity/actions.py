"""Writes of shoppers and their addresses."""

import secrets
from dataclasses import asdict
from datetime import datetime

from django.db import connection, transaction

from fairground.identity.models import SavedAddress, Shopper
from fairground.identity.rules import Address
from fairground.kernel.copying import copy_table
from fairground.kernel.ids import IDS_PER_LANE_AND_MS, LANES, make_id
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import take_turn, writers_of_lanes

_SHOPPER_ROWS = copy_table("identity_shopper", {"id": "int8", "lane": "int2", "verified": "bool"})

# Home, work, parents and friends; what a page can show at once.
ADDRESSES_MAX = 20


class AddressBookFull(Refusal):
    """The shopper keeps as many addresses as one may; one must go before another comes."""


class NoSuchAddress(Refusal):
    """The shopper keeps no address with this id."""


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


def save_address(*, shopper_id: int, address: Address, now: datetime) -> int:
    """Keep an address for a shopper's next purchase and return its id; the first one is the default.

    One that is kept already is only marked as used `now`.

    :raises AddressBookFull: there are `ADDRESSES_MAX`; nothing changed
    """
    with transaction.atomic():
        _lock_shopper(shopper_id)
        content = {name: value for name, value in asdict(address).items() if value}
        content["lines"] = list(address.lines)
        kept = SavedAddress.objects.filter(shopper_id=shopper_id)
        same = kept.filter(address=content).first()
        if same:
            kept.filter(id=same.id).update(used_at=now)
            return same.id
        count = kept.count()
        if count >= ADDRESSES_MAX:
            raise AddressBookFull(most=ADDRESSES_MAX)
        return SavedAddress.objects.create(
            shopper_id=shopper_id, address=content, is_default=count == 0, used_at=now, created_at=now
        ).id


def delete_address(*, shopper_id: int, address_id: int) -> None:
    """Forget an address of a shopper; if it was the default, the one used last is it from now on.

    :raises NoSuchAddress: this shopper has none with this id; nothing changed
    """
    with transaction.atomic():
        _lock_shopper(shopper_id)
        kept = SavedAddress.objects.filter(shopper_id=shopper_id)
        deleted, _ = kept.filter(id=address_id).delete()
        if not deleted:
            raise NoSuchAddress(address_id=address_id)
        if not kept.filter(is_default=True).exists():
            last = kept.order_by("-used_at", "-id").values("id")[:1]
            kept.filter(id__in=last).update(is_default=True)


def make_default(*, shopper_id: int, address_id: int) -> None:
    """Let an address be the one that a shopper's next purchase begins with.

    :raises NoSuchAddress: this shopper has none with this id; nothing changed
    """
    with transaction.atomic():
        _lock_shopper(shopper_id)
        kept = SavedAddress.objects.filter(shopper_id=shopper_id)
        if not kept.filter(id=address_id).exists():
            raise NoSuchAddress(address_id=address_id)
        kept.filter(is_default=True).exclude(id=address_id).update(is_default=False)
        kept.filter(id=address_id).update(is_default=True)


def _lock_shopper(shopper_id: int) -> None:
    """Let one change of a shopper's addresses follow another: two at once would both find room, or both a default."""
    Shopper.objects.select_for_update(no_key=True).get(id=shopper_id)
