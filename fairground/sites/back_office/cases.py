"""After-sale cases: the queue of who has to answer, and a case with all its facts and what can be done with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from fairground.aftersales.actions.answer_case import Answer, answer_case
from fairground.aftersales.actions.give_label import LabelGiven, give_label
from fairground.aftersales.actions.replacing import (
    pay_instead,
    report_lost,
    send_again,
    send_replacement,
    settle_as_delivered,
)
from fairground.aftersales.actions.return_goods import receive_return
from fairground.aftersales.actions.shopper_steps import write_message
from fairground.aftersales.listed import cases_listed
from fairground.aftersales.queries import (
    CaseRow,
    CaseShown,
    QueuePart,
    case_shown,
    evidence_content,
    queue_of_cases,
)
from fairground.aftersales.rules import TEXT_LENGTH_MAX, CaseState, Who, Wish
from fairground.catalog.pictures.kinds import TAKEN
from fairground.dashboard.queries import merchant_names
from fairground.fulfilment.rules import CARRIER_LENGTH_MAX, TRACKING_LENGTH_MAX
from fairground.kernel.refusal import Refusal
from fairground.letters.rules import Matter
from fairground.merchants.queries import merchant_facts
from fairground.sites.back_office.fields import page_number, typed_text
from fairground.sites.back_office.money.files import file_links, list_file
from fairground.sites.back_office.promotion_words import amount_text
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.told import told_to_merchants
from fairground.sites.back_office.words import by_request
from fairground.sites.case_files import label_file
from fairground.sites.case_forms import label_brought, messages_seen, replacement_seen, units_accepted, units_back
from fairground.sites.case_words import PEOPLE, REASONS, STATES, WISHES, happened_text, refused_case_text
from fairground.sites.picture_words import PICTURE_REFUSALS, refused_picture_text

ROWS_A_PAGE = 50
PAGES_MAX = 100
# What is due in a day is looked at today.
DUE_SOON = timedelta(days=1)
_PARTS: Mapping[QueuePart, Any] = {
    QueuePart.OPEN: _("Open"),
    QueuePart.DUE: _("Due within a day"),
    QueuePart.TO_SEND: _("Replacements to send"),
    QueuePart.LOST: _("Replacements lost"),
    QueuePart.ESCALATED: _("Put before us"),
    QueuePart.ENDED: _("Ended"),
}


@dataclass(frozen=True, slots=True)
class RowShown:
    """A case of the queue in words; `is_late`: its time is over."""

    row: CaseRow
    merchant: str
    reason: str
    wish: str
    state: str
    is_late: bool


@require_safe
def cases(request: HttpRequest) -> HttpResponseBase:
    """Show a page of the queue, what is due first coming first."""
    require(request, "aftersales.view_case")
    asked = {name: typed_text(request.GET, name) for name in ("part", "merchant")}
    part = next((one for one in QueuePart if one.value == asked["part"]), QueuePart.OPEN)
    merchant = merchant_facts(slug=asked["merchant"]) if asked["merchant"] else None
    if asked["merchant"] and merchant is None:
        messages.error(request, gettext("There is no merchant with this slug."))
    number = page_number(request.GET.get("page", ""), most=PAGES_MAX)
    now = datetime.now(UTC)
    merchant_id = merchant.id if merchant else None
    due_before = now + DUE_SOON if part is QueuePart.DUE else None
    told = {"part": part.value, "merchant": asked["merchant"] if merchant else ""}
    file = list_file(
        request,
        asked=told,
        table=lambda: cases_listed(part=part, due_before=due_before, merchant_id=merchant_id),
    )
    if file:
        return file
    rows = queue_of_cases(
        part=part,
        due_before=now + DUE_SOON,
        merchant_id=merchant_id,
        rows_max=ROWS_A_PAGE + 1,
        after=(number - 1) * ROWS_A_PAGE,
    )
    kept = urlencode({"part": part.value, "merchant": asked["merchant"]})
    context = {
        "title": gettext("Cases"),
        "asked": asked,
        "parts": [(one.value, words, one is part) for one, words in _PARTS.items()],
        "rows": _shown(rows[:ROWS_A_PAGE], now),
        "files": file_links(told),
        "next": f"{kept}&page={number + 1}" if len(rows) > ROWS_A_PAGE and number < PAGES_MAX else None,
        "first": f"?{kept}" if number > 1 else None,
    }
    return show_page(request, "back_office/cases.html", context)


def _shown(rows: list[CaseRow], now: datetime) -> list[RowShown]:
    names = merchant_names([row.merchant_id for row in rows])
    return [
        RowShown(
            row=row,
            merchant=names.get(row.merchant_id, str(row.merchant_id)),
            reason=str(REASONS[row.reason]),
            wish=str(WISHES[row.wish]),
            state=str(STATES[row.state][0]),
            is_late=row.due_at is not None and row.due_at <= now,
        )
        for row in rows
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show a case with all that is in it, or do to it what a form of the page asks, and say what came of it."""
    require(request, "aftersales.view_case")
    shown = case_shown(case_id=case_id)
    if shown is None:
        raise Http404
    if request.method == "POST":
        require(request, "aftersales.change_case")
        _do(request, shown)
        return HttpResponseRedirect(request.path)
    user: Any = request.user
    state = shown.row.state
    may_change = user.has_perm("aftersales.change_case")
    context = {
        "title": gettext("Case %(number)s") % {"number": shown.row.number},
        "case": shown,
        "shown": _shown([shown.row], datetime.now(UTC))[0],
        "lines": [(line, amount_text(line.paid_minor, shown.row.currency)) for line in shown.lines],
        "events": [(one, happened_text(one.kind), str(PEOPLE[one.who])) for one in shown.events],
        "messages_of": [(one, str(PEOPLE[one.who])) for one in shown.messages],
        "may_answer": may_change and state in {CaseState.OPENED, CaseState.ESCALATED},
        "is_escalated": state is CaseState.ESCALATED,
        "exchanges": shown.row.wish is Wish.EXCHANGE,
        "may_receive": may_change and state in {CaseState.ACCEPTED, CaseState.SENT},
        "may_label": may_change and state is CaseState.ACCEPTED and shown.needs_return,
        "label_types": ",".join(["application/pdf", *(f"image/{kind.lower()}" for kind in TAKEN)]),
        "replacements": shown.replacements,
        "may_replace": may_change and state is CaseState.REPLACING,
        "may_lose": may_change and state is CaseState.REPLACED,
        "is_lost": may_change and state is CaseState.LOST,
        "carrier_max": CARRIER_LENGTH_MAX,
        "tracking_max": TRACKING_LENGTH_MAX,
        "may_write": may_change and shown.row.closed_at is None,
        "text_max": TEXT_LENGTH_MAX,
        "told": told_to_merchants(matter=Matter.CASE, subject_ids=[case_id]).get(case_id, []),
        "may_purchase": user.has_perm("orders.view_purchase"),
        "may_see_log": user.has_perm("kernel.view_auditentry"),
        "log": f"{reverse('admin:kernel_auditentry_changelist')}?"
        + urlencode({"subject_kind__exact": "case", "subject_id__exact": case_id}),
    }
    return show_page(request, "back_office/case.html", context)


