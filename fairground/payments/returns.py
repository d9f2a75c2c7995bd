"""Reads of what goes back to providers, and of what could not."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from fairground.kernel.ids import lane_of
from fairground.payments.life import STAY_IN_WALLET, RefundState
from fairground.payments.models import Payment, PaymentRefund

# A page lists the last ones: of a festival's returns a few fail, and what is asked for is over within minutes.
RETURNS_SHOWN_MAX = 200


@dataclass(frozen=True, slots=True)
class ReturnSeen:
    """A return that is not over, or failed; `differs` says that the provider returned another amount than was asked.

    `is_asked_again`: it failed, and another return asks for it since.
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
        )
        for row in rows
    ]


def failed_returns(*, payment_ids: Collection[int]) -> list[tuple[int, str]]:
    """Return what providers never returned of payments, as minor units and currency: it stays in the wallet.

    What was asked for again is left out: it is told by what became of that.
    """
    rows = PaymentRefund.objects.filter(
        lane__in={lane_of(one) for one in payment_ids},
        payment_id__in=payment_ids,
        state__in=[one.value for one in STAY_IN_WALLET],
        dispute_id=None,
    )
    found = list(rows.order_by("id").values_list("id", "amount_minor", "currency"))
    again = _asked_again([refund_id for refund_id, _, _ in found])
    return [(minor, currency) for refund_id, minor, currency in found if refund_id not in again]


def _asked_again(refund_ids: Collection[int]) -> set[int]:
    if not refund_ids:
        return set()
    rows = PaymentRefund.objects.filter(again_of__in=refund_ids).values_list("again_of", flat=True)
    return {one for one in rows if one is not None}
