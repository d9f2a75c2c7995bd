"""What a movement of a wallet is called."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from fairground.ledger.rules import TransferKind

_WORDS: Mapping[TransferKind, str | Promise] = {
    TransferKind.TOP_UP: gettext_lazy("Money put in"),
    TransferKind.PURCHASE: gettext_lazy("Purchase"),
    TransferKind.REFUND: gettext_lazy("Money refunded"),
    TransferKind.PRIZE: gettext_lazy("Prize"),
    TransferKind.PAYMENT_EXEMPTION: gettext_lazy("Prize: a purchase paid back"),
    TransferKind.DEPOSIT: gettext_lazy("Deposit"),
    TransferKind.DEPOSIT_RETURN: gettext_lazy("Deposit back"),
    TransferKind.PENALTY: gettext_lazy("Deposit doubled, as the merchant could not deliver"),
    TransferKind.PRICE_GUARANTEE: gettext_lazy("Price guarantee"),
    TransferKind.PRICE_PROTECTION: gettext_lazy("Price difference"),
    TransferKind.PROVIDER_CAPTURE: gettext_lazy("Payment that came in"),
    TransferKind.RETURN_UNDONE: gettext_lazy("Could not be sent back to where it was paid from"),
    TransferKind.PROVIDER_RETURN: gettext_lazy("Back to where it was paid from"),
    TransferKind.DISPUTE_COVERED: gettext_lazy("Paid back by your bank"),
    TransferKind.DISPUTE_UNCOVERED: gettext_lazy("Your bank asked for it again"),
    TransferKind.GIFT_CARD: gettext_lazy("Gift card"),
    TransferKind.GOODWILL: gettext_lazy("Credit from the shop"),
}


def movement_text(kind: TransferKind) -> str:
    """Return what a movement is called, whatever set it off."""
    return str(_WORDS.get(kind, gettext_lazy("Correction")))
