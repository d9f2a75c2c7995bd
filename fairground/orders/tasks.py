"""What runs in the background for orders."""

from datetime import UTC, datetime, timedelta

from fairground.identity.queries import erased_since
from fairground.kernel.outbox import consume_outbox
from fairground.orders import personal_data
from fairground.orders.actions import record_shopper_purchases
from fairground.orders.queries import MY_PURCHASES

EVENTS_MAX = 2000
# A pass is good for an hour (intake.tokens), and the outbox is seconds behind.
LOOKED_AT_AGAIN = timedelta(days=1)


def follow_purchases() -> bool:
    """Bring "my purchases" up to date; True while there is more to read."""
    events = consume_outbox(consumer=MY_PURCHASES, handle=record_shopper_purchases, events_max=EVENTS_MAX)
    return events >= EVENTS_MAX


def erase_due_addresses() -> bool:
    """Erase addresses that are kept no longer; True while there may be more.

    Of who was erased lately everything is looked at again: an order may have been under way in that moment, or was
    placed with a pass from before.
    """
    now = datetime.now(UTC)
    personal_data.erase_addresses_of(shopper_ids=erased_since(moment=now - LOOKED_AT_AGAIN))
    return personal_data.erase_due_addresses(now=now)
