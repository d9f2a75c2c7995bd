"""What runs in the background for orders."""

from datetime import UTC, datetime

from fairground.kernel.outbox import consume_outbox
from fairground.orders import personal_data
from fairground.orders.actions import record_shopper_purchases
from fairground.orders.queries import MY_PURCHASES

EVENTS_MAX = 2000


def follow_purchases() -> bool:
    """Bring "my purchases" up to date; True while there is more to read."""
    events = consume_outbox(consumer=MY_PURCHASES, handle=record_shopper_purchases, events_max=EVENTS_MAX)
    return events >= EVENTS_MAX


def erase_due_addresses() -> bool:
    """Erase addresses that are kept no longer; True while there may be more."""
    return personal_data.erase_due_addresses(now=datetime.now(UTC))
