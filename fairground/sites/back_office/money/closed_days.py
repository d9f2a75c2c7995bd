"""Closed days: their hashes and their chain, each as the file that was hashed, and whether one still verifies."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from tempfile import TemporaryFile

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from fairground.kernel.patience import statements_within
from fairground.ledger.closed_days import ClosedDay, DayNotClosed, closed_days, written_day
from fairground.ledger.verification import LedgerVerification, verify_chain, verify_day
from fairground.settlement.reports.reading import REPORT_MAX_MS, ReportsUnderWay, ReportTooSlow
from fairground.settlement.reports.written import days_table
from fairground.sites.back_office.money.balances import day_asked
from fairground.sites.back_office.money.files import asked_file, file_answer, file_links, told_if_refused
from fairground.sites.back_office.site import attached, require, show_page

# Days that the page has, two months of them; the files have all.
DAYS_SHOWN_MAX = 62
# Of the threads that make pages: a day of two million transfers is read for seconds, and lies on the disk meanwhile.
DAYS_READ_AT_ONCE_MAX = 1
_reading = threading.BoundedSemaphore(DAYS_READ_AT_ONCE_MAX)


@dataclass(frozen=True, slots=True)
class DayShown:
    """A closed day in a list."""

    day: str
    name: str
    transfers: str
    ends: str
    accounts: str
    hash: str
    closed_at: datetime

    @classmethod
    def of(cls, one: ClosedDay) -> "DayShown":
        """Return a closed day as it is shown."""
        return cls(
            one.day.isoformat(),
            date_format(one.day, "DATE_FORMAT"),
            number_format(one.transfers, force_grouping=True),
            number_format(one.ends, force_grouping=True),
            number_format(one.balances, force_grouping=True),
            one.hash,
            one.closed_at,
        )


@require_safe
def closed_days_page(request: HttpRequest) -> HttpResponseBase:
    """Show the closed days, the last one first; `?file=` a day's lines as they were hashed, `?verify=` recomputes it.

    :raises Http404: the day that is asked for is not closed
    """
    require(request, "ledger.view_account")
    require(request, "ledger.view_transfer")
    context: dict[str, object] = {"title": gettext("Closed days"), "files": file_links({})}
    with told_if_refused(request):
        wanted, verified = day_asked(request, "file"), day_asked(request, "verify")
        if wanted:
            return _file(wanted)
        if verified:
            context["verified"] = _verified(request, verified)
    days = closed_days()
    form = asked_file(request)
    if form:
        return file_answer(days_table(days), form)
    # By this address alone: after a day is recomputed, the list goes on from where it was.
    before = day_asked(request, "before")
    listed = [one for one in reversed(days) if before is None or one.day < before]
    context |= {
        "chain": verify_chain(days=days),
        "rows": [DayShown.of(one) for one in listed[:DAYS_SHOWN_MAX]],
        "before": before.isoformat() if before else "",
        "next": listed[DAYS_SHOWN_MAX - 1].day.isoformat() if len(listed) > DAYS_SHOWN_MAX else "",
    }
    return show_page(request, "back_office/money/closed_days.html", context)


def _file(day: date) -> HttpResponseBase:
    """Send a day as the lines that its hash is of: written to the disk first, so that no reader holds the database."""
    file = TemporaryFile()  # noqa: SIM115 - the answer closes it when it is sent
    try:
        with _alone():
            for data in written_day(day=day):
                file.write(data)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return attached(FileResponse(file, content_type="text/plain; charset=utf-8"), f"{day.isoformat()}.txt")


def _verified(request: HttpRequest, day: date) -> LedgerVerification:
    with _alone():
        found = verify_day(day=day)
    words = {"day": date_format(day, "DATE_FORMAT"), "count": found.differences}
    if found.ok:
        messages.success(
            request, gettext("%(day)s verifies: it says what its transfers say, and has its hash.") % words
        )
    else:
        told = ngettext(
            "%(day)s does not verify: %(count)s difference.",
            "%(day)s does not verify: %(count)s differences.",
            found.differences,
        )
        messages.error(request, told % words)
    return found


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the place of who reads a whole day.

    :raises Http404: it is not closed
    :raises ReportsUnderWay: the place is taken
    :raises ReportTooSlow: a part of it took longer than `REPORT_MAX_MS`
    """
    if not _reading.acquire(blocking=False):
        raise ReportsUnderWay
    try:
        with statements_within(most_ms=REPORT_MAX_MS, too_slow=ReportTooSlow):
            yield
    except DayNotClosed as refusal:
        raise Http404 from refusal
    finally:
        _reading.release()
