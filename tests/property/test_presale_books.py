"""Whatever happens to presales: money and units are where the states say, and no minor unit appears or is lost."""

from dataclasses import dataclass

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from fairground.catalog.models import Price
from fairground.checkout.actions.end_purchases import (
    NotCancellable,
    NotDeposited,
    break_off_presales,
    cancel_purchase,
    expire_purchases,
)
from fairground.checkout.rules.paying import Paid
from fairground.checkout.rules.placing import Placed
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.ledger.queries import accounts_that_disagree, trial_balance
from fairground.markets.rules import DepositMode
from fairground.orders.models import Purchase
from fairground.orders.rules import DepositEnd, Step
from fairground.promotions.models import Allowance
from fairground.promotions.rules.declaring import MarketTerms
from fairground.settlement.rules.addresses import escrow_address, forfeits_address, owed_penalties_address
from tests.books import Units, rolled_back, units_of
from tests.conftest import share_lanes
from tests.factories import give_wallet, make_market, make_merchant, make_shopper, pay, pay_request
from tests.presales import (
    CLOSES_MS,
    DEPOSIT,
    OPENS_MS,
    ORDERED_MS,
    TOTAL,
    balance_of,
    make_presale,
    place_presale,
    wallet_of,
)
from tests.promotion_making import make_promotion

WALLET = 20_000
UNITS = 6
# How the clock goes on: within a reservation, past one, into the window of the balance, to its last moment, past it.
CLOCK = (ORDERED_MS + 1_000, ORDERED_MS + 20 * 60_000, OPENS_MS, CLOSES_MS - 1, CLOSES_MS)


@dataclass
class Modelled:
    """A presale as plain arithmetic has it; `paid_minor` is what it costs in the end, `until_ms` its reservation."""

    placed: Placed
    until_ms: int
    step: Step = Step.PLACED
    end: DepositEnd | None = None
    paid_minor: int = 0


