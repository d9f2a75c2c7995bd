"""Ids carry their millisecond and their lane, and a run of them only goes up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairground.kernel.ids import EPOCH_MS, ID_MAX, IDS_PER_LANE_AND_MS, IdRun, lane_of, make_id, parse_id, unix_ms_of

MS = EPOCH_MS + 1_000


@given(unix_ms=st.integers(EPOCH_MS, EPOCH_MS + (1 << 41) - 1), lane=st.integers(0, 63), sequence=st.integers(0, 4095))
def test_an_id_tells_its_millisecond_and_its_lane_and_fits_a_bigint(unix_ms: int, lane: int, sequence: int) -> None:
    some_id = make_id(unix_ms=unix_ms, lane=lane, sequence=sequence)

    assert (unix_ms_of(some_id), lane_of(some_id)) == (unix_ms, lane)
    assert 0 <= some_id < 1 << 63


def test_an_id_has_41_bits_of_milliseconds_10_of_lane_and_12_of_sequence() -> None:
    assert make_id(unix_ms=EPOCH_MS + 1, lane=3, sequence=5) == (1 << 22) + (3 << 12) + 5


@given(
    earlier=st.tuples(st.integers(0, 10_000), st.integers(0, 63), st.integers(0, 4095)),
    later=st.tuples(st.integers(0, 10_000), st.integers(0, 63), st.integers(0, 4095)),
)
def test_ids_stand_in_the_order_of_time_then_lane_then_sequence(
    earlier: tuple[int, int, int], later: tuple[int, int, int]
) -> None:
    first, second = (
        make_id(unix_ms=EPOCH_MS + ms, lane=lane, sequence=sequence) for ms, lane, sequence in (earlier, later)
    )

    assert (first < second) == (earlier < later)


@pytest.mark.parametrize(("lane", "sequence"), [(-1, 0), (64, 0), (0, -1), (0, 4096)])
def test_no_id_is_made_out_of_range(lane: int, sequence: int) -> None:
    with pytest.raises(AssertionError):
        make_id(unix_ms=MS, lane=lane, sequence=sequence)


def test_a_run_draws_the_ids_of_each_lane_one_after_the_other() -> None:
    run = IdRun(first_ms=MS, last_ms=MS)

    drawn = [run.draw(lane) for lane in (5, 7, 5, 7, 5)]

    assert drawn == [
        make_id(unix_ms=MS, lane=5, sequence=0),
        make_id(unix_ms=MS, lane=7, sequence=0),
        make_id(unix_ms=MS, lane=5, sequence=1),
        make_id(unix_ms=MS, lane=7, sequence=1),
        make_id(unix_ms=MS, lane=5, sequence=2),
    ]


def test_a_run_goes_on_in_the_next_millisecond_and_stays_in_its_lane() -> None:
    run = IdRun(first_ms=MS, last_ms=MS + 1)

    drawn = [run.draw(9) for _ in range(2 * IDS_PER_LANE_AND_MS)]

    assert drawn == sorted(set(drawn))
    assert {lane_of(one) for one in drawn} == {9}
    assert drawn[-1] == make_id(unix_ms=MS + 1, lane=9, sequence=4095)


def test_a_run_never_draws_more_than_was_reserved() -> None:
    run = IdRun(first_ms=MS, last_ms=MS)
    for _ in range(IDS_PER_LANE_AND_MS):
        run.draw(0)

    with pytest.raises(AssertionError, match="more ids than it said"):
        run.draw(0)


@pytest.mark.parametrize(
    ("text", "some_id"),
    [("0", 0), ("7", 7), ("007", 7), ("1000000000000000000", 10**18), (str(ID_MAX), ID_MAX)],
)
def test_an_id_is_read_from_its_digits(text: str, some_id: int) -> None:
    assert parse_id(text) == some_id


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", " 1", "1.0", "1_000", "\N{ARABIC-INDIC DIGIT SEVEN}", "²", str(ID_MAX + 1), "9" * 10_000]
)
def test_what_no_id_could_be_is_read_as_none(text: str) -> None:
    assert parse_id(text) is None
