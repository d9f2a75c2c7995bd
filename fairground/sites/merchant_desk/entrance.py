"""Who may see a case by a link: its merchant, while the link lasts and the contact is the one that was written to."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from fairground.aftersales.queries import CaseShown, case_shown
from fairground.kernel.ids import LANES, lane_of
from fairground.merchants.contacts import mailbox_of
from fairground.sites.merchant_desk.links import open_link
from fairground.sites.throttles import may_try

# Links that open nothing, from an address: an old letter is tried a few times, and nobody guesses 128 bits.
BAD_LINKS_AN_HOUR_MAX = 30
# Forms sent about one case: each takes the writers' turn, or draws pictures.
DEEDS_AN_HOUR_MAX = 30


def case_behind(request: HttpRequest, token: str, *, now: datetime) -> CaseShown | HttpResponse:
    """Return the case that a link opens; where it opens none, the page that says so, the same whatever is wrong."""
    link = open_link(token, now=now)
    if link is not None and lane_of(link.case_id) < LANES:
        mailbox = mailbox_of(merchant_id=link.merchant_id)
        case = case_shown(case_id=link.case_id)
        is_theirs = case is not None and case.row.merchant_id == link.merchant_id
        if case is not None and is_theirs and mailbox is not None and mailbox.version == link.version:
            return case
    rates = f"{BAD_LINKS_AN_HOUR_MAX}/h/ip"
    if not may_try(request, app="merchant-desk", action="bad-link", rates=rates, reads=True):
        return hidden(render(request, "merchant_desk/no_link.html", {"is_tried_too_often": True}, status=429))
    return hidden(render(request, "merchant_desk/no_link.html", status=404))


def may_act(request: HttpRequest, *, case_id: int) -> bool:
    """Count a form about a case and return whether it may be taken."""
    rates = f"{DEEDS_AN_HOUR_MAX}/h/key"
    return may_try(request, app="merchant-desk", action="deed", rates=rates, key=str(case_id))


def hidden(response: HttpResponse) -> HttpResponse:
    """Return an answer that nobody keeps and no search engine lists, and whose address no other site learns."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    # Browsers tell where a form was sent from only to pages that may know it; with less they would tell us nothing.
    response.headers["Referrer-Policy"] = "same-origin"
    return response
