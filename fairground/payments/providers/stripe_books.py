"""Stripe's books: its balance transactions as lines, each under the id that Stripe gave it.

`reporting_category` says what a transaction is, as Stripe advises; where it is missing, its type. A fee is a part of
the transaction that it was kept of, and so is the tax on it: lines of their own, whose ids end with what they are.
What was paid in another currency than that of our balance was exchanged by Stripe, which is two lines more: out of the
one, into the other.

Source: https://docs.stripe.com/api/balance_transactions/object,
https://docs.stripe.com/reports/reporting-categories, https://docs.stripe.com/reports/balance-transaction-types.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta, Struct, field

from fairground.payments.providers.provider import FileKind, FileLine
from fairground.payments.providers.stripe_amounts import amount_from_stripe
from fairground.payments.providers.stripe_objects import Amount, Currency, Id

SignedAmount = Annotated[int, Meta(ge=-(10**15), le=10**15)]
_CAPTURE, _REFUND, _FEE, _TAX, _PAYOUT = (
    FileKind.CAPTURE,
    FileKind.REFUND,
    FileKind.FEE,
    FileKind.FEE_TAX,
    FileKind.PAYOUT,
)
_KINDS = {
    "charge": _CAPTURE,
    "payment": _CAPTURE,
    "refund": _REFUND,
    "payment_refund": _REFUND,
    "refund_failure": FileKind.REFUND_FAILED,
    "payout": _PAYOUT,
    "payout_reversal": _PAYOUT,
    "payout_cancel": _PAYOUT,
    "payout_failure": _PAYOUT,
    "topup": _PAYOUT,
    "topup_reversal": _PAYOUT,
    "dispute": FileKind.DISPUTE,
    "dispute_reversal": FileKind.DISPUTE_WON,
    "fee": _FEE,
    "stripe_fee": _FEE,
    "network_cost": _FEE,
    "tax": _TAX,
    "tax_fee": _TAX,
}
# Where what moved is told by the source, in the currency that the shopper paid in.
_OF_SHOPPERS = frozenset({_CAPTURE, _REFUND, FileKind.REFUND_FAILED})
# Above nothing in our books is what left Stripe.
_OUTWARD = frozenset({_REFUND, _FEE, _TAX, _PAYOUT, FileKind.DISPUTE})
_FEE_TAX_TYPE = "tax"


class Source(Struct, frozen=True):
    """What moved money at Stripe: a charge, a refund or a dispute, in the shopper's currency; or something else."""

    object: str
    id: Id
    amount: Amount = 0
    currency: str = ""
    amount_captured: Amount | None = None
    payment_intent: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)


class FeeDetail(Struct, frozen=True):
    """A part of a fee."""

    type: str
    amount: SignedAmount


class BalanceTransaction(Struct, frozen=True):
    """A line of Stripe's books; its amount and its fee are in the currency of our balance there."""

    id: Id
    type: str
    created: Annotated[int, Meta(ge=0, le=10**11)]
    currency: Currency
    amount: SignedAmount = 0
    reporting_category: str = ""
    fee: SignedAmount = 0
    fee_details: list[FeeDetail] = field(default_factory=list)
    source: Source | str | None = None


def book_lines(transaction: BalanceTransaction) -> Iterator[FileLine]:
    """Yield the lines of a balance transaction: what moved, what was exchanged for it, the fee, and the tax on that.

    Of charges and refunds amounts are those of the source, and so are a dispute's in another currency than ours.

    :raises ProviderUnreachable: an amount makes no sense in its currency
    """
    source = transaction.source if isinstance(transaction.source, Source) else None
    kind = _KINDS.get(transaction.reporting_category or transaction.type, FileKind.OTHER)
    if kind in _OF_SHOPPERS and source is None:
        kind = FileKind.OTHER
    currency = transaction.currency.upper()
    moved_minor = _signed(transaction.amount, currency)
    name = _named(source, kind, transaction)
    at = datetime.fromtimestamp(transaction.created, tz=UTC)

    def line(what: FileKind, minor: int, currency: str, part: str = "") -> FileLine:
        key = source.metadata.get("key", "") if source else ""
        line_id = f"{transaction.id}:{part}" if part else transaction.id
        return FileLine(what, name, key, minor, currency, at, line_id)

    is_abroad = kind is FileKind.DISPUTE or kind is FileKind.DISPUTE_WON
    if source and (kind in _OF_SHOPPERS or (is_abroad and source.currency.upper() != currency)):
        own = source.currency.upper()
        taken = source.amount if source.amount_captured is None else source.amount_captured
        minor = amount_from_stripe(taken, own)
        yield line(kind, minor, own)
        if own != currency:
            yield line(FileKind.EXCHANGE, minor if kind in _OUTWARD else -minor, own, "out")
            if moved_minor:
                yield line(FileKind.EXCHANGE, moved_minor, currency, "in")
    elif moved_minor:
        yield line(kind, -moved_minor if kind in _OUTWARD else moved_minor, currency)
    tax = sum(one.amount for one in transaction.fee_details if one.type == _FEE_TAX_TYPE)
    for what, fee, part in ((_FEE, transaction.fee - tax, "fee"), (_TAX, tax, "tax")):
        if fee:
            yield line(what, _signed(fee, currency), currency, part)


def _named(source: Source | None, kind: FileKind, transaction: BalanceTransaction) -> str:
    if source is None:
        return transaction.id
    return (source.payment_intent if kind is _CAPTURE else source.id) or source.id


def _signed(amount: int, currency: str) -> int:
    minor = amount_from_stripe(abs(amount), currency)
    return minor if amount >= 0 else -minor
