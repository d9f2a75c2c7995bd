"""What a shopper reads of money that a provider did not take back."""

from collections.abc import Sequence

from django.utils.translation import gettext

from fairground.payments.reading import PaymentFacts
from fairground.payments.returns import failed_returns
from fairground.sites.storefront.payment_words import PaymentNote
from fairground.sites.wording import money_text


def failed_return_notes(payments: Sequence[PaymentFacts]) -> list[PaymentNote]:
    """Return a note for each part of these payments that could not go back to where it was paid from."""
    words = gettext("%(amount)s could not go back to where you paid from. It stays in your wallet.")
    return [
        PaymentNote(words % {"amount": money_text(one.amount_minor, one.currency)}, "warn")
        for one in failed_returns(payment_ids=[payment.id for payment in payments])
    ]
