"""Taking back of released orders what is refunded afterwards, from everybody who had a part of it."""

from collections.abc import Collection, Mapping

from django.db import connection

from fairground.kernel.ids import lane_of
from fairground.kernel.sql import array_text, load_sql
from fairground.kernel.writer import Turn
from fairground.settlement.actions.posting import IDS_A_CHANGE_MAX, Change, post_changes
from fairground.settlement.queries import read_order_sums, read_released
from fairground.settlement.rules.parting import NOTHING, Parts, Shares, difference, target
from fairground.settlement.rules.payouts import EntryKind

# A refund of a released order changes each of its parts once.
ADJUSTED_IDS_MAX = IDS_A_CHANGE_MAX


def adjust_releases(*, turn: Turn, order_ids: Collection[int], now_ms: int) -> None:
    """Post for those of these orders that were released the difference to what is left after their refunds.

    Their escrow then holds what is about to be paid back; merchants may owe for it. Others are left as they are: their
    money still lies in escrow. The refunds' rows are written, the caller holds the orders' turn, and has reserved
    `ADJUSTED_IDS_MAX` ids an order.
    """
    released = read_released(order_ids)
    changed: dict[int, Parts] = {}
    changes: list[Change] = []
    for order in read_order_sums(released.keys()) if released else []:
        before = released[order.order_id]
        shares = Shares(before.fee_tax_bps, order.shares.creator_bps, before.reserve_bps)
        after = target(order.sold, order.gone, order.kept, shares)
        moved = difference(after, before.parts)
        if moved != NOTHING:
            changed[order.order_id] = after
            changes.append(
                Change(order.order_id, order.merchant_id, order.currency, order.creator_id, EntryKind.REFUND, moved)
            )
    if changes:
        _change(changed)
        post_changes(turn=turn, changes=changes, now_ms=now_ms)


def _change(parts: Mapping[int, Parts]) -> None:
    ids = sorted(parts, key=lambda order_id: (lane_of(order_id), order_id))
    ordered = [parts[order_id] for order_id in ids]
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("settlement", "change_releases"),
            {
                "lanes": array_text(map(lane_of, ids)),
                "ids": array_text(ids),
                "escrow": array_text(one.escrow_minor for one in ordered),
                "discounts": array_text(one.discounts_minor for one in ordered),
                "commission": array_text(one.commission_minor for one in ordered),
                "fee_tax": array_text(one.fee_tax_minor for one in ordered),
                "creator": array_text(one.creator_minor for one in ordered),
                "reserve": array_text(one.reserve_minor for one in ordered),
                "payable": array_text(one.payable_minor for one in ordered),
                "duties": array_text(one.duties_minor for one in ordered),
            },
        )
        assert cursor.rowcount == len(ids), (cursor.rowcount, ids)
