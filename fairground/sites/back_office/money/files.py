"""Reports as files, and what a page says where a report is refused."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

from fairground.ledger.closed_days import DayNotClosed
from fairground.ledger.queries import StatementsTooSlow
from fairground.settlement.reports.listed import take_file
from fairground.settlement.reports.reading import ReportsUnderWay, ReportTooLong, ReportTooSlow
from fairground.settlement.reports.tables import Table, csv_pieces, json_pieces
from fairground.sites.back_office.site import attached
from fairground.sites.back_office.words import by_request, refusal_text

_FORMS: dict[str, tuple[Callable[[Table], Iterator[str]], str]] = {
    "csv": (csv_pieces, "text/csv; charset=utf-8"),
    "json": (json_pieces, "application/json"),
}


@contextmanager
def told_if_refused(request: HttpRequest) -> Iterator[None]:
    """Say on the page that a report was refused; what comes after it inside is left out."""
    try:
        yield
    except (DayNotClosed, ReportTooSlow, ReportsUnderWay, ReportTooLong, StatementsTooSlow) as refusal:
        messages.error(request, refusal_text(refusal))


def asked_file(request: HttpRequest) -> str | None:
    """Return as which file a page's report is asked for, None where it is the page."""
    form = request.GET.get("as", "")
    return form if form in _FORMS else None


def file_answer(table: Table, form: str, *, name: str = "") -> HttpResponseBase:
    """Return a report as a file, which is sent while it is written."""
    pieces, content_type = _FORMS[form]
    answer = StreamingHttpResponse(pieces(table), content_type=content_type)
    return attached(answer, name or f"{table.name}.{form}")


def list_file(request: HttpRequest, *, asked: Mapping[str, str], table: Callable[[], Table]) -> HttpResponseBase | None:
    """Return a list that names shoppers as the file that is asked for, once the audit log has who takes it.

    None: the page itself is asked for, or the file is refused, which the page then says.
    """
    form = asked_file(request)
    with told_if_refused(request):
        if form:
            return file_answer(take_file(table=table(), asked=asked, by=by_request(request)), form)
    return None


def file_links(asked: dict[str, str]) -> list[tuple[str, str]]:
    """Return the ways to a page's report as files: what each is called, and its address."""
    kept = {name: value for name, value in asked.items() if value}
    return [(form.upper(), f"?{urlencode({**kept, 'as': form})}") for form in _FORMS]
