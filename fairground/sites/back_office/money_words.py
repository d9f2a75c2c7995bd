"""What the pages on money say of refusals, acts, and the families of accounts."""

from typing import Any

from babel import Locale
from babel.numbers import get_currency_name
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

from fairground.checkout.actions.accept_disputes import (
    DisputeAfterReturns,
    DisputeInPart,
    DisputeNotLost,
    DisputeNotOpen,
    DisputeOtherCurrency,
    NothingClaimed,
    UnknownDispute,
)
from fairground.checkout.actions.ask_again import (
    AskedAgain,
    ClaimOnPayment,
    MoneySpent,
    NoFailedReturn,
    WentBackOtherwise,
)
from fairground.kernel.refusal import Refusal
from fairground.ledger.closed_days import DayNotClosed
from fairground.ledger.queries import NoSuchAccount, StatementsTooSlow
from fairground.ledger.rules import TransferKind
from fairground.merchants.identities import IdentityChangedSince, IdentityIncomplete, NoSuchIdentity
from fairground.settlement.actions.edit_terms import TermsChangedSince, TermsWrong
from fairground.settlement.actions.set_fees import FeeChangedSince, NoSuchCategory
from fairground.settlement.reports.dpi import IdentitiesMissing, OperatorUnknown
from fairground.settlement.reports.reading import ReportsUnderWay, ReportTooLong, ReportTooSlow

