"""Rows that the background has set aside: what stopped it, when each is tried again, and trying one at once."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from fairground.kernel.aside import ASIDE_SHOWN_MAX, NotAside, RowAside, rows_aside, try_now
from fairground.settlement.reports.standing import aside_listed
from fairground.sites.back_office.money.files import asked_file, file_answer, file_links, told_if_refused
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.words import by_request

# What the chores are about, by the name under which they set rows aside.
CHORES: dict[str, Any] = {
    "expiries": _("purchases that are not paid in time"),
    "receipts": _("orders that go on by themselves"),
    "withdrawals": _("withdrawals that were sent"),
    "prizes": _("prizes of draws"),
    "releases": _("orders to be released"),
    "deposits": _("deposits to be settled"),
    "reserves": _("reserves to be returned"),
    "payouts": _("payouts to be proposed, by merchant"),
    "case-deadlines": _("deadlines of cases"),
    "gift-cards": _("gift cards that ended"),
    "payments": _("payments with providers"),
    "returns": _("returns to providers"),
    "disputes": _("disputes with providers"),
}


@dataclass(frozen=True, slots=True)
class RowShown:
    """A row that is set aside, and what its chore is about."""

    row: RowAside
    chore: str


@require_http_methods(["GET", "HEAD", "POST"])
def aside(request: HttpRequest) -> HttpResponseBase:
    """Show what is set aside, the longest waiting first, or have one row tried at once."""
    require(request, "kernel.change_setaside")
    if request.method == "POST":
        _try(request)
        return HttpResponseRedirect(reverse("admin:rows-aside"))
    form = asked_file(request)
    with told_if_refused(request):
        if form:
            return file_answer(aside_listed(), form)
    rows = [RowShown(one, str(CHORES.get(one.chore, one.chore))) for one in rows_aside()]
    context = {
        "title": gettext("Set aside"),
        "rows": rows,
        "is_cut": len(rows) == ASIDE_SHOWN_MAX,
        "files": file_links({}),
    }
    return show_page(request, "back_office/rows_aside.html", context)


def _try(request: HttpRequest) -> None:
    try:
        try_now(chore=request.POST.get("chore", ""), row_key=request.POST.get("row", ""), by=by_request(request))
    except NotAside:
        messages.error(request, gettext("It is not set aside any more. Nothing changed."))
    else:
        messages.success(request, gettext("It is tried within seconds; where it goes, it leaves this list."))
