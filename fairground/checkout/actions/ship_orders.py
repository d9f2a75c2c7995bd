"""Shipping paid orders in parcels, and saying that they came."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from fairground.checkout.actions.advance_orders import OrderNotReady, UnknownOrder
from fairground.checkout.actions.receive_orders import WithdrawalOpen
from fairground.checkout.actions.take_orders_on import take_orders_on, tell_taken_on
from fairground.checkout.queries import purchases_of_orders
from fairground.checkout.refunds import read_sold_lines
from fairground.checkout.rules.paying import OrderOfPurchase, PurchaseFacts
from fairground.checkout.rules.refunding import LineSold
from fairground.checkout.rules.shipping import ParcelAsked, decide_parcel, is_all_shipped, units_shipped
from fairground.checkout.turns import with_turn
from fairground.fulfilment.actions import write_parcels
from fairground.fulfilment.queries import parcels_of, withdrawals_of
from fairground.fulfilment.rules import Parcel
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import Act, By, write_audit
from fairground.kernel.ids import LANES, lane_of
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import Turn
from fairground.orders.rules import Step

# Parcels of a turn: each is some rows, and the turn is held for some tens of milliseconds.
PARCELS_A_TURN_MAX = 200


class ParcelWritten(Struct, frozen=True):
    """A parcel as it is in the books; `replayed`: it was there before. `shipped`: with it the whole order has left."""

    order_id: int
    shipment_no: int
    units: Mapping[int, int]
    shipped: bool
    replayed: bool = False


ParcelOutcome = ParcelWritten | Refusal


def ship_orders(*, asked: Sequence[ParcelAsked], by: By) -> list[ParcelOutcome]:
    """Write parcels of paid orders in the order in which they are asked for, and return what became of each.

    An order of which every kept unit is in a parcel is shipped. The same carrier and number of an order twice is one
    parcel. Nothing leaves of an order that is withdrawn from until that is settled. What is refused changes nothing of
    the others. It is in the audit log.

    :raises ShopBusy: the writers' turn was not had in time; nothing changed
    """
    assert len(asked) <= PARCELS_A_TURN_MAX, len(asked)
    order_ids = {one.order_id for one in asked if lane_of(one.order_id) < LANES}
    if not order_ids:
        return [UnknownOrder(order_id=one.order_id) for one in asked]

    def work(turn: Turn, purchases: Mapping[int, PurchaseFacts]) -> list[ParcelOutcome]:
        bench = _Bench(purchases, order_ids)
        outcomes = [bench.pack(one, by) for one in asked]
        tell_taken_on(
            turn=turn, taken=[(order_id, Step.SHIPPED) for order_id in bench.shipped], now_ms=to_unix_ms(by.now)
        )
        _audit(by, asked, outcomes)
        return outcomes

    return with_turn(
        work,
        purchase_ids=purchases_of_orders(order_ids),
        lanes=[lane_of(one) for one in order_ids],
        now_ms=to_unix_ms(by.now),
        ids_max=0,
        outbox_rows=len(order_ids),
        by_hand=True,
    )


class _Bench:
    """Orders of a turn with what of each is in parcels so far."""

    def __init__(self, purchases: Mapping[int, PurchaseFacts], order_ids: set[int]) -> None:
        self.orders = {one.order_id: one for purchase in purchases.values() for one in purchase.orders}
        self.lines: Mapping[int, Sequence[LineSold]] = read_sold_lines(order_ids)
        self.parcels: dict[int, list[Parcel]] = parcels_of(order_ids=order_ids)
        withdrawals = withdrawals_of(order_ids=order_ids).values()
        self.withdrawn = {one.order_id for one in withdrawals if one.settled_at is None}
        self.shipped: list[int] = []

    def pack(self, asked: ParcelAsked, by: By) -> ParcelOutcome:
        order = self._order(asked)
        if order is None:
            return UnknownOrder(order_id=asked.order_id)
        parcels = self.parcels.setdefault(order.order_id, [])
        is_shipped = order.order_id in self.shipped or order.state in {Step.SHIPPED, Step.DELIVERED, Step.COMPLETED}
        name = (asked.carrier, asked.tracking_number)
        for one in parcels:
            if (one.carrier, one.tracking_number) == name:
                return ParcelWritten(order.order_id, one.shipment_no, one.units, is_shipped, replayed=True)
        if is_shipped or order.state != Step.PAID:
            state = Step.SHIPPED if order.order_id in self.shipped else Step(order.state)
            return OrderNotReady(order_id=order.order_id, state=state.name.lower(), then=Step.SHIPPED.name.lower())
        if order.order_id in self.withdrawn:
            return WithdrawalOpen(order_id=order.order_id)
        plan = decide_parcel(asked, lines=self.lines[order.order_id], parcels=parcels)
        if isinstance(plan, Refusal):
            return plan
        write_parcels([plan], at=by.now)
        parcels.append(Parcel(plan.shipment_no, *name, by.now, None, plan.units))
        left = is_all_shipped(lines=self.lines[order.order_id], shipped=units_shipped(parcels))
        if left:
            self.shipped.append(order.order_id)
            take_orders_on([order], then=Step.SHIPPED, at=by.now)
        return ParcelWritten(order.order_id, plan.shipment_no, plan.units, shipped=left)

    def _order(self, asked: ParcelAsked) -> OrderOfPurchase | None:
        order = self.orders.get(asked.order_id)
        return order if order and asked.merchant_id in {None, order.merchant_id} else None


def deliver_order(*, order_id: int, by: By) -> None:
    """Say of a shipped order that it came, as the carrier does; it is in the audit log.

    :raises UnknownOrder: there is no such order
    :raises OrderNotReady: it is not on its way
    :raises ShopBusy: the writers' turn was not had in time; nothing changed
    """
    if lane_of(order_id) >= LANES:
        raise UnknownOrder(order_id=order_id)

    def work(turn: Turn, purchases: Mapping[int, PurchaseFacts]) -> None:
        found = {order.order_id: order for one in purchases.values() for order in one.orders}
        order = found.get(order_id)
        if order is None:
            raise UnknownOrder(order_id=order_id)
        if order.state != Step.SHIPPED:
            raise OrderNotReady(order_id=order_id, state=Step(order.state).name.lower(), then="delivered")
        take_orders_on([order], then=Step.DELIVERED, at=by.now)
        tell_taken_on(turn=turn, taken=[(order_id, Step.DELIVERED)], now_ms=to_unix_ms(by.now))
        write_audit(by=by, acts=[Act("delivered", "order", order_id)])

    with_turn(
        work,
        purchase_ids=purchases_of_orders([order_id]),
        lanes=[lane_of(order_id)],
        now_ms=to_unix_ms(by.now),
        ids_max=0,
        outbox_rows=1,
        by_hand=True,
    )


def _audit(by: By, asked: Sequence[ParcelAsked], outcomes: Sequence[ParcelOutcome]) -> None:
    write_audit(
        by=by,
        acts=[
            Act(
                "shipped",
                "order",
                outcome.order_id,
                {
                    "parcel": (None, outcome.shipment_no),
                    "carrier": (None, one.carrier),
                    "units": (None, sum(outcome.units.values())),
                },
            )
            for one, outcome in zip(asked, outcomes, strict=True)
            if isinstance(outcome, ParcelWritten) and not outcome.replayed
        ],
    )
