"""What happens by itself at the edges of a festival's phases."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from fairground.catalog.rules import DealTerms
from fairground.checkout.actions.advance_festivals import advance_festivals
from fairground.checkout.actions.end_purchases import expire_purchases
from fairground.festivals.actions import shift_festival
from fairground.festivals.market_openings import open_in_markets
from fairground.festivals.models import Deal, Phase, Transition
from fairground.festivals.phase_plan import Edge, PhaseKind
from fairground.festivals.transitions import TRY_AGAIN_AFTER, transitions_of
from fairground.inventory.models import Stock
from fairground.kernel.clock import to_unix_ms
from tests.catalogue_making import CLOSES_AT, NOW_MS, OPENS_AT, make_festival, make_product, make_shop, run_import
from tests.factories import (
    NOW,
    SkuMade,
    make_market,
    make_shopper,
    make_sku,
    place_one,
    place_request,
)
from tests.factories import make_festival as make_bare_festival
from tests.phase_making import give_phases

pytestmark = pytest.mark.django_db

ENROLMENT_ENDS = OPENS_AT - timedelta(days=20)
SECOND = timedelta(seconds=1)


def make_planned(*, stock_units: int = 100, deals: int = 1, units: int = 40) -> str:
    """Make a festival with all phases and deals that are not frozen."""
    make_shop()
    festival = make_festival()
    give_phases(festival=festival)
    terms = DealTerms(percent_off=30, units=units, buyer_limit=2)
    products = [make_product(external_id=f"chair-{at}", stock_units=stock_units, deal=terms) for at in range(deals)]
    run_import(*products, festival=festival)
    return festival


def done(festival: str = "fair") -> list[str]:
    """Return which edges are done, in order of time."""
    return [f"{one.kind.word} {one.edge.name.lower()}" for one in transitions_of(festival=festival) if one.done_at]


def stock() -> set[tuple[bool, int]]:
    """Return whether a row is a deal's, and its units."""
    return {(deal is not None, units) for deal, units in Stock.objects.values_list("deal_id", "units")}


def test_before_the_first_phase_nothing_happens() -> None:
    make_planned()

    assert advance_festivals(now=OPENS_AT - timedelta(days=60) - SECOND) == 0
    assert Transition.objects.count() == 0


def test_deals_are_frozen_in_the_second_in_which_enrolment_ends() -> None:
    make_planned()
    advance_festivals(now=ENROLMENT_ENDS - SECOND)
    assert stock() == {(False, 100)}

    assert advance_festivals(now=ENROLMENT_ENDS) == 2

    assert stock() == {(False, 60), (True, 40)}
    frozen = Transition.objects.get(kind=PhaseKind.ENROLMENT, edge=Edge.ENDS)
    assert (frozen.due_at, frozen.done_at, frozen.facts) == (ENROLMENT_ENDS, ENROLMENT_ENDS, {"deals": 1, "units": 40})
    assert done()[-2:] == ["enrolment ends", "warm-up begins"]


def test_after_an_outage_each_edge_happens_once_in_order_of_time() -> None:
    make_planned()
    late = CLOSES_AT + timedelta(hours=1)

    assert advance_festivals(now=late) == 17
    assert advance_festivals(now=late + TRY_AGAIN_AFTER) == 0

    assert done() == [
        *("announcement begins", "announcement ends", "enrolment begins", "enrolment ends", "warm-up begins"),
        *("warm-up ends", "presale begins", "presale ends", "gala begins", "gala ends", "opening begins"),
        *("sale begins", "balance begins", "opening ends", "sale ends", "balance ends", "after-sale begins"),
    ]
    assert set(Transition.objects.values_list("done_at", flat=True)) == {late}
    assert Transition.objects.get(kind=PhaseKind.ENROLMENT, edge=Edge.ENDS).facts == {"skipped": "over"}


def test_a_deal_that_lacks_units_holds_up_the_freeze_and_no_later_phase() -> None:
    make_planned(deals=2)
    short = Deal.objects.order_by("id")[0]
    Stock.objects.filter(sku_id=short.sku_id).update(units=39)
    before, gala = stock(), OPENS_AT - timedelta(hours=4)

    assert advance_festivals(now=gala - SECOND) == 6

    assert stock() == before
    held = Transition.objects.get(done_at=None)
    assert (held.kind, held.edge, held.tried_at) == (PhaseKind.ENROLMENT, Edge.ENDS, gala - SECOND)
    assert held.facts == {"refused": "stock-short-for-deals", "short": 1, "named": [str(short.id)]}
    assert done()[-2:] == ["warm-up ends", "presale begins"]


