"""The rota of the background: each chore at its pace, and one that fails keeps nobody from work until it fails on."""

import logging
from collections.abc import Sequence

import pytest
from django.db import OperationalError

from fairground.config.rota import FAILED_PAUSE_S, FAILURES_MAX, Chore, Rota


class Day:
    """A clock that goes on by what a rota pauses, and what was done when."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.done: list[tuple[str, float]] = []
        self.bad: Sequence[Exception] = []

    def good(self) -> bool:
        self.done.append(("good", round(self.now_s)))
        return False

    def failing(self) -> bool:
        self.done.append(("failing", round(self.now_s)))
        if self.bad:
            error, *self.bad = self.bad
            raise error
        return False

    def rota(self) -> Rota:
        return Rota([Chore(self.failing, every_s=1.0), Chore(self.good, every_s=25.0)], clock_s=lambda: self.now_s)

    def spend(self, rota: Rota, until_s: float) -> None:
        while self.now_s + rota.pause_s() < until_s:
            self.now_s += rota.pause_s()
            rota.do_next()

    def moments(self, name: str) -> list[float]:
        return [at for who, at in self.done if who == name]


@pytest.mark.django_db
def test_what_fails_is_logged_and_rests_while_the_others_go_on(caplog: pytest.LogCaptureFixture) -> None:
    day = Day()
    day.bad = [AssertionError("a row that nobody foresaw")] * 2

    with caplog.at_level(logging.ERROR):
        day.spend(day.rota(), until_s=2 * FAILED_PAUSE_S + 1)

    assert day.moments("good") == [0, 25, 50, 75, 100]
    assert day.moments("failing") == [0, 60, 120]
    assert [record.getMessage() for record in caplog.records] == [
        "failing failed 1 times in a row",
        "failing failed 2 times in a row",
    ]


@pytest.mark.django_db
def test_what_fails_again_and_again_ends_the_process_and_only_what_fails_in_a_row_counts() -> None:
    day = Day()
    day.bad = [AssertionError("again")] * (FAILURES_MAX - 1)
    rota = day.rota()
    day.spend(rota, until_s=FAILURES_MAX * FAILED_PAUSE_S)
    assert not day.bad

    day.bad = [AssertionError("again")] * FAILURES_MAX
    with pytest.raises(AssertionError, match="again"):
        day.spend(rota, until_s=3 * FAILURES_MAX * FAILED_PAUSE_S)
    assert not day.bad


@pytest.mark.django_db
def test_a_database_that_is_away_is_waited_for_however_long(caplog: pytest.LogCaptureFixture) -> None:
    day = Day()
    day.bad = [OperationalError("the database is starting up")] * 3 * FAILURES_MAX

    with caplog.at_level(logging.WARNING):
        day.spend(day.rota(), until_s=3 * FAILURES_MAX + 1)

    assert not day.bad
    assert {record.getMessage() for record in caplog.records} == {"failing: the database is starting up"}
