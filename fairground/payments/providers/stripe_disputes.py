"""Stripe's disputes: what of them is read, and where one stands.

What a dispute took and gave again are balance transactions that it names whole: the same lines that the books have.

Source: https://docs.stripe.com/api/disputes/object, https://docs.stripe.com/disputes/how-disputes-work.
"""

from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from fairground.payments.providers.provider import DisputeAt, Disputed, ProviderUnreachable
from fairground.payments.providers.stripe_amounts import amount_from_stripe
from fairground.payments.providers.stripe_books import BalanceTransaction, Source, book_lines
from fairground.payments.providers.stripe_objects import Amount, Currency, Id

_STANDS_AT = {
    "needs_response": DisputeAt.OPEN,
    "warning_needs_response": DisputeAt.OPEN,
    "appeal_needs_response": DisputeAt.OPEN,
    "under_review": DisputeAt.REVIEWED,
    "warning_under_review": DisputeAt.REVIEWED,
    "appeal_under_review": DisputeAt.REVIEWED,
    "won": DisputeAt.WON,
    "warning_closed": DisputeAt.WON,
    "prevented": DisputeAt.WON,
    "lost": DisputeAt.LOST,
}
REASON_MAX = 60


class Evidence(Struct, frozen=True):
    """Until when evidence is taken; 0 where none is."""

    due_by: Annotated[int, Meta(ge=0, le=10**11)] | None = None


class Dispute(Struct, frozen=True):
    """A dispute."""

    id: Id
    status: str
    amount: Amount
    currency: Currency
    reason: str = ""
    payment_intent: str | None = None
    evidence_details: Evidence = field(default_factory=Evidence)
    balance_transactions: list[BalanceTransaction] = field(default_factory=list)


def disputed_of(dispute: Dispute, *, key: str) -> Disputed:
    """Return how a dispute stands whose payment has this key of ours.

    :raises ProviderUnreachable: it makes no sense
    """
    at = _STANDS_AT.get(dispute.status)
    if at is None:
        raise ProviderUnreachable(provider="stripe", reason="status")
    currency = dispute.currency.upper()
    itself = Source(object="dispute", id=dispute.id, amount=dispute.amount, currency=dispute.currency)
    due_by = dispute.evidence_details.due_by
    return Disputed(
        ref=dispute.id,
        key=key,
        at=at,
        amount_minor=amount_from_stripe(dispute.amount, currency),
        currency=currency,
        reason=dispute.reason[:REASON_MAX],
        answer_before=datetime.fromtimestamp(due_by, tz=UTC) if due_by else None,
        lines=tuple([line for one in dispute.balance_transactions for line in book_lines(replace(one, source=itself))]),
    )