class PresaleMachine(RuleBasedStateMachine):
    """Orders presales, pays deposits and balances, lets them expire, be cancelled and broken off, as prices change."""

    mode = DepositMode.ADVANCE
    # What a promotion across shops takes off each when it is ordered.
    off_minor = 0

    def __init__(self) -> None:
        super().__init__()
        self.example = rolled_back()
        self.example.__enter__()
        share_lanes(0, 64)
        make_market()
        self.presale = make_presale(mode=self.mode, merchant=make_merchant(lane=30), units=UNITS)
        if self.off_minor:
            terms = MarketTerms(threshold_minor=TOTAL, off_minor=self.off_minor, uses_max=2 * UNITS)
            make_promotion(closes_at=from_unix_ms(CLOSES_MS + 1), terms={"EU": terms})
        self.shopper_id = make_shopper()
        give_wallet(shopper_id=self.shopper_id, amount_minor=WALLET)
        self.today_minor = 1_200
        self.known: list[Modelled] = []
        self.now_ms = ORDERED_MS

    def teardown(self) -> None:
        self.example.__exit__(None, None, None)

    def some(self, number: int) -> Modelled | None:
        return self.known[number % len(self.known)] if self.known else None

    @rule()
    def order(self) -> None:
        going = [one for one in self.known if one.step in {Step.PLACED, Step.DEPOSITED, Step.PAID}]
        if len(going) < UNITS:
            placed = place_presale(self.presale, shopper_id=self.shopper_id, now_ms=self.now_ms)
            self.known.append(Modelled(placed, placed.pay_before_ms))

    @rule(to_ms=st.sampled_from(CLOCK))
    def time_passes(self, to_ms: int) -> None:
        self.now_ms = max(self.now_ms, to_ms)

    @rule(today_minor=st.sampled_from([40, 100, 900, 949, 950, 1_200]))
    def prices_change(self, today_minor: int) -> None:
        Price.objects.filter(sku_id=self.presale.id).update(price_minor=today_minor)
        self.today_minor = today_minor

    @rule(number=st.integers(0, 9), wrong=st.sampled_from([0, 0, 0, 1]))
    def pay(self, number: int, wrong: int) -> None:
        one = self.some(number)
        if one is None:
            return
        total_minor = max(0, min(TOTAL, self.today_minor) - self.off_minor)
        due_minor = DEPOSIT if one.step is Step.PLACED else max(0, total_minor - DEPOSIT)
        request = pay_request(one.placed, shopper_id=self.shopper_id, amount_minor=due_minor + wrong)
        (outcome,) = pay([request], now_ms=self.now_ms)
        in_time = {
            Step.PLACED: self.now_ms < min(one.until_ms, CLOSES_MS),
            Step.DEPOSITED: OPENS_MS <= self.now_ms < CLOSES_MS,
        }.get(one.step, False)
        assert isinstance(outcome, Paid) == (in_time and not wrong), outcome
        if not isinstance(outcome, Paid):
            return
        if one.step is Step.PLACED:
            one.step = Step.DEPOSITED
        else:
            one.step, one.end, one.paid_minor = Step.PAID, DepositEnd.COUNTED, total_minor

    @rule(number=st.integers(0, 9))
    def cancel(self, number: int) -> None:
        one = self.some(number)
        if one is None:
            return
        may = one.step in {Step.PLACED, Step.DEPOSITED}
        try:
            cancel_purchase(purchase_id=one.placed.purchase_id, shopper_id=self.shopper_id, now_ms=self.now_ms)
        except NotCancellable:
            assert not may
        else:
            assert may
            self.fall(one, Step.CANCELLED, DepositEnd.FORFEITED)

    @rule(number=st.integers(0, 9))
    def break_off(self, number: int) -> None:
        one = self.some(number)
        if one is None:
            return
        may = one.step is Step.DEPOSITED
        try:
            by = By(user_id=None, now=from_unix_ms(self.now_ms))
            break_off_presales(purchase_ids=[one.placed.purchase_id], by=by)
        except NotDeposited:
            assert not may
        else:
            assert may
            self.fall(one, Step.CANCELLED, DepositEnd.DOUBLED)

    @rule()
    def sweep(self) -> None:
        due = [one for one in self.known if one.step is Step.PLACED and one.until_ms <= self.now_ms]
        if self.now_ms == CLOSES_MS:
            due += [one for one in self.known if one.step is Step.DEPOSITED]
        assert expire_purchases(now_ms=self.now_ms) == len(due)
        for one in due:
            self.fall(one, Step.EXPIRED, DepositEnd.FORFEITED)

    def fall(self, one: Modelled, step: Step, earnest: DepositEnd) -> None:
        if one.step is Step.DEPOSITED:
            one.end = earnest if self.mode is DepositMode.EARNEST else DepositEnd.RETURNED
        one.step = step

    @invariant()
    def states_are_as_modelled(self) -> None:
        found = {row.id: (Step(row.state), row.deposit_end) for row in Purchase.objects.all()}
        assert found == {one.placed.purchase_id: (one.step, one.end) for one in self.known}

    @invariant()
    def money_is_where_the_states_say(self) -> None:
        merchant_id = self.presale.merchant.id
        held = sum(DEPOSIT for one in self.known if one.step is Step.DEPOSITED)
        paid = sum(one.paid_minor for one in self.known)
        kept = sum(DEPOSIT for one in self.known if one.end is DepositEnd.FORFEITED)
        added = sum(DEPOSIT for one in self.known if one.end is DepositEnd.DOUBLED)
        assert balance_of(30, escrow_address(merchant_id, "EUR")) == held + paid
        assert balance_of(30, forfeits_address(merchant_id, "EUR")) == kept
        assert balance_of(30, owed_penalties_address(merchant_id, "EUR")) == added
        assert wallet_of(self.shopper_id) == WALLET - held - paid - kept + added
        assert accounts_that_disagree() == []
        assert all(one.debits_posted_minor == one.credits_posted_minor for one in trial_balance())

    @invariant()
    def units_are_where_the_states_say(self) -> None:
        reserved = sum(one.step in {Step.PLACED, Step.DEPOSITED} for one in self.known)
        sold = sum(one.step is Step.PAID for one in self.known)
        assert units_of(self.presale.deal_stock_id) == Units(UNITS, reserved=reserved, sold=sold)

    @invariant()
    def promotions_gave_what_is_going_and_no_more(self) -> None:
        going = sum(one.step in {Step.PLACED, Step.DEPOSITED, Step.PAID} for one in self.known)
        given = list(Allowance.objects.values_list("taken", "amount_minor"))
        assert given == ([(going, going * self.off_minor)] if self.off_minor else [])


class EarnestMachine(PresaleMachine):
    """The same where a deposit is earnest money."""

    mode = DepositMode.EARNEST


class DiscountedMachine(EarnestMachine):
    """The same where a promotion takes something off."""

    off_minor = 80


@pytest.mark.django_db
@pytest.mark.parametrize("machine", [PresaleMachine, EarnestMachine, DiscountedMachine])
def test_the_books_of_presales_add_up_whatever_happens(machine: type[PresaleMachine]) -> None:
    run_state_machine_as_test(machine, settings=settings(max_examples=20, stateful_step_count=15))
