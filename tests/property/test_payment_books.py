"""Whatever happens to payments, in any order: all money ends in one place, and the books balance at every step."""

import contextlib

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from fairground.checkout.actions.attend_payments import attend_payment
from fairground.checkout.actions.begin_payments import PaymentUnderWay, give_up_payment
from fairground.checkout.actions.end_purchases import NotCancellable, cancel_purchase, expire_purchases
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.checkout.actions.return_payments import attend_refund
from fairground.checkout.rules.paying import AlreadyPaid, PurchaseEnded
from fairground.checkout.rules.refunding import OrderNotRefundable, TooManyUnits
from fairground.kernel.clock import from_unix_ms
from fairground.ledger.queries import accounts_that_disagree
from fairground.orders.rules import RefundReason, Step
from fairground.payments.models import Payment, PaymentRefund
from fairground.payments.notices import note_notice
from fairground.payments.providers.provider import At, Notice, ProviderUnreachable
from fairground.payments.reading import payment_by_id, payments_due, refunds_due
from tests.books import rolled_back, units_of
from tests.conftest import share_lanes
from tests.factories import BY, NOW_MS, give_wallet, pay, pay_request
from tests.payments.paying import MINUTE_MS, make_till, stopped_at

WALLET_MINOR = 2_500
# Mostly the newest payment, and mostly what was asked for, so that long stories come about.
WHICH = st.sampled_from([0, 0, 0, 0, 1, 2])
AMOUNTS = st.sampled_from([None, None, None, None, 1, 5_000])
ACTS = st.sampled_from(["give up", "expire", "give up", "cancel", "pay", "decline", "nothing"])
SELDOM = st.sampled_from([False, False, False, False, False, True])


