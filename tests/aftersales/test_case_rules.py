"""The table of states, the deadlines, and what goes back in parts."""

from datetime import UTC, datetime, timedelta

import pytest

from fairground.aftersales.deadlines import CaseDays, due_after
from fairground.aftersales.rules import (
    OPEN_STATES,
    SWEPT_STATES,
    TRANSITIONS,
    CaseReason,
    CaseState,
    Happened,
    agreed_units,
    asked_until,
    may_follow,
    plans_back,
)
from fairground.checkout.rules.refunding import LineSold, units_back
from fairground.orders.rules import RefundReason
from fairground.promotions.rules.refunding import Ahead, SoldLine
from fairground.promotions.rules.terms import Discount, DiscountStep
from tests.factories import NOW


def test_every_state_is_in_the_table_and_leads_only_to_others_that_are() -> None:
    assert set(TRANSITIONS) == set(CaseState)
    assert {then for some in TRANSITIONS.values() for then in some} == set(CaseState) - {CaseState.OPENED}


def test_an_open_case_has_a_deadline_and_one_that_ended_has_none() -> None:
    with_deadline = {state for state in CaseState if due_after(state, now=NOW, days=CaseDays()) is not None}

    assert with_deadline == OPEN_STATES
    assert {CaseState.ESCALATED, CaseState.REPLACING, CaseState.LOST} == OPEN_STATES - SWEPT_STATES


def test_from_every_open_state_every_case_can_end() -> None:
    ended = set(CaseState) - OPEN_STATES
    while more := {state for state in CaseState if TRANSITIONS[state] & ended} - ended:
        ended |= more

    assert ended == set(CaseState)


def test_money_moves_from_no_state_that_has_ended_and_not_from_a_refusal() -> None:
    paying = {state for state in CaseState if may_follow(state, CaseState.REFUNDED)}

    assert paying == {
        CaseState.OPENED,
        CaseState.ACCEPTED,
        CaseState.SENT,
        CaseState.ESCALATED,
        CaseState.REPLACING,
        CaseState.LOST,
    }


def test_what_is_told_of_a_state_has_the_states_number() -> None:
    told = {one.name: one.value for one in Happened}

    assert {state.name: state.value for state in CaseState}.items() <= told.items()


WEDNESDAY = datetime(2026, 11, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reason", "days", "until"),
    [
        (CaseReason.CHANGED_MIND, 14, datetime(2026, 11, 25, 23, tzinfo=UTC)),
        (CaseReason.CHANGED_MIND, 7, datetime(2026, 11, 18, 23, tzinfo=UTC)),
        (CaseReason.FAULTY, 7, WEDNESDAY + timedelta(days=1_830)),
    ],
)
def test_time_begins_with_the_delivery_and_is_that_of_the_market(
    reason: CaseReason, days: int, until: datetime
) -> None:
    assert asked_until(reason, delivered_at=None, days=days, zone="Europe/Madrid", claim_days=1_830) is None
    assert asked_until(reason, delivered_at=WEDNESDAY, days=days, zone="Europe/Madrid", claim_days=1_830) == until


@pytest.mark.parametrize(
    ("wanted", "agreed"),
    [
        (None, {1: 2, 2: 1}),
        ({1: 1, 2: 0}, {1: 1}),
        ({1: 3}, None),
        ({1: -1, 2: 1}, None),
        ({3: 1}, None),
        ({1: 0}, None),
        ({}, None),
    ],
)
def test_a_part_is_within_what_was_asked_and_not_nothing(
    wanted: dict[int, int] | None, agreed: dict[int, int] | None
) -> None:
    assert agreed_units({1: 2, 2: 1}, wanted) == agreed


@pytest.mark.parametrize("sellable", range(4))
def test_units_that_come_back_in_two_conditions_give_what_all_of_them_give(sellable: int) -> None:
    discounts = (Discount(DiscountStep.CROSS_SHOP, "promotion:1", "merchant:1", 701),)
    line = LineSold(
        order_id=1,
        line_no=1,
        sku_id=1,
        stock_id=1,
        deal_id=None,
        sold=SoldLine(4, 999, discounts, tax_minor=477),
        refunded_units=1,
        refunds=2,
        ahead=Ahead(100, 16),
    )
    whole = units_back(line, units=3, reason=RefundReason.FAULTY, restocked=False)

    plans = plans_back(line, units=3, sellable=sellable, reason=RefundReason.FAULTY)

    assert sum(plan.paid_minor for plan in plans) == whole.paid_minor
    assert sum(plan.tax_minor for plan in plans) == whole.tax_minor
    assert sum(plan.ahead_minor for plan in plans) == whole.ahead_minor
    assert [plan.refund_no for plan in plans] == [3, 4][: len(plans)]
    assert {plan.restocked: plan.units for plan in plans} == {
        on_shelf: units for on_shelf, units in ((True, sellable), (False, 3 - sellable)) if units
    }
