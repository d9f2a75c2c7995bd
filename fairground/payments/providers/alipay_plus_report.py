"""Alipay+'s reports: files that come by SFTP, of transactions one or more a day of the provider, which is UTC+8.

A report is CSV with the names of its columns first and `<END>` last; without that it is not whole. What gives money
back (a refund, a payment that was cancelled after it was made) is a REFUND, what brings some a CAPTURE. A transaction's
id is the payment's, so a dispute is known by that, and its line by that, what it is, and when.

Summaries of settlements come when there was one, and stay in the folder: of each the line TOTAL says what went to our
bank, and what was kept as a fee, whatever its sign. One is read where it may be of the day that is asked for, so that
what is wrong with an old one keeps nobody from the books of today.

Source: https://docs.antom.com/ac/reconcile/transaction_details, https://docs.antom.com/ac/ams_upm/transactionitems
(file names), https://docs.antom.com/ac/questions/report_question (amounts),
https://docs.antom.com/ac/reconcile/settlement_summary, https://docs.antom.com/ac/cashierpay/settlementsummary.
"""

import csv
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from fairground.kernel.money import minor_from_text
from fairground.payments.providers.provider import FileKind, FileLine, ProviderUnreachable

# A line is some hundred characters; more is no report.
CELL_LETTERS_MAX = 4096
# A batch is settled some days after its id was drawn; a month is more than any cycle of settlements.
SUMMARY_DAYS_MAX = 31
# <what is settled>_<currency>_<batch>_<number>: the batch's id begins with a day of this century.
_BATCH_OF_DAY = re.compile(r"_(20[0-9]{6})[0-9]*_[0-9]+\.csv$")
_END = "<END>"
_KINDS = {
    "PAYMENT": FileKind.CAPTURE,
    "CAPTURE": FileKind.CAPTURE,
    "DISPUTE_REVERSAL": FileKind.DISPUTE_WON,
    "REFUND_REVERSAL": FileKind.REFUND_FAILED,
    "REFUND": FileKind.REFUND,
    "CANCEL": FileKind.REFUND,
    "PAYMENT_REVERSAL": FileKind.REFUND,
    "DISPUTE": FileKind.DISPUTE,
    "RAPID_DISPUTE_RESOLUTION": FileKind.DISPUTE,
    "CDRN": FileKind.DISPUTE,
}
_DISPUTES = frozenset({FileKind.DISPUTE, FileKind.DISPUTE_WON})
_TOTAL = "TOTAL"
# They promise, and move nothing.
_MOVE_NOTHING = frozenset({"AUTHORIZATION", "VOID"})


def report_lines(*, folder: Path, day: date, in_minor_units: bool) -> Iterator[FileLine]:
    """Yield what moved on a day of UTC, by the reports in a folder, which two days of the provider's tell about.

    :raises ProviderUnreachable: a report is missing, not whole, or makes no sense; a summary that may be of the day
    """
    for theirs in (day, day + timedelta(days=1)):
        reports = sorted(folder.glob(f"transactionItems_{theirs:%Y%m%d}_*.csv"))
        if not reports:
            raise _unreadable("no-report-yet")
        for report in reports:
            for line in _read(report, in_minor_units, _lines_of_transaction):
                if line.at.date() == day:
                    yield line
    for report in sorted(folder.glob("settlementSummary_*.csv")):
        if not (_is_near(report, day) and _may_tell_of(report, day)):
            continue
        for line in _read(report, in_minor_units, _lines_of_settlement):
            if line.at.date() == day:
                yield line


def _is_near(summary: Path, day: date) -> bool:
    """Return whether a summary was made near a day by the id of its batch, or that tells no day.

    That ids begin with their day is seen in the provider's samples and promised nowhere.
    """
    found = _BATCH_OF_DAY.search(summary.name)
    try:
        made = datetime.strptime(found[1], "%Y%m%d").replace(tzinfo=UTC).date() if found else day
    except ValueError:
        made = day
    return abs(day - made) <= timedelta(days=SUMMARY_DAYS_MAX)


