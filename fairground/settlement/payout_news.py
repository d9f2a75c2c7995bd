"""A payout as its merchant is told of it."""

from dataclasses import dataclass

from fairground.settlement.models import Payout
from fairground.settlement.rules.payouts import PayoutState


@dataclass(frozen=True, slots=True)
class PayoutNews:
    """A payout in minor units; `paid_minor` is what leaves, in `paid_currency`."""

    payout_id: int
    state: PayoutState
    currency: str
    amount_minor: int
    paid_currency: str
    paid_minor: int
    reference: str
    failed_because: str


def payout_news(*, payout_id: int) -> PayoutNews | None:
    """Return a payout as its merchant is told of it, None where there is none."""
    row = Payout.objects.filter(id=payout_id).first()
    if row is None:
        return None
    return PayoutNews(
        payout_id=row.id,
        state=PayoutState(row.state),
        currency=row.currency,
        amount_minor=row.amount_minor,
        paid_currency=row.paid_currency,
        paid_minor=row.paid_minor,
        reference=row.reference,
        failed_because=row.failed_because,
    )