def test_when_the_gala_begins_a_deal_that_lacks_units_holds_up_no_other_deal() -> None:
    make_planned(deals=2)
    short, other = Deal.objects.order_by("id")
    Stock.objects.filter(sku_id=short.sku_id).update(units=39)

    assert advance_festivals(now=OPENS_AT) == 11

    assert list(Stock.objects.filter(deal_id__isnull=False).values_list("deal_id", "units")) == [(other.id, 40)]
    assert Transition.objects.get(kind=PhaseKind.GALA, edge=Edge.BEGINS).facts == {
        "refused": "stock-short-for-deals",
        "short": 1,
        "named": [str(short.id)],
        "deals": 1,
        "units": 40,
    }
    Stock.objects.filter(sku_id=short.sku_id).update(units=40)
    assert advance_festivals(now=OPENS_AT + TRY_AGAIN_AFTER) == 2
    assert Stock.objects.get(deal_id=short.id).units == 40
    assert Transition.objects.filter(done_at=None).count() == 0


def test_without_enrolment_and_gala_deals_are_frozen_at_the_opening() -> None:
    festival = make_planned()
    give_phases(festival=festival, enrolment_days=0, gala_hours=0)

    advance_festivals(now=OPENS_AT - SECOND)
    assert stock() == {(False, 100)}
    advance_festivals(now=OPENS_AT)

    assert stock() == {(False, 60), (True, 40)}
    assert Transition.objects.get(kind=PhaseKind.SALE).facts == {"deals": 1, "units": 40}


def test_a_deal_that_was_declared_after_enrolment_is_frozen_when_the_gala_begins() -> None:
    make_planned()
    advance_festivals(now=ENROLMENT_ENDS)
    terms = DealTerms(percent_off=30, units=40, buyer_limit=2)
    run_import(make_product(external_id="late", deal=terms), festival="fair")

    advance_festivals(now=OPENS_AT - timedelta(hours=4))

    assert Stock.objects.filter(deal_id__isnull=False, units=40).count() == 2


def test_what_was_held_up_is_tried_again_after_a_minute_and_not_before() -> None:
    make_planned()
    Stock.objects.update(units=39)
    advance_festivals(now=ENROLMENT_ENDS)
    Stock.objects.update(units=40)

    assert advance_festivals(now=ENROLMENT_ENDS + TRY_AGAIN_AFTER - SECOND) == 0
    assert stock() == {(False, 40)}
    assert advance_festivals(now=ENROLMENT_ENDS + TRY_AGAIN_AFTER) == 1

    assert stock() == {(False, 0), (True, 40)}
    frozen = Transition.objects.get(kind=PhaseKind.ENROLMENT, edge=Edge.ENDS)
    assert (frozen.due_at, frozen.done_at) == (ENROLMENT_ENDS, ENROLMENT_ENDS + TRY_AGAIN_AFTER)


@pytest.fixture
def deal() -> SkuMade:
    """A frozen deal of ten units in a festival whose sale lasts from `OPENS_AT` to `CLOSES_AT`."""
    make_market()
    made = make_sku(deal_price_minor=900, deal_units=10)
    make_bare_festival()
    give_phases(announcement_days=0, enrolment_days=0, warm_up_days=0, presale_days=0, gala_hours=0)
    return made


