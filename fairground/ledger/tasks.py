"""What runs in the background for the ledger."""

import logging
from datetime import UTC, datetime, timedelta

from fairground.kernel.edits import ShopBusy
from fairground.ledger.closing import close_next_day, last_day_over, seal_days

logger = logging.getLogger(__name__)

# Of UTC's midnight: what was stamped before it is long written, and nothing opens at eleven in the morning in China or
# in the middle of Europe's night.
CLOSES_AFTER = timedelta(hours=3)


def close_days_that_are_over() -> bool:
    """Close the day that is over and not closed; True while there are more."""
    now = datetime.now(UTC)
    try:
        seal_days(until=last_day_over(now=now - CLOSES_AFTER), now=now)
    except ShopBusy:
        logger.info("no turn to seal a day; it is sealed another time")
        return False
    closed = close_next_day(now=now)
    if closed:
        logger.info("closed %s: %s transfers, %s", closed.day, closed.transfers, closed.hash)
    return closed is not None
