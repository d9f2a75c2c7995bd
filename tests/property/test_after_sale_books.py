"""Whatever happens to cases, in any order: money, units and stock end where they must, and nothing is given twice."""

from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from fairground.aftersales.actions.moving import CaseMoved
from fairground.aftersales.actions.open_case import AskedTooEarly, AskedTooLate
from fairground.aftersales.actions.settling import NothingToExchange
from fairground.aftersales.actions.shopper_steps import escalate_case, withdraw_case
from fairground.aftersales.actions.sweep_cases import sweep_cases
from fairground.aftersales.models import Case, CaseLine
from fairground.aftersales.rules import OPEN_STATES, CaseReason, CaseState, Who, may_follow
from fairground.catalog.models import Price
from fairground.checkout.actions.advance_orders import OrderNotReady, advance_orders
from fairground.checkout.actions.protect_prices import return_difference
from fairground.checkout.rules.refunding import (
    DifferenceGiven,
    OrderNotRefundable,
    PriceNotFallen,
    ProtectionOver,
    TooManyUnits,
    UnitsInCase,
)
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.sql import load_sql
from fairground.ledger.queries import accounts_that_disagree
from fairground.orders.models import Order, Refund
from fairground.orders.rules import Step
from tests.books import Units, units_of
from tests.cases import (
    accept,
    again,
    ask,
    confirm,
    held_units,
    instead,
    lose,
    receive,
    refuse,
    send,
    send_other,
)
from tests.property.after_sale_model import AfterSaleScene, CaseModelled
from tests.refunding import WALLET, back, escrow_minor, refund_sums, wallet_minor


