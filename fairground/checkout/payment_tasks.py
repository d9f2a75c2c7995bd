"""What goes on in the background with payments: it waits for providers, so it has a thread of its own."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fairground.checkout.actions.attend_disputes import attend_dispute, put_off_dispute
from fairground.checkout.actions.attend_payments import attend_payment, put_off_payment
from fairground.checkout.actions.return_payments import attend_refund, put_off_refund
from fairground.kernel.clock import from_unix_ms, wall_ms
from fairground.kernel.rows import Rows, try_again, work_through
from fairground.payments.disputes import DISPUTES, disputes_due
from fairground.payments.providers.configured import configured_providers
from fairground.payments.reading import PAYMENTS, RETURNS, payments_due, refunds_due

# Each may take as long as a provider's time limit; what is left is due again at once.
ATTENDED_AT_ONCE_MAX = 20


def attend_due_payments() -> bool:
    """Ask providers about the payments, returns and disputes that stand still; True while there may be more."""
    more = [work_through(one) for one in ATTENDED]
    return any([*more, try_again(ATTENDED)])


def _attend_payments(keys: Sequence[UUID]) -> None:
    providers = configured_providers()
    for key in keys:
        # Before: what kills the process is not tried again at once.
        put_off_payment(key=key, now_ms=wall_ms())
        attend_payment(key=key, providers=providers, clock_ms=wall_ms)


def _attend_refunds(refund_ids: Sequence[int]) -> None:
    providers = configured_providers()
    for refund_id in refund_ids:
        put_off_refund(refund_id=refund_id, now_ms=wall_ms())
        attend_refund(refund_id=refund_id, providers=providers, clock_ms=wall_ms)


def _attend_disputes(dispute_ids: Sequence[int]) -> None:
    providers = configured_providers()
    for dispute_id in dispute_ids:
        put_off_dispute(dispute_id=dispute_id, now_ms=wall_ms())
        attend_dispute(dispute_id=dispute_id, providers=providers, clock_ms=wall_ms)


# Each row alone: a provider that was asked twice in a moment would be asked for nothing.
PAYMENTS_TO_ATTEND = Rows(
    name=PAYMENTS,
    due=lambda: [[one] for one in payments_due(now=from_unix_ms(wall_ms()), payments_max=ATTENDED_AT_ONCE_MAX)],
    do=_attend_payments,
    full=ATTENDED_AT_ONCE_MAX,
    key_of=UUID,
)
RETURNS_TO_ATTEND = Rows(
    name=RETURNS,
    due=lambda: [[one] for one in refunds_due(now=from_unix_ms(wall_ms()), refunds_max=ATTENDED_AT_ONCE_MAX)],
    do=_attend_refunds,
    full=ATTENDED_AT_ONCE_MAX,
    key_of=int,
)
DISPUTES_TO_ATTEND = Rows(
    name=DISPUTES,
    due=lambda: [[one] for one in disputes_due(now=from_unix_ms(wall_ms()), disputes_max=ATTENDED_AT_ONCE_MAX)],
    do=_attend_disputes,
    full=ATTENDED_AT_ONCE_MAX,
    key_of=int,
)
ATTENDED: list[Rows[Any]] = [PAYMENTS_TO_ATTEND, RETURNS_TO_ATTEND, DISPUTES_TO_ATTEND]
