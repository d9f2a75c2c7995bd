"""What runs in the background for fulfilment."""

from datetime import UTC, datetime, timedelta

from fairground.fulfilment.actions import erase_old_withdrawals, erase_withdrawals_of
from fairground.identity.queries import erased_since
from fairground.orders.rules import ADDRESS_KEPT_MS

# An update that the sale does not notice.
WITHDRAWALS_A_BATCH_MAX = 1_000
# Who was erased may have an order under way, and withdraw from it until some weeks after it came.
LOOKED_AT_AGAIN = timedelta(days=90)


def forget_withdrawals() -> bool:
    """Erase names and words of withdrawals as old as addresses get, and of who was erased; True while there are."""
    now = datetime.now(UTC)
    erase_withdrawals_of(shopper_ids=erased_since(moment=now - LOOKED_AT_AGAIN))
    before = now - timedelta(milliseconds=ADDRESS_KEPT_MS)
    return erase_old_withdrawals(before=before, rows_max=WITHDRAWALS_A_BATCH_MAX)
