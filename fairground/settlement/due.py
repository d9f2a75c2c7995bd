"""Reads of what is due: in steps over all of it, and again, by key, of a step's rows under their turn.

Both leave out what has to wait, as merchants that are held have it; only the steps leave out what was set aside.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection
from msgspec import Struct

from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.laps import Lanes
from fairground.kernel.sql import array_text, load_sql
from fairground.settlement.rules.payouts import EntryKind


class DepositOwed(Struct, frozen=True):
    """A deposit that ended: a forfeit is the merchant's, a penalty it owes the platform."""

    order_id: int
    merchant_id: int
    currency: str
    kind: EntryKind
    amount_minor: int


class ReserveAt(Struct, frozen=True):
    """Where a reserve stands among those of its lane: when its days are over, and of which order it is."""

    order_id: int
    until: datetime


class ReserveDue(Struct, frozen=True):
    """A reserve whose days are over."""

    order_id: int
    merchant_id: int
    currency: str
    reserve_minor: int


def next_due(*, lanes: Lanes, after_id: int | None, orders_max: int) -> list[int]:
    """Return the next orders that are due in these lanes after one, by lane and id."""
    return [order_id for (order_id,) in _next("due_orders", lanes, after_id, orders_max)]


def due_among(order_ids: Collection[int]) -> list[int]:
    """Return those of these orders that are due; under their turn it holds."""
    return [order_id for (order_id,) in _among("due_among", order_ids)]


def next_deposits_due(*, lanes: Lanes, after_id: int | None, deposits_max: int) -> list[int]:
    """Return the next orders in these lanes after one whose deposits are to be settled, by lane and id."""
    return [order_id for (order_id,) in _next("deposits_due", lanes, after_id, deposits_max)]


def deposits_due_among(order_ids: Collection[int]) -> list[DepositOwed]:
    """Return what of these orders' deposits is to be settled; under their turn it holds."""
    return [
        DepositOwed(row[0], row[1], row[2], EntryKind(row[3]), row[4])
        for row in _among("deposits_due_among", order_ids)
    ]


def next_reserves_due(*, lanes: Lanes, now: datetime, after: ReserveAt | None, orders_max: int) -> list[ReserveAt]:
    """Return the next reserves in these lanes after one whose days are over, by lane, by when they were, and by id."""
    after_id, until = (after.order_id, after.until) if after else (None, from_unix_ms(0))
    rows = _next("reserves_due", lanes, after_id, orders_max, now=now, after_until=until)
    return [ReserveAt(*row) for row in rows]


def reserves_due_among(order_ids: Collection[int], *, now: datetime) -> list[ReserveDue]:
    """Return those of these orders' reserves whose days are over; under their turn it holds."""
    return [ReserveDue(*row) for row in _among("reserves_due_among", order_ids, now=now)]


def _next(statement: str, lanes: Lanes, after_id: int | None, rows_max: int, **more: datetime) -> list[tuple[Any, ...]]:
    facts: dict[str, Any] = {
        "lane_from": lanes[0],
        "lane_to": lanes[1],
        "after_lane": -1 if after_id is None else lane_of(after_id),
        "after_id": after_id or 0,
        "rows_max": rows_max,
    }
    with connection.cursor() as cursor:
        cursor.execute(load_sql("settlement", statement), facts | more)
        return list(cursor.fetchall())


def _among(statement: str, order_ids: Collection[int], **more: datetime) -> list[tuple[Any, ...]]:
    facts: dict[str, Any] = {"lanes": array_text(map(lane_of, order_ids)), "ids": array_text(order_ids)}
    with connection.cursor() as cursor:
        cursor.execute(load_sql("settlement", statement), facts | more)
        return list(cursor.fetchall())
