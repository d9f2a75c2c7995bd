"""Running a report's statement: in one transaction, not for ever, and few at a time."""

import threading
from collections.abc import Mapping
from typing import Any

from django.db import connection

from fairground.kernel.patience import statements_within
from fairground.kernel.refusal import Refusal
from fairground.kernel.sql import load_sql

# A report may read all transfers: 10 million take some seconds. The thread that waits for it makes no pages.
REPORT_MAX_MS = 20_000
# Rows of a file, which is held whole while it is written: 300 bytes each.
ROWS_MAX = 100_000
# In a process: a page waits for each with one of its eight threads, and the shop's pages need the others.
REPORTS_AT_ONCE_MAX = 2
_reading = threading.BoundedSemaphore(REPORTS_AT_ONCE_MAX)


class ReportTooSlow(Refusal):
    """There is too much to read, or too much else to do; it may be asked for again later."""


class ReportsUnderWay(Refusal):
    """As many reports as may are read in this process; it may be asked for again in a moment."""


class ReportTooLong(Refusal):
    """It has more than `ROWS_MAX` rows: ask for a shorter time."""


def read_rows(name: str, parameters: Mapping[str, Any], *, app: str = "settlement.reports") -> list[tuple[Any, ...]]:
    """Return the rows of a statement of the reports, or of another app's that is read as one.

    :raises ReportTooSlow: it took longer than `REPORT_MAX_MS`
    :raises ReportsUnderWay: `REPORTS_AT_ONCE_MAX` are read already
    """
    if not _reading.acquire(blocking=False):
        raise ReportsUnderWay
    try:
        with statements_within(most_ms=REPORT_MAX_MS, too_slow=ReportTooSlow), connection.cursor() as cursor:
            cursor.execute(load_sql(app, name), parameters)
            return list(cursor.fetchall())
    finally:
        _reading.release()
