"""What a shopper reads of money that a provider did not take back."""

from django.utils.translation import gettext

from fairground.payments.returns import failed_returns_of_purchase
from fairground.sites.storefront.payment_words import PaymentNote
from fairground.sites.storefront.wording import money_text


def failed_return_notes(purchase_id: int) -> list[PaymentNote]:
    """Return a note for each part of a purchase's money that could not go back to where it was paid from."""
    words = gettext("%(amount)s could not go back to where you paid from. It stays in your wallet.")
    return [
        PaymentNote(words % {"amount": money_text(minor, currency)}, "warn")
        for minor, currency in failed_returns_of_purchase(purchase_id=purchase_id)
    ]
