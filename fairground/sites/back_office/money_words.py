"""What the pages on money say of refusals, acts, and the families of accounts."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from fairground.kernel.refusal import Refusal
from fairground.ledger.queries import NoSuchAccount, StatementsTooSlow
from fairground.ledger.rules import TransferKind
from fairground.merchants.identities import IdentityChangedSince, IdentityIncomplete, NoSuchIdentity
from fairground.settlement.actions.set_fees import FeeChangedSince, NoSuchCategory
from fairground.settlement.reports.dpi import IdentitiesMissing, OperatorUnknown
from fairground.settlement.reports.reading import ReportTooLong, ReportTooSlow

_TOO_SLOW = _("Adding it up takes too long just now. Try again in a moment.")
MONEY_REFUSALS: dict[type[Refusal], Any] = {
    ReportTooSlow: _TOO_SLOW,
    StatementsTooSlow: _TOO_SLOW,
    ReportTooLong: _("That is too much for one file. Choose a shorter time."),
    NoSuchAccount: _("There is no such account."),
    OperatorUnknown: _("Who runs the platform is not told (FAIRGROUND_OPERATOR), so no report was written."),
    IdentitiesMissing: _("Some sellers must be reported whose legal identity is missing, so no report was written."),
    IdentityIncomplete: _("Something is missing or is no such thing. Nothing changed."),
    IdentityChangedSince: _("It was changed after you opened this page, so nothing was written. Look again."),
    NoSuchCategory: _("There is no such category."),
    FeeChangedSince: _("It was changed after you opened this page, so nothing was written. Look again."),
    NoSuchIdentity: _("Nothing was known of it. Nothing changed."),
}
MONEY_VERBS: dict[str, Any] = {
    "identity-written": _("wrote the legal identity"),
    "identity-seen": _("saw the legal identity"),
    "identity-erased": _("erased the legal identity"),
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
    "platform:bank": _("Bank"),
    "platform:exchange": _("Exchange"),
    "provider:clearing": _("At payment providers"),
    "creator:payable": _("Owed to creators"),
}
_TRANSFERS: dict[str, Any] = {
    "TOP_UP": _("Top-up"),
    "PURCHASE": _("Purchase"),
    "REFUND": _("Money refunded"),
    "ADJUSTMENT": _("Adjustment"),
    "MERGE": _("Wallets became one"),
    "PRIZE": _("Prize"),
    "PAYMENT_EXEMPTION": _("Purchase paid by a draw"),
    "DEPOSIT": _("Deposit"),
    "FORFEIT": _("Forfeited deposit"),
    "DEPOSIT_RETURN": _("Deposit returned"),
    "PENALTY": _("Penalty"),
    "PRICE_GUARANTEE": _("Price guarantee"),
    "PRICE_PROTECTION": _("Price protection"),
}


def family_text(family: str) -> str:
    """Return what a family of accounts is called; one without a name of its own by its addresses."""
    return str(FAMILIES.get(family, family))


def transfer_text(kind: TransferKind) -> str:
    """Return why money moved."""
    return str(_TRANSFERS.get(kind.name, kind.name.replace("_", " ").capitalize()))
