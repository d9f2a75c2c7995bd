"""What becomes of a sale's money with merchants, the provider and the bank, and how all of it comes to its end."""

from datetime import timedelta
from functools import partial
from uuid import uuid4

from django.db.models import F

from fairground.aftersales.actions.sweep_cases import sweep_cases
from fairground.aftersales.models import Case
from fairground.aftersales.rules import OPEN_STATES, CaseState, Who
from fairground.checkout.actions.accept_disputes import bear_dispute, charge_dispute, contest_dispute
from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.actions.ask_again import ask_return_again
from fairground.checkout.actions.attend_disputes import attend_dispute
from fairground.checkout.actions.book_provider_lines import book_provider_lines
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.checkout.actions.settle_withdrawals import settle_withdrawal
from fairground.draws.models import Award
from fairground.inventory.models import Stock
from fairground.kernel.outbox import consume_outbox
from fairground.ledger.models import Account
from fairground.orders.held import UnitsHeld
from fairground.orders.models import Order, Refund
from fairground.orders.rules import RefundReason, Step
from fairground.payments.life import DISPUTES_OVER, DisputeState, RefundState
from fairground.payments.models import Dispute, Payment, PaymentRefund
from fairground.payments.providers.provider import DisputeAt, Disputed, FileKind, FileLine
from fairground.settlement.actions.advance_payouts import advance_payout
from fairground.settlement.actions.propose_payouts import propose_payouts
from fairground.settlement.actions.release_orders import note_completed, release_orders
from fairground.settlement.actions.return_reserves import return_reserves
from fairground.settlement.models import Payout
from fairground.settlement.rules.payouts import PayoutState
from fairground.settlement.tasks import CONSUMER
from tests.cases import again, confirm, instead, refuse, send_other
from tests.payments.paying import balance_of, stopped_at
from tests.property.after_sale_realm import UNITS, AfterSaleRealm
from tests.refunding import CREATOR, WALLET, wallet_minor

NEXT = {
    PayoutState.PROPOSED: PayoutState.APPROVED,
    PayoutState.APPROVED: PayoutState.SENT,
    PayoutState.SENT: PayoutState.CONFIRMED,
}
# Twice a case's longest wait for an answer, so that whatever answers itself has done so.
LONG = timedelta(days=40)


