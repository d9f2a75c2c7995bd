"""The background closes yesterday by itself, hours after midnight, and steps back while a sale holds its turn."""

from datetime import UTC, datetime, timedelta

import pytest

from fairground.ledger.closed_days import closed_days
from fairground.ledger.closing import OVER_FOR
from fairground.ledger.models import DaySeal
from fairground.ledger.tasks import CLOSES_AFTER, close_days_that_are_over
from tests.concurrency.racing import turn_held
from tests.ledger.days_making import make_days

pytestmark = pytest.mark.django_db(transaction=True)


def days_ago(days: int) -> datetime:
    """Return the first moment of a day before today, in UTC."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days)


def test_every_day_that_is_over_is_closed_one_a_call() -> None:
    make_days(from_ms=round(days_ago(5).timestamp() * 1000))
    last = (datetime.now(UTC) - CLOSES_AFTER - OVER_FOR).date() - timedelta(days=1)

    calls = 0
    while close_days_that_are_over():
        calls += 1

    assert [one.day for one in closed_days()] == [days_ago(5).date() + timedelta(days=day) for day in range(calls)]
    assert closed_days()[-1].day == last
    assert not close_days_that_are_over()


def test_nothing_is_sealed_while_others_hold_their_turn() -> None:
    make_days(from_ms=round(days_ago(5).timestamp() * 1000))

    with turn_held():
        assert not close_days_that_are_over()

    assert DaySeal.objects.count() == 0
