"""The worked example of docs/algorithms/intake.md, performed."""

from pathlib import Path

import pytest

from fairground.intake.line import NUMBERS_MIN, Line
from fairground.intake.queue import Entry, IntakeQueue
from fairground.kernel.models import Writer
from tests.factories import place_request

DOCUMENT = Path(__file__).parents[2] / "docs/algorithms/intake.md"
FRESH_MAX = 32
BATCH_MAX = 24


def steps() -> list[list[str]]:
    """Return the cells of the example's rows, below its head."""
    example = DOCUMENT.read_text("utf-8").split("## A worked example")[1]
    rows = [line.strip("|").split("|") for line in example.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def new_entry() -> Entry:
    return Entry(place_request(shopper_id=1), lambda _answer: None)


@pytest.mark.django_db
def test_the_worked_example_comes_out_as_written(lone_writer: Writer) -> None:
    queue = IntakeQueue(entries_max=FRESH_MAX)
    line = Line(writer_id=lone_writer.id, queue=queue)
    while line.admitted < NUMBERS_MIN:
        line.move(decided=0, elapsed_s=0.2)
    refused: list[int] = []
    decided = 0
    for step, what, count, *numbers in steps():
        if what == "the keeper looks":
            line.move(decided=decided, elapsed_s=0.2)
        elif what == "come":
            refused += [line.give_number() for _ in range(int(count)) if not queue.put(new_entry())]
        elif what == "come back":
            assert len(refused) == int(count), f"step {step}"
            assert max(refused) < line.admitted, f"step {step}"
            for _ in refused:
                queue.put_ticketed(new_entry())
            refused.clear()
        else:
            assert what == "a batch is decided", what
            batch = queue.take(BATCH_MAX)
            assert len(batch) == int(count), f"step {step}"
            decided += len(batch)
        if step == "2":
            assert refused == list(range(256, 264))
        assert [*queue.waiting, line.admitted] == [int(number) for number in numbers], f"step {step}"
