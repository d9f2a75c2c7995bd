"""Writing that orders are shipped, delivered and completed, with their parcels and what is waited for; nothing is
decided here."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from fairground.checkout.refunds import read_sold_lines
from fairground.checkout.rules.paying import OrderOfPurchase
from fairground.checkout.rules.refunding import OrderBack
from fairground.checkout.rules.shipping import PartlyShipped, units_shipped
from fairground.fulfilment.actions import (
    await_receipts,
    end_receipts,
    set_parcels_delivered,
    write_remaining_parcels,
)
from fairground.fulfilment.queries import parcels_of
from fairground.fulfilment.rules import assumed_delivered_at, completes_at
from fairground.kernel.outbox import OUTBOX_ROWS, OutboxKind
from fairground.kernel.writer import Turn
from fairground.markets.queries import market_facts
from fairground.orders.actions import set_order_states
from fairground.orders.rules import Step

_EVENTS = {
    Step.SHIPPED: OutboxKind.ORDER_SHIPPED,
    Step.DELIVERED: OutboxKind.ORDER_DELIVERED,
    Step.COMPLETED: OutboxKind.ORDER_COMPLETED,
}


def take_orders_on(orders: Sequence[OrderOfPurchase], *, then: Step, at: datetime) -> None:
    """Take orders that may go there to shipped, delivered or completed; the caller holds their turn and has looked.

    Whatever of a shipped order is in no parcel yet goes into one without a carrier.
    """
    ids = [one.order_id for one in orders]
    by_state: dict[Step, list[int]] = {}
    for order in orders:
        by_state.setdefault(Step(order.state), []).append(order.order_id)
    for state, some in by_state.items():
        set_order_states(some, now=state, then=then, at=at)
    if then is Step.SHIPPED:
        write_remaining_parcels(ids, at=at)
        _await_parcels(ids, shipped_at=at)
    elif then is Step.DELIVERED:
        set_parcels_delivered(ids, at=at)
        await_receipts(_completing(orders, at))
    else:
        assert then is Step.COMPLETED, then
        end_receipts(ids)


def tell_taken_on(*, turn: Turn, taken: Sequence[tuple[int, Step]], now_ms: int) -> None:
    """Make known which orders were taken where; the caller has reserved an event each, and used none."""
    rows = [
        OUTBOX_ROWS.row(turn.writer_id, turn.outbox_seq + number, _EVENTS[then].value, order_id, now_ms)
        for number, (order_id, then) in enumerate(taken, 1)
    ]
    with connection.cursor() as cursor:
        OUTBOX_ROWS.write(cursor, rows)


def _await_parcels(order_ids: Sequence[int], *, shipped_at: datetime) -> None:
    await_receipts(dict.fromkeys(order_ids, assumed_delivered_at(shipped_at=shipped_at)))


def _completing(orders: Sequence[OrderOfPurchase], delivered_at: datetime) -> dict[int, datetime]:
    markets = {one.code: one for one in market_facts()}
    return {
        one.order_id: completes_at(
            delivered_at=delivered_at,
            days=markets[one.market.decode()].withdrawal_days,
            zone=markets[one.market.decode()].time_zone,
        )
        for one in orders
    }


def ship_what_is_packed(backs: Sequence[OrderBack], *, at: datetime) -> list[int]:
    """Take orders to shipped of which all that is kept is in parcels once these units went back; return which.

    :raises PartlyShipped: units that would go back on the shelf are in a parcel of an order that has not left yet
    """
    paid = [back for back in backs if back.order.state == Step.PAID]
    here = {back.order.order_id: back for back in paid if any(plan.restocked for plan in back.refunds)}
    parcels = parcels_of(order_ids=here)
    if not parcels:
        return []
    lines = read_sold_lines(list(parcels))
    ready: list[int] = []
    for order_id, packed in sorted(parcels.items()):
        back, shipped = here[order_id], units_shipped(packed)
        going = {plan.line.line_no: plan.units for plan in back.refunds}
        left = {
            one.line_no: one.kept_units - going.get(one.line_no, 0) - shipped.get(one.line_no, 0)
            for one in lines[order_id]
        }
        if min(left.values()) < 0:
            raise PartlyShipped(order_id=order_id)
        if not any(left.values()):
            ready.append(order_id)
    set_order_states(ready, now=Step.PAID, then=Step.SHIPPED, at=at)
    _await_parcels(ready, shipped_at=at)
    return ready
