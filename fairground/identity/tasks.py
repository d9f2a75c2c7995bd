"""What runs in the background for people."""

from datetime import UTC, datetime

from fairground.identity.actions import delete_old_sessions

# A delete that pages do not notice.
SESSIONS_A_BATCH_MAX = 1000


def forget_sessions() -> bool:
    """Delete sessions that are over; True while there are more."""
    deleted = delete_old_sessions(now=datetime.now(UTC), sessions_max=SESSIONS_A_BATCH_MAX)
    return deleted >= SESSIONS_A_BATCH_MAX
