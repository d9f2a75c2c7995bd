"""The after-sale: some orders are cancelled with the money back, the others shipped, delivered and completed."""

from collections.abc import Sequence

from fairground.orders.rules import Step
from fairground.rehearsal.festival.grounds import Grounds, moment_ms
from fairground.rehearsal.opening import Payment

# One in so many purchases is cancelled; of the others one in so many is only shipped, and one only delivered.
CANCELLED_EACH, SHIPPED_EACH, DELIVERED_EACH = 20, 5, 4
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
    ground.say(f"{len(ground.told.cancelled_orders):,} orders paid back, {len(shipped):,} shipped")


def _orders(payments: Sequence[Payment]) -> list[int]:
    return [int(order_id) for one in payments for order_id in one.purchase.order_ids]
