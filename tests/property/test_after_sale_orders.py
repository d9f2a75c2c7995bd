"""Whatever happens after a sale, in any order: the books hold after each step, and at the end all is where it must be.

A longer search: FAIRGROUND_EXAMPLES=1000 FAIRGROUND_STEPS=40 before pytest.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from fairground.aftersales.actions.shopper_steps import escalate_case, withdraw_case
from fairground.aftersales.actions.sweep_cases import sweep_cases
from fairground.aftersales.models import Case
from fairground.aftersales.rules import CaseReason, CaseState, Who
from fairground.catalog.models import Price
from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.actions.ask_again import ask_return_again
from fairground.checkout.actions.protect_prices import return_difference
from fairground.checkout.actions.receive_orders import confirm_receipt, receive_due_orders
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.checkout.actions.settle_withdrawals import refund_withdrawn, settle_withdrawal
from fairground.checkout.actions.ship_orders import deliver_order, ship_orders
from fairground.checkout.rules.shipping import ParcelAsked
from fairground.orders.rules import RefundReason, Step
from fairground.settlement.rules.parting import NOTHING, Parts
from tests.cases import accept, again, ask, confirm, instead, lose, receive, refuse, send, send_other
from tests.fulfilment.withdrawing import withdraw
from tests.property.after_sale_ends import AfterSaleEnds

WHICH = st.integers(0, 1)
UNITS = st.sampled_from([1, 1, 1, 2, 3])
CASE_ACTS = (
    *("accept", "waive", "part", "as-money", "refuse", "send", "escalate", "withdraw", "receive", "empty-box"),
    *("send-other", "other-came", "other-lost", "again", "money-instead"),
)
# What follows at once when something is wrong; what does not fit is refused.
ROADS = (
    *("", "accept receive", "waive", "refuse escalate accept", "accept receive send-other other-came"),
    *("accept receive send-other other-lost again send-other", "accept receive send-other other-lost money-instead"),
)
EXAMPLES = int(os.environ.get("FAIRGROUND_EXAMPLES", "8"))
STEPS = int(os.environ.get("FAIRGROUND_STEPS", "16"))
# How far both orders are where an example begins: most of what can happen happens after shipping.
BEGUN = [(), (Step.SHIPPED,), (Step.SHIPPED, Step.DELIVERED), (Step.SHIPPED, Step.DELIVERED, Step.COMPLETED)]


class AfterSaleOrders(AfterSaleEnds):
    """All that shoppers, merchants, operators, providers and banks do about a purchase that is paid."""

    @initialize(
        wallet_minor=st.sampled_from([0, 3_000, 9_000]),
        prize_minor=st.sampled_from([None, None, None, 9_000, 50_000]),
        begun=st.sampled_from(BEGUN),
        is_released=st.booleans(),
        goes_back=st.booleans(),
    )
    def is_paid(
        self, wallet_minor: int, prize_minor: int | None, begun: tuple[Step, ...], is_released: bool, goes_back: bool
    ) -> None:
        self.goes_back = goes_back
        self.pay(wallet_minor=wallet_minor, prize_minor=prize_minor)
        for step in begun:
            for order_id in self.order_ids:
                self.advance(order_id, step)
        if is_released:
            self.release()

    def advance(self, order_id: int, then: Step) -> None:
        self.tries(lambda: advance_orders(order_ids=[order_id], then=then, now_ms=self.now_ms))

    @rule(which=WHICH, units=st.sampled_from([None, 1, 2]))
    def leaves(self, which: int, units: int | None) -> None:
        """A parcel: of all that is left of an order, or of a part."""
        self.has_changed = True
        number = f"T{next(self.numbers)}"
        parcel = ParcelAsked(self.order_ids[which], "DHL", number, None if units is None else {1: units})
        self.tries(lambda: ship_orders(asked=[parcel], by=self.by))

    @rule(which=WHICH, is_confirmed=st.sampled_from([True, True, False]))
    def arrives(self, which: int, is_confirmed: bool) -> None:
        """What was sent in whole is delivered, and the shopper says so, or says nothing."""
        order_id, shopper_ids = self.order_ids[which], [self.scene.shopper_id]
        self.tries(lambda: deliver_order(order_id=order_id, by=self.by))
        if is_confirmed:
            self.tries(lambda: confirm_receipt(order_id=order_id, shopper_ids=shopper_ids, now_ms=self.now_ms))

    @rule(which=WHICH)
    def is_cancelled(self, which: int) -> None:
        self.advance(self.order_ids[which], Step.CANCELLED)

    @rule(days=st.sampled_from([1, 4, 15, 31]))
    def time_passes(self, days: int) -> None:
        """Cases answer themselves, orders complete, and what is due is released."""
        self.now += timedelta(days=days)
        sweep_cases(now=self.now)
        receive_due_orders(now_ms=self.now_ms)
        self.release()

    @rule(which=WHICH, units=UNITS)
    def is_refunded(self, which: int, units: int) -> None:
        asked = {(self.order_ids[which], 1): units}
        self.tries(lambda: refund_lines(units=asked, reason=RefundReason.FAULTY, by=self.by))

    @rule(percent=st.sampled_from([95, 80, 50]), which=WHICH)
    def price_falls(self, which: int, percent: int) -> None:
        sku = (self.scene.chair, self.scene.lamp)[which]
        Price.objects.filter(sku_id__in=[sku.id, self.swaps[which].id]).update(
            price_minor=sku.price_minor * percent // 100
        )
        purchase_id, shopper_id = self.till.purchase_id, self.scene.shopper_id
        self.tries(lambda: return_difference(purchase_id=purchase_id, shopper_id=shopper_id, now_ms=self.now_ms))

    @rule(of=st.sampled_from(["", "-1", "-2"]), is_whole=st.booleans())
    def is_withdrawn_from(self, of: str, is_whole: bool) -> None:
        """The button that needs no sign-in: of the purchase or one order; where in words of a part, a person reads."""
        words = "" if is_whole else "only one of them"
        self.tries(lambda: withdraw(self.scene.placed.number + of, at_ms=self.now_ms, statement=words))

    @precondition(lambda self: self.open_withdrawals)
    @rule(which=WHICH, refunds=st.booleans())
    def withdrawal_is_settled(self, which: int, refunds: bool) -> None:
        order_id = self.open_withdrawals[which % len(self.open_withdrawals)]
        act = refund_withdrawn if refunds else settle_withdrawal
        self.tries(lambda: act(order_id=order_id, by=self.by))

    @rule(
        which=WHICH,
        units=UNITS,
        reason=st.sampled_from([CaseReason.FAULTY, *CaseReason]),
        exchange=st.booleans(),
        road=st.sampled_from(ROADS),
    )
    def something_is_wrong(self, which: int, units: int, reason: CaseReason, exchange: bool, road: str) -> None:
        """A case is opened, and goes on at once as far as it may."""
        swap_sku_id = self.swaps[which].id if exchange else None
        order_id, scene = self.order_ids[which], self.scene
        if self.tries(lambda: ask(scene, order_id, units, reason=reason, swap_sku_id=swap_sku_id, now=self.now)):
            newest = Case.objects.latest("id").id
            for act in road.split():
                self.do_with_case(newest, act)

    @precondition(lambda self: self.open_cases)
    @rule(number=st.integers(0, 3), act=st.sampled_from(CASE_ACTS))
    def case_goes_on(self, number: int, act: str) -> None:
        self.do_with_case(self.open_cases[number % len(self.open_cases)], act)

    def do_with_case(self, case_id: int, act: str) -> None:
        """Let a case's shopper, merchant or the operator do what may be done, or is refused."""
        escalated = CaseState(Case.objects.get(id=case_id).state) is CaseState.ESCALATED
        who, at = Who.OPERATOR if escalated else Who.MERCHANT, self.now + timedelta(minutes=1)
        scene, shopper_id = self.scene, self.scene.shopper_id
        acts: dict[str, Callable[[], object]] = {
            "accept": lambda: accept(case_id, who=who, now=at),
            "waive": lambda: accept(case_id, waived=True, who=who, now=at),
            "part": lambda: accept(case_id, units=1, who=who, now=at),
            "as-money": lambda: accept(case_id, as_money=True, who=who, now=at),
            "refuse": lambda: refuse(case_id, who=who, now=at),
            "send": lambda: send(scene, case_id, now=at),
            "escalate": lambda: escalate_case(case_id=case_id, shopper_id=shopper_id, text="It was not.", now=at),
            "withdraw": lambda: withdraw_case(case_id=case_id, shopper_id=shopper_id, now=at),
            "receive": lambda: receive(case_id, 1, sellable=1, now=at),
            "empty-box": lambda: receive(case_id, 0, now=at),
            "send-other": lambda: send_other(case_id, tracking=f"R{next(self.numbers)}", now=at),
            "other-came": lambda: confirm(scene, case_id, now=at),
            "other-lost": lambda: lose(case_id, now=at),
            "again": lambda: again(case_id, now=at),
            "money-instead": lambda: instead(case_id, now=at),
        }
        assert set(acts) == set(CASE_ACTS)
        self.tries(acts[act])

    @rule(act=st.sampled_from(["release", "release", "reserves", "propose", "on", "on", "fail"]))
    def is_settled(self, act: str) -> None:
        self.settle_merchants(act)

    @precondition(lambda self: self.has_prize)
    @rule()
    def prize_is_awarded(self) -> None:
        """Awarded for good, once nothing can be cancelled any more."""
        self.has_changed = True
        self.award()

    @rule(fails=st.sampled_from([False, False, True]))
    def provider_returns(self, fails: bool) -> None:
        self.has_changed, self.till.provider.refunds_fail = True, fails
        self.till.return_all(now_ms=self.now_ms)
        self.till.provider.refunds_fail = False

    @precondition(lambda self: self.failed_returns)
    @rule()
    def failed_returns_are_asked_again(self) -> None:
        for refund_id in self.failed_returns:
            self.tries(partial(ask_return_again, refund_id=refund_id, by=self.by))

    @precondition(lambda self: not self.till.provider.disputes)
    @rule(is_whole=st.sampled_from([True, True, False]))
    def bank_takes_back(self, is_whole: bool) -> None:
        self.bank_takes(None if is_whole else 1_000)

    @precondition(lambda self: self.may_dispute)
    @rule(act=st.sampled_from(["contest", "charge", "bear", "won", "lost"]))
    def dispute_goes_on(self, act: str) -> None:
        self.answer_dispute(act)

    @invariant()
    def nothing_is_lost_or_given_twice(self) -> None:
        """After whatever was not refused; of what was, it is known that nothing changed."""
        if self.has_changed:
            self.must_hold()
        self.has_changed = False


