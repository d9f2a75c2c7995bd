"""Giving merchants the reserves whose days are over."""

from collections.abc import Sequence

from django.db import connection, transaction

from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import LANES, lane_of
from fairground.kernel.sql import array_text, load_sql
from fairground.kernel.writer import Turn, take_turn, writers_of_lanes
from fairground.settlement.actions.posting import IDS_A_CHANGE_MAX, Change, post_changes
from fairground.settlement.actions.release_orders import writers_and_lanes
from fairground.settlement.queries import ReserveDue, read_reserves_due
from fairground.settlement.rules.parting import Parts
from fairground.settlement.rules.payouts import EntryKind

# The turn is held for some tens of milliseconds, as with releases beside a sale.
RESERVES_A_BATCH_MAX = 500


def return_reserves(*, now_ms: int) -> int:
    """Move the reserves whose days are over to what their merchants are owed, and return of how many orders.

    Reserves of merchants that are held stay. Each batch is a transaction under the turn of one writer.
    """
    done = 0
    for writer_id, lanes in writers_and_lanes():
        while count := _return_batch(writer_id, lanes, now_ms):
            done += count
    return done


def _return_batch(writer_id: int, lanes: tuple[int, int], now_ms: int) -> int:
    now = from_unix_ms(now_ms)
    if not read_reserves_due(lanes=lanes, now=now, orders_max=1):  # nobody holds a turn for nothing
        return 0
    with transaction.atomic(durable=True):
        turn = take_turn(
            writer_ids=[writer_id], now_ms=now_ms, ids_max=IDS_A_CHANGE_MAX * RESERVES_A_BATCH_MAX, outbox_rows=0
        )
        due = read_reserves_due(lanes=lanes, now=now, orders_max=RESERVES_A_BATCH_MAX)
        _return(turn, due, now_ms)
    return len(due)


def return_these(*, order_ids: Sequence[int], now_ms: int) -> int:
    """Return those of these orders' reserves whose days are over, in one transaction, also what was set aside."""
    with transaction.atomic(durable=True):
        turn = take_turn(
            writer_ids=writers_of_lanes(map(lane_of, order_ids)),
            now_ms=now_ms,
            ids_max=IDS_A_CHANGE_MAX * len(order_ids),
            outbox_rows=0,
        )
        now = from_unix_ms(now_ms)
        due = read_reserves_due(lanes=(0, LANES), now=now, orders_max=len(order_ids), only=order_ids)
        _return(turn, due, now_ms)
    return len(due)


def _return(turn: Turn, due: Sequence[ReserveDue], now_ms: int) -> None:
    ids = [one.order_id for one in due]
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("settlement", "end_reserves"), {"lanes": array_text(map(lane_of, ids)), "ids": array_text(ids)}
        )
    changes = [
        Change(
            order_id=one.order_id,
            merchant_id=one.merchant_id,
            currency=one.currency,
            creator_id=None,
            kind=EntryKind.RESERVE,
            parts=Parts(reserve_minor=-one.reserve_minor),
        )
        for one in due
        if one.reserve_minor
    ]
    if changes:
        post_changes(turn=turn, changes=changes, now_ms=now_ms)
