"""When a merchant is paid, and what a payout goes through."""

from datetime import date, timedelta
from enum import IntEnum


class Schedule(IntEnum):
    """How often a merchant is paid: once in each day, week from Monday, or month, of UTC."""

    DAILY = 1
    WEEKLY = 2
    MONTHLY = 3


class PayoutState(IntEnum):
    """Where a payout stands."""

    PROPOSED = 1
    APPROVED = 2
    SENT = 3
    CONFIRMED = 4
    FAILED = 5


class EntryKind(IntEnum):
    """Why what a merchant is owed changed."""

    RELEASE = 1  # an order was completed
    REFUND = 2  # something went back of one that was released
    RESERVE = 3  # the days of its reserve were over
    FORFEIT = 4  # a shopper forfeited the deposit of a presale to it
    PENALTY = 5  # it broke off a presale, whose deposit went back doubled
    SET_OFF = 6  # what it is owed in one currency paid what it owed in another


# Lines that are no part of an order that was released: their amount is `other`, and nothing else.
OTHER_KINDS = frozenset({EntryKind.FORFEIT, EntryKind.PENALTY, EntryKind.SET_OFF})


FOLLOWS: dict[PayoutState, frozenset[PayoutState]] = {
    PayoutState.PROPOSED: frozenset({PayoutState.APPROVED, PayoutState.FAILED}),
    PayoutState.APPROVED: frozenset({PayoutState.SENT, PayoutState.FAILED}),
    PayoutState.SENT: frozenset({PayoutState.CONFIRMED, PayoutState.FAILED}),
    PayoutState.CONFIRMED: frozenset(),
    PayoutState.FAILED: frozenset(),
}


def may_become(now: PayoutState, then: PayoutState) -> bool:
    """Return whether a payout that is `now` may be `then`."""
    return then in FOLLOWS[now]


def period_of(day: date, schedule: Schedule) -> date:
    """Return the first day of the period in which `day` lies."""
    if schedule is Schedule.DAILY:
        return day
    if schedule is Schedule.WEEKLY:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1)