@require_safe
def picture(request: HttpRequest, case_id: int, position: int) -> HttpResponse:
    """Send a picture of a case to the staff; nobody keeps it."""
    require(request, "aftersales.view_case")
    content = evidence_content(case_id=case_id, position=position)
    if content is None:
        raise Http404
    return HttpResponse(content, content_type="image/webp", headers={"Cache-Control": "private, no-store"})


@require_safe
def label(request: HttpRequest, case_id: int) -> HttpResponse:
    """Send the carrier's label of a case to the staff."""
    require(request, "aftersales.view_case")
    shown = case_shown(case_id=case_id)
    if shown is None:
        raise Http404
    return label_file(shown)


def _do(request: HttpRequest, shown: CaseShown) -> None:
    deed = _DEEDS.get(request.POST.get("deed", ""))
    if deed is None:
        return
    try:
        deed(request, shown)
    except PICTURE_REFUSALS as refusal:
        messages.error(request, refused_picture_text(refusal))
    except Refusal as refusal:
        messages.error(request, refused_case_text(refusal))
    else:
        messages.success(request, gettext("Done. It stands in the audit log."))


def _who(request: HttpRequest) -> Who:
    """On whose behalf the staff acts: the merchant's, or as the operator who decides."""
    return Who.MERCHANT if request.POST.get("for") == "merchant" else Who.OPERATOR


