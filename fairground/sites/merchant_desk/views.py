"""The page to which the link of a letter leads: a case, for its merchant to answer, without a sign-in.

A GET changes nothing, so programs that look at links in letters do no harm. The page names no buyer: a parcel that
comes back bears the number of the case.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from fairground.aftersales.queries import CaseShown, ReplacementShown, evidence_content
from fairground.aftersales.rules import (
    EVIDENCE_MAX,
    MONEY_WHEN_LATE,
    TEXT_LENGTH_MAX,
    CaseState,
    ReplacementEnd,
    Who,
    Wish,
)
from fairground.catalog.pictures.kinds import TAKEN
from fairground.fulfilment.rules import CARRIER_LENGTH_MAX, TRACKING_LENGTH_MAX
from fairground.markets.queries import time_zone_of
from fairground.sites.case_files import label_file
from fairground.sites.case_words import PEOPLE, REASONS, REFUSALS, STATES, WISHES, case_step
from fairground.sites.merchant_desk.deeds import DONE, do_deed, done_text, refused_deed_text
from fairground.sites.merchant_desk.entrance import case_behind, hidden, may_act
from fairground.sites.merchant_desk.words import came_to, goods_words, next_words
from fairground.sites.picture_words import PICTURE_REFUSALS, refused_picture_text
from fairground.sites.wording import short_moment_text

_MAY_ANSWER = frozenset({CaseState.OPENED})
_MAY_RECEIVE = frozenset({CaseState.ACCEPTED, CaseState.SENT})
# What reads otherwise for who has to do it.
_STATES: Mapping[CaseState, Promise] = {
    CaseState.OPENED: gettext_lazy("Waiting for you"),
    CaseState.ACCEPTED: gettext_lazy("Accepted: it comes back"),
}
_SENT = gettext_lazy("sent %(moment)s")
_ENDS: Mapping[ReplacementEnd | None, Promise] = {
    ReplacementEnd.ARRIVED: gettext_lazy("sent %(moment)s, arrived"),
    ReplacementEnd.LOST: gettext_lazy("sent %(moment)s, lost"),
}


@dataclass(frozen=True, slots=True)
class LineForm:
    """A line of a case with what its fields say: units accepted, units that came back, and of these as new."""

    line_no: int
    title: str
    asked: int
    most: int
    units: str
    back: str
    sellable: str


@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, token: str) -> HttpResponse:
    """Show a case to its merchant; a POST does what its form says, and leads back to it."""
    now = datetime.now(UTC)
    behind = case_behind(request, token, now=now)
    if isinstance(behind, HttpResponse):
        return behind
    if request.method != "POST":
        return _page(request, token, behind, done=request.GET.get("done", ""))
    deed = request.POST.get("deed", "")
    if deed not in DONE:
        return _page(request, token, behind, error=gettext("Nothing was changed: choose what to do."), status=422)
    if not may_act(request, case_id=behind.row.id):
        often = gettext("That was tried too often in the last hour. Nothing was changed: try again later.")
        return _page(request, token, behind, error=often, status=429)
    try:
        do_deed(request, behind, deed, now=now)
    except REFUSALS as refusal:
        error = refused_deed_text(refusal, deed)
    except PICTURE_REFUSALS as refusal:
        error = refused_picture_text(refusal)
    else:
        return hidden(HttpResponseRedirect(f"{_address(request, token)}&{urlencode({'done': deed})}", status=303))
    behind = case_behind(request, token, now=now)  # somebody else may have changed it meanwhile
    return behind if isinstance(behind, HttpResponse) else _page(request, token, behind, error=error, status=422)


@require_safe
def picture(request: HttpRequest, token: str, position: int) -> HttpResponse:
    """Send a picture of a case to its merchant; nobody keeps it."""
    behind = case_behind(request, token, now=datetime.now(UTC))
    if isinstance(behind, HttpResponse):
        return behind
    content = evidence_content(case_id=behind.row.id, position=position)
    if content is None:
        raise Http404
    return hidden(HttpResponse(content, content_type="image/webp"))


@require_safe
def label(request: HttpRequest, token: str) -> HttpResponse:
    """Send the label that the merchant gave, as it was drawn."""
    behind = case_behind(request, token, now=datetime.now(UTC))
    return behind if isinstance(behind, HttpResponse) else hidden(label_file(behind))


def _address(request: HttpRequest, token: str) -> str:
    """Return the page's address in the language in which it was asked for."""
    asked = request.GET.get("lang", "")
    language = asked if asked in dict(settings.LANGUAGES) else request.LANGUAGE_CODE
    return f"{reverse('merchant-case', args=[token])}?{urlencode({'lang': language})}"


