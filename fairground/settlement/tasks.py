"""What runs in the background for settlement."""

from datetime import UTC, datetime

from django.conf import settings

from fairground.kernel.clock import to_unix_ms
from fairground.kernel.outbox import consume_outbox
from fairground.settlement.actions.propose_payouts import propose_payouts
from fairground.settlement.actions.release_orders import ORDERS_A_STEP_MAX, note_completed, release_orders
from fairground.settlement.actions.return_reserves import return_reserves
from fairground.settlement.actions.settle_deposits import settle_deposits

# The consumer of the outbox, and how many events it reads in a transaction.
CONSUMER = "settlement"
EVENTS_MAX = 5_000


def release_completed() -> bool:
    """Release what was completed, a batch at a time; True while there is more to do."""
    more = read_completed()
    released = release_orders(now_ms=_now_ms(), batch_max=ORDERS_A_STEP_MAX, orders_max=ORDERS_A_STEP_MAX)
    return more or released >= ORDERS_A_STEP_MAX


def read_completed() -> bool:
    """Write down what was completed since the last time; True while there is more to read."""
    return consume_outbox(consumer=CONSUMER, handle=note_completed, events_max=EVENTS_MAX) >= EVENTS_MAX


def settle_ended_deposits() -> bool:
    """Bring deposits that were forfeited, or went back doubled, into what their merchants are owed."""
    settle_deposits(now_ms=_now_ms())
    return False


def return_due_reserves() -> bool:
    """Give merchants the reserves whose days are over."""
    return_reserves(now_ms=_now_ms())
    return False


def propose_due_payouts() -> bool:
    """Propose the payouts that are due by their merchants' schedules."""
    propose_payouts(now_ms=_now_ms(), is_real=settings.REALM.is_real)
    return False


def _now_ms() -> int:
    return to_unix_ms(datetime.now(UTC))
