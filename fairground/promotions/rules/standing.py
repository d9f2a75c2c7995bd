"""Where a promotion stands in time, and when what it may give will be gone at the pace that it has."""

from datetime import datetime, timedelta
from enum import StrEnum


class PromotionState(StrEnum):
    """Where a promotion stands; one that was ended early can be taken up again while its time is not over."""

    PLANNED = "planned"
    OPEN = "open"
    OVER = "over"
    ENDED = "ended"


def promotion_state(*, is_on: bool, opens_at: datetime, closes_at: datetime, now: datetime) -> PromotionState:
    """Return where a promotion stands; `is_on` is false of one that was ended early."""
    if not is_on:
        return PromotionState.ENDED
    if now >= closes_at:
        return PromotionState.OVER
    return PromotionState.OPEN if now >= opens_at else PromotionState.PLANNED


def used_up_at(*, taken: int, most: int, since: datetime, now: datetime) -> datetime | None:
    """Return when `most` will be taken if it goes on as it did `since`; now where it is, None where nothing moves.

    It is a straight line through what was taken until now; a thousand years are never.
    """
    assert most > 0, most
    if taken >= most:
        return now
    if taken <= 0 or now <= since:
        return None
    left_s = (now - since).total_seconds() * (most - taken) / taken
    return now + timedelta(seconds=left_s) if left_s < _NEVER.total_seconds() else None


_NEVER = timedelta(days=365_000)
