"""What the forms of the merchant's page do: the same actions as the staff's form calls, as the merchant, by link."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from fairground.aftersales.actions.answer_case import Answer, answer_case
from fairground.aftersales.actions.give_label import LabelGiven, give_label
from fairground.aftersales.actions.moving import TextMissing
from fairground.aftersales.actions.replacing import pay_instead, report_lost, send_again, send_replacement
from fairground.aftersales.actions.return_goods import receive_return
from fairground.aftersales.actions.shopper_steps import write_message
from fairground.aftersales.queries import CaseShown
from fairground.aftersales.rules import CaseState, Happened, Who
from fairground.kernel.edits import By
from fairground.kernel.refusal import Refusal
from fairground.sites.case_forms import label_brought, messages_seen, replacement_seen, units_accepted, units_back
from fairground.sites.case_words import refused_case_text
from fairground.sites.evidence_forms import brought

DONE: Mapping[str, Promise] = {
    "accept": gettext_lazy("Accepted. The buyer sees it now."),
    "refuse": gettext_lazy("Refused. The buyer sees why, and may put it before Fairground."),
    "receive": gettext_lazy("Noted what came back. The buyer sees it now."),
    "write": gettext_lazy("Your message stands here now."),
    "label": gettext_lazy("Saved. The buyer sees how the goods go back."),
    "send": gettext_lazy("Saved. The buyer reads carrier and number now."),
    "lose": gettext_lazy("Noted that it was lost. Choose below what happens now."),
    "again": gettext_lazy("Another one is set aside. Send it, and save its number here."),
    "money": gettext_lazy("The money went back. The buyer sees it now."),
}
# What a deed leaves as the last that happened; a message is none of it.
_LEAVES: Mapping[str, frozenset[Happened]] = {
    "accept": frozenset({Happened.ACCEPTED, Happened.REFUNDED, Happened.REPLACING}),
    "refuse": frozenset({Happened.REFUSED}),
    "receive": frozenset({Happened.REFUNDED, Happened.REPLACING, Happened.REFUSED}),
    "label": frozenset({Happened.LABEL}),
    "send": frozenset({Happened.REPLACED}),
    "lose": frozenset({Happened.LOST}),
    "again": frozenset({Happened.REPLACING}),
    "money": frozenset({Happened.REFUNDED}),
}
_MISSING: Mapping[str, Promise] = {
    "label": gettext_lazy("Name the carrier, and give a number, a label, or both."),
    "send": gettext_lazy("Name the carrier."),
}


def do_deed(request: HttpRequest, case: CaseShown, deed: str, *, now: datetime) -> None:
    """Do to a case what a form asks; `deed` is one of `DONE`.

    :raises Refusal: one of the action's; nothing changed
    """
    _DEEDS[deed](request, case, By(user_id=None, now=now, by_link=True))


def done_text(case: CaseShown, deed: str) -> str:
    """Return what to say after a deed, in the active language; nothing where it is not what the merchant did last.

    The address says which deed it was, and anybody can write an address.
    """
    if deed == "write":
        is_last = bool(case.messages) and case.messages[-1].who is Who.MERCHANT
    else:
        last = case.events[-1]
        is_last = last.who is Who.MERCHANT and last.kind in _LEAVES.get(deed, frozenset())
    return str(DONE[deed]) if is_last else ""


def refused_deed_text(refusal: Refusal, deed: str) -> str:
    """Return why a form's deed can't be done, in the active language."""
    missing = _MISSING.get(deed) if isinstance(refusal, TextMissing) else None
    return str(missing) if missing else refused_case_text(refusal)


def _accept(request: HttpRequest, case: CaseShown, by: By) -> None:
    _answer(request, case, by, accepted=True)


def _refuse(request: HttpRequest, case: CaseShown, by: By) -> None:
    _answer(request, case, by, accepted=False)


def _answer(request: HttpRequest, case: CaseShown, by: By, *, accepted: bool) -> None:
    answer = Answer(
        accepted=accepted,
        seen=_seen(request),
        units=units_accepted(request, case) if accepted else None,
        waived=request.POST.get("when") == "now",
        as_money=request.POST.get("as_money") == "on",
        text=request.POST.get("text", ""),
    )
    answer_case(case_id=case.row.id, answer=answer, who=Who.MERCHANT, by=by)


def _receive(request: HttpRequest, case: CaseShown, by: By) -> None:
    back = units_back(request, case)
    text = request.POST.get("text", "")
    receive_return(case_id=case.row.id, back=back, who=Who.MERCHANT, by=by, text=text)


def _write(request: HttpRequest, case: CaseShown, by: By) -> None:
    write_message(
        case_id=case.row.id,
        who=Who.MERCHANT,
        text=request.POST.get("text", ""),
        by=by,
        seen=messages_seen(request),
        evidence=brought(request),
    )


def _label(request: HttpRequest, case: CaseShown, by: By) -> None:
    given = LabelGiven(
        carrier=request.POST.get("carrier", ""),
        tracking_number=request.POST.get("tracking", ""),
        drawn=label_brought(request, case),
    )
    give_label(case_id=case.row.id, given=given, who=Who.MERCHANT, by=by)


def _send(request: HttpRequest, case: CaseShown, by: By) -> None:
    send_replacement(
        case_id=case.row.id,
        carrier=request.POST.get("carrier", ""),
        tracking_number=request.POST.get("tracking", ""),
        by=by,
        merchant_id=case.row.merchant_id,
    )


def _lose(request: HttpRequest, case: CaseShown, by: By) -> None:
    report_lost(case_id=case.row.id, who=Who.MERCHANT, text=request.POST.get("text", ""), by=by)


def _again(_request: HttpRequest, case: CaseShown, by: By) -> None:
    send_again(case_id=case.row.id, who=Who.MERCHANT, by=by)


def _money(request: HttpRequest, case: CaseShown, by: By) -> None:
    pay_instead(case_id=case.row.id, who=Who.MERCHANT, by=by, seen=replacement_seen(request))


def _seen(request: HttpRequest) -> CaseState:
    """Return the state that a form was shown in; an unknown one is none from which anything can be done."""
    return CaseState.__members__.get(request.POST.get("seen", ""), CaseState.CLOSED)


_DEEDS: Mapping[str, Callable[[HttpRequest, CaseShown, By], None]] = {
    "accept": _accept,
    "refuse": _refuse,
    "receive": _receive,
    "write": _write,
    "label": _label,
    "send": _send,
    "lose": _lose,
    "again": _again,
    "money": _money,
}
