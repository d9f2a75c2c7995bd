"""What went back of paid lines, one by one and summed, and what is still on its way back."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal

from fairground.orders.rules import RefundReason, purchase_number
from fairground.settlement.reports.reading import ROWS_MAX, ReportTooLong, read_rows

By = Literal["all", "day", "reason", "market", "merchant"]


@dataclass(frozen=True, slots=True)
class RefundsAsked:
    """Refunds from `from_at` up to `to_at`, exclusive; without a reason, market or merchant (a slug): of any."""

    from_at: datetime
    to_at: datetime
    reason: RefundReason | None = None
    market: str = ""
    merchant: str = ""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Return it as the statements take it."""
        reason = self.reason.value if self.reason else None
        spans = {"from_at": self.from_at, "to_at": self.to_at}
        return {**spans, "reason": reason, "market": self.market, "merchant": self.merchant}


@dataclass(frozen=True, slots=True)
class RefundRow:
    """A refund of a line; `paid_minor` went back, `tax_minor` of it is tax."""

    order_id: int
    line_no: int
    refund_no: int
    at: datetime
    reason: RefundReason
    units: int
    tax_minor: int
    paid_minor: int
    currency: str
    market: str
    merchant_id: int
    merchant: str
    purchase_number: str
    title: str


_ROW_NAMES = tuple(one.name for one in fields(RefundRow))


@dataclass(frozen=True, slots=True)
class RefundSum:
    """What went back in a currency of one day, reason, market or merchant, which `key` names."""

    by: By
    key: str
    currency: str
    refunds: int
    units: int
    tax_minor: int
    paid_minor: int


@dataclass(frozen=True, slots=True)
class RefundsWaiting:
    """What wallets gave to payment providers to pass on, and what has not arrived; the oldest since `oldest_at`."""

    currency: str
    refunds: int
    amount_minor: int
    oldest_at: datetime


def refunds_listed(*, asked: RefundsAsked, rows_max: int, passed_over: int = 0) -> list[RefundRow]:
    """Return refunds, the last first, after so many that are passed over.

    :raises ReportTooSlow: it took too long
    """
    rows = read_rows("refunds_listed", {**asked.parameters, "rows_max": rows_max, "passed_over": passed_over})
    return [_row(row) for row in rows]


def _row(row: tuple[Any, ...]) -> RefundRow:
    said = {**dict(zip(_ROW_NAMES, (*row[:12], None, row[14]), strict=True)), "reason": RefundReason(row[4])}
    return RefundRow(**{**said, "purchase_number": purchase_number(row[12], row[13])})


def all_refunds(*, asked: RefundsAsked) -> list[RefundRow]:
    """Return all of these refunds, the last first.

    :raises ReportTooLong: there are more than `ROWS_MAX`
    :raises ReportTooSlow: it took too long
    """
    rows = refunds_listed(asked=asked, rows_max=ROWS_MAX + 1)
    if len(rows) > ROWS_MAX:
        raise ReportTooLong(rows_max=ROWS_MAX)
    return rows


def refunds_summed(*, asked: RefundsAsked) -> list[RefundSum]:
    """Return the sums of these refunds by day (UTC), reason, market, merchant, and of all, each by currency.

    :raises ReportTooSlow: it took too long
    """
    sums = []
    for by, key, *amounts in read_rows("refunds_summed", asked.parameters):
        sums.append(RefundSum(by, RefundReason(int(key)).name.lower() if by == "reason" else key, *amounts))
    return sums


def refunds_waiting() -> list[RefundsWaiting]:
    """Return what is on its way back to payment providers, by currency.

    :raises ReportTooSlow: it took too long
    """
    return [RefundsWaiting(*row) for row in read_rows("refunds_waiting", {})]
