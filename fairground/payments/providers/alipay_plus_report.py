"""Alipay+'s transaction reports: files that come by SFTP, one or more a day of the provider, which is UTC+8.

A report is CSV with the names of its columns first and `<END>` last; without that it is not whole. What gives money
back (a refund, a payment that was cancelled after it was made, a dispute) is a REFUND, what brings some a CAPTURE.

Source: https://docs.antom.com/ac/reconcile/transaction_details, https://docs.antom.com/ac/ams_upm/transactionitems
(file names), https://docs.antom.com/ac/questions/report_question (amounts).
"""

import csv
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from fairground.kernel.money import minor_from_text
from fairground.payments.providers.provider import FileKind, FileLine, ProviderUnreachable

# A line is some hundred characters; more is no report.
CELL_LETTERS_MAX = 4096
_END = "<END>"
_KINDS = {
    "PAYMENT": FileKind.CAPTURE,
    "CAPTURE": FileKind.CAPTURE,
    "DISPUTE_REVERSAL": FileKind.CAPTURE,
    "REFUND_REVERSAL": FileKind.CAPTURE,
    "REFUND": FileKind.REFUND,
    "CANCEL": FileKind.REFUND,
    "PAYMENT_REVERSAL": FileKind.REFUND,
    "DISPUTE": FileKind.REFUND,
    "RAPID_DISPUTE_RESOLUTION": FileKind.REFUND,
    "CDRN": FileKind.REFUND,
}
# They promise, and move nothing.
_MOVE_NOTHING = frozenset({"AUTHORIZATION", "VOID"})


def report_lines(*, folder: Path, day: date, in_minor_units: bool) -> Iterator[FileLine]:
    """Yield what moved on a day of UTC, by the reports in a folder, which two days of the provider's tell about.

    :raises ProviderUnreachable: a report is missing, not whole, or makes no sense
    """
    for theirs in (day, day + timedelta(days=1)):
        reports = sorted(folder.glob(f"transactionItems_{theirs:%Y%m%d}_*.csv"))
        if not reports:
            raise _unreadable("no-report-yet")
        for report in reports:
            for line in _read(report, in_minor_units):
                if line.at.date() == day:
                    yield line


def _read(report: Path, in_minor_units: bool) -> Iterator[FileLine]:
    ended = False
    try:
        with report.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            names = next(rows, [])
            for row in rows:
                if row and row[0].strip() == _END:
                    ended = True
                elif row:
                    if ended or len(row) > len(names) or any(len(cell) > CELL_LETTERS_MAX for cell in row):
                        raise _unreadable("nonsense")
                    line = _line(dict(zip(names, row, strict=False)), in_minor_units)
                    if line:
                        yield line
    except (OSError, UnicodeDecodeError, csv.Error, ValueError):
        raise _unreadable("nonsense") from None
    if not ended:
        raise _unreadable("not-whole")


def _line(cells: dict[str, str], in_minor_units: bool) -> FileLine | None:
    """Return a row as a line, None where it moved nothing.

    :raises ValueError: it makes no sense
    """
    what = cells.get("transactionType", "").strip()
    if what in _MOVE_NOTHING:
        return None
    kind = _KINDS.get(what)
    currency = cells.get("transactionCurrency", "").strip()
    if kind is None or not re.fullmatch("[A-Z]{3}", currency):
        raise ValueError(what)
    # Some reports say by a sign what the kind says already.
    value = cells.get("transactionAmountValue", "").strip().removeprefix("-")
    if in_minor_units and not re.fullmatch("[0-9]{1,15}", value):
        raise ValueError(value)
    at = datetime.fromisoformat((cells.get("transactionTime") or cells.get("paymentTime") or "").strip())
    if at.tzinfo is None:
        raise ValueError(at)
    return FileLine(
        kind=kind,
        ref=cells.get("transactionId", "").strip(),
        key=cells.get("transactionRequestId", "").strip(),
        amount_minor=int(value) if in_minor_units else minor_from_text(value, currency=currency),
        currency=currency,
        at=at.astimezone(UTC),
    )


def _unreadable(reason: str) -> ProviderUnreachable:
    return ProviderUnreachable(provider="alipay_plus", reason=reason)
