"""What runs in the background for letters that were sent long ago."""

from datetime import UTC, datetime, timedelta

from fairground.letters.actions import forget_letters
from fairground.letters.rules import KEPT_DAYS

# A delete that the sale does not notice.
LETTERS_A_BATCH_MAX = 1_000


def forget_old_letters() -> bool:
    """Delete rows of letters whose time is over; True while there may be more."""
    before = datetime.now(UTC) - timedelta(days=KEPT_DAYS)
    return forget_letters(before=before, rows_max=LETTERS_A_BATCH_MAX) >= LETTERS_A_BATCH_MAX
