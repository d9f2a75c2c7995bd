"""Deciding a batch of payments from wallets, in arrival order; and what must be known of the purchases they are for."""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from fairground.checkout.rules.charges import NOTHING_SHIPPED, ShippingSold
from fairground.checkout.rules.customs import DutySold
from fairground.checkout.rules.placing import KeyReused, Replayed, ReplayedInBatch, WrongCurrency
from fairground.checkout.rules.presales import (
    BalanceClosed,
    BalanceNotOpen,
    Due,
    PresaleFacts,
    balance_due,
    deposit_due,
)
from fairground.kernel.refusal import Refusal
from fairground.orders.rules import Step


class UnknownPurchase(Refusal):
    """No such purchase of this shopper."""


class AlreadyPaid(Refusal):
    """The purchase is paid."""


class PurchaseEnded(Refusal):
    """The purchase expired or was cancelled; its units are back on the shelf."""


class WrongAmount(Refusal):
    """The amount offered is not what the purchase costs."""


class InsufficientFunds(Refusal):
    """The wallet holds less than the purchase costs."""


class OrderOfPurchase(Struct, frozen=True):
    """An order as paying, expiring and cancelling must know it."""

    order_id: int
    merchant_id: int
    market: bytes
    buyer_country: bytes
    merchant_country: bytes
    channel: int
    device: int
    entry_hall_id: int | None
    total_minor: int
    state: int
    stock_ids: list[int]
    quantities: list[int]
    deal_ids: list[int]
    shipping: ShippingSold = NOTHING_SHIPPED
    duties: tuple[DutySold, ...] = ()


class PurchaseFacts(Struct, frozen=True):
    """A purchase and its orders, read under the turn.

    `payer_id`: whose wallet pays and is paid back: the shopper's, or that of the shopper into which this guest went.
    """

    purchase_id: int
    shopper_id: int
    state: int
    currency: str
    total_minor: int
    pay_before_ms: int
    paid_at_ms: int | None
    orders: list[OrderOfPurchase]
    payer_id: int
    presale: PresaleFacts | None = None


class PayRequest(Struct, frozen=True):
    """A payment from the wallet as the door passes it on.

    `by_pass`: it came with a pass, which opens the shopper's own wallet alone. A guest's pass may be in other hands
    than the session in which somebody signed in since.
    """

    shopper_id: int
    key: bytes
    request_hash: bytes
    purchase_id: int
    amount_minor: int
    currency: str
    by_pass: bool = False


class Paid(Struct, frozen=True):
    """A purchase that is paid, or of which the deposit is; `state` is where it is after the payment."""

    purchase_id: int
    currency: str
    amount_minor: int
    paid_at_ms: int
    replayed: bool = False
    state: int = Step.PAID.value


class PaymentPlan(Struct, frozen=True):
    """A payment that will be written; `due` is what a presale is paid, None where the whole purchase is."""

    request: PayRequest
    purchase: PurchaseFacts
    due: Due | None = None


def wallet_asked(request: PayRequest, purchases: Mapping[int, PurchaseFacts]) -> tuple[int, str]:
    """Return from whose wallet a payment is asked for, and in which currency."""
    purchase = purchases.get(request.purchase_id)
    is_own = request.by_pass or purchase is None or purchase.shopper_id != request.shopper_id
    return (request.shopper_id if is_own or purchase is None else purchase.payer_id), request.currency


PayDecision = PaymentPlan | Replayed | ReplayedInBatch | Refusal


def decide_payments(
    requests: Sequence[PayRequest],
    *,
    purchases: Mapping[int, PurchaseFacts],
    keys: dict[tuple[bytes, int], tuple[bytes, int]],
    available_minor: dict[tuple[int, str], int],
    now_ms: int,
) -> list[PayDecision]:
    """Decide each payment in turn. `available_minor` is what wallets hold by (shopper id, currency), counted down."""
    decisions: list[PayDecision] = []
    in_batch: dict[tuple[bytes, int], int] = {}
    moved: dict[int, PurchaseFacts] = {}
    for position, request in enumerate(requests):
        who = (request.key, request.shopper_id)
        before, known = in_batch.get(who), keys.get(who)
        decision: PayDecision
        if before is not None:
            same = requests[before].request_hash == request.request_hash
            decision = ReplayedInBatch(before) if same else KeyReused()
        elif known is not None:
            decision = Replayed(known[1]) if known[0] == request.request_hash else KeyReused()
        else:
            purchase = moved.get(request.purchase_id) or purchases.get(request.purchase_id)
            wallet = wallet_asked(request, purchases)
            decision = _decide(request, purchase, available_minor.get(wallet, 0), now_ms)
            if type(decision) is PaymentPlan:
                if request.amount_minor:
                    available_minor[wallet] -= request.amount_minor
                moved[request.purchase_id] = _after(decision, now_ms)
                in_batch[who] = position
        decisions.append(decision)
    return decisions


def due_now(purchase: PurchaseFacts, *, now_ms: int) -> Due | Refusal:
    """Return what is to be paid for a purchase at this moment, or why nothing is."""
    if purchase.state == Step.PAID:
        return AlreadyPaid(purchase_id=purchase.purchase_id)
    presale = purchase.presale
    if purchase.state == Step.DEPOSITED and presale is not None:
        if now_ms < presale.balance_opens_at_ms:
            return BalanceNotOpen(purchase_id=purchase.purchase_id, opens_at_ms=presale.balance_opens_at_ms)
        if now_ms >= presale.balance_closes_at_ms:
            return BalanceClosed(purchase_id=purchase.purchase_id, closed_at_ms=presale.balance_closes_at_ms)
        return balance_due(presale, total_minor=purchase.total_minor)
    if purchase.state != Step.PLACED or purchase.pay_before_ms <= now_ms:
        return PurchaseEnded(purchase_id=purchase.purchase_id)
    if presale is None:
        return Due(purchase.total_minor, Step.PAID, purchase.total_minor)
    if presale.balance_closes_at_ms <= now_ms:  # a deposit without a balance would be swept by nobody
        return PurchaseEnded(purchase_id=purchase.purchase_id)
    return deposit_due(presale, total_minor=purchase.total_minor)


def _decide(
    request: PayRequest, purchase: PurchaseFacts | None, available_minor: int, now_ms: int
) -> PaymentPlan | Refusal:
    if purchase is None or purchase.shopper_id != request.shopper_id:
        return UnknownPurchase(purchase_id=request.purchase_id)
    due = due_now(purchase, now_ms=now_ms)
    if isinstance(due, Refusal):
        return due
    if request.currency != purchase.currency:
        return WrongCurrency(asked=request.currency, currency=purchase.currency)
    if request.amount_minor != due.amount_minor:
        return WrongAmount(offered_minor=request.amount_minor, total_minor=due.amount_minor)
    if available_minor < request.amount_minor:
        return InsufficientFunds(available_minor=available_minor, total_minor=request.amount_minor)
    return PaymentPlan(request, purchase, due if purchase.presale is not None else None)


def _after(plan: PaymentPlan, now_ms: int) -> PurchaseFacts:
    """The purchase as the next payment of the batch finds it: a deposit and its balance may come together."""
    purchase, presale = plan.purchase, plan.purchase.presale
    if presale is None or plan.due is None or plan.due.then is Step.PAID:
        return replace(purchase, state=Step.PAID.value)
    return replace(
        purchase,
        state=Step.DEPOSITED.value,
        pay_before_ms=presale.balance_closes_at_ms,
        presale=replace(presale, deposited_at_ms=now_ms),
    )
