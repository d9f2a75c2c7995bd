"""What runs in the background for checkout."""

import time
from datetime import UTC, datetime

from fairground.checkout.actions.advance_festivals import advance_festivals
from fairground.checkout.actions.end_purchases import expire_purchases
from fairground.checkout.actions.forget_keys import delete_old_keys
from fairground.checkout.actions.receive_orders import receive_due_orders
from fairground.checkout.actions.withdraw_orders import MATCHED_A_PASS_MAX, match_withdrawals

# Keys are accepted from a day before and after now (intake.codec), so none this old is asked for again.
KEYS_KEPT_MS = 49 * 3600 * 1000


def expire_reservations() -> bool:
    """Put the units of unpaid purchases back on the shelf."""
    expire_purchases(now_ms=time.time_ns() // 1_000_000)
    return False


def complete_orders() -> bool:
    """Take shipped orders on of which nobody has said anything for long enough."""
    receive_due_orders(now_ms=time.time_ns() // 1_000_000)
    return False


def take_withdrawals() -> bool:
    """Match what was sent from the page of withdrawals; True while there may be more."""
    return match_withdrawals(now_ms=time.time_ns() // 1_000_000) >= MATCHED_A_PASS_MAX


def forget_keys() -> bool:
    """Delete idempotency keys that can't come again; True while there are more."""
    return delete_old_keys(before_ms=time.time_ns() // 1_000_000 - KEYS_KEPT_MS)


def follow_phases() -> bool:
    """Do what is due by the phases of festivals; never at once again, as what failed waits anyway."""
    advance_festivals(now=datetime.now(UTC))
    return False
