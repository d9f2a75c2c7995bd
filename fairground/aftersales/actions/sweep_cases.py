"""What deadlines do to cases: who did not answer has accepted a return, what was not sent back has expired."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from django.db.models import QuerySet

from fairground.aftersales.actions.answer_case import Answer, answer_case
from fairground.aftersales.actions.moving import CaseMoved, hold_case, move_case, purchase_of_case
from fairground.aftersales.actions.replacing import arrive
from fairground.aftersales.models import Case
from fairground.aftersales.rules import SWEPT_STATES, CaseReason, CaseState, Who, silence_accepts
from fairground.checkout.rules.paying import PurchaseFacts
from fairground.checkout.turns import with_turn
from fairground.kernel.aside import is_aside
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import By
from fairground.kernel.ids import lane_of
from fairground.kernel.writer import Turn

# Each is a turn of its own, of some milliseconds; the sale goes on between them.
SWEPT_A_GO_MAX = 100
# Under this name the sweep sets cases aside.
CHORE = "case-deadlines"
_THEN = {
    CaseState.OPENED: CaseState.ESCALATED,  # silence pays nothing
    CaseState.ACCEPTED: CaseState.EXPIRED,
    CaseState.SENT: CaseState.ESCALATED,
    CaseState.REFUSED: CaseState.CLOSED,
    CaseState.REPLACED: CaseState.EXCHANGED,  # a parcel of which nobody says anything counts as delivered
}


def sweep_cases(*, now: datetime) -> int:
    """Do to cases what their deadlines say, each once, and return how many there were.

    An exchange that can't be had any more is accepted as money. What would be paid without goods coming back goes to
    the operator: silence pays nothing.
    """
    case_ids = cases_due(now=now)
    for case_id in case_ids:
        sweep_case(case_id=case_id, now=now)
    return len(case_ids)


def cases_due(*, now: datetime) -> list[int]:
    """Return the cases whose deadlines are over, without those set aside, the longest over first."""
    due = _due(now).filter(~is_aside(chore=CHORE, column="id")).order_by("due_at")
    return list(due.values_list("id", flat=True)[:SWEPT_A_GO_MAX])


def sweep_case(*, case_id: int, now: datetime) -> None:
    """Do to a case what its deadline says; nothing where it is not over, or somebody was quicker."""
    with suppress(CaseMoved):
        _sweep(case_id, now)


def _due(now: datetime) -> QuerySet[Case]:
    return Case.objects.filter(due_at__lte=now, state__in=[state.value for state in SWEPT_STATES])


def _sweep(case_id: int, now: datetime) -> None:
    found = _due(now).filter(id=case_id).values_list("state", "reason").first()
    if found is None:
        return
    state, reason = CaseState(found[0]), CaseReason(found[1])
    if state is CaseState.OPENED and silence_accepts(reason):
        answer = Answer(accepted=True, seen=state, money_if_gone=True)
        answer_case(case_id=case_id, answer=answer, who=Who.CLOCK, by=By(user_id=None, now=now))
    else:
        _move_on(case_id, now)


def _move_on(case_id: int, now: datetime) -> None:
    purchase_id, order_id = purchase_of_case(case_id)

    def work(_turn: Turn, _purchases: Mapping[int, PurchaseFacts]) -> None:
        case = hold_case(case_id=case_id)
        state = CaseState(case.state)
        if state not in _THEN or case.due_at is None or case.due_at > now:
            raise CaseMoved(state=state.name.lower())
        if _THEN[state] is CaseState.EXCHANGED:
            arrive(case, who=Who.CLOCK, now=now)
        else:
            move_case(case, then=_THEN[state], who=Who.CLOCK, now=now, facts={})

    with_turn(
        work,
        purchase_ids=[purchase_id],
        lanes=[lane_of(order_id)],
        now_ms=to_unix_ms(now),
        ids_max=0,
        outbox_rows=0,
    )
