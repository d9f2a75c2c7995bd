"""What people are told of their place and their time, in exact numbers."""

import pytest

from fairground.intake.codec import parse_key
from fairground.waiting.rules import (
    REFRESH_MAX_S,
    REFRESH_MIN_S,
    Minutes,
    Told,
    key_for_opening,
    look_again_s,
    minutes_of,
    refresh_after_s,
    tell_place,
)
from fairground.waiting.tokens import TOLD_TTL_S, open_told, sign_told, told_key
from tests.factories import NOW_MS

KEY = told_key(secret="secret", realm="real")


def test_the_first_word_is_a_range_around_what_the_pace_says() -> None:
    told = tell_place(before=None, place=6_000, pace_per_s=20.0, now_ms=NOW_MS)

    assert told == Told(6_000, soonest_ms=240_000, latest_ms=600_000, at_ms=NOW_MS)
    assert minutes_of(told) == Minutes(4, 10)


def test_while_no_pace_is_known_only_the_place_is_told() -> None:
    told = tell_place(before=None, place=6_000, pace_per_s=None, now_ms=NOW_MS)

    assert (told.place, minutes_of(told), refresh_after_s(told)) == (6_000, None, 15)


def test_a_line_that_becomes_slower_stands_still_for_who_was_told_and_says_so() -> None:
    first = tell_place(before=None, place=6_000, pace_per_s=20.0, now_ms=NOW_MS)

    slower = tell_place(before=first, place=5_900, pace_per_s=5.0, now_ms=NOW_MS + 5_000)
    stands = tell_place(before=slower, place=5_900, pace_per_s=0.0, now_ms=NOW_MS + 10_000)

    assert slower == Told(5_900, 240_000, 600_000, NOW_MS + 5_000, is_slower=True)
    assert stands == Told(5_900, 240_000, 600_000, NOW_MS + 10_000, is_slower=True)


def test_good_news_is_told_in_parts() -> None:
    first = tell_place(before=None, place=6_000, pace_per_s=20.0, now_ms=NOW_MS)

    faster = tell_place(before=first, place=5_000, pace_per_s=100.0, now_ms=NOW_MS + 5_000)

    assert faster.latest_ms == 600_000 - 5_000 - 125_000
    assert faster.soonest_ms == 240_000 - 5_000 - 50_000


def test_a_place_never_gets_worse_though_processes_know_the_line_at_different_moments() -> None:
    before = Told(40, None, None, NOW_MS)

    assert tell_place(before=before, place=45, pace_per_s=None, now_ms=NOW_MS + 1).place == 40


@pytest.mark.parametrize(
    ("latest_ms", "range_"),
    [(0, (0, 1)), (60_000, (0, 1)), (60_001, (0, 2)), (180_000, (1, 3)), (600_000, (4, 10))],
)
def test_minutes_are_whole_and_never_zero(latest_ms: int, range_: tuple[int, int]) -> None:
    told = Told(5, round(latest_ms / 2.5), latest_ms, NOW_MS)

    assert minutes_of(told) == Minutes(*range_)


@pytest.mark.parametrize(("soonest_ms", "seconds"), [(0, REFRESH_MIN_S), (80_000, 20), (9_999_999, REFRESH_MAX_S)])
def test_a_page_looks_the_more_often_the_nearer_its_turn_is(soonest_ms: int, seconds: int) -> None:
    assert refresh_after_s(Told(5, soonest_ms, soonest_ms * 3, NOW_MS)) == seconds


def test_a_far_opening_is_looked_at_now_and_then_and_a_near_one_after_its_moment() -> None:
    assert look_again_s(moment_ms=NOW_MS + 3_600_000, now_ms=NOW_MS, late_s=2.0) == REFRESH_MAX_S
    assert look_again_s(moment_ms=NOW_MS + 30_000, now_ms=NOW_MS, late_s=2.0) == 32


def test_all_tabs_of_a_shopper_have_one_key_for_an_opening_and_others_have_another() -> None:
    keys = [key_for_opening(opens_ms=NOW_MS, shopper_id=shopper_id) for shopper_id in (7, 7, 8)]

    assert keys[0] == keys[1] != keys[2] != key_for_opening(opens_ms=NOW_MS + 1, shopper_id=8)
    assert parse_key(keys[0], now_ms=NOW_MS)[:6] == NOW_MS.to_bytes(6)


def test_what_was_told_comes_back_as_it_was_and_to_nobody_else() -> None:
    for told in (Told(40, None, None, NOW_MS), Told(40, 1, 2, NOW_MS, is_slower=True)):
        token = sign_told(told, key=KEY, shopper_id=7, number=4_711)

        assert open_told(token, key=KEY, shopper_id=7, number=4_711, now_s=NOW_MS / 1000) == told
        assert open_told(token, key=KEY, shopper_id=8, number=4_711, now_s=NOW_MS / 1000) is None
        assert open_told(token, key=KEY, shopper_id=7, number=4_712, now_s=NOW_MS / 1000) is None
        assert open_told(token + "A", key=KEY, shopper_id=7, number=4_711, now_s=NOW_MS / 1000) is None
        assert open_told(token, key=KEY, shopper_id=7, number=4_711, now_s=NOW_MS / 1000 + TOLD_TTL_S) is None
        other_realm = told_key(secret="secret", realm="demo")
        assert open_told(token, key=other_realm, shopper_id=7, number=4_711, now_s=NOW_MS / 1000) is None
