"""Giving merchants the reserves whose days are over."""

from collections.abc import Sequence

from django.db import connection, transaction

from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.sql import array_text, load_sql
from fairground.kernel.writer import Turn, take_turn, writers_of_lanes
from fairground.settlement.actions.posting import IDS_A_CHANGE_MAX, Change, post_changes
from fairground.settlement.actions.release_orders import lanes_of_writers
from fairground.settlement.due import ReserveDue, next_reserves_due, reserves_due_among
from fairground.settlement.rules.parting import Parts
from fairground.settlement.rules.payouts import EntryKind

# The turn is held for some tens of milliseconds, as with releases beside a sale.
RESERVES_A_BATCH_MAX = 500


def return_reserves(*, now_ms: int) -> int:
    """Move the reserves whose days are over to what their merchants are owed, and return of how many orders.

    Reserves of merchants that are held stay. Each batch is a transaction under the turn of one writer.
    """
    done, now = 0, from_unix_ms(now_ms)
    for lanes in lanes_of_writers():
        last = None
        # Nobody holds a turn for nothing.
        while due := next_reserves_due(lanes=lanes, now=now, after=last, orders_max=RESERVES_A_BATCH_MAX):
            last = due[-1]
            done += return_these(order_ids=[one.order_id for one in due], now_ms=now_ms)
    return done


def return_these(*, order_ids: Sequence[int], now_ms: int) -> int:
    """Return those of these orders' reserves whose days are over, in one transaction, also what was set aside."""
    with transaction.atomic(durable=True):
        turn = take_turn(
            writer_ids=writers_of_lanes(map(lane_of, order_ids)),
            now_ms=now_ms,
            ids_max=IDS_A_CHANGE_MAX * len(order_ids),
            outbox_rows=0,
        )
        due = reserves_due_among(order_ids, now=from_unix_ms(now_ms))
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
