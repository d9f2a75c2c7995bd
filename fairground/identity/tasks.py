"""What runs in the background for people."""

from datetime import UTC, datetime

from fairground.identity.actions import delete_old_sessions, forget_guests_addresses
from fairground.identity.rules import GUEST_KEPT

# A delete that pages do not notice.
SESSIONS_A_BATCH_MAX = 1000
ADDRESSES_A_BATCH_MAX = 1000


def forget_sessions() -> bool:
    """Delete sessions that are over; True while there are more."""
    deleted = delete_old_sessions(now=datetime.now(UTC), sessions_max=SESSIONS_A_BATCH_MAX)
    return deleted >= SESSIONS_A_BATCH_MAX


def forget_addresses_of_guests() -> bool:
    """Delete saved addresses of guests who do not come back; True while there are more."""
    before = datetime.now(UTC) - GUEST_KEPT
    return forget_guests_addresses(before=before, addresses_max=ADDRESSES_A_BATCH_MAX) >= ADDRESSES_A_BATCH_MAX
