"""What runs in the background for the waiting room."""

from datetime import UTC, datetime

from fairground.waiting.actions import draw_due_room, forget_rooms

# A delete that the line does not notice.
ENTRANTS_A_BATCH_MAX = 10_000


def draw_rooms() -> bool:
    """Draw a room that is due; True while there may be more."""
    return draw_due_room(now=datetime.now(UTC))


def forget_old_rooms() -> bool:
    """Forget rooms of yesterday; True while there are more of their entrants."""
    return forget_rooms(now=datetime.now(UTC), rows_max=ENTRANTS_A_BATCH_MAX) >= ENTRANTS_A_BATCH_MAX
