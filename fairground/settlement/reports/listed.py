"""What the back office lists of payments, as tables: payments, returns, disputes, cards, credit, withdrawals, payouts.

Each has at most `ROWS_MAX` rows of a span. Those that name shoppers leave through `take_file` alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction

from fairground.fulfilment.rules import WithdrawalEnd
from fairground.kernel.edits import Act, By, write_audit
from fairground.kernel.money import Money
from fairground.orders.rules import purchase_number
from fairground.payments.life import (
    DISPUTES_OVER,
    MAY_LEAVE_CLAIM,
    STAY_IN_WALLET,
    DisputeState,
    PaymentEnd,
    PaymentState,
    RefundState,
    Why,
)
from fairground.settlement.reports.reading import ROWS_MAX, ReportTooLong, read_rows
from fairground.settlement.reports.tables import Cell, Table
from fairground.settlement.rules.payouts import PayoutState


@dataclass(frozen=True, slots=True)
class Span:
    """From `from_at` up to `to_at`, exclusive; nothing was sold before the one nor will be after the other."""

    from_at: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    to_at: datetime = datetime(2200, 1, 1, tzinfo=UTC)


EVER = Span()


@dataclass(frozen=True, slots=True)
class PayoutSum:
    """What payouts of a period in one state come to, in a currency in which they are paid."""

    period_date: date
    state: PayoutState
    currency: str
    payouts: int
    paid_minor: int


def read_listed(
    name: str, span: Span, *, app: str = "settlement.reports", first: int | None = None, **parameters: Any
) -> list[tuple[Any, ...]]:
    """Return all rows of a list, or the `first` so many.

    :raises ReportTooLong: there are more than `ROWS_MAX`
    :raises ReportTooSlow: it took too long
    :raises ReportsUnderWay: enough are read already
    """
    spans = {"from_at": span.from_at, "to_at": span.to_at}
    rows = read_rows(name, {**spans, **parameters, "rows_max": first or ROWS_MAX + 1}, app=app)
    if len(rows) > ROWS_MAX:
        raise ReportTooLong(rows_max=ROWS_MAX)
    return rows


def take_file(*, table: Table, asked: Mapping[str, str], by: By) -> Table:
    """Return a table that names shoppers, once the audit log has who takes it, how it was asked for, and its rows."""
    facts: dict[str, tuple[object, object]] = {name: (None, value) for name, value in asked.items() if value}
    with transaction.atomic():
        acts = [Act("file-taken", "list", table.name, {**facts, "rows": (None, len(table.rows))})]
        write_audit(by=by, acts=acts)
    return table


def payments_listed(*, span: Span = EVER, is_open: bool = False, only_id: int | None = None) -> Table:
    """Return payments with providers, a row each, the last first; raises as `read_listed`."""
    without = [PaymentState.TAKEN.value, PaymentState.ENDED.value] if is_open else []
    columns = ("payment", "begun_at", "ended_at", "provider", "reference", "currency", "amount", "from_wallet")
    taken = ("taken_currency", "taken", "state", "end", "why", "shopper", "purchase")
    rows: list[tuple[Cell, ...]] = [
        (
            str(row[0]),
            *row[1:6],
            Money(row[6], row[5]),
            Money(row[7], row[5]),
            row[8] or None,
            Money(row[9], row[8] or row[5]),
            PaymentState(row[10]).name.lower(),
            PaymentEnd(row[11]).name.lower() if row[11] else None,
            Why(row[12]).name.lower() if row[12] else None,
            str(row[13]),
            _number(row[14], row[15]),
        )
        for row in read_listed("payments_listed", span, without=without, only_id=only_id)
    ]
    return Table("payments", (*columns, *taken), rows)


def returns_listed(*, span: Span = EVER, is_failed: bool | None = None) -> Table:
    """Return what goes back to providers, a row each, the last first: all, what failed, or what is on its way.

    Raises as `read_listed`.
    """
    states = set(RefundState)
    if is_failed is not None:
        states = set(STAY_IN_WALLET) if is_failed else {RefundState.ASKING}
    columns = ("return", "at", "ended_at", "provider", "reference", "currency", "amount", "state", "tries", "differs")
    rows: list[tuple[Cell, ...]] = [
        (
            str(row[0]),
            *row[1:6],
            Money(row[6], row[5]),
            RefundState(row[7]).name.lower(),
            row[8],
            row[9],
            str(row[10]),
            str(row[11]) if row[11] else None,
            str(row[12]),
            _number(row[13], row[14]),
        )
        for row in read_listed("returns_listed", span, states=sorted(states))
    ]
    return Table("returns", (*columns, "payment", "order", "shopper", "purchase"), rows)


def disputes_listed(*, span: Span = EVER, is_over: bool | None = None) -> Table:
    """Return disputes by when they were noted, the last first: all, those that are over, or the others.

    What is not in money of ours yet has no amount. Raises as `read_listed`.
    """
    columns = ("provider", "reference", "state", "reason", "noted_at", "answer_before", "ended_at", "currency")
    over, may_leave = sorted(DISPUTES_OVER), sorted(MAY_LEAVE_CLAIM)
    rows: list[tuple[Cell, ...]] = [
        (
            *row[:2],
            DisputeState(row[2]).name.lower(),
            *row[3:7],
            row[7] or None,
            *(Money(minor, row[7]) if row[7] else None for minor in (*row[8:11], max(0, row[9] - row[10]))),
            str(row[11]) if row[11] else None,
            str(row[12]) if row[12] else None,
            _number(row[13], row[14]),
        )
        for row in read_listed("disputes_listed", span, is_over=is_over, over=over, may_leave=may_leave)
    ]
    amounts = ("disputed", "taken", "covered", "left")
    return Table("disputes", (*columns, *amounts, "payment", "shopper", "purchase"), rows)


def gift_cards_listed(*, now: datetime, span: Span = EVER, first: int | None = None) -> Table:
    """Return the gift cards issued in a span, or the `first` so many, the last first; raises as `read_listed`.

    The state is how each stands at `now`: open, redeemed or ended.
    """
    rows: list[tuple[Cell, ...]] = [
        (str(row[0]), *row[1:4], str(row[4]) if row[4] else None, row[5], Money(row[6], row[5]), *row[7:])
        for row in read_listed("gift_cards_listed", span, first=first, now=now)
    ]
    columns = ("card", "issued_at", "expires_at", "redeemed_at", "shopper", "currency", "amount", "state")
    return Table("gift-cards", (*columns, "source", "reason", "granted_by"), rows)


def credit_listed(*, span: Span = EVER, first: int | None = None) -> Table:
    """Return the credit granted in a span, or the `first` so many, the last first; raises as `read_listed`."""
    rows: list[tuple[Cell, ...]] = [
        (str(row[0]), row[1], str(row[2]), row[3], row[4], Money(row[5], row[4]), row[6])
        for row in read_listed("credit_listed", span, first=first)
    ]
    return Table("credit", ("transfer", "at", "shopper", "reason", "currency", "amount", "granted_by"), rows)


def withdrawals_listed(*, span: Span = EVER, is_open: bool = False) -> Table:
    """Return withdrawals, a row each, the last first: all, or those of which something is left; as `read_listed`."""
    columns = ("order", "declared_at", "outcome", "refund_by", "acknowledged_at", "settled_at", "statement", "merchant")
    rows: list[tuple[Cell, ...]] = [
        (
            str(row[0]),
            row[1],
            WithdrawalEnd(row[2]).name.lower(),
            *row[3:8],
            _number(row[8], row[9]),
        )
        for row in read_listed("withdrawals_listed", span, is_open=is_open)
    ]
    return Table("withdrawals", (*columns, "purchase"), rows)


def payouts_listed(*, span: Span = EVER, state: PayoutState | None = None, only_id: int | None = None) -> Table:
    """Return payouts, a row each, the last first; raises as `read_listed`.

    One unit of what was earned was `rate_numerator / rate_denominator` units of what is paid.
    """
    columns = ("payout", "merchant", "state", "period_date", "currency", "earned", "paid_currency", "paid")
    rate = ("rate_numerator", "rate_denominator", "rate_quoted_at")
    steps = ("proposed_at", "approved_at", "sent_at", "ended_at", "reference", "failed_because")
    rows: list[tuple[Cell, ...]] = [
        (
            str(row[0]),
            row[1],
            PayoutState(row[2]).name.lower(),
            row[3],
            row[4],
            Money(row[5], row[4]),
            row[6],
            Money(row[7], row[6]),
            *row[8:],
        )
        for row in read_listed("payouts_listed", span, state=state.value if state else None, only_id=only_id)
    ]
    return Table("payouts", (*columns, *rate, *steps), rows)


def payouts_summed(*, span: Span = EVER) -> list[PayoutSum]:
    """Return payouts by period, state and currency, the last period first; raises as `read_listed`."""
    rows = read_listed("payouts_summed", span)
    return [PayoutSum(row[0], PayoutState(row[1]), row[2], row[3], int(row[4])) for row in rows]


def _number(purchase_id: int | None, random_bits: int | None) -> str | None:
    if purchase_id is None or random_bits is None:
        return None
    return purchase_number(purchase_id, random_bits)
