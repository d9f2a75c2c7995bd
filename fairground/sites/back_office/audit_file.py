"""The audit log of some days as a file, sent while it is read."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from fairground.settlement.reports.audit_log import AUDIT_COLUMNS, AUDIT_DAYS_MAX, TooManyDays, take_audit_log
from fairground.settlement.reports.tables import csv_stream, json_stream
from fairground.sites.back_office.money.days import days_of
from fairground.sites.back_office.site import attached, require
from fairground.sites.back_office.words import by_request


@require_safe
def audit_file(request: HttpRequest) -> HttpResponseBase:
    """Send the entries of some days as CSV or JSON; the log has who took them before anybody reads one."""
    require(request, "kernel.view_auditentry")
    days, is_json = days_of(request), request.GET.get("as") == "json"
    try:
        rows = take_audit_log(span=days.span, asked=days.asked, by=by_request(request))
    except TooManyDays:
        words = gettext("Choose a first and a last day, at most %(days)s days.") % {"days": AUDIT_DAYS_MAX}
        messages.error(request, words)
        return HttpResponseRedirect(reverse("admin:kernel_auditentry_changelist"))
    pieces = json_stream(AUDIT_COLUMNS, rows) if is_json else csv_stream(AUDIT_COLUMNS, rows)
    content_type = "application/json" if is_json else "text/csv; charset=utf-8"
    name = f"audit-{days.first}-{days.last}.{'json' if is_json else 'csv'}"
    return attached(StreamingHttpResponse(pieces, content_type=content_type), name)
