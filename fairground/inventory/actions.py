"""Writes of places and stock."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F

from fairground.festivals.declared import DeclarationState
from fairground.festivals.models import Declaration
from fairground.inventory.models import Place
from fairground.inventory.queries import DealToFreeze, deals_to_freeze
from fairground.inventory.rules import FrozenDeals, StockLine
from fairground.kernel.copying import copy_table
from fairground.kernel.edits import tell_offers_changed
from fairground.kernel.ids import LANES, lane_of
from fairground.kernel.models import Writer
from fairground.kernel.refusal import Refusal
from fairground.kernel.sql import array_text, load_sql
from fairground.kernel.writer import Turn, take_turn, writers_of_lanes
from fairground.merchants.rules import MerchantKey, PlaceRecord

# The opening second waits for a chunk to commit; at this size that takes about 20 ms.
FREEZE_CHUNK_DEALS = 500

_STOCK_ROWS = copy_table(
    "inventory_stock",
    {"lane": "int2", "id": "int8", "sku_id": "int8", "place_id": "int8", "deal_id": "int8?", "units": "int4"},
)


class StockShortForDeals(Refusal):
    """Deals promise more units than are free; `deals` lists (deal id, SKU id, units promised, units free)."""


def ensure_places(*, places: Mapping[MerchantKey, PlaceRecord], now_ms: int) -> dict[MerchantKey, int]:
    """Make each merchant's warehouse if it has none of this name, and return the places' ids.

    One that is not stated is made only for a merchant that has no warehouse; of several the first made is taken.
    Where a country is stated, a place that is there gets it and its city: one that is not stated only if it had none.
    The writers' `offers_version` is raised if a place changed, as customs counts by it.
    """
    merchant_ids = [key.id for key in places]
    with transaction.atomic():
        turn = take_turn(writer_ids=writers_of_lanes(range(LANES)), now_ms=now_ms, ids_max=len(places), outbox_rows=0)
        found: dict[tuple[int, str], Place] = {}
        first: dict[int, Place] = {}
        for there in Place.objects.filter(merchant__in=merchant_ids).order_by("id"):
            found[there.merchant_id, there.name] = there
            if there.kind == "warehouse":
                first.setdefault(there.merchant_id, there)
        ids: dict[MerchantKey, int] = {}
        made: list[Place] = []
        moved: list[Place] = []
        for key, place in places.items():
            kept = found.get((key.id, place.name)) if place.stated else first.get(key.id)
            if kept is None:
                kept = _new_place(turn.ids.draw(key.lane), key.id, place)
                made.append(kept)
            elif _is_moved(kept, place):
                kept.country, kept.city = place.country, place.city
                moved.append(kept)
            ids[key] = kept.id
        Place.objects.bulk_create(made)
        Place.objects.bulk_update(moved, ["country", "city"])
        if moved:
            tell_offers_changed(turn)
    return ids


def _is_moved(there: Place, stated: PlaceRecord) -> bool:
    if not stated.country or (there.country and not stated.stated):
        return False
    return (there.country, there.city) != (stated.country, stated.city)


def _new_place(place_id: int, merchant_id: int, place: PlaceRecord) -> Place:
    return Place(
        id=place_id,
        merchant_id=merchant_id,
        kind="warehouse",
        name=place.name,
        city=place.city,
        country=place.country,
        latitude=place.latitude,
        longitude=place.longitude,
    )


def write_stock(*, turn: Turn, lines: Sequence[StockLine]) -> int:
    """Give new SKUs their first units, add or take the difference where units are stated; return the rows.

    Units are all that was ever given, so what was sold since, or moved to a deal, makes no difference; what is
    reserved or sold is never taken. The caller has the turn, with at least one id a line.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("inventory", "stock_totals"),
            {
                "lanes": [line.lane for line in lines],
                "sku_ids": [line.sku_id for line in lines],
                "place_ids": [line.place_id for line in lines],
            },
        )
        there = {(row[0], row[1]): (int(row[2]), row[3]) for row in cursor.fetchall()}
        new: list[bytes] = []
        deltas: list[tuple[int, int, int]] = []
        for line in lines:
            total, stock_id = there.get((line.sku_id, line.place_id), (None, None))
            if total is None:
                stock_id = turn.ids.draw(line.lane)
                new.append(_STOCK_ROWS.row(line.lane, stock_id, line.sku_id, line.place_id, None, line.units))
            elif line.stated and stock_id is not None and line.units != total:
                deltas.append((line.lane, stock_id, line.units - total))
        _STOCK_ROWS.write(cursor, new)
        _add_units(deltas)
    return len(new) + len(deltas)


