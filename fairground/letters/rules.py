"""Pure decisions of letters: who reads them, what about, and when it is tried again."""

from datetime import datetime, timedelta
from enum import IntEnum

# After this many tries, some three days, pages of the back office say that nobody was told.
TELLS_MAX = 20
_FIRST_PAUSE = timedelta(minutes=2)
_LONGEST_PAUSE = timedelta(hours=6)
# As long as what was wrong with goods is claimed, somebody may ask whether and when a merchant was told.
KEPT_DAYS = 2 * 366


class Reader(IntEnum):
    """Who is written to."""

    MERCHANT = 1
    SHOPPER = 2


class Matter(IntEnum):
    """What a letter is about; all that is due about one subject goes into one letter."""

    CASE = 1
    WITHDRAWAL = 2
    PAYOUT = 3
    HOLD = 4


class News(IntEnum):
    """What happened to it."""

    CASE_EVENT = 1  # a line of a case's history: its id is the event
    CASE_MESSAGE = 2  # its id
    CASE_DUE_SOON = 3  # the deadline, in Unix seconds
    WITHDRAWN = 10
    PAYOUT_APPROVED = 20
    PAYOUT_SENT = 21
    PAYOUT_CONFIRMED = 22
    PAYOUT_FAILED = 23
    HOLD_CHANGED = 30  # when, in Unix milliseconds


MATTER_OF: dict[News, Matter] = {
    News.CASE_EVENT: Matter.CASE,
    News.CASE_MESSAGE: Matter.CASE,
    News.CASE_DUE_SOON: Matter.CASE,
    News.WITHDRAWN: Matter.WITHDRAWAL,
    News.PAYOUT_APPROVED: Matter.PAYOUT,
    News.PAYOUT_SENT: Matter.PAYOUT,
    News.PAYOUT_CONFIRMED: Matter.PAYOUT,
    News.PAYOUT_FAILED: Matter.PAYOUT,
    News.HOLD_CHANGED: Matter.HOLD,
}


def tried_again_at(*, tells: int, now: datetime) -> datetime:
    """Return when a letter is tried again that could not be sent now, after `tells` tries before."""
    pause: timedelta = min(_FIRST_PAUSE * (1 << tells), _LONGEST_PAUSE)
    return now + pause
