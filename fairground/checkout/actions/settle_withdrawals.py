"""Settling a withdrawal from what had left: the goods are back, so is the money, and the order goes on by itself."""

from collections.abc import Mapping
from contextlib import nullcontext, suppress
from datetime import datetime

from fairground.checkout.actions.advance_orders import UnknownOrder
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.checkout.queries import purchases_of_orders
from fairground.checkout.refunds import read_sold_lines
from fairground.checkout.rules.paying import OrderOfPurchase, PurchaseFacts
from fairground.checkout.turns import with_turn
from fairground.fulfilment.actions import resume_receipt
from fairground.fulfilment.actions import settle_withdrawal as write_settled
from fairground.fulfilment.queries import withdrawals_of
from fairground.fulfilment.rules import assumed_delivered_at, completes_at
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import Act, By, write_audit
from fairground.kernel.ids import LANES, lane_of
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import Turn
from fairground.markets.queries import market_facts
from fairground.orders.models import Order
from fairground.orders.rules import RefundReason, Step


class NoOpenWithdrawal(Refusal):
    """The order is not withdrawn from, or nothing is left to do about it."""


class OnlyAPart(Refusal):
    """Only a part of the order is withdrawn from: which, stands in the shopper's own words."""


def refund_withdrawn(*, order_id: int, by: By) -> int:
    """Pay all back that is kept of an order that is withdrawn from, settle that, and return the minor units paid.

    Stopped in between, what was paid back stays so, and doing it again settles it.

    :raises NoOpenWithdrawal: there is none; nothing changed
    :raises OnlyAPart: not all of the order is withdrawn from; nothing changed
    :raises Refusal: as `refund_lines` does; nothing changed
    """
    found = withdrawals_of(order_ids=[order_id]).get(order_id) if lane_of(order_id) < LANES else None
    if found is None or found.settled_at is not None:
        raise NoOpenWithdrawal(order_id=order_id)
    if found.statement:
        raise OnlyAPart(order_id=order_id)
    kept = {(order_id, one.line_no): one.kept_units for one in read_sold_lines([order_id])[order_id] if one.kept_units}
    back = refund_lines(units=kept, reason=RefundReason.WITHDRAWN, by=by, seen=kept) if kept else []
    # Who saw nothing kept any more may have settled it in between: what went back here went back all the same.
    with suppress(NoOpenWithdrawal) if back else nullcontext():
        settle_withdrawal(order_id=order_id, by=by)
    return sum(one.paid_minor for one in back)


def settle_withdrawal(*, order_id: int, by: By) -> None:
    """Say that nothing is left to do about a withdrawal; its order goes on by itself again. It is in the audit log.

    :raises UnknownOrder: there is no such order
    :raises NoOpenWithdrawal: there is none, or it is settled; nothing changed
    :raises ShopBusy: the writers' turn was not had in time; nothing changed
    """
    if lane_of(order_id) >= LANES:
        raise UnknownOrder(order_id=order_id)

    def work(turn: Turn, purchases: Mapping[int, PurchaseFacts]) -> None:
        found = {order.order_id: order for one in purchases.values() for order in one.orders}
        if order_id not in found:
            raise UnknownOrder(order_id=order_id)
        if not write_settled(order_id, at=by.now):
            raise NoOpenWithdrawal(order_id=order_id)
        due_at = _due_at(found[order_id])
        if due_at:
            resume_receipt(order_id, due_at=due_at)
        write_audit(by=by, acts=[Act("withdrawal-settled", "order", order_id)])

    with_turn(
        work,
        purchase_ids=purchases_of_orders([order_id]),
        lanes=[lane_of(order_id)],
        now_ms=to_unix_ms(by.now),
        ids_max=0,
        outbox_rows=0,
        by_hand=True,
    )


def _due_at(order: OrderOfPurchase) -> datetime | None:
    """Return when an order goes on by itself, as if nobody had withdrawn from it; None where it does not."""
    row = Order.objects.get(pk=(lane_of(order.order_id), order.order_id))
    if order.state == Step.SHIPPED and row.shipped_at:
        return assumed_delivered_at(shipped_at=row.shipped_at)
    if order.state == Step.DELIVERED and row.delivered_at:
        market = next(one for one in market_facts() if one.code == order.market.decode())
        return completes_at(delivered_at=row.delivered_at, days=market.withdrawal_days, zone=market.time_zone)
    return None
