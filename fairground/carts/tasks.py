"""What runs in the background for carts."""

from datetime import UTC, datetime

from fairground.carts.actions import forget_guests_carts
from fairground.identity.rules import GUEST_KEPT

# Of carts and of wish lists each, a delete that pages do not notice.
ROWS_A_BATCH_MAX = 1000


def forget_carts_of_guests() -> bool:
    """Delete carts and wish lists of guests who do not come back; True while there are more."""
    deleted = forget_guests_carts(before=datetime.now(UTC) - GUEST_KEPT, rows_max=ROWS_A_BATCH_MAX)
    return deleted >= ROWS_A_BATCH_MAX
