"""What a person is to pay for a purchase now."""

from fairground.checkout.queries import payment_due
from fairground.checkout.rules.presales import Due
from fairground.orders.queries import PurchaseShown
from fairground.orders.rules import Step
from fairground.sites.storefront.reader import Reader


def due_minor(purchase: PurchaseShown, reader: Reader) -> int | None:
    """Return what is to be paid for a presale at this moment, in minor units; None where nothing is, or it is none."""
    if purchase.deposit is None or purchase.state not in {Step.PLACED, Step.DEPOSITED}:
        return None
    due = payment_due(purchase_id=purchase.id, now=reader.now)
    return due.amount_minor if isinstance(due, Due) else None
