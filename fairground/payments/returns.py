"""Reads of what goes back to providers, and of what could not."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Sum

from fairground.kernel.ids import lane_of
from fairground.payments.life import STAY_IN_WALLET, RefundState
from fairground.payments.models import Payment, PaymentRefund

# A page lists the last ones: of a festival's returns a few fail, and what is asked for is over within minutes.
RETURNS_SHOWN_MAX = 200


@dataclass(frozen=True, slots=True)
class ReturnSeen:
    """A return that is not over, or failed; `differs` says that the provider returned another amount than was asked.

    `is_asked_again`: it failed, and another return asks for it since. `left_minor` is what of it no dispute took.
    """

    id: int
    state: RefundState
    provider: str
    amount_minor: int
    currency: str
    at: datetime
    tries: int
    differs: bool
    shopper_id: int
    purchase_id: int | None
    is_asked_again: bool
    left_minor: int


@dataclass(frozen=True, slots=True)
class FailedReturn:
    """So many minor units that a provider never returned, and that stay in the wallet."""

    id: int
    order_id: int | None
    amount_minor: int
    currency: str


def returns_to_look_at(*, is_failed: bool) -> list[ReturnSeen]:
    """Return what failed, the last first, or what is still asked for, the oldest first; `RETURNS_SHOWN_MAX`."""
    states = STAY_IN_WALLET if is_failed else {RefundState.ASKING}
    rows = list(
        PaymentRefund.objects.filter(state__in=[one.value for one in states], dispute_id=None).order_by(
            "-id" if is_failed else "id"
        )[:RETURNS_SHOWN_MAX]
    )
    ids = {row.payment_id for row in rows}
    again = _asked_again([row.id for row in rows])
    taken = taken_of_failed(refund_ids=[row.id for row in rows], payment_ids=ids)
    payments = {one.id: one for one in Payment.objects.filter(lane__in={lane_of(one) for one in ids}, id__in=ids)}
    return [
        ReturnSeen(
            id=row.id,
            state=RefundState(row.state),
            provider=payments[row.payment_id].provider,
            amount_minor=row.amount_minor,
            currency=row.currency,
            at=row.at,
            tries=row.tries,
            differs=row.differs,
            shopper_id=payments[row.payment_id].shopper_id,
            purchase_id=payments[row.payment_id].purchase_id,
            is_asked_again=row.id in again,
            left_minor=row.amount_minor - taken.get(row.id, 0),
        )
        for row in rows
    ]


def failed_returns(*, payment_ids: Collection[int]) -> list[FailedReturn]:
    """Return what providers never returned of payments, the oldest first: it stays in the wallet.

    What was asked for again is left out: it is told by what became of that; so is what disputes took of it.
    """
    rows = PaymentRefund.objects.filter(
        lane__in={lane_of(one) for one in payment_ids},
        payment_id__in=payment_ids,
        state__in=[one.value for one in STAY_IN_WALLET],
        dispute_id=None,
    )
    found = list(rows.order_by("id"))
    again = _asked_again([row.id for row in found])
    taken = taken_of_failed(refund_ids=[row.id for row in found], payment_ids=payment_ids)
    left = [
        FailedReturn(row.id, row.order_id, row.amount_minor - taken.get(row.id, 0), row.currency)
        for row in found
        if row.id not in again
    ]
    return [one for one in left if one.amount_minor]


def taken_of_failed(*, refund_ids: Collection[int], payment_ids: Collection[int]) -> dict[int, int]:
    """Return what disputes took of these returns that failed, in minor units by id; absent means nothing.

    Also what a dispute took that was won since: that went on its way again as a return of its own.
    """
    if not refund_ids:
        return {}
    rows = PaymentRefund.objects.filter(
        lane__in={lane_of(one) for one in payment_ids}, payment_id__in=payment_ids, money_of__in=refund_ids
    )
    sums = rows.values_list("money_of").annotate(taken=Sum("amount_minor"))
    return {refund_id: taken for refund_id, taken in sums if refund_id is not None}


def _asked_again(refund_ids: Collection[int]) -> set[int]:
    if not refund_ids:
        return set()
    rows = PaymentRefund.objects.filter(again_of__in=refund_ids).values_list("again_of", flat=True)
    return {one for one in rows if one is not None}