def search(*, examples: int, steps: int) -> None:
    """Run the machine; what fails is told as it was found, as to make it smaller takes minutes."""
    bounds = settings(
        max_examples=examples, stateful_step_count=steps, phases=[Phase.generate], report_multiple_bugs=False
    )
    run_state_machine_as_test(AfterSaleOrders, settings=bounds)


@pytest.mark.django_db
def test_any_order_of_events_after_a_sale_ends_with_all_money_and_units_where_they_belong() -> None:
    search(examples=EXAMPLES, steps=STEPS)


def refunded(sale: AfterSaleOrders) -> None:
    sale.is_paid(wallet_minor=3_000, prize_minor=None, begun=BEGUN[3], is_released=True, goes_back=True)
    sale.is_refunded(which=0, units=1)


def cancelled(sale: AfterSaleOrders) -> None:
    sale.is_paid(wallet_minor=3_000, prize_minor=None, begun=(), is_released=False, goes_back=True)
    sale.is_cancelled(which=1)


def exempted(sale: AfterSaleOrders) -> None:
    sale.is_paid(wallet_minor=3_000, prize_minor=50_000, begun=BEGUN[2], is_released=False, goes_back=True)
    sale.prize_is_awarded()


def disputed(sale: AfterSaleOrders) -> None:
    sale.is_paid(wallet_minor=3_000, prize_minor=None, begun=BEGUN[2], is_released=False, goes_back=True)
    sale.bank_takes_back(is_whole=True)


