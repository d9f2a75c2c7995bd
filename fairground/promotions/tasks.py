"""What runs in the background for promotions."""

from datetime import UTC, datetime

from fairground.kernel.clock import to_unix_ms
from fairground.promotions.actions import levelling


def level_allowances() -> bool:
    """Level the limits whose slices ran apart; True while there are more."""
    levelled = levelling.level_allowances(now_ms=to_unix_ms(datetime.now(UTC)))
    return levelled >= levelling.LIMITS_A_TURN_MAX
