"""A turn over purchases whose lanes are only known once they are read."""

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from django.db import transaction

from fairground.checkout.queries import read_purchases
from fairground.checkout.rules.paying import PurchaseFacts
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import busy_where_locked, take_turn_soon
from fairground.kernel.ids import LANES, lane_of
from fairground.kernel.writer import Turn, take_turn, writers_of_lanes

Result = TypeVar("Result")


class _MoreWriters(Exception):  # noqa: N818 - rolls the turn back, never leaves this file
    """An order of the batch lies in lanes of a writer that was not locked."""


def with_turn(
    work: Callable[[Turn, Mapping[int, PurchaseFacts]], Result],
    *,
    purchase_ids: Collection[int],
    lanes: Collection[int],
    now_ms: int,
    ids_max: int,
    outbox_rows: int,
    by_hand: bool = False,
) -> Result:
    """Run `work` in one durable transaction that holds the turn of the purchases, their orders, their
    shoppers, the wallets that pay, and `lanes`.

    A purchase leads to its orders only once it is read, and they may lie in lanes of another writer: then the turn
    is taken again with that writer too. With one writer a realm, as on one machine, that never happens.

    `by_hand` is for what somebody waits for before a page, which takes its thread.

    :raises ShopBusy: by hand, and the turn or another lock was not had in time; nothing changed
    """
    take = take_turn_soon if by_hand else take_turn
    ids = {one for one in purchase_ids if lane_of(one) < LANES}
    writer_ids = set(writers_of_lanes([lane_of(one) for one in ids] + list(lanes)))
    while True:
        try:
            with busy_where_locked(), transaction.atomic(durable=True):
                turn = take(writer_ids=sorted(writer_ids), now_ms=now_ms, ids_max=ids_max, outbox_rows=outbox_rows)
                purchases = read_purchases(ids, now=from_unix_ms(now_ms))
                needed = set(writers_of_lanes(_lanes(purchases)))
                if not needed <= writer_ids:
                    writer_ids |= needed
                    raise _MoreWriters
                return work(turn, purchases)
        except _MoreWriters:
            continue


def _lanes(purchases: Mapping[int, PurchaseFacts]) -> set[int]:
    orders = {lane_of(order.order_id) for one in purchases.values() for order in one.orders}
    people = {lane_of(who) for one in purchases.values() for who in (one.shopper_id, one.payer_id)}
    return orders | people
