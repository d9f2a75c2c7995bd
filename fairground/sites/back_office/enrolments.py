"""Merchants who want to take part in a festival: listed, entered, admitted or declined."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from fairground.festivals.declared import EnrolmentState
from fairground.festivals.enrolments import decide_enrolment, enrol_merchant, set_merchant_floor, withdraw_enrolment
from fairground.festivals.queries import EnrolmentRow
from fairground.festivals.queries import enrolments as find_enrolments
from fairground.inventory.declaration_queue import ANY_STATE, festival_slugs
from fairground.kernel.edits import By
from fairground.kernel.refusal import Refusal
from fairground.merchants.actions import NoSuchMerchant
from fairground.sites.back_office.declaration_words import ENROLMENT_STATES
from fairground.sites.back_office.fields import page_number, typed_text
from fairground.sites.back_office.people import REASON_LENGTH_MAX
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.words import by_request, refusal_text

ROWS_A_PAGE = 50
# Nobody turns more by hand: filters narrow it.
PAGES_MAX = 100


@dataclass(frozen=True, slots=True)
class EnrolmentShown:
    """An enrolment in words; `declared` leads to what the merchant declared."""

    row: EnrolmentRow
    state: str
    decided_by: str
    decided_at: datetime | None
    declared: str
    floor_percent: str

    @property
    def can_admit(self) -> bool:
        """Return whether it may be admitted now."""
        return self.row.state in {EnrolmentState.APPLIED, EnrolmentState.DECLINED}

    @property
    def can_decline(self) -> bool:
        """Return whether it may be declined now."""
        return self.row.state in {EnrolmentState.APPLIED, EnrolmentState.ADMITTED}

    @property
    def can_withdraw(self) -> bool:
        """Return whether the merchant may leave."""
        return self.row.state != EnrolmentState.WITHDRAWN


@require_http_methods(["GET", "HEAD", "POST"])
def enrolments(request: HttpRequest) -> HttpResponse:
    """Show a page of enrolments, or do what a form of it asks."""
    require(request, "festivals.view_enrolment")
    if request.method == "POST":
        require(request, "festivals.change_enrolment")
        _decide(request)
        return HttpResponseRedirect(request.get_full_path())
    asked = {name: typed_text(request.GET, name) for name in ("festival", "state")}
    page = page_number(request.GET.get("page", ""), most=PAGES_MAX)
    rows = find_enrolments(
        festival=asked["festival"] or None,
        state=asked["state"] or None,
        limit=ROWS_A_PAGE + 1,
        offset=(page - 1) * ROWS_A_PAGE,
    )
    users = get_user_model().objects.filter(pk__in={row.decided_by for row in rows if row.decided_by})
    emails = dict(users.values_list("pk", "email"))
    kept = {name: value for name, value in asked.items() if value}
    user: Any = request.user
    return show_page(
        request,
        "back_office/enrolments.html",
        {
            "title": gettext("Enrolments"),
            "asked": asked,
            "festivals": festival_slugs(),
            "states": list(ENROLMENT_STATES.items()),
            "rows": [_shown(row, emails) for row in rows[:ROWS_A_PAGE]],
            "may_decide": user.has_perm("festivals.change_enrolment"),
            "reason_max": REASON_LENGTH_MAX,
            "next": urlencode({**kept, "page": page + 1}) if len(rows) > ROWS_A_PAGE and page < PAGES_MAX else None,
            "first": f"?{urlencode(kept)}" if page > 1 else None,
        },
    )


def _shown(row: EnrolmentRow, emails: dict[Any, str]) -> EnrolmentShown:
    if row.decided_at is None:
        by = ""
    elif row.decided_by is None:
        by = gettext("the command line")
    else:
        by = emails.get(row.decided_by, str(row.decided_by))
    query = urlencode({"festival": row.festival, "merchant": row.merchant, "state": ANY_STATE})
    declared = f"{reverse('admin:declarations')}?{query}"
    floor = "" if row.floor_bps is None else f"{row.floor_bps // 100}"
    return EnrolmentShown(row, str(ENROLMENT_STATES[row.state]), by, row.decided_at, declared, floor)


def _set_floor(request: HttpRequest, enrolment_id: int, by: By) -> None:
    text = request.POST.get("percent", "").strip()
    if text and not (text.isascii() and text.isdigit() and len(text) <= len("100")):
        messages.error(request, gettext("A floor is a whole number of per cent. Nothing changed."))
        return
    set_merchant_floor(enrolment_id=enrolment_id, floor_bps=int(text) * 100 if text else None, by=by)
    messages.success(request, gettext("The merchant's own floor was set."))


def _decide(request: HttpRequest) -> None:
    by = by_request(request, reason=typed_text(request.POST, "reason", length_max=REASON_LENGTH_MAX))
    deed, which = request.POST.get("deed"), request.POST.get("enrolment", "")
    try:
        if deed == "enrol":
            merchant, festival = typed_text(request.POST, "merchant"), typed_text(request.POST, "festival")
            enrol_merchant(festival=festival, merchant=merchant, by=by)
            messages.success(request, gettext("The merchant is enrolled and waits for an answer."))
        elif not (which.isascii() and which.isdigit() and len(which) <= len(str(2**31))):
            return
        elif deed in {"admit", "decline"}:
            decide_enrolment(enrolment_id=int(which), admitted=deed == "admit", by=by)
            done = gettext("The merchant is admitted.") if deed == "admit" else gettext("The merchant was declined.")
            messages.success(request, done)
        elif deed == "floor":
            _set_floor(request, int(which), by)
        elif deed == "withdraw":
            withdraw_enrolment(enrolment_id=int(which), by=by)
            messages.success(request, gettext("The merchant takes no part any more; what it declared are drafts."))
    except NoSuchMerchant:
        messages.error(request, gettext("There is no merchant with this slug."))
    except Refusal as refusal:
        messages.error(request, refusal_text(refusal))