def _page(
    request: HttpRequest, token: str, found: CaseShown, *, done: str = "", error: str = "", status: int = 200
) -> HttpResponse:
    zone, row = time_zone_of(market=found.row.market), found.row
    words, look = STATES[row.state]
    context = {
        "token": token,
        "action": _address(request, token),
        "case": found,
        "state": _STATES.get(row.state, words),
        "look": look,
        "reason": REASONS[row.reason],
        "wish": WISHES[row.wish],
        "next": next_words(found, zone),
        "lines": [_line(request, found, number) for number in range(len(found.lines))],
        "about": [(goods, came_to(found, at)) for at, goods in enumerate(goods_words(found))],
        "steps": [case_step(one, zone) for one in found.events],
        "messages_of": [
            (PEOPLE[one.who], one.text, one.at.isoformat(), short_moment_text(one.at, zone), one.who is Who.MERCHANT)
            for one in found.messages
        ],
        "pictures": [(one.position, one.width, one.height) for one in found.evidence],
        "may_answer": row.state in _MAY_ANSWER,
        "may_receive": row.state in _MAY_RECEIVE,
        "may_write": row.closed_at is None,
        **_parcels(request, found, zone),
        "exchanges": row.wish is Wish.EXCHANGE,
        "whens": [
            ("later", gettext("When the goods are back"), ""),
            ("now", gettext("At once: nothing needs to come back"), ""),
        ],
        "when": [request.POST.get("when", "later")],
        "typed": {name: request.POST.get("text", "") for name in DONE if request.POST.get("deed") == name},
        "text_max": TEXT_LENGTH_MAX,
        "evidence_max": EVIDENCE_MAX,
        "accept": ",".join(f"image/{kind.lower()}" for kind in TAKEN),
        "done": done_text(found, done),
        "error": error,
    }
    return hidden(render(request, "merchant_desk/case.html", context, status=status))


def _parcels(request: HttpRequest, found: CaseShown, zone: str) -> dict[str, Any]:
    """Return what of a case goes by parcel: what was sent and how, and what may be said of it."""
    state, deed = found.row.state, request.POST.get("deed", "")
    typed = {
        name: {"carrier": request.POST.get("carrier", ""), "tracking": request.POST.get("tracking", "")}
        for name in ("label", "send")
        if name == deed
    }
    return {
        "may_label": state is CaseState.ACCEPTED and found.needs_return,
        "label_types": ",".join(["application/pdf", *(f"image/{kind.lower()}" for kind in TAKEN)]),
        "label_typed": typed.get("label")
        or (found.label and {"carrier": found.label.carrier, "tracking": found.label.tracking_number}),
        "may_send": state is CaseState.REPLACING,
        "send_typed": typed.get("send"),
        "may_lose": state is CaseState.REPLACED,
        "is_lost": state is CaseState.LOST,
        "may_pay": state in MONEY_WHEN_LATE,
        "parcels": [(one.carrier, one.tracking_number, _ended(one, zone)) for one in found.replacements if one.sent_at],
        "carrier_max": CARRIER_LENGTH_MAX,
        "tracking_max": TRACKING_LENGTH_MAX,
    }


def _ended(one: ReplacementShown, zone: str) -> str:
    """When a parcel left, and what became of it."""
    assert one.sent_at is not None, one
    words = _ENDS.get(one.end, _SENT)
    return str(words) % {"moment": short_moment_text(one.sent_at, zone)}


def _line(request: HttpRequest, found: CaseShown, number: int) -> LineForm:
    line = found.lines[number]
    most = line.units_asked if line.units_agreed is None else line.units_agreed
    typed = {name: request.POST.get(f"{name}-{line.line_no}", "")[:9] for name in ("units", "back", "sellable")}
    return LineForm(
        line_no=line.line_no,
        title=line.title,
        asked=line.units_asked,
        most=most,
        units=typed["units"] or str(most),
        back=typed["back"] or str(most),
        sellable=typed["sellable"] or "0",
    )
