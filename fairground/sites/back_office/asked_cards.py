"""Gift cards that were sold and wait for a second person: issued, which shows their codes once, or declined."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from fairground.identity.operators import list_operators
from fairground.kernel.refusal import Refusal
from fairground.payments.asked_cards import AskedCards, asked_cards, decline_asked_cards, issue_asked_cards
from fairground.sites.back_office.promotion_words import amount_text
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.words import by_request, refusal_text


@dataclass(frozen=True, slots=True)
class AskedRow:
    """Cards that are asked for, in words; `may_issue`: by who reads the page."""

    cards: AskedCards
    amount: str
    asked_by: str
    may_issue: bool


@require_http_methods(["GET", "HEAD", "POST"])
def asked_for(request: HttpRequest) -> HttpResponse:
    """Show the gift cards that somebody asks another one to issue; a POST issues some, or declines them."""
    require(request, "payments.add_giftcard")
    codes: Sequence[str] = []
    if request.method == "POST":
        codes = _decided(request)
        if not codes:
            return HttpResponseRedirect(reverse("admin:asked-cards"))
    user: Any = request.user
    emails = {one.user_id: one.email for one in list_operators()}
    rows = [
        AskedRow(
            cards=one,
            amount=amount_text(one.amount_minor, one.currency),
            asked_by=emails.get(one.asked_by, str(one.asked_by)),
            may_issue=not settings.FOUR_EYES or one.asked_by != user.pk,
        )
        for one in asked_cards()
    ]
    context = {
        "title": gettext("Gift cards that are asked for"),
        "rows": rows,
        "codes": codes,
        "back": reverse("admin:gift-cards"),
    }
    return show_page(request, "back_office/asked_cards.html", context)


def _decided(request: HttpRequest) -> Sequence[str]:
    """Issue or decline what a button names, and return the codes; none where there are no cards."""
    try:
        key = UUID(request.POST.get("key", ""))
    except ValueError:
        return []
    by = by_request(request)
    try:
        if request.POST.get("deed") == "issue":
            return issue_asked_cards(key=key, by=by)
        if request.POST.get("deed") == "decline":
            decline_asked_cards(key=key, by=by)
            messages.success(request, gettext("They are declined: nothing was issued."))
        else:
            messages.error(request, gettext("Nothing was changed: choose what to do."))
    except Refusal as refusal:
        messages.error(request, refusal_text(refusal))
    return []
