"""What runs in the background for the figures."""

import time

from fairground.dashboard.actions import fold_seconds

# The line of the last hour shows seconds; older than that, minutes are enough.
SECONDS_KEPT_S = 3600


def fold_tallies() -> bool:
    """Fold tallies older than an hour into minutes; True while there is more to fold."""
    return fold_seconds(before_s=int(time.time()) - SECONDS_KEPT_S)