class PaymentMachine(RuleBasedStateMachine):
    """A purchase of 2000, a wallet of 2500, a provider that fails as it likes, and a clock that only goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.example = rolled_back()
        self.example.__enter__()
        share_lanes(0, 64)
        self.till = make_till()
        give_wallet(shopper_id=self.till.shopper_id, amount_minor=WALLET_MINOR)
        self.now_ms = NOW_MS
        self.told = 0

    def teardown(self) -> None:
        try:
            self.settle()
        finally:
            self.example.__exit__(None, None, None)

    @rule(wallet_minor=st.sampled_from([0, 1, 500, 1_999]))
    def begin(self, wallet_minor: int) -> None:
        with contextlib.suppress(AlreadyPaid, PurchaseEnded, PaymentUnderWay):
            self.till.begin(wallet_minor=wallet_minor, now_ms=self.now_ms)

    @rule(act=ACTS)
    def interfere(self, act: str) -> None:
        purchase_id, shopper_id = self.till.purchase_id, self.till.shopper_id
        with contextlib.suppress(PaymentUnderWay, NotCancellable):
            if act == "give up":
                give_up_payment(purchase_id=purchase_id, shopper_id=shopper_id, now_ms=self.now_ms)
            elif act == "cancel":
                cancel_purchase(purchase_id=purchase_id, shopper_id=shopper_id, now_ms=self.now_ms)
            elif act == "pay":
                pay([pay_request(self.till.placed, shopper_id=shopper_id)], now_ms=self.now_ms)
            elif act == "expire":
                expire_purchases(now_ms=self.now_ms)
            elif act == "decline":
                self.decline(0)

    @rule(wallet_minor=st.sampled_from([0, 500]))
    def begin_and_ask(self, wallet_minor: int) -> None:
        self.begin(wallet_minor)
        self.ask(0)

    @rule(which=WHICH)
    def ask(self, which: int) -> None:
        for row in self._some(which):
            with contextlib.suppress(ProviderUnreachable):
                self.till.ask(payment_by_id(payment_id=row.id), now_ms=self.now_ms)

    @rule(which=WHICH, at_once=st.booleans(), amount_minor=AMOUNTS, usd=SELDOM)
    def agree(self, which: int, at_once: bool, amount_minor: int | None, usd: bool) -> None:
        provider = self.till.provider
        for row in self._some(which):
            there = provider.payments.get(row.key.hex)
            if there and there.at is At.WAITING:
                provider.takes_at_once = at_once
                provider.shopper_agrees(row.key.hex, amount_minor=amount_minor, currency="USD" if usd else None)

    def decline(self, which: int) -> None:
        for row in self._some(which):
            there = self.till.provider.payments.get(row.key.hex)
            if there and there.at is At.WAITING:
                self.till.provider.shopper_declines(row.key.hex)

    @rule(act=ACTS, wallet_minor=st.sampled_from([0, 500]), at_once=st.booleans(), minutes=st.sampled_from([0, 1, 31]))
    def overtaken(self, act: str, wallet_minor: int, at_once: bool, minutes: int) -> None:
        """Something happens between the shopper's way to the provider and the moment at which we hear of it."""
        self.begin_and_ask(wallet_minor)
        self.interfere(act)
        self.agree(0, at_once, None, usd=False)
        self.pass_time(minutes)

    @rule(at_once=st.booleans(), amount_minor=AMOUNTS, usd=SELDOM)
    def agree_and_look(self, at_once: bool, amount_minor: int | None, usd: bool) -> None:
        self.agree(0, at_once, amount_minor, usd)
        for row in self._some(0):
            attend_payment(key=row.key, providers=self.till.providers, clock_ms=stopped_at(self.now_ms))

    @rule(which=WHICH, again=st.booleans())
    def notice(self, which: int, again: bool) -> None:
        self.told += not again
        for row in self._some(which):
            told = Notice(f"n{self.told}", row.key.hex, "")
            note_notice(provider="local", notice=told, now=from_unix_ms(self.now_ms))

    @rule(name=st.sampled_from(["authorise", "look", "capture", "void", "refund"]), after=st.booleans())
    def fail(self, name: str, after: bool) -> None:
        self.till.provider.fail(name, after=after)

    @rule(fails=st.booleans())
    def returns(self, fails: bool) -> None:
        self.till.provider.refunds_fail = fails

    @rule(minutes=st.sampled_from([0, 0, 1, 1, 16, 31]))
    def pass_time(self, minutes: int) -> None:
        self.now_ms += minutes * MINUTE_MS
        self._chores()

    @rule(units=st.integers(1, 2))
    def refund(self, units: int) -> None:
        key = (self.till.placed.orders[0].order_id, 1)
        with contextlib.suppress(OrderNotRefundable, TooManyUnits):
            refund_lines(units={key: units}, reason=RefundReason.FAULTY, by=BY)

    @invariant()
    def books_balance(self) -> None:
        money = self.till.money()
        assert money["wallet"] + money["escrow"] == WALLET_MINOR + money["clearing"]
        assert self.till.money("USD")["wallet"] == self.till.money("USD")["clearing"]
        assert accounts_that_disagree() == []

    def settle(self) -> None:
        """Let everything end that is under way; then what the provider kept is what we have of it."""
        for script in (self.till.provider.before, self.till.provider.after):
            script.clear()
        for _ in range(12):
            self.now_ms += 11 * MINUTE_MS
            self._chores()
        expire_purchases(now_ms=self.now_ms)
        assert not Payment.objects.filter(look_at__isnull=False).exists()
        assert not PaymentRefund.objects.filter(look_at__isnull=False).exists()
        self.books_balance()
        kept = {"EUR": 0, "USD": 0}
        for one in self.till.provider.payments.values():
            kept[one.currency] += one.amount_minor if one.at is At.CAPTURED else 0
        for key, amount_minor in self.till.provider.returned.values():
            kept[self.till.provider.payments[key].currency] -= amount_minor
        assert {currency: self.till.money(currency)["clearing"] for currency in kept} == kept
        assert self.till.available_minor() == self.till.money()["wallet"]
        sold = 2 if self.till.step() is Step.PAID else 0
        assert units_of(self.till.sku.stock_id).reserved == 0
        assert units_of(self.till.sku.stock_id).sold in {sold, max(sold - 1, 0)}

    def _some(self, which: int) -> list[Payment]:
        return list(Payment.objects.order_by("-id")[which : which + 1])

    def _chores(self) -> None:
        now = from_unix_ms(self.now_ms)
        for key in payments_due(now=now, payments_max=100):
            attend_payment(key=key, providers=self.till.providers, clock_ms=stopped_at(self.now_ms))
        for refund_id in refunds_due(now=now, refunds_max=100):
            attend_refund(refund_id=refund_id, providers=self.till.providers, clock_ms=stopped_at(self.now_ms))


@pytest.mark.django_db
def test_any_order_of_events_ends_with_all_money_in_one_place() -> None:
    run_state_machine_as_test(PaymentMachine, settings=settings(max_examples=40, stateful_step_count=20, deadline=None))
