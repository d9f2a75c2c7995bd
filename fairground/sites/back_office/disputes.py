"""Payments that shoppers' banks want back: until when to answer, what was taken, and what is being done about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from fairground.checkout.actions.accept_disputes import bear_dispute, charge_dispute, contest_dispute
from fairground.kernel.edits import REASON_MAX
from fairground.kernel.ids import parse_id
from fairground.kernel.refusal import Refusal
from fairground.orders.lookup import purchase_numbers
from fairground.payments.disputes import DISPUTES_SHOWN_MAX, DisputeFacts, disputes_shown
from fairground.payments.life import MAY_CHARGE, MAY_CONTEST, DisputeState
from fairground.settlement.reports.listed import disputes_listed
from fairground.sites.back_office.money.files import file_links, list_file
from fairground.sites.back_office.promotion_words import amount_text
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.words import by_request, refusal_text

_STATES = {
    DisputeState.NOTICED: _("not looked at yet"),
    DisputeState.OPEN: _("wants an answer"),
    DisputeState.CONTESTED: _("contested"),
    DisputeState.ACCEPTED: _("given up"),
    DisputeState.WON: _("won"),
    DisputeState.LOST: _("lost"),
    DisputeState.BORNE: _("borne by the platform"),
}


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """A dispute in words; what is not in money yet has no amount."""

    facts: DisputeFacts
    number: str
    state: str
    amount: str
    taken: str
    left: str
    is_late: bool
    may_contest: bool
    may_charge: bool
    may_bear: bool

    @classmethod
    def of(cls, one: DisputeFacts, numbers: Mapping[int, str], now: datetime) -> "DisputeRow":
        """Return a dispute's words."""
        is_ours = one.payment_id is not None
        return cls(
            facts=one,
            number=numbers.get(one.purchase_id or 0, ""),
            state=str(_STATES[one.state]),
            amount=_amount(one.amount_minor, one.currency),
            taken=_amount(one.taken_minor, one.currency),
            left=_amount(one.claim_minor, one.currency),
            is_late=one.state is DisputeState.OPEN and one.answer_before is not None and one.answer_before < now,
            may_contest=is_ours and one.state in MAY_CONTEST,
            may_charge=is_ours and one.state in MAY_CHARGE and one.claim_minor > 0,
            may_bear=one.may_be_borne and one.claim_minor > 0,
        )


def _amount(minor: int, currency: str) -> str:
    return amount_text(minor, currency) if currency else ""


@require_http_methods(["GET", "HEAD", "POST"])
def disputes(request: HttpRequest) -> HttpResponseBase:
    """Show disputes by their deadlines, or those that are over; or do what a form of them asks, for a reason."""
    require(request, "payments.view_payment")
    if request.method == "POST":
        require(request, "payments.change_dispute")
        _decide(request)
        return HttpResponseRedirect(reverse("admin:disputes"))
    are_over = request.GET.get("over") == "1"
    asked = {"over": "1" if are_over else ""}
    file = list_file(request, asked=asked, table=lambda: disputes_listed(is_over=are_over))
    if file:
        return file
    found, now = disputes_shown(are_over=are_over), by_request(request).now
    numbers = purchase_numbers(purchase_ids={one.purchase_id for one in found if one.purchase_id})
    context: dict[str, Any] = {
        "title": gettext("Disputed payments"),
        "rows": [DisputeRow.of(one, numbers, now) for one in found],
        "are_over": are_over,
        "files": file_links(asked),
        "is_cut": len(found) == DISPUTES_SHOWN_MAX,
        "may_decide": request.user.has_perm("payments.change_dispute"),
        "reason_max": REASON_MAX,
    }
    return show_page(request, "back_office/disputes.html", context)


def _decide(request: HttpRequest) -> None:
    deed, dispute_id = request.POST.get("deed", ""), parse_id(request.POST.get("dispute", "")) or 0
    by = by_request(request, reason=request.POST.get("reason", "").strip())
    try:
        if deed == "charge":
            charge_dispute(dispute_id=dispute_id, by=by)
            messages.success(request, gettext("It is given up, and charged as a refund whose money the bank has."))
        elif deed == "contest":
            contest_dispute(dispute_id=dispute_id, by=by)
            messages.success(request, gettext("It is contested. Send the evidence on the provider's own pages."))
        elif deed == "bear":
            bear_dispute(dispute_id=dispute_id, by=by)
            messages.success(request, gettext("What is not covered of it is the platform's loss."))
        else:
            messages.error(request, gettext("Nothing was changed: choose what to do."))
    except Refusal as refusal:
        messages.error(request, refusal_text(refusal))
