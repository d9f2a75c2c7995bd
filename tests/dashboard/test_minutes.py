"""A festival's figures by minute since its opening, as seconds and folded, beside another's."""

from datetime import UTC, datetime, timedelta

import pytest

from fairground.dashboard.actions import fold_seconds
from fairground.dashboard.minutes import MinuteFigures, compare_minutes, ghost_per_second, minute_figures
from fairground.dashboard.models import Tally, TallyKind
from fairground.dashboard.queries import FestivalFacts, festival_facts
from fairground.festivals.models import Festival, FestivalRate
from fairground.sites.live_screen.stream import LiveFigures
from tests.factories import NOW, NOW_MS, make_festival

OPENS_S = NOW_MS // 1000
YEAR_S = 365 * 86_400


def tally(
    second: int,
    *,
    kind: TallyKind = TallyKind.PLACED,
    orders: int = 1,
    units: int = 2,
    amount_minor: int = 0,
    currency: str = "EUR",
) -> None:
    """Write what a batch of a second added."""
    Tally.objects.create(
        lane=0,
        writer_seq=Tally.objects.count() + 1,
        row_no=0,
        second=second,
        kind=kind,
        market="EU",
        currency=currency,
        buyer_country="DE",
        merchant_country="ES",
        channel=1,
        device=2,
        orders=orders,
        units=units,
        amount_minor=amount_minor,
    )


def facts(slug: str = "fair") -> FestivalFacts:
    """Return what figures are figures of."""
    found = festival_facts(slug=slug)
    assert found is not None
    return found


def make_two_years() -> None:
    """Make a festival and the one before it, each with a dollar of its own."""
    make_festival()
    before = timedelta(seconds=YEAR_S)
    Festival.objects.create(
        slug="before",
        name={"en": "Fair"},
        zone="UTC",
        currency="EUR",
        opens_at=NOW - before,
        closes_at=NOW - before + timedelta(days=1),
    )
    Festival.objects.filter(slug="fair").update(previous="before")
    for slug, numerator in (("fair", 1), ("before", 3)):
        FestivalRate.objects.create(festival_id=slug, currency="USD", numerator=numerator, denominator=2, quoted_at=NOW)


@pytest.mark.usefixtures("lone_writer")
def test_orders_count_in_the_minute_in_which_they_were_placed_and_money_in_which_it_was_paid() -> None:
    make_festival()
    tally(OPENS_S - 1)
    tally(OPENS_S, orders=3, units=5, amount_minor=900)
    tally(OPENS_S + 59, orders=2, units=2)
    tally(OPENS_S + 60, kind=TallyKind.PAID, orders=3, units=5, amount_minor=900)
    tally(OPENS_S + 61, kind=TallyKind.REFUNDED, orders=1, units=1, amount_minor=100)
    tally(OPENS_S + 86_400)

    assert minute_figures(festival=facts()) == [MinuteFigures(0, 5, 7, 0), MinuteFigures(1, 0, 0, 900)]


@pytest.mark.usefixtures("lone_writer")
def test_folded_minutes_say_the_same_as_their_seconds() -> None:
    make_festival()
    for second in (0, 7, 59, 60, 121):
        tally(OPENS_S + second, orders=second + 1)
        tally(OPENS_S + second, kind=TallyKind.PAID, amount_minor=second)
    before = minute_figures(festival=facts())
    while fold_seconds(before_s=OPENS_S + 180):
        pass

    assert minute_figures(festival=facts()) == before
    assert [(one.orders, one.gmv_minor) for one in before] == [(69, 66), (61, 60), (122, 121)]
    assert Tally.objects.count() == 6


@pytest.mark.usefixtures("lone_writer")
def test_a_festival_that_opens_within_a_minute_counts_that_minute_folded_or_not() -> None:
    make_festival()
    Festival.objects.update(opens_at=NOW + timedelta(seconds=37))
    tally(OPENS_S + 40, orders=4)
    before = minute_figures(festival=facts())
    fold_seconds(before_s=OPENS_S + 60)

    assert minute_figures(festival=facts()) == before == [MinuteFigures(0, 4, 2, 0)]


@pytest.mark.usefixtures("lone_writer")
def test_minutes_add_up_to_the_converted_total() -> None:
    make_two_years()
    for minute in range(3):
        tally(OPENS_S + 60 * minute, kind=TallyKind.PAID, amount_minor=1, currency="USD")

    # Half a cent a minute: 0.5, 1.0 and 1.5 in all, rounded to the even one.
    assert [one.gmv_minor for one in minute_figures(festival=facts())] == [0, 1, 1]


@pytest.mark.usefixtures("lone_writer")
def test_two_years_stand_side_by_side_at_one_rate() -> None:
    make_two_years()
    tally(OPENS_S, orders=8, units=9)
    tally(OPENS_S + 120, kind=TallyKind.PAID, amount_minor=100, currency="USD")
    tally(OPENS_S - YEAR_S + 5, orders=4, units=4)
    tally(OPENS_S - YEAR_S + 60, kind=TallyKind.PAID, amount_minor=100, currency="USD")

    rows = compare_minutes(festival=facts(), before=facts("before"))

    assert [(one.minute, one.now.orders, one.before.orders) for one in rows] == [(0, 8, 4), (1, 0, 0), (2, 0, 0)]
    assert [(one.now.gmv_minor, one.before.gmv_minor) for one in rows] == [(0, 0), (0, 50), (50, 0)]
    assert [one.gmv_minor for one in minute_figures(festival=facts("before"))] == [0, 150]


@pytest.mark.usefixtures("lone_writer")
def test_the_live_screen_has_last_years_ghost_at_the_mean_of_its_minute() -> None:
    make_two_years()
    tally(OPENS_S - YEAR_S + 5, orders=30)
    tally(OPENS_S - YEAR_S + 61, orders=90)
    running = facts()

    assert ghost_per_second(festival=running) == {0: 0.5, 1: 1.5}
    assert ghost_per_second(festival=facts("before")) == {}
    screen = LiveFigures(realm="real")
    screen._ghost = ghost_per_second(festival=running)
    shown = screen._last_year(NOW_MS, range(OPENS_S - 2, OPENS_S + 122))
    assert shown == [*([OPENS_S + at, 0.5] for at in range(60)), *([OPENS_S + at, 1.5] for at in range(60, 120))]


@pytest.mark.usefixtures("writer")
def test_the_screen_shows_the_ghost_while_its_festival_is_on() -> None:
    make_two_years()
    opened = datetime.now(UTC) - timedelta(minutes=2)
    for slug, back in (("fair", 0), ("before", YEAR_S)):
        at = opened - timedelta(seconds=back)
        Festival.objects.filter(slug=slug).update(opens_at=at, closes_at=at + timedelta(days=1))
    first_second = int(opened.timestamp()) // 60 * 60
    for minute in range(10):
        tally(first_second - YEAR_S + 60 * minute, orders=30)

    state = LiveFigures(realm="real").poll()

    assert isinstance(state, dict)
    seconds, rates = zip(*state["last_year_per_second"], strict=True)
    assert (state["festival"]["slug"], set(rates)) == ("fair", {0.5})
    assert list(seconds) == list(range(seconds[0], seconds[0] + 121))