_TOO_SLOW = _("Adding it up takes too long just now. Try again in a moment.")
MONEY_REFUSALS: dict[type[Refusal], Any] = {
    ReportTooSlow: _TOO_SLOW,
    DayNotClosed: _("That day is not closed, so nobody has said what stood at its end."),
    ReportsUnderWay: _("Other reports are being read just now. Try again in a moment."),
    StatementsTooSlow: _TOO_SLOW,
    ReportTooLong: _("That is too much for one file. Choose a shorter time."),
    NoSuchAccount: _("There is no such account."),
    OperatorUnknown: _("Who runs the platform is not told (FAIRGROUND_OPERATOR), so no report was written."),
    IdentitiesMissing: _("Some sellers must be reported whose legal identity is missing, so no report was written."),
    IdentityIncomplete: _("Something is missing or is no such thing. Nothing changed."),
    IdentityChangedSince: _("It was changed after you opened this page, so nothing was written. Look again."),
    TermsChangedSince: _("It was changed after you opened this page, so nothing was written. Look again."),
    TermsWrong: _("Something is missing or is no such thing. Nothing changed."),
    NoSuchCategory: _("There is no such category."),
    FeeChangedSince: _("It was changed after you opened this page, so nothing was written. Look again."),
    UnknownDispute: _("There is no such dispute, or its payment is none of ours. Nothing changed."),
    DisputeNotOpen: _("It is decided or over. Nothing changed."),
    NothingClaimed: _("The bank has taken nothing for it that is not covered. Nothing changed."),
    DisputeInPart: _(
        "The bank took less than the payment has left. Refund the units it is for: that covers it. Nothing changed."
    ),
    DisputeAfterReturns: _(
        "A part had gone back before the bank took it, and more was paid otherwise. Refund the units that the rest is "
        "for: that covers it. Nothing changed."
    ),
    DisputeOtherCurrency: _("The bank took another currency than was paid, so no refund covers it. Nothing changed."),
    DisputeNotLost: _(
        "It is not lost: the bank may still decide for us, or it is over, so there is no loss to bear. Nothing changed."
    ),
    NoSuchIdentity: _("Nothing was known of it. Nothing changed."),
    NoFailedReturn: _("This return has not failed. Nothing changed."),
    AskedAgain: _("It was asked for again before. Nothing was asked twice."),
    MoneySpent: _("The shopper has spent this money from the wallet, so it can't go back any more. Nothing changed."),
    ClaimOnPayment: _("The shopper's bank has taken this payment back, and the money is for that. Nothing changed."),
    WentBackOtherwise: _("Other refunds sent back so much that this is not left of what was paid. Nothing changed."),
}
MONEY_VERBS: dict[str, Any] = {
    "identity-written": _("wrote the legal identity"),
    "identity-seen": _("saw the legal identity"),
    "identity-erased": _("erased the legal identity"),
    "contact-written": _("wrote the contact"),
    "contact-erased": _("erased the contact"),
    "stored": _("stored exchange rates"),
    "file-taken": _("took as a file"),
    "asked-again": _("asked a provider again"),
    "shipping-set": _("set what shipping costs"),
    "duty-set": _("set the import duty"),
    "place-edited": _("changed where goods are sent from"),
    "customs-area-set": _("set a customs area"),
    "booked-lines": _("booked lines of a provider's books"),
    "contested": _("contested a dispute"),
    "charged": _("gave a dispute up and charged it"),
    "borne": _("bore the loss of a dispute"),
}
FAMILIES: dict[str, Any] = {
    "merchant:escrow": _("Escrow"),
    "merchant:forfeits": _("Forfeited deposits"),
    "merchant:penalties": _("Penalties that merchants owe"),
    "merchant:payable": _("Owed to merchants"),
    "merchant:reserve": _("Reserve of merchants"),
    "shopper:wallet": _("Wallets"),
    "platform:funding": _("Money that came in"),
    "platform:prizes": _("Prizes"),
    "platform:penalties": _("Penalties fronted"),
    "platform:discounts": _("Discounts paid by the platform"),
    "platform:commission": _("Commission"),
    "platform:fee_tax": _("Tax on commission"),
    "platform:duties": _("Duties, kept for customs"),
    "platform:bank": _("Bank"),
    "platform:exchange": _("Exchange"),
    "platform:provider_fees": _("Fees of payment providers"),
    "platform:provider_fee_tax": _("Tax on providers' fees"),
    "platform:disputes": _("Disputed payments"),
    "provider:clearing": _("At payment providers"),
    "creator:payable": _("Owed to creators"),
    "shopper:held": _("Set aside for payments"),
    "platform:giftcards": _("Owed for gift cards"),
    "platform:lapsed_giftcards": _("Gift cards that ended"),
    "platform:goodwill": _("Credit granted"),
    "platform:rounding": _("Rounding to coins"),
}
_TRANSFERS: dict[TransferKind, Any] = {
    TransferKind.TOP_UP: _("Top-up"),
    TransferKind.PURCHASE: _("Purchase"),
    TransferKind.REFUND: _("Money refunded"),
    TransferKind.ADJUSTMENT: _("Adjustment"),
    TransferKind.MERGE: _("Wallets became one"),
    TransferKind.PRIZE: _("Prize"),
    TransferKind.PAYMENT_EXEMPTION: _("Purchase paid by a draw"),
    TransferKind.DEPOSIT: _("Deposit"),
    TransferKind.FORFEIT: _("Forfeited deposit"),
    TransferKind.DEPOSIT_RETURN: _("Deposit returned"),
    TransferKind.PENALTY: _("Penalty"),
    TransferKind.PRICE_GUARANTEE: _("Price guarantee"),
    TransferKind.PRICE_PROTECTION: _("Price protection"),
    TransferKind.DUTIES: _("Duties"),
    TransferKind.PROVIDER_CAPTURE: _("Taken by a payment provider"),
    TransferKind.PROVIDER_RETURN: _("Returned to a payment provider"),
    TransferKind.RETURN_UNDONE: _("Came back from a payment provider"),
    TransferKind.WALLET_HOLD: _("Set aside for a payment"),
    TransferKind.GIFT_CARD: _("Gift card"),
    TransferKind.GIFT_CARDS_ISSUED: _("Gift cards issued"),
    TransferKind.GIFT_CARD_LAPSED: _("Gift card that ended"),
    TransferKind.GOODWILL: _("Credit granted"),
    TransferKind.RELEASE: _("Release to the merchant"),
    TransferKind.FUNDED_DISCOUNT: _("Discount paid by the platform"),
    TransferKind.COMMISSION: _("Commission"),
    TransferKind.FEE_TAX: _("Tax on commission"),
    TransferKind.CREATOR_PART: _("Part of a creator"),
    TransferKind.RESERVE: _("Reserve"),
    TransferKind.PAYOUT: _("Payout"),
    TransferKind.EXCHANGE: _("Exchange"),
    TransferKind.DEPOSIT_SETTLED: _("Deposit settled with the merchant"),
    TransferKind.SET_OFF: _("Set off in another currency"),
    TransferKind.PROVIDER_PAYOUT: _("Paid out by a payment provider"),
    TransferKind.PROVIDER_FEE: _("Fee of a payment provider"),
    TransferKind.PROVIDER_FEE_TAX: _("Tax on a provider's fee"),
    TransferKind.PROVIDER_EXCHANGE: _("Exchanged by a payment provider"),
    TransferKind.DISPUTE: _("Taken back by a shopper's bank, or given again"),
    TransferKind.DISPUTE_COVERED: _("A refund, for what a shopper's bank took"),
    TransferKind.DISPUTE_UNCOVERED: _("A refund that is the shopper's again, as a dispute was won"),
}


def currency_text(currency: str) -> str:
    """Return a currency's code with its name in the active language."""
    name = get_currency_name(currency, locale=Locale.parse(to_locale(get_language() or "en")))
    return f"{currency} ({name})"


def family_text(family: str) -> str:
    """Return what a family of accounts is called; an address of none is told as it is."""
    return str(FAMILIES.get(family, family))


def transfer_text(kind: TransferKind) -> str:
    """Return why money moved."""
    return str(_TRANSFERS[kind])
