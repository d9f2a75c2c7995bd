"""What runs in the background for fulfilment."""

from datetime import UTC, datetime, timedelta

from fairground.fulfilment.actions import erase_old_withdrawals
from fairground.orders.rules import ADDRESS_KEPT_MS

# An update that the sale does not notice.
WITHDRAWALS_A_BATCH_MAX = 1_000


def forget_withdrawals() -> bool:
    """Erase names and words of withdrawals as old as addresses get; True while there may be more."""
    before = datetime.now(UTC) - timedelta(milliseconds=ADDRESS_KEPT_MS)
    return erase_old_withdrawals(before=before, rows_max=WITHDRAWALS_A_BATCH_MAX)
