"""A purchase paid in four ways, to which anything may happen: how it is made, and what must hold after each step."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count

from django.db import connection
from django.db.models import F
from hypothesis.stateful import RuleBasedStateMachine

from fairground.aftersales.models import Case
from fairground.aftersales.rules import OPEN_STATES, CaseState
from fairground.draws.actions.award_prizes import award_prizes
from fairground.draws.models import Award
from fairground.draws.rules.terms import PrizeKind, PrizeTerms
from fairground.fulfilment.models import Withdrawal
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import By
from fairground.kernel.outbox import consume_outbox
from fairground.kernel.refusal import Refusal
from fairground.kernel.sql import load_sql
from fairground.ledger.queries import accounts_that_disagree
from fairground.markets.models import Market
from fairground.orders.models import Order, OrderAddress, Refund
from fairground.orders.rules import Step
from fairground.payments.life import DisputeState, RefundState
from fairground.payments.models import Dispute, Payment, PaymentRefund
from fairground.payments.providers.provider import DisputeAt, FileKind
from fairground.settlement.actions.release_orders import note_completed
from fairground.settlement.tasks import CONSUMER
from tests.books import hot_rows, rolled_back
from tests.cases import make_variant
from tests.conftest import share_lanes
from tests.draws.making import close_and_draw, enter_all_paid, make_draw
from tests.factories import NOW, make_duty, make_market
from tests.payments.local_provider import LocalProvider
from tests.payments.paying import Till, balance_of
from tests.refunding import WALLET, make_scene, wallet_minor
from tests.settlement.making import make_terms

# The checks of `fairground verify` that concern money and stock: what no step may leave otherwise.
CHECKS = (
    *("stock", "deal_units", "buyer_limits", "promotions", "discounts", "lines", "orders", "shipping", "duties"),
    *("purchases", "tallies", "accounts", "transfers", "escrow", "releases", "payouts", "set_offs", "refunds"),
    *("parcels", "cases", "payments", "payment_returns", "clearing", "disputes", "packets", "packet_caps", "draws"),
    *("states", "events", "orphans_of_orders"),
)
ADDRESS = {"name": "Ana", "country": "DE", "lines": ["Hauptstr. 1"], "email": "ana@example.org"}
UNITS = (3, 2)


class AfterSaleRealm(RuleBasedStateMachine):
    """Two orders paid by packet, coupon, wallet and provider, with shipping, duties, a creator's part and a reserve."""

    def __init__(self) -> None:
        super().__init__()
        self.example = rolled_back()
        self.example.__enter__()
        share_lanes(0, 64)
        make_market()
        make_duty(value_max_minor=30_000)
        Market.objects.update(withdrawal_days=14)
        self.scene = make_scene(sent=True, paid=False, creator_bps=250, abroad=True)
        make_terms(self.scene.chair.merchant.id, reserve_bps=1_000, reserve_days=7)
        OrderAddress.objects.update(address=ADDRESS)
        # Too few to exchange all of them.
        self.swaps = [make_variant(self.scene.chair, units=2), make_variant(self.scene.lamp, units=1)]
        self.order_ids = [self.scene.chairs, self.scene.lamps]
        self.till = Till(self.scene.chair, self.scene.shopper_id, self.scene.placed, LocalProvider())
        self.total_minor = self.scene.placed.total_minor
        self.merchant_ids = (self.scene.chair.merchant.id, self.scene.lamp.merchant.id)
        self.now = NOW + timedelta(hours=3)
        self.open_cases: list[int] = []
        self.open_withdrawals: list[int] = []
        self.failed_returns: list[int] = []
        self.may_dispute = False
        self.numbers = count(1)
        self.has_changed = True
        self.has_prize = False

    def pay(self, *, wallet_minor: int, prize_minor: int | None) -> None:
        """Let the shopper pay, and win so much of it back where there is a prize."""
        self.has_prize = prize_minor is not None
        if prize_minor is not None:
            make_draw(prizes=[PrizeTerms(PrizeKind.EXEMPTION, 1, {"EU": prize_minor})])
        payment = self.till.begin(due_minor=self.total_minor, wallet_minor=wallet_minor)
        self.till.agree(payment)
        assert self.till.step() is Step.PAID
        if prize_minor is not None:
            enter_all_paid()
            assert close_and_draw() == 1
        consume_outbox(consumer=CONSUMER, handle=note_completed)

    def teardown(self) -> None:
        self.example.__exit__(None, None, None)

    @property
    def by(self) -> By:
        """Return somebody at a command line, now."""
        return By(user_id=None, now=self.now, reason="so it was decided")

    @property
    def now_ms(self) -> int:
        """Return the moment of the step."""
        return to_unix_ms(self.now)

    def tries(self, act: Callable[[], object]) -> bool:
        """Do it, a moment after what was before, and return whether it was done; what is refused changes nothing."""
        self.now += timedelta(minutes=1)
        before, refused = hot_rows(), None
        try:
            act()
        except Refusal as refusal:
            refused = refusal
        assert refused is None or hot_rows() == before, refused
        self.has_changed |= refused is None
        return refused is None

    def award(self) -> None:
        """Award the prize, if there is one and its time has come."""
        award_prizes(slug="gala", now=self.now)

    def kept_units(self, which: int) -> int:
        """Return how many units of an order did not go back."""
        gone = Refund.objects.filter(order_id=self.order_ids[which], line_no=1).values_list("units", flat=True)
        return UNITS[which] - sum(gone)

    def bank_minor(self) -> int:
        """Return what the shopper's bank took from the provider and did not give again."""
        signs = {FileKind.DISPUTE: 1, FileKind.DISPUTE_WON: -1}
        return sum(
            signs[line.kind] * line.amount_minor for one in self.till.provider.disputes.values() for line in one.lines
        )

    def must_hold(self) -> None:
        """Compare the books with the provider's own, with what went back, and by all that the verification knows."""
        self.look_around()
        self.wallets_and_provider_agree()
        assert accounts_that_disagree() == []
        assert faults() == []

    def look_around(self) -> None:
        """See what there is to go on with."""
        states = Case.objects.order_by("id").values_list("id", "state")
        self.open_cases = [case_id for case_id, state in states if CaseState(state) in OPEN_STATES]
        self.open_withdrawals = list(Withdrawal.objects.filter(settled_at=None).values_list("order_id", flat=True))
        failed = PaymentRefund.objects.filter(state=RefundState.FAILED.value).order_by("id")
        self.failed_returns = list(failed.values_list("id", flat=True))
        is_told_open = any(one.at is DisputeAt.OPEN for one in self.till.provider.disputes.values())
        lost = Dispute.objects.filter(state=DisputeState.LOST.value, taken_minor__gt=F("covered_minor"))
        self.may_dispute = is_told_open or lost.exists()

    def wallets_and_provider_agree(self) -> None:
        """What came in at the provider is there, at the bank that took it back, or went where it was paid to."""
        captured_minor = Payment.objects.get().captured_minor
        provider_minor, bank_minor = self.till.provider.kept_minor(), self.bank_minor()
        back_minor = sum(Refund.objects.values_list("paid_minor", flat=True))
        covered_minor = sum(Dispute.objects.values_list("covered_minor", flat=True))
        won_minor = sum(Award.objects.values_list("amount_minor", flat=True))
        assert back_minor + won_minor <= self.total_minor, "what a draw paid back does not go back as well"
        assert self.till.money()["clearing"] == provider_minor - bank_minor
        assert balance_of("platform:disputes:EUR") == covered_minor - bank_minor
        assert balance_of("platform:prizes:EUR") == -won_minor
        assert wallet_minor(self.scene.shopper_id) == (
            WALLET + captured_minor - self.total_minor  # what it paid beside the provider
            + back_minor - (captured_minor - provider_minor)  # what came back, less what went on to the provider
            - covered_minor + won_minor
        )  # fmt: skip

    def order_states(self) -> list[Step]:
        """Return where both orders stand."""
        found = dict(Order.objects.values_list("id", "state"))
        return [Step(found[order_id]) for order_id in self.order_ids]


def faults() -> list[tuple[str, str]]:
    """Return what the verification finds, in its words."""
    found = []
    for key in CHECKS:
        with connection.cursor() as cursor:
            cursor.execute(load_sql("rehearsal", f"check_{key}"))
            _, wrong, _, detail = cursor.fetchone()
        if wrong:
            found.append((key, detail))
    return found
