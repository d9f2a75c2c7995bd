"""What runs in the background for checkout."""

import time
from datetime import UTC, datetime

from fairground.checkout.actions.advance_festivals import advance_festivals
from fairground.checkout.actions.end_purchases import (
    CHORE,
    EXPIRED_A_BATCH_MAX,
    expire_these,
    note_swept,
    purchases_overdue,
)
from fairground.checkout.actions.forget_keys import delete_old_keys
from fairground.checkout.actions.receive_orders import RECEIVED_A_BATCH_MAX, receipts_due, receive_these
from fairground.checkout.actions.withdraw_orders import MATCHED_A_PASS_MAX, match_letters
from fairground.fulfilment.queries import RECEIPTS, WITHDRAWALS, posted_withdrawals
from fairground.kernel.rows import Rows, work_through

# Keys are accepted from a day before and after now (intake.codec), so none this old is asked for again.
KEYS_KEPT_MS = 49 * 3600 * 1000


def expire_reservations() -> bool:
    """Put the units of unpaid purchases back on the shelf."""
    began_ms = _now_ms()
    more = work_through(PURCHASES_TO_EXPIRE)
    if not more:
        note_swept(now_ms=began_ms)
    return more


def complete_orders() -> bool:
    """Take shipped orders on of which nobody has said anything for long enough."""
    return work_through(ORDERS_TO_RECEIVE)


def take_withdrawals() -> bool:
    """Match what was sent from the page of withdrawals; True while there may be more."""
    return work_through(LETTERS_TO_MATCH)


def forget_keys() -> bool:
    """Delete idempotency keys that can't come again; True while there are more."""
    return delete_old_keys(before_ms=_now_ms() - KEYS_KEPT_MS)


def follow_phases() -> bool:
    """Do what is due by the phases of festivals; never at once again, as what failed waits anyway."""
    advance_festivals(now=datetime.now(UTC))
    return False


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


PURCHASES_TO_EXPIRE = Rows(
    name=CHORE,
    due=lambda: purchases_overdue(now_ms=_now_ms()),
    do=lambda purchase_ids: expire_these(purchase_ids=purchase_ids, now_ms=_now_ms()),
    full=EXPIRED_A_BATCH_MAX,
    key_of=int,
)
ORDERS_TO_RECEIVE = Rows(
    name=RECEIPTS,
    due=lambda: receipts_due(now_ms=_now_ms()),
    do=lambda order_ids: receive_these(order_ids=order_ids, now_ms=_now_ms()),
    full=RECEIVED_A_BATCH_MAX,
    key_of=int,
)
LETTERS_TO_MATCH = Rows(
    name=WITHDRAWALS,
    due=lambda: [[one.id] for one in posted_withdrawals(letters_max=MATCHED_A_PASS_MAX)],
    do=lambda ids: match_letters(letters=posted_withdrawals(letters_max=len(ids), only=ids), now_ms=_now_ms()),
    full=MATCHED_A_PASS_MAX,
    key_of=int,
)