def _may_tell_of(summary: Path, day: date) -> bool:
    """Return whether a summary has a line of a day of UTC, or none of which one can read when it was.

    A batch is settled at one moment: what else is wrong with its summary concerns no other day.
    """
    days = set()
    try:
        with summary.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            for cells in csv.DictReader(file):
                with suppress(ValueError):
                    days.add(_moment(cells.get("settlementTime") or "").date())
    except (OSError, csv.Error):
        return True
    return not days or day in days


_Reader = Callable[[dict[str, str], bool], list[FileLine]]


def _read(report: Path, in_minor_units: bool, reader: _Reader) -> Iterator[FileLine]:
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
                    yield from reader(dict(zip(names, row, strict=False)), in_minor_units)
    except (OSError, UnicodeDecodeError, csv.Error, ValueError):
        raise _unreadable("nonsense") from None
    if not ended:
        raise _unreadable("not-whole")


def _lines_of_transaction(cells: dict[str, str], in_minor_units: bool) -> list[FileLine]:
    """Return a row as a line; none where it moved nothing.

    :raises ValueError: it makes no sense
    """
    what = cells.get("transactionType", "").strip()
    if what in _MOVE_NOTHING:
        return []
    kind = _KINDS.get(what)
    currency = cells.get("transactionCurrency", "").strip()
    if kind is None or not re.fullmatch("[A-Z]{3}", currency):
        raise ValueError(what)
    at = _moment(cells.get("transactionTime") or cells.get("paymentTime") or "")
    ref = cells.get("transactionId", "").strip()
    is_dispute = kind in _DISPUTES
    line = FileLine(
        kind=kind,
        ref=ref,
        key="" if is_dispute else cells.get("transactionRequestId", "").strip(),
        amount_minor=_minor(cells.get("transactionAmountValue", ""), currency, in_minor_units),
        currency=currency,
        at=at,
        line_id=f"{ref}:{what}:{at:%Y%m%dT%H%M%SZ}" if is_dispute else "",
    )
    return [line]


def _lines_of_settlement(cells: dict[str, str], in_minor_units: bool) -> list[FileLine]:
    """Return what a settlement's total says: what went to our bank, and the fee that was kept.

    :raises ValueError: it makes no sense
    """
    if cells.get("summaryType", "").strip() != _TOTAL:
        return []
    currency, batch = cells.get("settlementCurrency", "").strip(), cells.get("settlementBatchId", "").strip()
    if not batch or not re.fullmatch("[A-Z]{3}", currency):
        raise ValueError(batch)
    at = _moment(cells.get("settlementTime", ""))
    net = cells.get("settlementAmountValue", "").strip()
    net_minor = _minor(net, currency, in_minor_units)
    fee_minor = _minor(cells.get("feeAmountValue", "").strip() or "0", currency, in_minor_units)
    lines = []
    for kind, minor, part in (
        (FileKind.PAYOUT, -net_minor if net.startswith("-") else net_minor, "payout"),
        (FileKind.FEE, fee_minor, "fee"),
    ):
        if minor:
            lines.append(FileLine(kind, batch, "", minor, currency, at, f"{batch}:{currency}:{part}"))
    return lines


def _minor(text: str, currency: str, in_minor_units: bool) -> int:
    """Return an amount without its sign: some reports say by one what the kind says already.

    :raises ValueError: it is none
    """
    value = text.strip().removeprefix("-")
    if in_minor_units and not re.fullmatch("[0-9]{1,15}", value):
        raise ValueError(value)
    return int(value) if in_minor_units else minor_from_text(value, currency=currency)


def _moment(text: str) -> datetime:
    """Return a moment in UTC.

    :raises ValueError: it is none, or has no offset
    """
    at = datetime.fromisoformat(text.strip())
    if at.tzinfo is None:
        raise ValueError(at)
    return at.astimezone(UTC)


def _unreadable(reason: str) -> ProviderUnreachable:
    return ProviderUnreachable(provider="alipay_plus", reason=reason)
