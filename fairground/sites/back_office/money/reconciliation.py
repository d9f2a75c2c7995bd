"""A provider's books of a day against ours: sums of both sides, what is to be booked, and what differs, each shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from fairground.kernel.edits import REASON_MAX
from fairground.kernel.refusal import Refusal
from fairground.payments.our_books import BooksTooLong, payments_of_keys
from fairground.payments.providers import configured
from fairground.payments.providers.provider import FileKind, FileLine, ProviderUnreachable
from fairground.payments.reconciling import Difference, Disagreement, OurLine, Reconciliation, sums_of
from fairground.settlement.reports.reading import ReportTooSlow
from fairground.settlement.reports.reconciled import reconciliation_table
from fairground.sites.back_office.fields import typed_text
from fairground.sites.back_office.money.balances import day_asked
from fairground.sites.back_office.money.booking import MAY_BOOK, book_found, may_book_files, seen_of, sums_to_book
from fairground.sites.back_office.money.files import asked_file, file_answer, file_links
from fairground.sites.back_office.money.provider_books import (
    REPORTS_BYTES_MAX,
    ComparingElsewhere,
    ReportsUnfit,
    reconcile_asking,
    reconcile_reports,
)
from fairground.sites.back_office.promotion_words import amount_text
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.words import refusal_text

# On the page; the file has all.
DIFFERENCES_SHOWN_MAX = 200
# A day is whole when the next one is over: what was booked over midnight stands in its books.
_DAYS_UNTIL_WHOLE = 2
# The one whose reports can be brought as files.
_BRINGS_FILES = "alipay_plus"
_KINDS = {
    FileKind.CAPTURE: _("Money taken"),
    FileKind.REFUND: _("Given back"),
    FileKind.REFUND_FAILED: _("Came back of what was given back"),
    FileKind.FEE: _("Fees it kept"),
    FileKind.FEE_TAX: _("Tax on its fees"),
    FileKind.PAYOUT: _("Paid out to our bank"),
    FileKind.DISPUTE: _("Taken back by shoppers' banks"),
    FileKind.DISPUTE_WON: _("Disputes that were won"),
    FileKind.EXCHANGE: _("Exchanged into or out of the currency"),
    FileKind.OTHER: _("Something else"),
}
_TITLES: dict[Disagreement, Any] = {
    Disagreement.MISSING_HERE: _("Moved there, and not known here"),
    Disagreement.MISSING_THERE: _("Booked here, and not there"),
    Disagreement.AMOUNT: _("Another amount there"),
    Disagreement.CURRENCY: _("Another currency there"),
    Disagreement.TWICE_THERE: _("Once more there"),
    Disagreement.TWICE_HERE: _("Once more here"),
    Disagreement.KIND: _("Booked here as something else"),
}
_UNREACHABLE: dict[str, Any] = {
    "no-reports": _("No folder for its reports is set up. Bring the files instead."),
    "no-report-yet": _("A report of these days is missing. It takes those of the day before to two days after it."),
    "not-whole": _("A report is not whole: its last line is missing."),
    "nonsense": _("What came makes no sense as its books."),
}
_REFUSALS: dict[type[Refusal], Any] = {
    BooksTooLong: _("These books are too long for a page. `fairground payments reconcile` on the command line waits."),
    ComparingElsewhere: _("Somebody else compares books just now. Try again in a moment."),
    ReportsUnfit: _("These are no reports as they came: look at their names, their number and their size."),
}


@dataclass(frozen=True, slots=True)
class DifferenceShown:
    """A difference in words; a side without a line has no amount."""

    kind: str
    ref: str
    key: str
    at: datetime
    theirs: str
    ours: str
    address: str

    @classmethod
    def of(cls, one: Difference, payments: Mapping[str, int]) -> "DifferenceShown":
        """Return a difference with the way to our payment, where there is one."""
        line = one.theirs or one.ours
        assert line is not None, one
        payment_id = payments.get(line.key)
        return cls(
            kind=str(_KINDS[line.kind]),
            ref=line.ref,
            key=line.key,
            at=line.at,
            theirs=_amount(one.theirs),
            ours=_amount(one.ours),
            address="" if payment_id is None else f"{reverse('admin:payments')}?payment={payment_id}",
        )


@require_http_methods(["GET", "HEAD", "POST"])
def reconciliation(request: HttpRequest) -> HttpResponseBase:
    """Ask for a provider and a day, or for its files, and show how its books and ours compare.

    The books themselves are kept nowhere; a form that repeats what was shown books what only the provider knows of.
    """
    require(request, "ledger.view_account")
    require(request, "payments.view_payment")
    last = datetime.now(UTC).date() - timedelta(days=_DAYS_UNTIL_WHOLE)
    providers = configured.configured_providers()
    # Files come without the provider's name: there is one that has some.
    is_brought = request.method == "POST" and "provider" not in request.POST
    code = _BRINGS_FILES if is_brought else typed_text(request.GET or request.POST, "provider")
    day = _day(request)
    asked = {"provider": code, "day": (day or last).isoformat()}
    context: dict[str, object] = {
        "title": gettext("Provider reconciliation"),
        "asked": asked,
        "last": last.isoformat(),
        "providers": list(providers),
        "may_bring": _BRINGS_FILES in providers,
        "mebibytes": REPORTS_BYTES_MAX >> 20,
        "is_brought": is_brought,
        "may_book": request.user.has_perm(MAY_BOOK),
        "may_book_files": may_book_files(),
        "reason_max": REASON_MAX,
        "files": file_links(asked),
    }
    if not code or code not in providers:
        return show_page(request, "back_office/money/reconciliation.html", context)
    found = _compared(request, code, day, last, is_brought)
    if found is not None and request.POST.get("deed") == "book":
        book_found(request, code, found, is_brought=is_brought)
        found = _compared(request, code, day, last, is_brought)
    if found is not None:
        form = _file_form(request)
        if form:
            payments = payments_of_keys(keys=_keys(found))
            return file_answer(reconciliation_table(found, provider=code, payments=payments), form)
        context |= _shown(code, found)
    return show_page(request, "back_office/money/reconciliation.html", context)


def _day(request: HttpRequest) -> date | None:
    if request.method != "POST":
        return day_asked(request, "day")
    try:
        day = date.fromisoformat(request.POST.get("day", "")[:10])
    except ValueError:
        return None
    return day if 2000 <= day.year < 2200 else None  # noqa: PLR2004 - as `day_asked`


def _file_form(request: HttpRequest) -> str | None:
    if request.method != "POST":
        return asked_file(request)
    wanted = request.POST.get("as", "")
    return wanted if wanted in {"csv", "json"} else None


def _compared(request: HttpRequest, code: str, day: date | None, last: date, is_brought: bool) -> Reconciliation | None:
    """Compare, or say on the page why not."""
    if day is None or day > last:
        messages.error(request, gettext("Choose a day (UTC) of which the next one is over, too."))
        return None
    try:
        if is_brought:
            return reconcile_reports(files=request.FILES.getlist("reports"), day=day)
        return reconcile_asking(provider=configured.configured_providers()[code], day=day)
    except (ProviderUnreachable, BooksTooLong, ComparingElsewhere, ReportsUnfit, ReportTooSlow) as refusal:
        messages.error(request, _why(refusal))
        return None


def _why(refusal: Refusal) -> str:
    if isinstance(refusal, ProviderUnreachable):
        unknown = gettext("The provider does not answer, so nothing is known of its books. Try again in a moment.")
        return str(_UNREACHABLE.get(str(refusal.facts.get("reason")), unknown))
    return str(_REFUSALS.get(type(refusal)) or refusal_text(refusal))


def _shown(code: str, found: Reconciliation) -> dict[str, object]:
    shown = found.differences[:DIFFERENCES_SHOWN_MAX]
    payments = payments_of_keys(keys={line.key for one in shown if (line := one.theirs or one.ours)})
    groups = [
        (what.name.lower(), str(title), [DifferenceShown.of(one, payments) for one in shown if one.what is what])
        for what, title in _TITLES.items()
    ]
    return {
        "is_compared": True,
        "agreed": found.agreed,
        "booked": found.booked,
        "to_book": len(found.to_book),
        "lines_to_book": [
            (str(_KINDS[line.kind]), line.at, amount_text(line.amount_minor, line.currency), line.line_id)
            for line in found.to_book[:DIFFERENCES_SHOWN_MAX]
        ],
        "sums_to_book": [(str(_KINDS[kind]), amount) for kind, amount in sums_to_book(found)],
        "more_to_book": len(found.to_book) - DIFFERENCES_SHOWN_MAX,
        "seen": seen_of(code, found),
        "differing": len(found.differences),
        "are_more": len(found.differences) > len(shown),
        "sums": [
            (
                str(_KINDS[one.kind]),
                amount_text(one.theirs_minor, one.currency),
                amount_text(one.ours_minor, one.currency),
                amount_text(one.theirs_minor - one.ours_minor, one.currency)
                if one.theirs_minor != one.ours_minor
                else "",
            )
            for one in sums_of(found)
        ],
        "groups": [group for group in groups if group[2]],
    }


def _keys(found: Reconciliation) -> set[str]:
    return {line.key for one in found.differences if (line := one.theirs or one.ours)}


def _amount(line: FileLine | OurLine | None) -> str:
    return "" if line is None else amount_text(line.amount_minor, line.currency)
