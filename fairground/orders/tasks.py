"""What runs in the background for orders."""

from fairground.kernel.outbox import consume_outbox
from fairground.orders.actions import record_shopper_purchases
from fairground.orders.queries import MY_PURCHASES

EVENTS_MAX = 2000


def follow_purchases() -> bool:
    """Bring "my purchases" up to date; True while there is more to read."""
    events = consume_outbox(consumer=MY_PURCHASES, handle=record_shopper_purchases, events_max=EVENTS_MAX)
    return events >= EVENTS_MAX
