"""A purchase at a till with a provider: begin, ask, agree, look, and where the money is."""

from collections.abc import Callable
from dataclasses import dataclass

from fairground.checkout.actions.attend_payments import ask_provider, attend_payment
from fairground.checkout.actions.begin_payments import begin_payment
from fairground.checkout.actions.end_purchases import expire_purchases
from fairground.checkout.actions.return_payments import attend_refund
from fairground.checkout.rules.placing import Placed
from fairground.ledger.models import Account
from fairground.orders.models import Purchase
from fairground.orders.rules import Step
from fairground.payments.models import PaymentRefund
from fairground.payments.queries import wallet_balance_minor
from fairground.payments.reading import PaymentFacts, payment_by_id
from tests.factories import (
    NOW_MS,
    SkuMade,
    make_market,
    make_merchant,
    make_shopper,
    make_sku,
    place_one,
    place_request,
)
from tests.payments.local_provider import LocalProvider

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Till:
    """Two chairs at 1000 each, placed and not paid, and a provider."""

    sku: SkuMade
    shopper_id: int
    placed: Placed
    provider: LocalProvider

    @property
    def purchase_id(self) -> int:
        return self.placed.purchase_id

    @property
    def providers(self) -> dict[str, LocalProvider]:
        return {"local": self.provider}

    def begin(
        self,
        *,
        wallet_minor: int = 0,
        due_minor: int = 2_000,
        shopper_id: int | None = None,
        now_ms: int = NOW_MS,
    ) -> PaymentFacts:
        return begin_payment(
            purchase_id=self.purchase_id,
            shopper_id=shopper_id or self.shopper_id,
            provider="local",
            due_minor=due_minor,
            wallet_minor=wallet_minor,
            now_ms=now_ms,
        )

    def ask(self, payment: PaymentFacts, *, now_ms: int = NOW_MS) -> PaymentFacts:
        return ask_provider(
            payment_id=payment.id,
            providers=self.providers,
            description=self.placed.number,
            return_url="https://shop.example/return",
            clock_ms=stopped_at(now_ms),
        )

    def attend(self, payment: PaymentFacts, *, now_ms: int = NOW_MS) -> PaymentFacts:
        attended = attend_payment(key=payment.key, providers=self.providers, clock_ms=stopped_at(now_ms))
        assert attended is not None, payment
        return attended

    def agree(self, payment: PaymentFacts) -> PaymentFacts:
        """Ask, let the shopper agree, and look."""
        self.ask(payment)
        self.provider.shopper_agrees(payment.key.hex)
        return self.attend(payment)

    def take_late(self, *, due_minor: int = 2_000, meanwhile: Callable[[], None] | None = None) -> PaymentFacts:
        """Let the provider take the money and say so only when the purchase has expired."""
        payment = self.begin(due_minor=due_minor)
        self.ask(payment)
        self.provider.takes_at_once = True
        self.provider.shopper_agrees(payment.key.hex)
        expire_purchases(now_ms=NOW_MS + 30 * MINUTE_MS)
        assert self.step() is Step.EXPIRED
        if meanwhile:
            meanwhile()
        return self.attend(payment, now_ms=NOW_MS + 32 * MINUTE_MS)

    def return_all(self, *, now_ms: int = NOW_MS) -> None:
        """Ask the provider for every return that there is."""
        for refund in PaymentRefund.objects.order_by("id"):
            attend_refund(refund_id=refund.id, providers=self.providers, clock_ms=stopped_at(now_ms))

    def step(self) -> Step:
        return Step(Purchase.objects.get(id=self.purchase_id).state)

    def read(self, payment: PaymentFacts) -> PaymentFacts:
        return payment_by_id(payment_id=payment.id)

    def available_minor(self) -> int:
        return wallet_balance_minor(shopper_id=self.shopper_id, currency="EUR")

    def money(self, currency: str = "EUR") -> dict[str, int]:
        """Return what is posted at the provider, in wallets and in escrow, in minor units."""
        return {
            "clearing": -balance_of(f"provider:local:clearing:{currency}"),
            "wallet": balance_of(f"shopper:{self.shopper_id}:wallet:{currency}"),
            "escrow": balance_of(f"merchant:{self.sku.merchant.id}:escrow:{currency}"),
        }


def balance_of(address: str) -> int:
    """Return an address's credits less its debits over all lanes, posted."""
    rows = Account.objects.filter(address=address).values_list("credits_posted_minor", "debits_posted_minor")
    return sum(credit - debit for credit, debit in rows)


def stopped_at(now_ms: int) -> Callable[[], int]:
    """Return a clock that stands still."""
    return lambda: now_ms


def make_till(*, quantity: int = 2) -> Till:
    make_market()
    sku = make_sku(merchant=make_merchant(lane=30))
    shopper_id = make_shopper(lane=50)
    placed = place_one(place_request(sku.line(quantity), shopper_id=shopper_id))
    return Till(sku, shopper_id, placed, LocalProvider())
