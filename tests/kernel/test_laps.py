"""Laps over rows by stretches of lanes: every row once a lap, and again what the caller failed on."""

from fairground.kernel.laps import Lanes, Laps

LOW, HIGH = (0, 32), (32, 64)


class Road:
    """Rows by stretch; `asked` is what was read, in its order."""

    def __init__(self, **rows: list[int]) -> None:
        self.rows = {LOW: rows["low"], HIGH: rows["high"]}
        self.asked: list[tuple[Lanes, int | None]] = []
        self.laps = Laps[int](stretches=lambda: [LOW, HIGH], read=self._read, full=2)

    def _read(self, lanes: Lanes, after: int | None) -> list[int]:
        self.asked.append((lanes, after))
        return [row for row in self.rows[lanes] if after is None or row > after][:2]

    def step(self) -> list[list[int]]:
        return [list(rows) for rows in self.laps.step()]


def test_a_lap_passes_every_row_once_and_a_stretch_that_ended_waits_for_the_others() -> None:
    road = Road(low=[1], high=[1, 2, 3, 4, 5])

    assert [road.step() for _ in range(3)] == [[[1], [1, 2]], [[3, 4]], [[5]]]
    assert road.asked == [(LOW, None), (HIGH, None), (HIGH, 2), (HIGH, 4)]


def test_a_lap_that_ended_begins_in_front_again() -> None:
    road = Road(low=[], high=[1, 2])

    assert [road.step() for _ in range(3)] == [[[], [1, 2]], [[]], [[], [1, 2]]]


def test_rows_on_which_the_caller_failed_are_not_passed() -> None:
    road = Road(low=[1, 2, 3], high=[7])

    assert next(iter(road.laps.step())) == [1, 2]

    assert road.step() == [[1, 2], [7]]
    assert road.step() == [[3]]
