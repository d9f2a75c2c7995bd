"""Statements: what a payout consists of, order by order."""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection
from msgspec import Struct

from fairground.kernel.refusal import Refusal
from fairground.kernel.sql import load_sql
from fairground.orders.rules import purchase_number
from fairground.settlement.models import Payout
from fairground.settlement.rules.payouts import EntryKind, PayoutState

# Lines of a statement that are read at a time, however many a payout has: some megabytes.
LINES_A_READ_MAX = 5_000

# The moment and the amounts of a line, before what it was set off against.
_AMOUNTS = 9


class NoSuchPayout(Refusal):
    """There is no such payout, or it failed: then its lines stand on another statement."""


class OtherSide(Struct, frozen=True):
    """What a line was set off against, in another currency, and what one unit of `source` was then of `target`."""

    amount_minor: int
    currency: str
    source: str
    target: str
    rate_numerator: int
    rate_denominator: int
    rate_quoted_at: datetime


class StatementLine(Struct, frozen=True):
    """What changed what its merchant is owed, in minor units of the payout's currency.

    `gross_minor` came out of escrow and `discounts_minor` from the platform; the others went from it; `other_minor` is
    what a line is that has none of these, and `payable_minor` is what is left. What a refund took back is below
    nothing. `order_number` is "" where it is of no order.
    """

    entry_id: int
    order_number: str
    kind: EntryKind
    other_side: OtherSide | None
    at: datetime
    gross_minor: int
    discounts_minor: int
    commission_minor: int
    fee_tax_minor: int
    creator_minor: int
    reserve_minor: int
    other_minor: int
    payable_minor: int


class StatementHead(Struct, frozen=True):
    """A payout as its statement tells of it; the lines add up to `amount_minor`.

    One unit of `currency` was `rate_numerator / rate_denominator` units of `paid_currency` at `rate_quoted_at`.
    """

    payout_id: int
    lane: int
    merchant_id: int
    merchant: str
    country: str
    currency: str
    after_id: int
    until_id: int
    amount_minor: int
    paid_currency: str
    paid_minor: int
    rate_numerator: int
    rate_denominator: int
    rate_quoted_at: datetime | None
    proposed_at: datetime
    reference: str


_HEAD = ("lane", "merchant_id", "merchant__name", "merchant__country", "currency", "after_id", "until_id")
_PAID = ("amount_minor", "paid_currency", "paid_minor", "rate_numerator", "rate_denominator", "rate_quoted_at")


def read_statement(*, payout_id: int) -> StatementHead:
    """Return what a payout's statement is headed with.

    :raises NoSuchPayout: there is none, or it failed
    """
    rows = Payout.objects.filter(id=payout_id).exclude(state=PayoutState.FAILED.value)
    row = rows.values_list("id", *_HEAD, *_PAID, "proposed_at", "reference").first()
    if row is None:
        raise NoSuchPayout(payout_id=payout_id)
    return StatementHead(*row)


def statement_lines(head: StatementHead) -> Iterator[StatementLine]:
    """Yield the lines of a statement in the order in which they were written; they never change."""
    after_id = head.after_id
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                load_sql("settlement", "statement_lines"),
                {
                    "lane": head.lane,
                    "merchant_id": head.merchant_id,
                    "currency": head.currency,
                    "after_id": after_id,
                    "until_id": head.until_id,
                    "lines_max": LINES_A_READ_MAX,
                },
            )
            rows = cursor.fetchall()
        for entry_id, purchase_id, random_bits, position, kind, *rest in rows:
            number = f"{purchase_number(purchase_id, random_bits)}-{position}" if purchase_id else ""
            side = OtherSide(*rest[_AMOUNTS:]) if rest[_AMOUNTS] is not None else None
            yield StatementLine(entry_id, number, EntryKind(kind), side, *rest[:_AMOUNTS])
        if len(rows) < LINES_A_READ_MAX:
            return
        after_id = rows[-1][0]
