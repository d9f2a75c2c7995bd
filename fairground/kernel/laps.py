"""Laps of a chore over its rows: what has to wait is passed once a lap, and not again by each of its steps."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

# From, until; the last is exclusive.
Lanes = tuple[int, int]
Row = TypeVar("Row")


@dataclass(slots=True)
class Laps(Generic[Row]):
    """How far a chore has come in each stretch of lanes. A lap ends when none has more, and the next begins in front.

    `read` returns the next rows of a stretch after one, or from its beginning, in the order of the lap; `full` is the
    most that it returns. A process knows only its own laps: one that starts anew begins in front.
    """

    stretches: Callable[[], Sequence[Lanes]]
    read: Callable[[Lanes, Row | None], Sequence[Row]]
    full: int
    going: dict[Lanes, Row | None] = field(default_factory=dict)

    def step(self) -> Iterator[Sequence[Row]]:
        """Yield the next rows of each stretch that has more. Rows are passed when the caller asks for those after."""
        if not self.going:
            self.going = dict.fromkeys(self.stretches())
        for lanes, after in list(self.going.items()):
            rows = self.read(lanes, after)
            yield rows
            if len(rows) < self.full:
                del self.going[lanes]
            else:
                self.going[lanes] = rows[-1]
