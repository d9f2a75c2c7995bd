"""From when on and until when something is asked, and what of an order that has left in part."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from fairground.aftersales.actions.open_case import (
    AskedTooEarly,
    AskedTooLate,
    CaseThereAlready,
    NoRightToReturn,
    TooManyCases,
)
from fairground.aftersales.actions.shopper_steps import withdraw_case
from fairground.aftersales.models import Case
from fairground.aftersales.rules import CaseReason, CaseState
from fairground.checkout.actions.ship_orders import ship_orders
from fairground.checkout.rules.shipping import ParcelAsked, PartlyShipped
from fairground.kernel.refusal import Refusal
from fairground.markets.models import Market
from fairground.merchants.models import Merchant
from fairground.orders.models import Order, Refund
from fairground.orders.rules import Step
from tests.books import Units, hot_rows, units_of
from tests.cases import LATER, accept, ask, by, days, held_units, receive, ship, state_of
from tests.factories import make_market
from tests.refunding import Scene, make_scene

HOUR = timedelta(hours=1)


@pytest.fixture
def paid(two_writers: None) -> Scene:
    make_market()
    return make_scene()


@pytest.fixture
def scene(paid: Scene) -> Scene:
    ship(paid.chairs, paid.lamps)
    return paid


def assert_refused(refusal: type[Refusal], do: Callable[[], object]) -> None:
    """Assert that it is refused, and that nothing changed."""
    before = (hot_rows(), list(Case.objects.values_list()))
    with pytest.raises(refusal):
        do()
    assert (hot_rows(), list(Case.objects.values_list())) == before


def test_what_is_on_its_way_has_not_failed_to_come_for_a_week(paid: Scene) -> None:
    ship(paid.chairs, delivered=False)
    since = LATER - timedelta(minutes=1) + timedelta(days=7)

    def missing(now: datetime) -> CaseState:
        return ask(paid, paid.chairs, 1, reason=CaseReason.MISSING, now=now).state

    assert_refused(AskedTooEarly, lambda: missing(since - timedelta(milliseconds=1)))
    assert missing(since) is CaseState.OPENED


def test_it_is_asked_in_time_and_not_without_end(scene: Scene) -> None:
    Market.objects.update(withdrawal_days=14)
    assert_refused(AskedTooLate, lambda: ask(scene, scene.chairs, 1, reason=CaseReason.CHANGED_MIND, now=days(15)))
    assert_refused(AskedTooLate, lambda: ask(scene, scene.chairs, 1, now=days(732)))
    assert_refused(CaseThereAlready, lambda: ask(scene, scene.chairs, 1, seen=1))
    for _ in range(20):
        opened = ask(scene, scene.chairs, 1, now=days(13))
        withdraw_case(case_id=opened.case_id, shopper_id=scene.shopper_id, now=days(13))
    assert_refused(TooManyCases, lambda: ask(scene, scene.chairs, 1))


def test_who_changes_their_mind_has_the_days_of_the_market(scene: Scene) -> None:
    Market.objects.update(withdrawal_days=7)
    ends_at = datetime(2026, 11, 19, tzinfo=UTC)  # delivered on the 11th

    def changed(now: datetime) -> CaseState:
        return ask(scene, scene.chairs, 1, reason=CaseReason.CHANGED_MIND, now=now).state

    assert_refused(AskedTooLate, lambda: changed(ends_at))
    assert changed(ends_at - timedelta(seconds=1)) is CaseState.OPENED


@pytest.mark.parametrize("by_law", [True, False])
def test_where_there_is_no_right_to_it_nobody_sends_back_without_a_reason(scene: Scene, *, by_law: bool) -> None:
    if by_law:
        Market.objects.update(withdrawal_days=14)
        Merchant.objects.update(kind="person")

    assert_refused(NoRightToReturn, lambda: ask(scene, scene.chairs, 1, reason=CaseReason.CHANGED_MIND))
    assert ask(scene, scene.chairs, 1).state is CaseState.OPENED


def ship_one(scene: Scene) -> None:
    """Ship one of the three chairs; the others are still here."""
    ship_orders(asked=[ParcelAsked(scene.chairs, "DHL", "A1", {1: 1})], by=by())


def test_what_left_of_an_order_comes_back_first_and_is_paid_when_the_rest_has_left(paid: Scene) -> None:
    ship_one(paid)

    opened = ask(paid, paid.chairs, 1)

    assert (opened.state, opened.paid_minor, held_units(paid.chairs)) == (CaseState.OPENED, 0, 1)
    assert accept(opened.case_id) is CaseState.ACCEPTED
    assert_refused(PartlyShipped, lambda: receive(opened.case_id, 1, sellable=1, now=LATER + HOUR))
    assert (state_of(opened.case_id), Refund.objects.count()) == (CaseState.ACCEPTED, 0)
    ship_orders(asked=[ParcelAsked(paid.chairs, "DHL", "A2")], by=by())
    assert receive(opened.case_id, 1, sellable=1, now=LATER + HOUR) is CaseState.REFUNDED
    assert units_of(paid.chair.deal_stock_id) == Units(5, reserved=0, sold=2)
    assert Order.objects.get(id=paid.chairs).state == Step.SHIPPED


def test_of_what_is_still_here_the_money_is_back_at_once_beside_a_parcel(paid: Scene) -> None:
    ship_one(paid)

    opened = ask(paid, paid.chairs, 1, reason=CaseReason.CHANGED_MIND)

    assert (opened.state, Order.objects.get(id=paid.chairs).state) == (CaseState.REFUNDED, Step.PAID)
    assert units_of(paid.chair.deal_stock_id).sold == 2


def test_that_a_part_did_not_come_is_said_a_week_after_it_left(paid: Scene) -> None:
    ship_one(paid)

    def missing(now: datetime) -> CaseState:
        return ask(paid, paid.chairs, 3, reason=CaseReason.MISSING, now=now).state

    assert_refused(AskedTooEarly, lambda: missing(LATER + timedelta(days=7, seconds=-1)))
    assert missing(LATER + timedelta(days=7)) is CaseState.OPENED
    assert held_units(paid.chairs) == 3
