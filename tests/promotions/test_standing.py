"""Where a promotion stands, and when what it may give is gone at its pace."""

from datetime import timedelta

import pytest

from fairground.promotions.rules.standing import PromotionState, promotion_state, used_up_at
from tests.factories import NOW

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("is_on", "after", "state"),
    [
        (True, -HOUR, PromotionState.PLANNED),
        (True, 0 * HOUR, PromotionState.OPEN),
        (True, 23 * HOUR, PromotionState.OPEN),
        (True, 24 * HOUR, PromotionState.OVER),
        (False, HOUR, PromotionState.ENDED),
        (False, 48 * HOUR, PromotionState.ENDED),
    ],
)
def test_a_promotion_stands_by_its_times_unless_it_was_ended(
    is_on: bool, after: timedelta, state: PromotionState
) -> None:
    assert promotion_state(is_on=is_on, opens_at=NOW, closes_at=NOW + 24 * HOUR, now=NOW + after) is state


def test_what_gave_a_quarter_in_two_hours_is_gone_six_hours_later() -> None:
    assert used_up_at(taken=25, most=100, since=NOW, now=NOW + 2 * HOUR) == NOW + 8 * HOUR


def test_what_is_gone_is_gone_now_and_what_does_not_move_never_is() -> None:
    assert used_up_at(taken=100, most=100, since=NOW, now=NOW + HOUR) == NOW + HOUR
    assert used_up_at(taken=0, most=100, since=NOW, now=NOW + HOUR) is None
    assert used_up_at(taken=1, most=10, since=NOW + HOUR, now=NOW) is None
    assert used_up_at(taken=1, most=10**12, since=NOW, now=NOW + HOUR) is None