def freeze_deals(*, festival: str, now_ms: int, leave_short: bool = False) -> FrozenDeals:
    """Move each deal's units from the SKU's stock row into a row of its own; deals that have one stay.

    With `leave_short` deals that promise more than is free stay as they are, and hold up no other.

    :raises StockShortForDeals: nothing was moved, unless stock was taken while the freeze ran; then the
        chunks before it were, and freezing again goes on from there
    """
    if not leave_short:
        _refuse_short(deals_to_freeze(festival=festival, deals_max=None))
    deals = units = 0
    while True:
        with transaction.atomic():
            turn = take_turn(
                writer_ids=writers_of_lanes(range(LANES)),
                now_ms=now_ms,
                ids_max=FREEZE_CHUNK_DEALS,
                outbox_rows=0,
            )
            chunk = deals_to_freeze(festival=festival, deals_max=FREEZE_CHUNK_DEALS, leave_short=leave_short)
            if not chunk:
                return FrozenDeals(deals, units)
            _refuse_short(chunk)
            _move_to_deals(turn, chunk)
        deals += len(chunk)
        units += sum(deal.units for deal in chunk)


def _refuse_short(deals: Sequence[DealToFreeze]) -> None:
    short = tuple((deal.id, deal.sku_id, deal.units, deal.free) for deal in deals if deal.units > deal.free)
    if short:
        raise StockShortForDeals(deals=short)


def _move_to_deals(turn: Turn, deals: Sequence[DealToFreeze]) -> None:
    approved = Declaration.objects.filter(deal_id__in=[deal.id for deal in deals], state=DeclarationState.APPROVED)
    approved.update(state=DeclarationState.FROZEN.value)
    _add_units([(deal.lane, deal.stock_id, -deal.units) for deal in deals])
    rows = [
        _STOCK_ROWS.row(deal.lane, turn.ids.draw(deal.lane), deal.sku_id, deal.place_id, deal.id, deal.units)
        for deal in deals
    ]
    with connection.cursor() as cursor:
        _STOCK_ROWS.write(cursor, rows)
    Writer.objects.filter(id__in=turn.offers_versions).update(offers_version=F("offers_version") + 1)


def _add_units(deltas: Sequence[tuple[int, int, int]]) -> None:
    """Change stock rows by (lane, id, units)."""
    if not deltas:
        return
    lanes, ids, units = zip(*deltas, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("inventory", "add_units"),
            {"lanes": list(lanes), "ids": list(ids), "deltas": list(units)},
        )


class UnitsMoved(NamedTuple):
    """What a batch adds to a stock row; negative gives back."""

    reserved: int
    sold: int


def move_units(moves: Mapping[int, UnitsMoved]) -> None:
    """Move units by stock id between free, reserved and sold; the caller holds the turn of their lanes.

    A row that would come out of range breaks INV-1's CHECK and with it the whole transaction.
    """
    if not moves:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("inventory", "move_units"),
            {
                "ids": array_text(moves),
                "lanes": array_text(map(lane_of, moves)),
                "reserved": array_text([move.reserved for move in moves.values()]),
                "sold": array_text([move.sold for move in moves.values()]),
            },
        )
        assert cursor.rowcount == len(moves), f"{len(moves) - cursor.rowcount} of these rows are not there: {moves}"
