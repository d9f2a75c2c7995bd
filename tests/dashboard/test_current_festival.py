"""Which festival pages and the live screen are about."""

from datetime import timedelta

import pytest

from fairground.dashboard.queries import current_festival
from fairground.festivals.models import Festival
from fairground.kernel.clock import to_unix_ms
from tests.factories import NOW, make_festival
from tests.phase_making import give_phases

pytestmark = pytest.mark.django_db


def make_next(*, days: int) -> None:
    """Make this year's festival, which opens now, and one that opens so many days later, both with all phases."""
    make_festival()
    make_festival(slug="next")
    opens_at = NOW + timedelta(days=days)
    Festival.objects.filter(slug="next").update(opens_at=opens_at, closes_at=opens_at + timedelta(days=1))
    give_phases()
    give_phases(festival="next")


def current(hours: float) -> str:
    """Return the festival that is current so many hours after this year's opening."""
    found = current_festival(now_ms=to_unix_ms(NOW + timedelta(hours=hours)))
    assert found is not None
    return found.slug


def test_this_years_stays_until_its_after_sale_is_over_though_the_next_one_is_made() -> None:
    make_next(days=365)

    assert [current(hours) for hours in (-24 * 50, -1, 0, 23, 24, 24 * 16 - 1)] == ["fair"] * 6
    assert [current(hours) for hours in (24 * 16, 24 * 300, 24 * 365)] == ["next"] * 3


def test_the_next_one_takes_over_once_it_is_announced_unless_this_one_is_open() -> None:
    make_next(days=61)

    assert [current(hours) for hours in (23, 24, 24.1)] == ["fair", "next", "next"]


def test_of_festivals_without_phases_it_is_the_open_one_else_the_next_else_the_last() -> None:
    make_festival()
    make_festival(slug="next")
    later = NOW + timedelta(days=9)
    Festival.objects.filter(slug="next").update(opens_at=later, closes_at=later + timedelta(days=1))

    assert [current(hours) for hours in (-1, 1, 25, 24 * 9, 24 * 20)] == ["fair", "fair", "next", "next", "next"]


def test_without_a_festival_there_is_none() -> None:
    assert current_festival(now_ms=to_unix_ms(NOW)) is None