def _answer(request: HttpRequest, shown: CaseShown, *, accepted: bool) -> None:
    seen = CaseState.__members__.get(request.POST.get("seen", ""), CaseState.CLOSED)
    answer = Answer(
        accepted=accepted,
        seen=seen,
        units=units_accepted(request, shown) if accepted else None,
        waived=request.POST.get("waived") == "on",
        as_money=request.POST.get("as_money") == "on",
        text=typed_text(request.POST, "text", length_max=TEXT_LENGTH_MAX),
    )
    answer_case(case_id=shown.row.id, answer=answer, who=_who(request), by=by_request(request))


def _accept(request: HttpRequest, shown: CaseShown) -> None:
    _answer(request, shown, accepted=True)


def _refuse(request: HttpRequest, shown: CaseShown) -> None:
    _answer(request, shown, accepted=False)


def _label(request: HttpRequest, shown: CaseShown) -> None:
    given = LabelGiven(
        carrier=typed_text(request.POST, "carrier", length_max=CARRIER_LENGTH_MAX),
        tracking_number=typed_text(request.POST, "tracking", length_max=TRACKING_LENGTH_MAX),
        drawn=label_brought(request, shown),
    )
    give_label(case_id=shown.row.id, given=given, who=_who(request), by=by_request(request))


def _receive(request: HttpRequest, shown: CaseShown) -> None:
    back = units_back(request, shown)
    text = typed_text(request.POST, "text", length_max=TEXT_LENGTH_MAX)
    receive_return(case_id=shown.row.id, back=back, who=_who(request), by=by_request(request), text=text)


def _write(request: HttpRequest, shown: CaseShown) -> None:
    text = typed_text(request.POST, "text", length_max=TEXT_LENGTH_MAX)
    write_message(
        case_id=shown.row.id, who=_who(request), text=text, by=by_request(request), seen=messages_seen(request)
    )


def _send(request: HttpRequest, shown: CaseShown) -> None:
    send_replacement(
        case_id=shown.row.id,
        carrier=typed_text(request.POST, "carrier", length_max=CARRIER_LENGTH_MAX),
        tracking_number=typed_text(request.POST, "tracking", length_max=TRACKING_LENGTH_MAX),
        by=by_request(request),
    )


def _lose(request: HttpRequest, shown: CaseShown) -> None:
    text = typed_text(request.POST, "text", length_max=TEXT_LENGTH_MAX)
    report_lost(case_id=shown.row.id, who=_who(request), text=text, by=by_request(request))


def _arrived(request: HttpRequest, shown: CaseShown) -> None:
    text = typed_text(request.POST, "text", length_max=TEXT_LENGTH_MAX)
    settle_as_delivered(case_id=shown.row.id, text=text, by=by_request(request))


def _again(request: HttpRequest, shown: CaseShown) -> None:
    send_again(case_id=shown.row.id, who=_who(request), by=by_request(request))


def _money(request: HttpRequest, shown: CaseShown) -> None:
    seen = replacement_seen(request)
    pay_instead(case_id=shown.row.id, who=_who(request), by=by_request(request), seen=seen)


_DEEDS: Mapping[str, Callable[[HttpRequest, CaseShown], None]] = {
    "accept": _accept,
    "refuse": _refuse,
    "label": _label,
    "receive": _receive,
    "write": _write,
    "send": _send,
    "lose": _lose,
    "arrived": _arrived,
    "again": _again,
    "money": _money,
}
