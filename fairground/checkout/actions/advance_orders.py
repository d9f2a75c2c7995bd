"""What becomes of paid orders: shipped, delivered, completed; or cancelled, and then what is left of them goes back."""

from collections.abc import Mapping, Sequence

from fairground.checkout.actions.give_back import EVENTS_AN_ORDER_MAX, IDS_AN_ORDER_MAX, give_back
from fairground.checkout.actions.take_orders_on import take_orders_on, tell_taken_on
from fairground.checkout.queries import purchases_of_orders
from fairground.checkout.refunds import read_sold_lines
from fairground.checkout.rules.paying import OrderOfPurchase, PurchaseFacts
from fairground.checkout.rules.refunding import rest_back
from fairground.checkout.turns import with_turn
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import Turn
from fairground.orders.rules import Step, may_follow

_ONWARDS = frozenset({Step.SHIPPED, Step.DELIVERED, Step.COMPLETED})


class UnknownOrder(Refusal):
    """There is no such order."""


class OrderNotReady(Refusal):
    """The order is in a state from which it can't go there."""


def advance_orders(*, order_ids: Sequence[int], then: Step, now_ms: int) -> None:
    """Take paid orders on: shipped, delivered, completed, or cancelled; all of them or none.

    What is left of an order that is shipped so leaves in a parcel of which nobody said with which carrier.
    With a cancelled order all goes back that had not gone back before: money, units, and what it was cheaper by.

    :raises UnknownOrder: one of them does not exist
    :raises OrderNotReady: one of them can't go there from where it is
    :raises PartlyShipped: units of one that shall be cancelled are in a parcel
    :raises ShopperErased: who paid one that shall be cancelled was erased; nothing changed
    """
    assert then in _ONWARDS or then is Step.CANCELLED, then
    wanted = set(order_ids)

    def work(turn: Turn, purchases: Mapping[int, PurchaseFacts]) -> None:
        found = {order.order_id: (one, order) for one in purchases.values() for order in one.orders}
        for order_id in sorted(wanted):
            if order_id not in found:
                raise UnknownOrder(order_id=order_id)
            state = Step(found[order_id][1].state)
            if state in {Step.PLACED, Step.DEPOSITED} or not may_follow(state, then):
                raise OrderNotReady(order_id=order_id, state=state.name.lower(), then=then.name.lower())
        _write(turn, [found[order_id] for order_id in sorted(wanted)], then, now_ms)

    count = len(wanted)
    with_turn(
        work,
        purchase_ids=purchases_of_orders(wanted),
        lanes=[lane_of(one) for one in wanted],
        now_ms=now_ms,
        ids_max=IDS_AN_ORDER_MAX * count,
        outbox_rows=EVENTS_AN_ORDER_MAX * count,
    )


def _write(turn: Turn, advancing: Sequence[tuple[PurchaseFacts, OrderOfPurchase]], then: Step, now_ms: int) -> None:
    if then is Step.CANCELLED:
        lines = read_sold_lines([order.order_id for _, order in advancing])
        backs = [rest_back(purchase, order, lines[order.order_id]) for purchase, order in advancing]
        give_back(turn=turn, backs=backs, now_ms=now_ms)
        return
    take_orders_on([order for _, order in advancing], then=then, at=from_unix_ms(now_ms))
    tell_taken_on(turn=turn, taken=[(order.order_id, then) for _, order in advancing], now_ms=now_ms)
