"""The clock follows the database's, and says when it does not know the time."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from fairground.kernel.clock import Clock, from_unix_ms, to_unix_ms


def sample(clock: Clock, *, off_ms: float, round_trip_ms: float = 2.0) -> None:
    """Let the clock ask a database whose clock is `off_ms` ahead of this machine's."""
    sent_ms = 1_000_000.0
    clock.discipline(
        sent_ms=sent_ms,
        database_ms=sent_ms + round_trip_ms / 2 + off_ms,
        received_ms=sent_ms + round_trip_ms,
    )


def test_the_first_sample_sets_the_offset_however_large() -> None:
    clock = Clock()

    sample(clock, off_ms=7_000.0)

    assert (clock.offset_ms, clock.steady) == (7_000.0, True)


def test_a_small_drift_is_followed() -> None:
    clock = Clock()
    sample(clock, off_ms=10.0)

    sample(clock, off_ms=40.0)

    assert (clock.offset_ms, clock.steady) == (40.0, True)


def test_a_jump_makes_the_clock_unsteady_until_the_next_sample_confirms_it() -> None:
    clock = Clock()
    sample(clock, off_ms=0.0)

    sample(clock, off_ms=-60.0)
    after_the_jump = clock.steady
    sample(clock, off_ms=-61.0)

    assert after_the_jump is False
    assert (clock.offset_ms, clock.steady) == (-61.0, True)


def test_what_a_slow_answer_says_about_the_clock_does_not_count() -> None:
    clock = Clock()
    sample(clock, off_ms=5.0)

    sample(clock, off_ms=900.0, round_trip_ms=21.0)

    assert (clock.offset_ms, clock.steady) == (5.0, True)


def test_half_the_round_trip_may_be_the_networks_and_is_no_jump() -> None:
    clock = Clock()
    sample(clock, off_ms=0.0)

    sample(clock, off_ms=59.0, round_trip_ms=20.0)

    assert clock.steady is True


def test_the_clocks_moment_is_this_machines_plus_the_offset() -> None:
    ahead, exact = Clock(offset_ms=3_600_000.0), Clock()

    assert abs(ahead.now() - exact.now() - timedelta(hours=1)) < timedelta(seconds=5)


@pytest.mark.parametrize("unix_ms", [0, 1_794_355_200_000, 1_794_355_200_001, 1_794_355_199_999])
def test_a_millisecond_comes_back_whole(unix_ms: int) -> None:
    assert to_unix_ms(from_unix_ms(unix_ms)) == unix_ms


def test_a_moment_of_any_zone_is_the_same_millisecond() -> None:
    midnight = datetime(2026, 11, 11, 8, tzinfo=timezone(timedelta(hours=8)))

    assert from_unix_ms(to_unix_ms(midnight)) == datetime(2026, 11, 11, tzinfo=UTC)


def test_a_moment_without_a_zone_is_a_bug() -> None:
    with pytest.raises(AssertionError):
        to_unix_ms(datetime(2026, 11, 11))  # noqa: DTZ001 - this is the bug
