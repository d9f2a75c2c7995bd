"""The after-sale: orders are cancelled with the money back, or shipped and delivered, and some units come back."""

from collections.abc import Sequence

from fairground.orders.rules import RefundReason, Step
from fairground.rehearsal.festival.grounds import Grounds, by_hand, moment_ms
from fairground.rehearsal.festival.receiving import Delivered
from fairground.rehearsal.opening import Payment

# One in so many purchases is cancelled; of the others one in so many is only shipped, and one only delivered.
CANCELLED_EACH, SHIPPED_EACH, DELIVERED_EACH = 20, 5, 4
# One in so many of those that were shipped sends a unit back.
RETURNED_EACH = 10
# One in so many of those that are shipped leaves in a parcel with a number.
NUMBERED_EACH = 3
# Orders that are taken on in one turn: some tens of milliseconds; parcels are more rows.
ORDERS_A_TURN_MAX = 500
PARCELS_A_TURN_MAX = 200


def fulfil(ground: Grounds, paid: Sequence[Payment]) -> list[Delivered]:
    """Take what was paid on to the states in which orders are at the end of a festival.

    Returned is what was delivered, and neither completed nor sent back in part: its shoppers have a word to say.
    """
    cancelled = [one for number, one in enumerate(paid) if number % CANCELLED_EACH == 0]
    others = [one for number, one in enumerate(paid) if number % CANCELLED_EACH]
    ground.told.cancelled_orders = _orders(cancelled)
    shipped = _orders(others)
    delivered = _orders([one for number, one in enumerate(others) if number % SHIPPED_EACH])
    completed = [order_id for number, order_id in enumerate(delivered) if number % DELIVERED_EACH]
    ground.told.shipped = shipped
    numbered = shipped[::NUMBERED_EACH]
    _hand_over(ground, numbered)
    for then, order_ids in (
        (Step.CANCELLED, ground.told.cancelled_orders),
        (Step.SHIPPED, sorted(set(shipped) - set(numbered))),
        (Step.DELIVERED, delivered),
        (Step.COMPLETED, completed),
    ):
        for start in range(0, len(order_ids), ORDERS_A_TURN_MAX):
            some = order_ids[start : start + ORDERS_A_TURN_MAX]
            ground.script.desk.advance(order_ids=some, then=then, now_ms=moment_ms())
        ground.counts[f"after_sale_{then.name.lower()}"] = len(order_ids)
    ground.counts["after_sale_shipped"], ground.counts["after_sale_numbered_parcels"] = len(shipped), len(numbered)
    sent_back = shipped[::RETURNED_EACH]
    returned = _take_back(ground, sent_back)
    ground.say(
        f"{len(ground.told.cancelled_orders):,} orders paid back, {len(shipped):,} shipped, {returned:,} units returned"
    )
    waiting = set(delivered) - set(completed) - set(sent_back)
    return [
        Delivered(int(order_id), one)
        for one in others
        for order_id in one.purchase.order_ids
        if int(order_id) in waiting
    ]


def _hand_over(ground: Grounds, order_ids: Sequence[int]) -> None:
    """Hand orders over in a parcel with a number each."""
    numbers = {order_id: f"RP{order_id}" for order_id in order_ids}
    for start in range(0, len(order_ids), PARCELS_A_TURN_MAX):
        some = {one: numbers[one] for one in order_ids[start : start + PARCELS_A_TURN_MAX]}
        written = ground.script.clerks.ship(numbers=some, by=by_hand())
        if written != len(some):
            ground.unexpected.append(f"{written} of {len(some)} parcels were written")
    ground.told.parcels |= numbers


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
