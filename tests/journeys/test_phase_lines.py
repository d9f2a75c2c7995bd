"""What the home page says of the festival's phases."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from fairground.festivals.models import Festival
from fairground.sites.moment import forget_everything
from tests.factories import make_festival, make_market
from tests.phase_making import give_phases

pytestmark = pytest.mark.django_db

LINE = re.compile(r'<p data-opens="(\d+)" data-closes="(\d+)" data-phase="(\w+)">([^<]+)<')


def lines(client: Client, *, opens_in: timedelta, presale_days: int = 10) -> list[tuple[str, str]]:
    """Return the lines of the home page of a festival that opens in a while: which shows, and what each says."""
    forget_everything()
    opens_at = datetime.now(UTC) + opens_in
    Festival.objects.update(opens_at=opens_at, closes_at=opens_at + timedelta(days=1))
    give_phases(presale_days=presale_days)
    page = client.get("/").content.decode()
    found = LINE.findall(page)
    ends = [int(closes) for _, closes, _, _ in found]
    assert ends == sorted(ends)
    return [(phase, re.sub(r"[A-Z][a-z]{2} \d+, \d\d:\d\d", "…", text)) for _, _, phase, text in found]


@pytest.fixture
def shop(client: Client) -> Client:
    """A shop in one market, with a festival."""
    make_market()
    make_festival()
    return client


def test_each_phase_has_its_line_and_only_the_present_one_shows(shop: Client) -> None:
    assert lines(shop, opens_in=timedelta(days=15)) == [
        ("open", "Order ahead from …"),
        ("before", "Presale until …"),
        ("before", "The gala is on, until the opening"),
        ("before", "Pay balances until …"),
        ("before", "Pay balances until …"),
    ]


def test_without_a_presale_there_is_the_gala_to_tell_of_and_no_balance(shop: Client) -> None:
    assert lines(shop, opens_in=timedelta(days=5), presale_days=0) == [
        ("open", "The gala begins …"),
        ("before", "The gala is on, until the opening"),
    ]


def test_the_sale_alone_needs_no_words_beside_the_countdown(shop: Client) -> None:
    assert lines(shop, opens_in=timedelta(hours=-1), presale_days=0) == []
    assert "phase-lines" not in shop.get("/").content.decode()


def test_without_phases_or_a_festival_nothing_is_said(shop: Client) -> None:
    Festival.objects.all().delete()

    assert "phase-lines" not in shop.get("/").content.decode()