class AfterSaleEnds(AfterSaleRealm):
    """The money's side of a sale; at the end of each example all of it ends, and every account holds what it must."""

    goes_back = False

    def release(self) -> None:
        """Release what is due."""
        self.has_changed = True
        consume_outbox(consumer=CONSUMER, handle=note_completed)
        release_orders(now_ms=self.now_ms)

    def settle_merchants(self, act: str) -> None:
        """Take one step of what merchants get."""
        self.has_changed = True
        if act == "release":
            self.release()
        elif act == "reserves":
            return_reserves(now_ms=self.now_ms)
        elif act == "propose":
            propose_payouts(now_ms=self.now_ms)
        else:
            for payout in Payout.objects.filter(state__in=[one.value for one in NEXT]).order_by("id"):
                then = PayoutState.FAILED if act == "fail" else NEXT[PayoutState(payout.state)]
                self.tries(partial(advance_payout, payout_id=payout.id, then=then, by=self.by))

    def bank_takes(self, amount_minor: int | None) -> None:
        """Let the shopper's bank take all that the provider took, or so much of it, once."""
        payment = Payment.objects.get()
        if self.till.provider.disputes:
            return
        amount_minor = min(amount_minor or payment.captured_minor, payment.captured_minor)
        line = FileLine(FileKind.DISPUTE, payment.ref, "", amount_minor, "EUR", self.now, uuid4().hex)
        self.till.provider.disputes[payment.ref] = Disputed(
            payment.ref, payment.key.hex, DisputeAt.OPEN, amount_minor, "EUR", "fraudulent", None, (line,)
        )
        book_provider_lines(provider="local", lines=[line], by=self.by)
        self.look_at_dispute()

    def look_at_dispute(self) -> None:
        """Ask the provider how its dispute stands."""
        self.has_changed = True
        attend_dispute(
            dispute_id=Dispute.objects.get().pk, providers=self.till.providers, clock_ms=stopped_at(self.now_ms)
        )

    def answer_dispute(self, act: str) -> None:
        """Contest or give up the dispute, bear its loss, or let the bank decide."""
        if not self.till.provider.disputes:
            return
        (told,) = self.till.provider.disputes.values()
        dispute_id = Dispute.objects.get().pk
        acts = {"contest": contest_dispute, "charge": charge_dispute, "bear": bear_dispute}
        if act in acts:
            self.tries(lambda: acts[act](dispute_id=dispute_id, by=self.by))
            return
        if told.at is DisputeAt.OPEN:
            taken = told.lines[0]
            won = FileLine(FileKind.DISPUTE_WON, taken.ref, "", taken.amount_minor, "EUR", self.now, uuid4().hex)
            at, lines = (DisputeAt.WON, (taken, won)) if act == "won" else (DisputeAt.LOST, (taken,))
            self.till.provider.disputes[told.ref] = Disputed(
                told.ref, told.key, at, told.amount_minor, "EUR", told.reason, None, lines
            )
        self.now += timedelta(minutes=1)
        self.look_at_dispute()

    def teardown(self) -> None:
        try:
            if Payment.objects.exists():
                self.end()
        finally:
            super().teardown()

    def end(self) -> None:
        """Let everything end: what is kept goes back or is paid to its merchants; then count."""
        self.end_cases()
        for act in ("lost", "charge", "bear"):
            self.look_around()
            if self.may_dispute:
                self.answer_dispute(act)
        self.look_around()
        for order_id in self.open_withdrawals:
            self.tries(partial(settle_withdrawal, order_id=order_id, by=self.by))
        for which, order_id in enumerate(self.order_ids):
            self.end_order(which, order_id)
        self.return_to_provider()
        for _ in range(2):
            self.now += LONG
            for act in ("release", "reserves", "propose", "on", "on", "on"):
                self.settle_merchants(act)
        self.must_hold()
        self.nothing_is_under_way()
        self.all_is_where_it_belongs()

    def end_cases(self) -> None:
        """Let nobody answer any more; what then still waits is refused, ends with money, or with what was restocked.

        Of a purchase that a prize paid back there is no money left to give in place of goods: those have to come.
        """
        Stock.objects.filter(sku_id__in=[one.id for one in self.swaps]).update(units=F("units") + sum(UNITS))
        for _ in range(3):
            self.now += LONG
            sweep_cases(now=self.now)
            self.look_around()
            for case_id in self.open_cases:
                if not self.tries(partial(refuse, case_id, who=Who.OPERATOR, now=self.now)):
                    self.end_exchange(case_id)

    def end_exchange(self, case_id: int) -> None:
        """Give money in place of other units, or where that is refused send them, and let them come."""
        if self.tries(partial(instead, case_id, now=self.now)):
            return
        self.tries(partial(again, case_id, now=self.now))
        self.tries(partial(send_other, case_id, tracking=f"E{next(self.numbers)}", now=self.now))
        self.tries(partial(confirm, self.scene, case_id, now=self.now))

    def end_order(self, which: int, order_id: int) -> None:
        """Give back all that is kept of an order, or take it to its shopper."""
        kept = self.kept_units(which)
        if self.goes_back and kept:
            asked = {(order_id, 1): kept}
            if self.tries(lambda: refund_lines(units=asked, reason=RefundReason.FAULTY, by=self.by)):
                return
        for step in (Step.SHIPPED, Step.DELIVERED, Step.COMPLETED):
            if kept and self.order_states()[which] < step:
                self.tries(partial(advance_orders, order_ids=[order_id], then=step, now_ms=self.now_ms))

    def return_to_provider(self) -> None:
        """Let the provider return all that it should, also what failed before."""
        self.till.return_all(now_ms=self.now_ms)
        self.look_around()
        for refund_id in self.failed_returns:
            self.tries(partial(ask_return_again, refund_id=refund_id, by=self.by))
        self.till.return_all(now_ms=self.now_ms)

    def nothing_is_under_way(self) -> None:
        """No case, parcel, return or payout is open, and nothing is held for one."""
        assert not [one for one in Case.objects.all() if CaseState(one.state) in OPEN_STATES]
        assert not UnitsHeld.objects.filter(units__gt=0).exists()
        assert not Stock.objects.filter(reserved__gt=0).exists()
        assert not PaymentRefund.objects.filter(state=RefundState.ASKING.value).exists()
        assert not Dispute.objects.exclude(state__in=[DisputeState.ACCEPTED, *DISPUTES_OVER]).exists()
        assert not Account.objects.filter(debits_pending_minor__gt=0).exclude(address__contains="payable").exists()
        ends = {Step.CANCELLED, Step.COMPLETED}
        assert all(state in ends or not self.kept_units(which) for which, state in enumerate(self.order_states())), (
            self.order_states()
        )

    def all_is_where_it_belongs(self) -> None:
        """Merchants, creator, customs and platform share what was paid and did not go back, and nobody else has any."""
        back_minor = sum(Refund.objects.values_list("paid_minor", flat=True))
        merchants = {one: balance_of(f"merchant:{one}:payable:EUR") for one in self.merchant_ids}
        paid_out = {
            one: sum(
                Payout.objects.filter(merchant_id=one, state=PayoutState.CONFIRMED).values_list(
                    "amount_minor", flat=True
                )
            )
            for one in self.merchant_ids
        }
        names = ("commission", "fee_tax", "duties", "discounts")
        platform = {name: balance_of(f"platform:{name}:EUR") for name in names}
        creator_minor = balance_of(f"creator:{CREATOR}:payable:EUR")
        for one in self.merchant_ids:
            assert balance_of(f"merchant:{one}:escrow:EUR") == balance_of(f"merchant:{one}:reserve:EUR") == 0
        got_minor = sum(merchants.values()) + sum(paid_out.values()) + creator_minor + sum(platform.values())
        assert got_minor == self.total_minor - back_minor
        duties_minor = sum(Order.objects.values_list("duties_minor", flat=True))
        duties_minor -= sum(Refund.objects.filter(line_no__lt=0).values_list("paid_minor", flat=True))
        assert platform["duties"] == duties_minor
        if not any(self.kept_units(which) for which in (0, 1)):
            # Released or not, paid out or not: who was paid too much owes exactly that.
            assert merchants == {one: -minor for one, minor in paid_out.items()}
            assert (creator_minor, set(platform.values()), back_minor) == (0, {0}, self.total_minor)
            if not Dispute.objects.exists() and not Award.objects.exists():
                assert self.till.provider.kept_minor() == 0
                assert wallet_minor(self.scene.shopper_id) == WALLET
