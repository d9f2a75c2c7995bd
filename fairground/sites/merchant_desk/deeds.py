"""What the forms of the merchant's page do: the same actions as the staff's form calls, as the merchant, by link."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from fairground.aftersales.actions.answer_case import Answer, answer_case
from fairground.aftersales.actions.return_goods import receive_return
from fairground.aftersales.actions.settling import UnitsBack
from fairground.aftersales.actions.shopper_steps import write_message
from fairground.aftersales.queries import CaseShown
from fairground.aftersales.rules import MESSAGES_MAX, CaseState, Who
from fairground.catalog.rules import QUANTITY_MAX
from fairground.kernel.edits import By
from fairground.sites.evidence_forms import brought

DONE: Mapping[str, Promise] = {
    "accept": gettext_lazy("Accepted. The buyer sees it now."),
    "refuse": gettext_lazy("Refused. The buyer sees why, and may put it before Fairground."),
    "receive": gettext_lazy("Noted what came back. The buyer sees it now."),
    "write": gettext_lazy("Your message stands here now."),
}


def do_deed(request: HttpRequest, case: CaseShown, deed: str, *, now: datetime) -> None:
    """Do to a case what a form asks; `deed` is one of `DONE`.

    :raises Refusal: one of the action's; nothing changed
    """
    _DEEDS[deed](request, case, By(user_id=None, now=now, by_link=True))


def _accept(request: HttpRequest, case: CaseShown, by: By) -> None:
    _answer(request, case, by, accepted=True)


def _refuse(request: HttpRequest, case: CaseShown, by: By) -> None:
    _answer(request, case, by, accepted=False)


def _answer(request: HttpRequest, case: CaseShown, by: By, *, accepted: bool) -> None:
    answer = Answer(
        accepted=accepted,
        # A form names the state that it was shown in; an unknown one is none that can be answered.
        seen=CaseState.__members__.get(request.POST.get("seen", ""), CaseState.CLOSED),
        units={line.line_no: _number(request, f"units-{line.line_no}") for line in case.lines} if accepted else None,
        waived=request.POST.get("when") == "now",
        as_money=request.POST.get("as_money") == "on",
        text=request.POST.get("text", ""),
    )
    answer_case(case_id=case.row.id, answer=answer, who=Who.MERCHANT, by=by)


def _receive(request: HttpRequest, case: CaseShown, by: By) -> None:
    back = {
        line.line_no: UnitsBack(_number(request, f"back-{line.line_no}"), _number(request, f"sellable-{line.line_no}"))
        for line in case.lines
    }
    text = request.POST.get("text", "")
    receive_return(case_id=case.row.id, back=back, who=Who.MERCHANT, by=by, text=text)


def _write(request: HttpRequest, case: CaseShown, by: By) -> None:
    write_message(
        case_id=case.row.id,
        who=Who.MERCHANT,
        text=request.POST.get("text", ""),
        by=by,
        seen=_number(request, "messages_seen", most=MESSAGES_MAX),
        evidence=brought(request),
    )


def _number(request: HttpRequest, name: str, *, most: int = QUANTITY_MAX) -> int:
    """Return a whole number that a form sent, 0 for what is none; what is above `most` is refused by the action."""
    text = request.POST.get(name, "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(most)) else 0


_DEEDS: Mapping[str, Callable[[HttpRequest, CaseShown, By], None]] = {
    "accept": _accept,
    "refuse": _refuse,
    "receive": _receive,
    "write": _write,
}