def no_rows(*_: object, **__: object) -> dict[int, int]:
    return {}


def no_parts(*_: object) -> Parts:
    return NOTHING


def exchanged_beside_a_prize(sale: AfterSaleOrders) -> None:
    """No money is left to give in place of what was lost: others have to be sent."""
    exempted(sale)
    road = "accept receive send-other other-lost money-instead"
    sale.something_is_wrong(which=0, units=1, reason=CaseReason.FAULTY, exchange=True, road=road)
    assert [CaseState(one.state) for one in Case.objects.all()] == [CaseState.LOST]


@pytest.mark.django_db
def test_what_a_prize_paid_back_is_exchanged_to_its_end() -> None:
    tell(exchanged_beside_a_prize)


def tell(story: Callable[[AfterSaleOrders], None]) -> None:
    """Let a story happen in the search's own steps, with all that it compares, to its end."""
    sale = AfterSaleOrders()
    try:
        story(sale)
        sale.must_hold()
    finally:
        sale.teardown()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("story", "rule_broken", "broken"),
    [
        pytest.param(refunded, "checkout.actions.return_payments.returnable_of", no_rows, id="nothing-to-the-provider"),
        pytest.param(refunded, "settlement.actions.adjust_releases.difference", no_parts, id="nothing-clawed-back"),
        pytest.param(cancelled, "checkout.actions.give_back._return_units", no_rows, id="units-stay-sold"),
        pytest.param(exempted, "checkout.actions.refund_lines.left_beside_awards", no_rows, id="prize-and-refund"),
        pytest.param(disputed, "checkout.actions.cover_disputes._write_covers", no_rows, id="covered-and-not-written"),
    ],
)
def test_what_is_compared_tells_a_rule_that_is_broken(
    monkeypatch: pytest.MonkeyPatch, story: Callable[[AfterSaleOrders], None], rule_broken: str, broken: object
) -> None:
    tell(story)
    monkeypatch.setattr(f"fairground.{rule_broken}", broken)

    with pytest.raises((AssertionError, IntegrityError)):
        tell(story)


@pytest.mark.django_db
def test_the_search_itself_comes_upon_a_rule_that_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fairground.checkout.actions.give_back._return_units", no_rows)

    with pytest.raises(AssertionError):
        search(examples=10 * EXAMPLES, steps=STEPS)  # it ends with the first one found