def units_of(made: SkuMade) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Return units, reserved and sold of the SKU's row and of its deal's."""
    rows = {row[0]: row[1:] for row in Stock.objects.values_list("id", "units", "reserved", "sold")}
    return rows[made.stock_id], rows[made.deal_stock_id or 0]


@pytest.mark.usefixtures("lone_writer")
def test_what_a_deal_did_not_sell_goes_back_when_the_sale_is_over(deal: SkuMade) -> None:
    Stock.objects.filter(deal_id=deal.deal_id).update(sold=3)
    advance_festivals(now=CLOSES_AT - SECOND)
    assert units_of(deal) == ((100, 0, 0), (10, 0, 3))

    advance_festivals(now=CLOSES_AT)

    assert units_of(deal) == ((107, 0, 0), (3, 0, 3))
    assert Transition.objects.get(kind=PhaseKind.SALE, edge=Edge.ENDS).facts == {"deals": 1, "units": 7, "reserved": 0}


@pytest.mark.usefixtures("lone_writer")
def test_what_a_deal_did_not_sell_is_kept_until_its_last_market_has_closed(deal: SkuMade) -> None:
    hours = timedelta(hours=6)
    Phase.objects.create(
        festival_id="fair", kind=PhaseKind.SALE, market_id="EU", starts_at=OPENS_AT + hours, ends_at=CLOSES_AT + hours
    )
    open_in_markets(festival="fair")
    before = units_of(deal)

    advance_festivals(now=CLOSES_AT)
    assert units_of(deal) == before

    advance_festivals(now=CLOSES_AT + hours)
    assert units_of(deal) == ((110, 0, 0), (0, 0, 0))


@pytest.mark.usefixtures("lone_writer")
def test_units_that_nobody_paid_for_yet_are_waited_for(deal: SkuMade) -> None:
    last_ms = to_unix_ms(CLOSES_AT) - 1000
    place_one(place_request(deal.deal_line(2), shopper_id=make_shopper(), arrived_at_ms=last_ms), now_ms=last_ms)

    advance_festivals(now=CLOSES_AT)

    assert units_of(deal) == ((108, 0, 0), (2, 2, 0))
    ends = Transition.objects.get(kind=PhaseKind.SALE, edge=Edge.ENDS)
    assert (ends.done_at, ends.facts) == (None, {"deals": 1, "units": 8, "reserved": 2})
    later = CLOSES_AT + timedelta(minutes=30)
    expire_purchases(now_ms=to_unix_ms(later))
    advance_festivals(now=later)
    assert units_of(deal) == ((110, 0, 0), (0, 0, 0))
    ends.refresh_from_db()
    assert (ends.done_at, ends.facts) == (later, {"deals": 1, "units": 2, "reserved": 0})


@pytest.mark.usefixtures("lone_writer")
def test_what_was_cancelled_after_the_sale_goes_back_when_all_is_over(deal: SkuMade) -> None:
    Stock.objects.filter(deal_id=deal.deal_id).update(sold=10)
    advance_festivals(now=CLOSES_AT)
    Stock.objects.filter(deal_id=deal.deal_id).update(sold=8)

    advance_festivals(now=CLOSES_AT + timedelta(days=15))

    assert units_of(deal) == ((102, 0, 0), (8, 0, 8))


def test_a_festival_that_is_put_off_does_not_undo_what_is_done_nor_do_it_again() -> None:
    festival = make_planned()
    advance_festivals(now=ENROLMENT_ENDS)
    shift_festival(slug=festival, opens_at=OPENS_AT + timedelta(days=7), now_ms=NOW_MS)

    assert advance_festivals(now=ENROLMENT_ENDS + timedelta(days=7)) == 0

    assert Phase.objects.get(kind=PhaseKind.WARM_UP).starts_at == ENROLMENT_ENDS + timedelta(days=7)
    assert len(done()) == 5


def test_a_market_with_a_phase_of_its_own_has_an_edge_of_its_own() -> None:
    make_planned()
    Phase.objects.create(
        festival_id="fair", kind=PhaseKind.SALE, market_id="US", starts_at=OPENS_AT + SECOND, ends_at=CLOSES_AT
    )
    advance_festivals(now=OPENS_AT)

    assert advance_festivals(now=OPENS_AT + SECOND) == 1
    assert Transition.objects.get(market="US").due_at == OPENS_AT + SECOND


def test_the_database_keeps_a_transition_from_happening_twice_or_too_early() -> None:
    make_planned()
    times = {"due_at": NOW, "tried_at": NOW, "done_at": NOW}
    edge = {"festival_id": "fair", "kind": PhaseKind.SALE, "edge": Edge.BEGINS}
    Transition.objects.create(**edge, **times)

    with pytest.raises(IntegrityError, match="inv_18_transition_once"), transaction.atomic():
        Transition.objects.create(**edge, **times)
    with pytest.raises(IntegrityError, match="inv_18_no_transition_before_its_time"), transaction.atomic():
        Transition.objects.update(done_at=NOW - SECOND)
    assert Transition.objects.get().done_at == NOW
