"""The after-sale: orders are cancelled with the money back, or shipped and delivered, and some units come back."""

from collections.abc import Sequence

from fairground.orders.rules import RefundReason, Step
from fairground.rehearsal.festival.grounds import Grounds, by_hand, moment_ms
from fairground.rehearsal.opening import Payment

# One in so many purchases is cancelled; of the others one in so many is only shipped, and one only delivered.
CANCELLED_EACH, SHIPPED_EACH, DELIVERED_EACH = 20, 5, 4
# One in so many of those that were shipped sends a unit back.
RETURNED_EACH = 10
# Orders that are taken on in one turn: some tens of milliseconds.
ORDERS_A_TURN_MAX = 500


def fulfil(ground: Grounds, paid: Sequence[Payment]) -> None:
    """Take what was paid on to the states in which orders are at the end of a festival."""
    cancelled = [one for number, one in enumerate(paid) if number % CANCELLED_EACH == 0]
    others = [one for number, one in enumerate(paid) if number % CANCELLED_EACH]
    ground.told.cancelled_orders = _orders(cancelled)
    shipped = _orders(others)
    delivered = _orders([one for number, one in enumerate(others) if number % SHIPPED_EACH])
    completed = [order_id for number, order_id in enumerate(delivered) if number % DELIVERED_EACH]
    for then, order_ids in (
        (Step.CANCELLED, ground.told.cancelled_orders),
        (Step.SHIPPED, shipped),
        (Step.DELIVERED, delivered),
        (Step.COMPLETED, completed),
    ):
        for start in range(0, len(order_ids), ORDERS_A_TURN_MAX):
            some = order_ids[start : start + ORDERS_A_TURN_MAX]
            ground.script.desk.advance(order_ids=some, then=then, now_ms=moment_ms())
        ground.counts[f"after_sale_{then.name.lower()}"] = len(order_ids)
    returned = _take_back(ground, [order_id for number, order_id in enumerate(shipped) if not number % RETURNED_EACH])
    ground.say(
        f"{len(ground.told.cancelled_orders):,} orders paid back, {len(shipped):,} shipped, {returned:,} units returned"
    )


def _take_back(ground: Grounds, order_ids: Sequence[int]) -> int:
    """Pay a unit of each order's first line back, and return how many."""
    for start in range(0, len(order_ids), ORDERS_A_TURN_MAX):
        units = {(order_id, 1): 1 for order_id in order_ids[start : start + ORDERS_A_TURN_MAX]}
        for one in ground.script.desk.refund(units=units, reason=RefundReason.FAULTY, by=by_hand()):
            ground.told.refunded_minor[one.currency] += one.paid_minor
    ground.counts["after_sale_units_returned"] = len(order_ids)
    return len(order_ids)


def _orders(payments: Sequence[Payment]) -> list[int]:
    return [int(order_id) for one in payments for order_id in one.purchase.order_ids]