class AfterSaleMachine(AfterSaleScene):
    """Cases, refunds past them, price protection, shipping and cancelling, over a purchase of two orders."""

    @initialize(shipped=st.sampled_from([(), (0,), (0, 1), (0, 1)]))
    def some_are_shipped(self, shipped: tuple[int, ...]) -> None:
        """Most of what can happen happens after shipping, so that is where most examples begin."""
        for which in shipped:
            self.advance(which, Step.SHIPPED)

    @rule(which=st.integers(0, 1), units=st.integers(1, 2), exchange=st.booleans(), sellable=st.integers(0, 2))
    def comes_back(self, which: int, units: int, exchange: bool, sellable: int) -> None:
        """The usual road, whole: asked, accepted, received."""
        before = len(self.cases)
        self.open(which, units, CaseReason.FAULTY, exchange)
        if len(self.cases) > before and self.cases[-1].state is CaseState.OPENED:
            last = [one for one in self.cases if one.state in OPEN_STATES].index(self.cases[-1])
            self.accepted(last, units, False, False)
            self.received(last, units, sellable)

    @rule(
        which=st.integers(0, 1),
        units=st.integers(1, 2),
        sellable=st.integers(0, 2),
        lost=st.booleans(),
        money=st.booleans(),
    )
    def comes_back_for_another(self, which: int, units: int, sellable: int, lost: bool, money: bool) -> None:
        """The usual road of an exchange: the others leave, and come, or are lost and decided about."""
        before = len(self.cases)
        self.comes_back(which, units, True, sellable)
        if len(self.cases) == before or self.cases[-1].state is not CaseState.REPLACING:
            return
        last = [one for one in self.cases if one.state in OPEN_STATES].index(self.cases[-1])
        self.other_sent(last)
        if lost:
            self.other_lost(last)
            if money:
                self.money_instead(last)
            else:
                self.other_sent_again(last)
        else:
            self.other_came(last)

    @rule(number=st.integers(0, 9))
    def other_sent(self, number: int) -> None:
        case = self.case(number)
        if case is None:
            return
        try:
            sent = send_other(case.case_id, tracking=f"R{case.parcels}", now=self.now)
        except CaseMoved:
            assert case.state is not CaseState.REPLACING
        else:
            assert not sent.replayed
            case.state, case.parcels = CaseState.REPLACED, case.parcels + 1
            case.order.swaps_sold += case.due
            case.order.exchanged += case.due

    @rule(number=st.integers(0, 9))
    def other_came(self, number: int) -> None:
        case = self.case(number)
        if case is None:
            return
        try:
            confirm(self.scene, case.case_id, now=self.now)
        except CaseMoved:
            assert case.state not in {CaseState.REPLACED, CaseState.LOST}
        else:
            case.order.exchanged += case.due if case.state is CaseState.LOST else 0
            case.state = CaseState.EXCHANGED

    @rule(number=st.integers(0, 9))
    def other_lost(self, number: int) -> None:
        case = self.case(number)
        if case is None:
            return
        try:
            lose(case.case_id, now=self.now)
        except CaseMoved:
            assert case.state is not CaseState.REPLACED
        else:
            case.state = CaseState.LOST
            case.order.exchanged -= case.due

    @rule(number=st.integers(0, 9))
    def other_sent_again(self, number: int) -> None:
        case = self.case(number)
        if case is None:
            return
        try:
            again(case.case_id, now=self.now)
        except CaseMoved:
            assert case.state is not CaseState.LOST
        except NothingToExchange:
            swap = units_of(self.swap(case.order).stock_id)
            assert swap.units - swap.reserved - swap.sold < case.due
        else:
            case.state = CaseState.REPLACING

    @rule(number=st.integers(0, 9))
    def money_instead(self, number: int) -> None:
        case = self.case(number)
        if case is None:
            return
        try:
            instead(case.case_id, now=self.now)
        except CaseMoved:
            assert case.state not in {CaseState.REPLACING, CaseState.LOST}
        else:
            case.state, case.exchanges = CaseState.REFUNDED, False
            case.order.kept -= case.due

    @rule(
        which=st.integers(0, 1),
        units=st.integers(1, 3),
        reason=st.sampled_from([CaseReason.FAULTY, CaseReason.MISSING, CaseReason.CHANGED_MIND]),
        exchange=st.booleans(),
    )
    def open(self, which: int, units: int, reason: CaseReason, exchange: bool) -> None:
        order = self.orders[which]
        exchange = exchange and order.step is not Step.PAID
        swap_sku_id = self.swap(order).id if exchange else None
        try:
            opened = ask(self.scene, order.order_id, units, reason=reason, swap_sku_id=swap_sku_id, now=self.now)
        except OrderNotRefundable:
            assert order.step is Step.CANCELLED
        except TooManyUnits:
            assert units > order.kept
        except UnitsInCase:
            assert units > order.kept - self.held(order)
        except AskedTooLate:
            assert reason is CaseReason.CHANGED_MIND
        except AskedTooEarly:
            assert (reason, order.step) == (CaseReason.MISSING, Step.SHIPPED)
        else:
            case = CaseModelled(opened.case_id, order, opened.state, units, reason, exchange)
            self.cases.append(case)
            if order.step is Step.PAID:
                assert opened.state is CaseState.REFUNDED
                order.kept -= units
                order.shelved += units
                if not order.kept:
                    order.step = Step.CANCELLED

    @rule(number=st.integers(0, 9), units=st.integers(1, 3), waived=st.booleans(), operator=st.booleans())
    def accepted(self, number: int, units: int, waived: bool, operator: bool) -> None:
        case = self.case(number)
        if case is None:
            return
        held = case.held
        units = min(units, held) or 1
        try:
            state = accept(
                case.case_id,
                units=units,
                waived=waived,
                who=Who.OPERATOR if operator else Who.MERCHANT,
                now=self.now,
            )
        except CaseMoved:
            assert case.state not in {CaseState.OPENED, *({CaseState.ESCALATED} if operator else ())}
        except NothingToExchange:
            assert case.exchanges
        else:
            self.settle(case, state, agreed=units, back=units, sellable=0)

    @rule(number=st.integers(0, 9))
    def refused(self, number: int) -> None:
        case = self.case(number)
        if case is None:
            return
        try:
            case.state = refuse(case.case_id, now=self.now, who=Who.OPERATOR)
        except CaseMoved:
            assert case.state not in {CaseState.OPENED, CaseState.ESCALATED}

    @rule(number=st.integers(0, 9))
    def sent(self, number: int) -> None:
        case = self.case(number)
        if case is None:
            return
        try:
            send(self.scene, case.case_id, now=self.now)
        except CaseMoved:
            assert case.state is not CaseState.ACCEPTED
        else:
            case.state = CaseState.SENT

    @rule(number=st.integers(0, 9), units=st.integers(0, 3), sellable=st.integers(0, 3))
    def received(self, number: int, units: int, sellable: int) -> None:
        case = self.case(number)
        if case is None:
            return
        units = min(units, case.held)
        sellable = min(sellable, units)
        try:
            state = receive(case.case_id, units, sellable=sellable, now=self.now)
        except CaseMoved:
            assert case.state not in {CaseState.ACCEPTED, CaseState.SENT}
        else:
            assert (state is CaseState.REFUSED) == (units == 0)
            self.settle(case, state, agreed=case.agreed or 0, back=units, sellable=sellable)

    def settle(self, case: CaseModelled, state: CaseState, *, agreed: int, back: int, sellable: int) -> None:
        """Write down what an accepted case came to."""
        case.agreed, case.state, order = agreed, state, case.order
        on_shelf = 0 if order.exchanged else sellable
        if state is CaseState.REFUNDED:
            order.kept -= back
            order.shelved += on_shelf
        if state is CaseState.REPLACING:
            case.due = back
            order.shelved += on_shelf

    @rule(number=st.integers(0, 9))
    def escalated(self, number: int) -> None:
        case = self.case(number)
        if case is None:
            return
        try:
            escalate_case(case_id=case.case_id, shopper_id=self.scene.shopper_id, text="It was not.", now=self.now)
        except CaseMoved:
            assert case.state is not CaseState.REFUSED
        else:
            case.state = CaseState.ESCALATED

    @rule(number=st.integers(0, 9))
    def withdrawn(self, number: int) -> None:
        case = self.case(number)
        if case is None:
            return
        try:
            withdraw_case(case_id=case.case_id, shopper_id=self.scene.shopper_id, now=self.now)
        except CaseMoved:
            assert not may_follow(case.state, CaseState.WITHDRAWN)
        else:
            case.state = CaseState.WITHDRAWN

    @rule(days=st.sampled_from([1, 4, 15, 31]))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)
        sweep_cases(now=self.now)
        for case in self.cases:
            there = Case.objects.get(id=case.case_id)
            state = CaseState(there.state)
            if state is case.state:
                continue
            assert state is not CaseState.EXCHANGED or case.state is CaseState.REPLACED
            if case.state is CaseState.OPENED and state is not CaseState.ESCALATED:
                case.exchanges = there.wish == 2
                self.settle(case, state, agreed=case.asked, back=case.asked, sellable=0)
            case.state = state

    @rule(which=st.integers(0, 1), units=st.integers(1, 3))
    def refund(self, which: int, units: int) -> None:
        order = self.orders[which]
        try:
            back(order.order_id, 1, units, now_ms=to_unix_ms(self.now))
        except OrderNotRefundable:
            assert order.step is Step.CANCELLED
        except TooManyUnits:
            assert units > order.kept
        except UnitsInCase:
            assert units > order.kept - self.held(order)
        else:
            order.kept -= units
            if order.step is Step.PAID:
                order.shelved += units
                if not order.kept:
                    order.step = Step.CANCELLED

    @rule(which=st.integers(0, 1), then=st.sampled_from([Step.SHIPPED, Step.DELIVERED, Step.COMPLETED, Step.CANCELLED]))
    def advance(self, which: int, then: Step) -> None:
        order = self.orders[which]
        try:
            advance_orders(order_ids=[order.order_id], then=then, now_ms=to_unix_ms(self.now))
        except OrderNotReady:
            return
        order.step = then
        self.now += timedelta(minutes=1)  # nothing comes back in the moment in which it leaves
        if then is Step.CANCELLED:
            order.shelved += order.kept
            order.kept = 0

    @rule(which=st.integers(0, 1), percent=st.integers(50, 110))
    def price_falls(self, which: int, percent: int) -> None:
        sku = (self.scene.chair, self.scene.lamp)[which]
        price_minor = sku.price_minor * percent // 100
        Price.objects.filter(sku_id__in=[sku.id, self.swaps[which].id]).update(price_minor=price_minor)
        try:
            return_difference(
                purchase_id=self.scene.placed.purchase_id,
                shopper_id=self.scene.shopper_id,
                now_ms=to_unix_ms(self.now),
            )
        except OrderNotRefundable:
            assert not any(one.kept for one in self.orders)
        except (PriceNotFallen, DifferenceGiven, ProtectionOver):
            return

    @invariant()
    def money_went_where_it_must(self) -> None:
        total_minor = refunded_minor = 0
        for one in self.orders:
            sums, order = refund_sums(one.order_id), Order.objects.get(id=one.order_id)
            assert (Step(order.state), sums["units"]) == (one.step, one.units - one.kept)
            if not one.kept:
                assert sums["paid_minor"] == order.total_minor
            assert sums["paid_minor"] <= order.total_minor
            charges = Refund.objects.filter(order_id=one.order_id, line_no__lte=0).values_list("line_no", flat=True)
            assert set(charges) == (set() if one.kept else {0, -1}), "shipping and duty go back with the last units"
            total_minor += order.total_minor
            refunded_minor += sums["paid_minor"]
        assert wallet_minor(self.scene.shopper_id) == WALLET - total_minor + refunded_minor
        assert escrow_minor(self.scene.chair) + escrow_minor(self.scene.lamp) == total_minor - refunded_minor
        assert accounts_that_disagree() == []
        paid = [line.paid_minor for line in CaseLine.objects.exclude(case__state=CaseState.REFUNDED.value)]
        assert not any(paid), "only a case that ended with money gave some"

    @invariant()
    def units_are_where_they_went(self) -> None:
        chairs, lamps = self.orders
        assert units_of(self.scene.chair.deal_stock_id) == Units(5, reserved=0, sold=3 - chairs.shelved)
        assert units_of(self.scene.lamp.stock_id) == Units(100, reserved=0, sold=2 - lamps.shelved)
        for order, swap, units in zip(self.orders, self.swaps, (2, 1), strict=True):
            reserved = sum(one.reserved for one in self.cases if one.order is order)
            assert units_of(swap.stock_id) == Units(units, reserved=reserved, sold=order.swaps_sold)

    @invariant()
    def open_cases_hold_what_they_are_about(self) -> None:
        for order in self.orders:
            assert held_units(order.order_id) == self.held(order)
            assert self.held(order) <= order.kept
        for case in self.cases:
            assert CaseState(Case.objects.get(id=case.case_id).state) is case.state

    @invariant()
    def the_verification_finds_nothing(self) -> None:
        keys = ("stock", "refunds", "cases", "buyer_limits", "escrow", "shipping", "duties", "discounts", "tallies")
        for key in keys:
            with connection.cursor() as cursor:
                cursor.execute(load_sql("rehearsal", f"check_{key}"))
                (row,) = cursor.fetchall()
            assert row[1] == 0, row[3]


@pytest.mark.django_db
def test_the_books_add_up_whatever_becomes_of_cases() -> None:
    run_state_machine_as_test(AfterSaleMachine, settings=settings(max_examples=30, stateful_step_count=14))
