"""What a shipped order comes to: its shopper says that it came, or nobody says anything for long enough."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from fairground.checkout.actions.advance_orders import OrderNotReady, UnknownOrder
from fairground.checkout.actions.take_orders_on import take_orders_on, tell_taken_on
from fairground.checkout.queries import purchases_of_orders
from fairground.checkout.rules.paying import OrderOfPurchase, PurchaseFacts
from fairground.checkout.turns import with_turn
from fairground.fulfilment.queries import due_moments, due_orders, withdrawals_of
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import LANES, lane_of
from fairground.kernel.models import Writer
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import Turn
from fairground.orders.queries import orders_with_held_units
from fairground.orders.rules import Step

# Orders that go on by themselves in a turn: some ten milliseconds.
RECEIVED_A_BATCH_MAX = 500
_EVENTS_AN_ORDER_MAX = 2


class WithdrawalOpen(Refusal):
    """The order is withdrawn from, and its money has not gone back yet."""


class CaseOpen(Refusal):
    """Units of the order are those of a case that is open."""


def confirm_receipt(*, order_id: int, shopper_ids: Sequence[int], now_ms: int) -> None:
    """Complete an order whose shopper says that it came; one that is completed already stays as it is.

    The time to change one's mind does not end with it: it counts from the delivery.

    :raises UnknownOrder: there is none, or none of these shoppers has it
    :raises OrderNotReady: it was not shipped
    :raises WithdrawalOpen: it is withdrawn from; nothing changed
    :raises CaseOpen: an after-sale case is about some of it; nothing changed
    :raises ShopBusy: the writers' turn was not had in time; nothing changed
    """
    if lane_of(order_id) >= LANES:
        raise UnknownOrder(order_id=order_id)

    def work(turn: Turn, purchases: Mapping[int, PurchaseFacts]) -> None:
        found = {order.order_id: (one, order) for one in purchases.values() for order in one.orders}
        if order_id not in found or found[order_id][0].shopper_id not in shopper_ids:
            raise UnknownOrder(order_id=order_id)
        _, order = found[order_id]
        if order.state == Step.COMPLETED:
            return
        if order.state not in {Step.SHIPPED, Step.DELIVERED}:
            raise OrderNotReady(order_id=order_id, state=Step(order.state).name.lower(), then="completed")
        withdrawal = withdrawals_of(order_ids=[order_id]).get(order_id)
        if withdrawal and withdrawal.settled_at is None:
            raise WithdrawalOpen(order_id=order_id)
        if orders_with_held_units(order_ids=[order_id]):
            raise CaseOpen(order_id=order_id)
        steps = [Step.DELIVERED, Step.COMPLETED] if order.state == Step.SHIPPED else [Step.COMPLETED]
        _take_on(turn, [(order, steps)], now_ms)

    with_turn(
        work,
        purchase_ids=purchases_of_orders([order_id]),
        lanes=[lane_of(order_id)],
        now_ms=now_ms,
        ids_max=0,
        outbox_rows=_EVENTS_AN_ORDER_MAX,
        by_hand=True,
    )


def receive_due_orders(*, now_ms: int) -> int:
    """Take every order on of which nobody said anything for long enough, in batches a writer; return how many.

    A shipped one counts as delivered then, and a delivered one is completed. What was done is committed, so that
    whoever was stopped goes on with what is left.
    """
    received = 0
    for writer in Writer.objects.order_by("id"):
        while True:
            due = _due_of(writer, now_ms)
            received += receive_these(order_ids=due, now_ms=now_ms) if due else 0
            if len(due) < RECEIVED_A_BATCH_MAX:
                break
    return received


def receipts_due(*, now_ms: int) -> list[list[int]]:
    """Return orders of which nobody said anything for long enough, a batch a writer, without those set aside."""
    return [_due_of(writer, now_ms) for writer in Writer.objects.order_by("id")]


def _due_of(writer: Writer, now_ms: int) -> list[int]:
    return due_orders(
        lane_from=writer.lane_from,
        lane_to=writer.lane_to,
        now=from_unix_ms(now_ms),
        orders_max=RECEIVED_A_BATCH_MAX,
    )


def receive_these(*, order_ids: Sequence[int], now_ms: int) -> int:
    """Take those of these orders on that are due, in one transaction, and return how many."""

    def work(turn: Turn, purchases: Mapping[int, PurchaseFacts]) -> int:
        moments, now = due_moments(order_ids=order_ids), from_unix_ms(now_ms)
        orders = {order.order_id: order for one in purchases.values() for order in one.orders}
        # What was confirmed or withdrawn from, or has a case, since it was looked for is not due any more.
        going = [
            (orders[one], [Step.DELIVERED if orders[one].state == Step.SHIPPED else Step.COMPLETED])
            for one in order_ids
            if one in moments and moments[one] <= now
        ]
        _take_on(turn, going, now_ms)
        return len(going)

    return with_turn(
        work,
        purchase_ids=purchases_of_orders(order_ids),
        lanes=[lane_of(one) for one in order_ids],
        now_ms=now_ms,
        ids_max=0,
        outbox_rows=len(order_ids),
    )


def _take_on(turn: Turn, going: Sequence[tuple[OrderOfPurchase, Sequence[Step]]], now_ms: int) -> None:
    at = from_unix_ms(now_ms)
    taken: list[tuple[int, Step]] = []
    for then in (Step.DELIVERED, Step.COMPLETED):
        some = [order for order, steps in going if then in steps]
        if some:
            take_orders_on(some, then=then, at=at)
            taken += [(one.order_id, then) for one in some]
        # Who goes two steps is where the first one led when the second one is taken.
        going = [
            (replace(order, state=then.value), steps) if then in steps else (order, steps) for order, steps in going
        ]
    tell_taken_on(turn=turn, taken=taken, now_ms=now_ms)
