"""What runs in the background for after-sale cases."""

from datetime import UTC, datetime

from fairground.aftersales.actions.erase_words import ERASED_A_GO_MAX, erase_due_words
from fairground.aftersales.actions.remind_merchants import REMINDED_A_GO_MAX, remind_merchants
from fairground.aftersales.actions.sweep_cases import SWEPT_A_GO_MAX, sweep_cases


def follow_deadlines() -> bool:
    """Do what the deadlines of cases say; True while there may be more."""
    return sweep_cases(now=datetime.now(UTC)) >= SWEPT_A_GO_MAX


def forget_words_of_cases() -> bool:
    """Erase the words of cases whose time is over; True while there may be more."""
    return erase_due_words(now=datetime.now(UTC)) >= ERASED_A_GO_MAX


def remind_of_deadlines() -> bool:
    """Tell merchants of deadlines that are near; True while there may be more."""
    return remind_merchants(now=datetime.now(UTC)) >= REMINDED_A_GO_MAX
