"""Whatever the line does, what people are told of it never gets worse."""

from hypothesis import given
from hypothesis import strategies as st

from fairground.waiting.rules import Told, minutes_of, tell_place
from tests.factories import NOW_MS

LOOKS = st.lists(
    st.tuples(
        st.integers(0, 2_000_000),
        st.one_of(st.none(), st.just(0.0), st.floats(0.01, 20_000.0)),
        st.integers(0, 600_000),
    ),
    min_size=2,
    max_size=40,
)


@given(LOOKS)
def test_neither_place_nor_range_ever_goes_up(looks: list[tuple[int, float | None, int]]) -> None:
    told: Told | None = None
    now_ms = NOW_MS
    for place, pace_per_s, elapsed_ms in looks:
        now_ms += elapsed_ms
        before, told = told, tell_place(before=told, place=place, pace_per_s=pace_per_s, now_ms=now_ms)
        minutes = minutes_of(told)
        if minutes is not None:
            assert 0 <= minutes.at_least < minutes.at_most
        if before is None:
            continue
        assert told.place <= before.place
        shown_before = minutes_of(before)
        if shown_before is not None:
            assert minutes is not None
            assert minutes.at_most <= shown_before.at_most
            assert minutes.at_least <= shown_before.at_least


@given(st.integers(1, 1_000_000), st.floats(1.0, 5_000.0), st.integers(1, 30))
def test_in_a_steady_line_the_turn_comes_within_the_range_that_was_told_first(
    place: int, pace_per_s: float, every_s: int
) -> None:
    first = tell_place(before=None, place=place, pace_per_s=pace_per_s, now_ms=NOW_MS)
    wait_ms = place / pace_per_s * 1000

    assert first.soonest_ms is not None
    assert first.latest_ms is not None
    assert first.soonest_ms <= wait_ms + 1 <= first.latest_ms + 2
    later = tell_place(
        before=first,
        place=max(0, place - round(pace_per_s * every_s)),
        pace_per_s=pace_per_s,
        now_ms=NOW_MS + every_s * 1000,
    )
    assert not later.is_slower
