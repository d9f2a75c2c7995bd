"""Reads of payments with providers: one by its key or its purchase, and what is to be looked at again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet, Sum

from fairground.kernel.aside import is_aside
from fairground.kernel.ids import lane_of
from fairground.payments.life import STAY_IN_WALLET, PaymentEnd, PaymentState, RefundState, Why
from fairground.payments.models import Credit, GiftCard, Payment, PaymentRefund

# Under these names what goes on with providers sets payments and returns aside.
PAYMENTS, RETURNS = "payments", "returns"


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """A payment as it was read; amounts in minor units."""

    id: int
    key: UUID
    shopper_id: int
    purchase_id: int | None
    provider: str
    ref: str
    amount_minor: int
    currency: str
    wallet_minor: int
    hold_id: int | None
    state: PaymentState
    end: PaymentEnd | None
    why: Why
    captured_minor: int
    captured_currency: str
    redirect_url: str
    begun_at: datetime
    ended_at: datetime | None
    tries: int

    @property
    def lane(self) -> int:
        """Return where it lies."""
        return lane_of(self.id)


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """Money on its way back to a provider; `payment` is what it is of."""

    id: int
    key: UUID
    amount_minor: int
    currency: str
    transfer_id: int
    at: datetime
    state: RefundState
    tries: int
    payment: PaymentFacts


@dataclass(frozen=True, slots=True)
class StandingStill:
    """Payments of a currency that are not over, though they were begun long ago; the oldest at `oldest_at`."""

    currency: str
    payments: int
    amount_minor: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True)
class Returnable:
    """What a payment of a purchase took, and what of it has not gone back, nor is on its way."""

    payment_id: int
    provider: str
    currency: str
    left_minor: int


@dataclass(frozen=True, slots=True)
class ReturnShown:
    """Money of a purchase that went back to its provider, or is on its way there."""

    order_id: int | None
    provider: str
    amount_minor: int
    currency: str
    state: RefundState
    at: datetime


def payment_of_key(*, key: UUID) -> PaymentFacts | None:
    """Return the payment with this key."""
    return _first(Payment.objects.filter(key=key))


def payment_by_id(*, payment_id: int) -> PaymentFacts:
    """Return this payment; there must be one."""
    found = _first(Payment.objects.filter(pk=(lane_of(payment_id), payment_id)))
    assert found is not None, payment_id
    return found


def payment_under_way(*, purchase_id: int) -> PaymentFacts | None:
    """Return the payment of a purchase that a provider may still take, of which there is one at most."""
    states = [PaymentState.ASKING.value, PaymentState.WAITING.value, PaymentState.CAPTURING.value]
    return _first(Payment.objects.filter(purchase_id=purchase_id, state__in=states))


def purchases_being_paid(*, purchase_ids: Collection[int], begun_after: datetime) -> set[int]:
    """Return which of these purchases have a payment under way that was begun after this moment."""
    states = [PaymentState.ASKING.value, PaymentState.WAITING.value, PaymentState.CAPTURING.value]
    rows = Payment.objects.filter(purchase_id__in=purchase_ids, state__in=states, begun_at__gt=begun_after)
    return {purchase_id for purchase_id in rows.values_list("purchase_id", flat=True) if purchase_id is not None}


def payments_of_purchase(*, purchase_id: int) -> list[PaymentFacts]:
    """Return the payments that were begun for a purchase, the newest first."""
    return list(map(_facts, Payment.objects.filter(purchase_id=purchase_id).order_by("-id")))


def payments_of_shoppers(*, shopper_ids: Collection[int], payments_max: int | None) -> list[PaymentFacts]:
    """Return the payments that these shoppers began, the newest first."""
    return list(map(_facts, Payment.objects.filter(shopper_id__in=shopper_ids).order_by("-id")[:payments_max]))


def payments_before(
    *,
    before_id: int,
    is_open: bool,
    payments_max: int,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
) -> list[PaymentFacts]:
    """Return payments older than `before_id`, the newest first: all, or those that are not over.

    `from_at`, `to_at`: only those that were begun from then on, and before then.
    """
    rows = Payment.objects.filter(id__lt=before_id).order_by("-id")
    if from_at is not None:
        rows = rows.filter(begun_at__gte=from_at)
    if to_at is not None:
        rows = rows.filter(begun_at__lt=to_at)
    if is_open:
        rows = rows.exclude(state__in=[PaymentState.TAKEN.value, PaymentState.ENDED.value])
    return list(map(_facts, rows[:payments_max]))


def top_ups_under_way(*, shopper_id: int) -> int:
    """Return how many payments of a shopper fill a wallet and are not over."""
    over = [PaymentState.TAKEN.value, PaymentState.ENDED.value]
    return Payment.objects.filter(shopper_id=shopper_id, purchase_id=None).exclude(state__in=over).count()


def is_paying(*, shopper_ids: Collection[int]) -> bool:
    """Return whether a provider may still take money for one of these shoppers."""
    over = [PaymentState.TAKEN.value, PaymentState.ENDED.value]
    return Payment.objects.filter(shopper_id__in=shopper_ids).exclude(state__in=over).exists()


def payments_due(*, now: datetime, payments_max: int) -> list[UUID]:
    """Return the keys of payments about which a provider is to be asked now, the longest due first.

    Without those that were set aside.
    """
    due = Payment.objects.filter(~is_aside(chore=PAYMENTS, column="key"), look_at__lte=now).order_by("look_at")
    return list(due.values_list("key", flat=True)[:payments_max])


def payments_standing_still(*, begun_before: datetime) -> list[StandingStill]:
    """Return what is with providers, asked about again and again, and was begun before a moment, by currency."""
    over = [PaymentState.TAKEN.value, PaymentState.ENDED.value]
    rows = Payment.objects.filter(look_at__isnull=False, begun_at__lt=begun_before).exclude(state__in=over)
    sums = rows.values_list("currency").annotate(
        payments=Count("id"), minor=Sum("amount_minor"), oldest_at=Min("begun_at")
    )
    return [
        StandingStill(currency, payments, int(minor), oldest_at)
        for currency, payments, minor, oldest_at in sums.order_by("-payments", "currency")
    ]


def refunds_due(*, now: datetime, refunds_max: int) -> list[int]:
    """Return the ids of returns for which a provider is to be asked now, the longest due first.

    Without those that were set aside.
    """
    due = PaymentRefund.objects.filter(~is_aside(chore=RETURNS, column="id"), look_at__lte=now).order_by("look_at")
    return list(due.values_list("id", flat=True)[:refunds_max])


def refund_under_way(*, refund_id: int) -> RefundFacts | None:
    """Return a return that is not over, or that arrived and is to be looked at again."""
    looked_at = Q(state=RefundState.ASKING.value) | Q(state=RefundState.DONE.value, look_at__isnull=False)
    for row in PaymentRefund.objects.filter(looked_at, pk=(lane_of(refund_id), refund_id)):
        return RefundFacts(
            row.id,
            row.key,
            row.amount_minor,
            row.currency,
            row.transfer_id,
            row.at,
            RefundState(row.state),
            row.tries,
            payment_by_id(payment_id=row.payment_id),
        )
    return None


def gifts_of_shoppers(*, shopper_ids: Collection[int]) -> list[dict[str, object]]:
    """Return the gift cards that these shoppers redeemed and the credit they were granted, as the export says it."""
    cards = GiftCard.objects.filter(redeemed_by__in=shopper_ids).order_by("redeemed_at")
    credits_ = Credit.objects.filter(shopper_id__in=shopper_ids).order_by("at")
    said: list[dict[str, object]] = [
        {"kind": "gift card", "amount_minor": one.amount_minor, "currency": one.currency, "at": one.redeemed_at}
        for one in cards
    ]
    for one in credits_:
        money = {"amount_minor": one.amount_minor, "currency": one.currency}
        said.append({"kind": "credit", **money, "reason": one.reason, "at": one.at})
    return said


def returned_minor(*, payment_ids: Collection[int]) -> dict[int, int]:
    """Return what went back of payments or is on its way there, in minor units by payment id; absent means nothing."""
    rows = PaymentRefund.objects.filter(lane__in={lane_of(one) for one in payment_ids}, payment_id__in=payment_ids)
    sums = (
        rows.exclude(state__in=[one.value for one in STAY_IN_WALLET])
        .values_list("payment_id")
        .annotate(gone=Sum("amount_minor"))
    )
    return {payment_id: gone for payment_id, gone in sums if gone}


def returnable_of(*, purchase_ids: Collection[int]) -> Mapping[int, Sequence[Returnable]]:
    """Return what may go back to providers of purchases that they paid, by purchase id, the oldest payment first."""
    paid = Q(end__in=[PaymentEnd.PAID.value, PaymentEnd.PAID_LATE.value], purchase_id__in=purchase_ids)
    rows = list(Payment.objects.filter(paid).order_by("id"))
    gone = returned_minor(payment_ids=[row.id for row in rows]) if rows else {}
    found: dict[int, list[Returnable]] = {}
    for row in rows:
        assert row.purchase_id is not None, row.id
        left = Returnable(row.id, row.provider, row.captured_currency, row.captured_minor - gone.get(row.id, 0))
        found.setdefault(row.purchase_id, []).append(left)
    return found


def returns_of_purchases(*, purchase_ids: Collection[int]) -> dict[int, list[ReturnShown]]:
    """Return what of refunds of these purchases goes or went to providers, by purchase id, the first one first.

    What a provider failed to return is in the wallet, so it is left out, as is what never paid for anything.
    """
    paid = Q(end__in=[PaymentEnd.PAID.value, PaymentEnd.PAID_LATE.value], purchase_id__in=purchase_ids)
    payments = {
        payment_id: (purchase_id, provider)
        for payment_id, purchase_id, provider in Payment.objects.filter(paid).values_list(
            "id", "purchase_id", "provider"
        )
        if purchase_id is not None
    }
    found: dict[int, list[ReturnShown]] = {}
    if not payments:
        return found
    rows = PaymentRefund.objects.filter(lane__in={lane_of(one) for one in payments}, payment_id__in=payments)
    for row in rows.exclude(state__in=[one.value for one in STAY_IN_WALLET]).order_by("at", "id"):
        purchase_id, provider = payments[row.payment_id]
        shown = ReturnShown(row.order_id, provider, row.amount_minor, row.currency, RefundState(row.state), row.at)
        found.setdefault(purchase_id, []).append(shown)
    return found


def _first(rows: QuerySet[Payment]) -> PaymentFacts | None:
    return next(map(_facts, rows), None)


def _facts(row: Payment) -> PaymentFacts:
    return PaymentFacts(
        id=row.id,
        key=row.key,
        shopper_id=row.shopper_id,
        purchase_id=row.purchase_id,
        provider=row.provider,
        ref=row.ref,
        amount_minor=row.amount_minor,
        currency=row.currency,
        wallet_minor=row.wallet_minor,
        hold_id=row.hold_id,
        state=PaymentState(row.state),
        end=None if row.end is None else PaymentEnd(row.end),
        why=Why(row.why),
        captured_minor=row.captured_minor,
        captured_currency=row.captured_currency,
        redirect_url=row.redirect_url,
        begun_at=row.begun_at,
        ended_at=row.ended_at,
        tries=row.tries,
    )
