"""A provider's books for a page: asked for or brought as files, one at a time, bounded in time and in size."""

import re
import threading
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from fairground.kernel.patience import statements_within
from fairground.kernel.refusal import Refusal
from fairground.payments.our_books import BooksTooLong, books_around, reconcile_books
from fairground.payments.providers.configured import alipay_plus_reading
from fairground.payments.providers.provider import FileLine, Provider
from fairground.payments.reconciling import Reconciliation
from fairground.settlement.reports.reading import REPORT_MAX_MS, ReportTooSlow

# Of the eight threads for pages: a provider that hangs holds one, and nobody compares two days at once.
RECONCILED_AT_ONCE_MAX = 1
# Looked at with each line; the answer that is under way then is waited for, as long as any answer.
BOOKS_MAX_S = 20.0
# Of three days, held whole on both sides: 300 bytes each. The command line has no such limit.
BOOK_LINES_MAX = 100_000
# Reports that are brought together; a line is some hundred characters.
REPORTS_BYTES_MAX = 16 * 1024 * 1024
REPORTS_MAX = 16
_REPORT_NAME = re.compile(
    r"transactionItems_[0-9]{8}_[A-Za-z0-9-]{1,20}\.csv|settlementSummary_[A-Za-z0-9_-]{1,120}\.csv"
)
_comparing = threading.BoundedSemaphore(RECONCILED_AT_ONCE_MAX)


class ComparingElsewhere(Refusal):
    """Somebody else compares a provider's books in this process just now."""


class ReportsUnfit(Refusal):
    """What was brought are no reports by their names, too many, or too large."""


@contextmanager
def alone() -> Iterator[None]:
    """Hold the place of who compares.

    :raises ComparingElsewhere: it is taken
    """
    if not _comparing.acquire(blocking=False):
        raise ComparingElsewhere
    try:
        yield
    finally:
        _comparing.release()


def reconcile_asking(*, provider: Provider, day: date) -> Reconciliation:
    """Ask a provider for its books around a day, and compare them with ours.

    :raises BooksTooLong: it takes more than `BOOKS_MAX_S`, or either side has more than `BOOK_LINES_MAX` lines
    :raises ComparingElsewhere: nobody was asked
    :raises ProviderUnreachable: the books are not to be had now
    :raises ReportTooSlow: ours could not be read in time
    """
    with alone():
        theirs = list(in_bounds(books_around(provider=provider, day=day)))
        with statements_within(most_ms=REPORT_MAX_MS, too_slow=ReportTooSlow):
            return reconcile_books(provider=provider.code, day=day, theirs=theirs, lines_max=BOOK_LINES_MAX)


def reconcile_reports(*, files: "Collection[UploadedFile[Any]]", day: date) -> Reconciliation:
    """Compare reports of Alipay+ that somebody brings with ours of a day; they are kept nowhere.

    :raises ReportsUnfit: nothing was read
    :raises ProviderUnreachable: a report is missing, not whole, or makes no sense; and as `reconcile_asking`
    """
    names = [file.name or "" for file in files]
    size_bytes = sum(file.size or 0 for file in files)
    if not 0 < len(names) <= REPORTS_MAX or len(set(names)) < len(names) or size_bytes > REPORTS_BYTES_MAX:
        raise ReportsUnfit
    if not all(map(_REPORT_NAME.fullmatch, names)):
        raise ReportsUnfit
    with TemporaryDirectory() as folder:
        for name, file in zip(names, files, strict=True):
            with (Path(folder) / name).open("xb") as report:
                report.writelines(file.chunks())
        provider = alipay_plus_reading(Path(folder))
        assert provider is not None, "the page asks for files only where it is set up"
        return reconcile_asking(provider=provider, day=day)


def in_bounds(lines: Iterable[FileLine]) -> Iterator[FileLine]:
    """Yield lines while there are not too many, and they come in time.

    :raises BooksTooLong: there are more, or they take longer
    """
    ends = time.monotonic() + BOOKS_MAX_S
    for count, line in enumerate(lines):
        if count >= BOOK_LINES_MAX or time.monotonic() > ends:
            raise BooksTooLong(lines_max=BOOK_LINES_MAX)
        yield line
