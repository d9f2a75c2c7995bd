"""The line before a writer: numbers once, a watermark that only rises and never passes them."""

import pytest

from fairground.kernel.ticket_line import LineState, move_ticket_line, read_ticket_line


@pytest.mark.usefixtures("lone_writer")
def test_nobody_is_admitted_in_the_move_that_draws_the_number() -> None:
    assert move_ticket_line(writer_id=0, draw=100, admit=30) == LineState(issued=100, admitted=0)


@pytest.mark.usefixtures("lone_writer")
def test_the_watermark_rises_by_what_a_process_takes_and_stops_at_what_was_issued() -> None:
    move_ticket_line(writer_id=0, draw=100, admit=0)

    states = [move_ticket_line(writer_id=0, draw=0, admit=60) for _ in range(3)]

    assert states == [LineState(100, 60), LineState(100, 100), LineState(100, 100)]
    assert read_ticket_line(0) == LineState(100, 100)


@pytest.mark.usefixtures("lone_writer")
def test_two_draws_end_at_different_numbers() -> None:
    first, second = (move_ticket_line(writer_id=0, draw=draw, admit=0).issued for draw in (10, 5))

    assert (first, second) == (10, 15)


@pytest.mark.usefixtures("two_writers")
def test_each_writer_has_a_line_of_its_own() -> None:
    move_ticket_line(writer_id=1, draw=7, admit=0)

    assert (read_ticket_line(0), read_ticket_line(1)) == (LineState(0, 0), LineState(7, 0))


@pytest.mark.usefixtures("lone_writer")
def test_a_writer_without_a_line_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="no ticket line"):
        move_ticket_line(writer_id=9, draw=1, admit=0)
