"""Releasing completed orders from escrow: in batches, each a transaction, so that a kill loses nothing."""

from collections.abc import Callable, Sequence
from itertools import groupby

from django.db import connection, transaction

from fairground.kernel.ids import lane_of
from fairground.kernel.laps import Lanes
from fairground.kernel.outbox import OutboxEvent, OutboxKind
from fairground.kernel.sql import array_text, load_sql
from fairground.kernel.writer import Turn, take_turn, writers_by_lane, writers_of_lanes
from fairground.settlement.actions.posting import IDS_A_CHANGE_MAX, Change, post_changes
from fairground.settlement.due import due_among, next_due
from fairground.settlement.queries import OrderSums, read_order_sums
from fairground.settlement.rows import RELEASE_ROWS
from fairground.settlement.rules.parting import NOTHING, Parts, target
from fairground.settlement.rules.payouts import EntryKind

# By hand: the turn is held for about a tenth of a second, and more a batch gains nothing.
ORDERS_A_BATCH_MAX = 1_000
# In the background, beside a sale: for some tens of milliseconds.
ORDERS_A_STEP_MAX = 200
MS_PER_DAY = 86_400_000


def note_completed(events: Sequence[OutboxEvent]) -> None:
    """Write down as due which orders were completed, from the outbox; twice is once."""
    ids = [event.subject_id for event in events if event.kind is OutboxKind.ORDER_COMPLETED]
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(
                load_sql("settlement", "note_due"),
                {"lanes": array_text(map(lane_of, ids)), "ids": array_text(ids)},
            )


def release_orders(
    *,
    now_ms: int,
    batch_max: int = ORDERS_A_BATCH_MAX,
    orders_max: int | None = None,
    on_released: Callable[[int], None] | None = None,
) -> int:
    """Release the orders that are due, and return how many; those of merchants that are held stay due.

    So does an order while an open case holds units of it, or while a withdrawal from it is not settled.

    Their money goes from escrow to what the merchants are owed, less the parts of others (`rules.parting.target`).
    Each batch is a transaction under the turn of one writer: after a kill the rest is still due, and an order that is
    released is no longer. A batch has at most `batch_max` orders, and none begins after `orders_max`; `on_released` is
    told how many are done after each.
    """
    done = 0
    for lanes in lanes_of_writers():
        last_id = None
        while orders_max is None or done < orders_max:
            order_ids = next_due(lanes=lanes, after_id=last_id, orders_max=batch_max)
            if not order_ids:  # nobody holds a turn for nothing
                break
            last_id = order_ids[-1]
            done += release_these(order_ids=order_ids, now_ms=now_ms)
            if on_released:
                on_released(done)
    return done


def release_these(*, order_ids: Sequence[int], now_ms: int) -> int:
    """Release those of these orders that are due, in one transaction, and return how many; also what was set aside."""
    with transaction.atomic(durable=True):
        turn = take_turn(
            writer_ids=writers_of_lanes(map(lane_of, order_ids)),
            now_ms=now_ms,
            ids_max=IDS_A_CHANGE_MAX * len(order_ids),
            outbox_rows=0,
        )
        due = due_among(order_ids)
        if due:
            _write(turn, read_order_sums(due), now_ms)
    return len(due)


def lanes_of_writers() -> list[Lanes]:
    """Return the lanes of each writer."""
    numbered = groupby(enumerate(writers_by_lane()), key=lambda pair: pair[1])
    found = [[lane for lane, _ in some] for _, some in numbered]
    return [(lanes[0], lanes[-1] + 1) for lanes in found]


def _write(turn: Turn, orders: Sequence[OrderSums], now_ms: int) -> None:
    parts = [target(order.sold, order.gone, order.kept, order.shares) for order in orders]
    rows = [_release_row(order, share, now_ms) for order, share in zip(orders, parts, strict=True)]
    ids = [order.order_id for order in orders]
    with connection.cursor() as cursor:
        RELEASE_ROWS.write(cursor, rows)
        cursor.execute(
            load_sql("settlement", "forget_due"), {"lanes": array_text(map(lane_of, ids)), "ids": array_text(ids)}
        )
    changes = [
        Change(order.order_id, order.merchant_id, order.currency, order.creator_id, EntryKind.RELEASE, share)
        for order, share in zip(orders, parts, strict=True)
        if share != NOTHING  # all of it went back before
    ]
    post_changes(turn=turn, changes=changes, now_ms=now_ms)


def _release_row(order: OrderSums, parts: Parts, now_ms: int) -> bytes:
    return RELEASE_ROWS.row(
        lane_of(order.order_id),
        order.order_id,
        order.merchant_id,
        order.currency.encode(),
        order.shares.fee_tax_bps,
        order.shares.reserve_bps,
        now_ms,
        parts.escrow_minor,
        parts.discounts_minor,
        parts.commission_minor,
        parts.fee_tax_minor,
        parts.creator_minor,
        parts.reserve_minor,
        parts.payable_minor,
        parts.duties_minor,
        order.creator_id,
        now_ms + order.reserve_days * MS_PER_DAY if order.reserve_days else None,
    )
