"""The audit log as a file: of some days, in the order in which it was written, read a piece at a time."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Max

from fairground.kernel.edits import Act, By, write_audit
from fairground.kernel.models import AuditEntry
from fairground.kernel.refusal import Refusal
from fairground.kernel.sql import load_sql
from fairground.settlement.reports.listed import Span
from fairground.settlement.reports.tables import Cell

# A year and a day: what an auditor asks for at once. It is never held whole, however many rows these days have.
AUDIT_DAYS_MAX = 366
# Entries read at once, some hundred bytes each.
AUDIT_ROWS_A_READ_MAX = 2_000
AUDIT_COLUMNS = ("entry", "at", "user", "email", "did", "kind", "subject", "reason", "facts")


class TooManyDays(Refusal):
    """More than `AUDIT_DAYS_MAX` days are asked for, or a side is open."""


def take_audit_log(*, span: Span, asked: Mapping[str, str], by: By) -> Iterator[tuple[Cell, ...]]:
    """Return the entries of a span, once the log itself has who takes them; what is written later is not among them.

    Each has who did it (nobody: the command line, or a merchant by a letter's link), and its facts as JSON, each field
    with what it was and is. Rows are read while they are gone through.

    :raises TooManyDays: nothing is read, and nothing written
    """
    if span.to_at - span.from_at > timedelta(days=AUDIT_DAYS_MAX):
        raise TooManyDays(days_max=AUDIT_DAYS_MAX)
    until_id = AuditEntry.objects.aggregate(last=Max("id"))["last"] or 0
    facts: dict[str, tuple[object, object]] = {name: (None, text) for name, text in asked.items()}
    with transaction.atomic():
        write_audit(by=by, acts=[Act("file-taken", "list", "audit", facts)])
    return _entries(span, until_id)


def _entries(span: Span, until_id: int) -> Iterator[tuple[Cell, ...]]:
    after_id = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                load_sql("settlement.reports", "audit_page"),
                {
                    "after_id": after_id,
                    "until_id": until_id,
                    "from_at": span.from_at,
                    "to_at": span.to_at,
                    "rows_max": AUDIT_ROWS_A_READ_MAX,
                },
            )
            rows = cursor.fetchall()
        for row in rows:
            yield (str(row[0]), row[1], str(row[2]) if row[2] else None, *row[3:])
        if len(rows) < AUDIT_ROWS_A_READ_MAX:
            return
        after_id = rows[-1][0]
