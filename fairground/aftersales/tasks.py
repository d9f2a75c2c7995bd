"""What runs in the background for after-sale cases."""

from collections.abc import Sequence
from datetime import UTC, datetime

from fairground.aftersales.actions.erase_words import ERASED_A_GO_MAX, erase_due_words
from fairground.aftersales.actions.remind_merchants import REMINDED_A_GO_MAX, remind_merchants
from fairground.aftersales.actions.sweep_cases import CHORE, SWEPT_A_GO_MAX, cases_due, sweep_case
from fairground.kernel.rows import Rows, work_through


def follow_deadlines() -> bool:
    """Do what the deadlines of cases say; True while there may be more."""
    return work_through(CASES)


def forget_words_of_cases() -> bool:
    """Erase the words of cases whose time is over; True while there may be more."""
    return erase_due_words(now=datetime.now(UTC)) >= ERASED_A_GO_MAX


def remind_of_deadlines() -> bool:
    """Tell merchants of deadlines that are near; True while there may be more."""
    return remind_merchants(now=datetime.now(UTC)) >= REMINDED_A_GO_MAX


def _sweep(case_ids: Sequence[int]) -> None:
    for case_id in case_ids:
        sweep_case(case_id=case_id, now=datetime.now(UTC))


CASES = Rows(
    name=CHORE,
    due=lambda: [[one] for one in cases_due(now=datetime.now(UTC))],
    do=_sweep,
    full=SWEPT_A_GO_MAX,
    key_of=int,
)
