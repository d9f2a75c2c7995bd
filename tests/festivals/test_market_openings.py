"""Deals open in a market with that market's sale, where it has one of its own."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from fairground.catalog.rules import DealTerms
from fairground.festivals.actions import edit_festival, shift_festival
from fairground.festivals.composition import hall_openings
from fairground.festivals.models import Deal, DealPrice, Hall
from fairground.festivals.phase_edits import PhasePassed, clone_festival, edit_phases
from fairground.festivals.phase_plan import PhaseKind, PhaseSpan
from fairground.festivals.phase_rows import read_phases
from fairground.festivals.rules import Period, PresaleTerms
from fairground.inventory.presales import PresaleDeclaration, declare_presale
from fairground.kernel.edits import By
from fairground.markets.queries import reference_rates
from tests.catalogue_making import (
    CLOSES_AT,
    NOW_MS,
    OPENS_AT,
    make_festival,
    make_product,
    make_shop,
    offers_version,
    run_import,
)
from tests.phase_making import give_phases

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
NOW = OPENS_AT - timedelta(days=30)
BY = By(user_id=None, now=NOW)
# By the clocks of New York in November, when it is midnight in Madrid.
LATER = 6 * HOUR


@pytest.fixture
def deal() -> Deal:
    """A deal of a festival whose home is Madrid, in which the United States open by their own clocks."""
    make_shop()
    make_festival()
    give_phases(zone="Europe/Madrid", own_zones={"US": "America/New_York"})
    return make_deal()


def make_deal(external_id: str = "chair") -> Deal:
    terms = DealTerms(percent_off=30, units=40, buyer_limit=2)
    run_import(make_product(external_id=external_id, deal=terms), festival="fair")
    deal = Deal.objects.order_by("-id")[0]
    Deal.objects.filter(id=deal.id).update(hall=Hall.objects.get(festival="fair"))
    return deal


def times(deal: Deal, market: str) -> tuple[datetime | None, datetime | None]:
    """Return the times that a deal has of its own in a market."""
    price = DealPrice.objects.get(deal=deal, market=market)
    return price.opens_at, price.closes_at


def with_own_sale(market: str, starts_at: datetime, ends_at: datetime) -> list[PhaseSpan]:
    """Return the festival's phases without any of the market's but this sale."""
    others = [one for one in read_phases(festival="fair") if one.market != market]
    return [*others, PhaseSpan(PhaseKind.SALE, starts_at, ends_at, market)]


def without(phases: Sequence[PhaseSpan], market: str) -> list[PhaseSpan]:
    return [one for one in phases if one.market != market]


def test_a_deal_opens_with_the_market_and_elsewhere_with_the_festival(deal: Deal) -> None:
    assert times(deal, "US") == (OPENS_AT + LATER, CLOSES_AT + LATER)
    assert times(deal, "EU") == (None, None)
    hall = Hall.objects.get()
    us, eu = (hall_openings(hall_id=hall.id, market=market) for market in ("US", "EU"))
    assert [(one.opens_at, one.closes_at) for one in us] == [(OPENS_AT + LATER, CLOSES_AT + LATER)]
    assert [(one.opens_at, one.closes_at) for one in eu] == [(OPENS_AT, CLOSES_AT)]


def test_deals_that_were_there_before_markets_had_openings_get_those_that_they_would_have_today(deal: Deal) -> None:
    short = make_deal("lamp")
    Deal.objects.filter(id=short.id).update(opens_at=OPENS_AT + HOUR, closes_at=OPENS_AT + 2 * HOUR)
    edit_phases(slug="fair", phases=with_own_sale("US", OPENS_AT + 2 * HOUR, OPENS_AT + 10 * HOUR), by=BY)
    today = [times(one, market) for one in (deal, short) for market in ("US", "EU")]
    DealPrice.objects.update(opens_at=None, closes_at=None)

    with connection.cursor() as cursor:
        cursor.execute(import_module("fairground.festivals.migrations.0010_deals_of_markets_with_own_sales").OPENINGS)

    assert [times(one, market) for one in (deal, short) for market in ("US", "EU")] == today
    assert today == [
        (OPENS_AT + 2 * HOUR, OPENS_AT + 10 * HOUR),
        (None, None),
        (OPENS_AT + 3 * HOUR, OPENS_AT + 4 * HOUR),
        (None, None),
    ]


def test_a_deal_of_some_hours_keeps_its_distance_to_the_markets_opening(deal: Deal) -> None:
    Deal.objects.update(opens_at=F("opens_at") + 3 * HOUR, closes_at=F("opens_at") + 5 * HOUR)

    edit_phases(slug="fair", phases=with_own_sale("US", OPENS_AT + 2 * HOUR, OPENS_AT + 10 * HOUR), by=BY)

    assert times(deal, "US") == (OPENS_AT + 5 * HOUR, OPENS_AT + 7 * HOUR)


def test_what_closes_with_the_festival_closes_with_the_markets_sale(deal: Deal) -> None:
    edit_phases(slug="fair", phases=with_own_sale("US", OPENS_AT + HOUR, OPENS_AT + 10 * HOUR), by=BY)

    assert times(deal, "US") == (OPENS_AT + HOUR, OPENS_AT + 10 * HOUR)


def test_a_deal_that_opens_after_a_short_sale_of_a_market_lasts_as_long_as_at_home(deal: Deal) -> None:
    Deal.objects.update(opens_at=F("opens_at") + 20 * HOUR)

    edit_phases(slug="fair", phases=with_own_sale("US", OPENS_AT + HOUR, OPENS_AT + 10 * HOUR), by=BY)

    assert times(deal, "US") == (OPENS_AT + 21 * HOUR, CLOSES_AT + HOUR)


def test_deals_follow_a_market_whose_sale_is_moved_or_taken_away_and_writers_are_told(deal: Deal) -> None:
    before = offers_version()

    edit_phases(slug="fair", phases=with_own_sale("US", OPENS_AT + HOUR, CLOSES_AT), by=BY)
    assert (times(deal, "US"), offers_version()) == ((OPENS_AT + HOUR, CLOSES_AT), before + 1)

    edit_phases(slug="fair", phases=without(read_phases(festival="fair"), "US"), by=BY)
    assert (times(deal, "US"), offers_version()) == ((None, None), before + 2)


def test_a_phase_in_which_no_deal_opens_tells_no_writer(deal: Deal) -> None:
    before = offers_version()
    phases = [one for one in read_phases(festival="fair") if one.kind is not PhaseKind.OPENING]

    assert edit_phases(slug="fair", phases=phases, by=BY)
    assert offers_version() == before


def test_a_festival_that_is_shifted_takes_its_markets_along(deal: Deal) -> None:
    shift_festival(slug="fair", opens_at=OPENS_AT + 2 * HOUR, now_ms=NOW_MS)
    assert times(deal, "US") == (OPENS_AT + LATER + 2 * HOUR, CLOSES_AT + LATER + 2 * HOUR)

    period = Period(OPENS_AT + 3 * HOUR, CLOSES_AT + 3 * HOUR)
    edit_festival(slug="fair", name={"en": "Fair"}, period=period, by=BY)
    assert times(deal, "US") == (OPENS_AT + LATER + 3 * HOUR, CLOSES_AT + LATER + 3 * HOUR)


def test_a_deal_that_comes_later_opens_with_its_markets_too(deal: Deal) -> None:
    assert times(make_deal("lamp"), "US") == (OPENS_AT + LATER, CLOSES_AT + LATER)


def test_a_cloned_deal_opens_with_the_markets_of_the_new_festival(deal: Deal) -> None:
    opens_at = OPENS_AT + timedelta(days=364)

    clone_festival(slug="fair", to="next", opens_at=opens_at, rates=reference_rates(), by=BY, with_deals=True)

    assert times(Deal.objects.get(festival="next"), "US") == (opens_at + LATER, opens_at + LATER + 24 * HOUR)


def test_a_presales_order_window_is_the_same_everywhere(deal: Deal) -> None:
    terms = dict.fromkeys(DealPrice.objects.values_list("market_id", flat=True), PresaleTerms(10, 5))
    order, balance = Period(OPENS_AT - 9 * HOUR, OPENS_AT), Period(OPENS_AT, CLOSES_AT)

    declare_presale(deal_id=deal.id, declaration=PresaleDeclaration(order, balance, terms), by=BY)
    assert times(deal, "US") == (None, None)

    edit_phases(slug="fair", phases=with_own_sale("US", OPENS_AT + HOUR, CLOSES_AT), by=BY)
    assert times(deal, "US") == (None, None)


def test_once_the_festival_is_open_no_market_is_closed_again(deal: Deal) -> None:
    phases = without(read_phases(festival="fair"), "US")
    edit_phases(slug="fair", phases=phases, by=BY)
    late = By(user_id=None, now=OPENS_AT + HOUR)

    with pytest.raises(PhasePassed) as refused:
        edit_phases(slug="fair", phases=with_own_sale("US", OPENS_AT + 2 * HOUR, CLOSES_AT), by=late)

    assert refused.value.facts == {"kind": "sale", "market": "US"}
    assert times(deal, "US") == (None, None)


def test_the_database_wants_both_times_or_none_and_in_order(deal: Deal) -> None:
    prices = DealPrice.objects.filter(market="EU")
    for opens_at, closes_at in ((OPENS_AT, None), (None, CLOSES_AT), (OPENS_AT, OPENS_AT)):
        with pytest.raises(IntegrityError, match="dealprice_opens_before_it_closes"), transaction.atomic():
            prices.update(opens_at=opens_at, closes_at=closes_at)
