"""Answering a case: the merchant, or nobody in time, or the operator who decides what was escalated."""

from collections.abc import Mapping
from dataclasses import dataclass

from fairground.aftersales.actions.moving import (
    CaseMoved,
    add_message,
    audit,
    hold_case,
    move_case,
    purchase_of_case,
    release_swaps,
    require_state,
    tell,
)
from fairground.aftersales.actions.settling import NothingToExchange, UnitsBack, reserve_swaps, settle_case
from fairground.aftersales.models import Case, CaseLine
from fairground.aftersales.rules import CaseState, Happened, Who, Wish, agreed_units
from fairground.checkout.actions.give_back import EVENTS_AN_ORDER_MAX, IDS_AN_ORDER_MAX
from fairground.checkout.rules.paying import PurchaseFacts
from fairground.checkout.turns import with_turn
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import By
from fairground.kernel.ids import lane_of
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import Turn
from fairground.orders.held import UnitsHeld

_ANSWERED_FROM = {
    Who.MERCHANT: (CaseState.OPENED,),
    Who.OPERATOR: (CaseState.OPENED, CaseState.ESCALATED),
    Who.CLOCK: (CaseState.OPENED,),
}


class NoSuchPart(Refusal):
    """That is no part of what was asked for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: `units` by line where it is a part, `waived` where nothing needs to come back.

    `as_money`: money instead of an exchange. Where `money_if_gone`, that is so when the other units are sold out.
    `seen` is the state that who answers saw.
    """

    accepted: bool
    seen: CaseState
    units: Mapping[int, int] | None = None
    waived: bool = False
    as_money: bool = False
    money_if_gone: bool = False
    text: str = ""


def answer_case(*, case_id: int, answer: Answer, who: Who, by: By) -> CaseState:
    """Accept a case, whole or in part, or refuse it; return the state that it is in then.

    What is accepted waits for the goods, unless none have to come back; then money or other units are given at once.
    In an exchange those are reserved until then. A merchant's refusal may be escalated, an operator's ends the case.

    :raises NoSuchCase: there is no such case
    :raises CaseMoved: it is not there to be answered any more
    :raises NoSuchPart: more is agreed to than was asked for, or nothing
    :raises NothingToExchange: what it should be exchanged for is sold out
    :raises TextMissing: who refuses says why
    :raises PartlyShipped: it would be paid, and units of the order are still here; nothing changed
    :raises PaidByPrize: a draw has paid the purchase back
    :raises ShopperErased: who paid was erased
    :raises ShopBusy: the writers' turn was not had in time; as after any refusal nothing changed
    """
    purchase_id, order_id = purchase_of_case(case_id)

    def work(turn: Turn, purchases: Mapping[int, PurchaseFacts]) -> CaseState:
        case = hold_case(case_id=case_id)
        require_state(case, _ANSWERED_FROM[who])
        if CaseState(case.state) is not answer.seen:
            raise CaseMoved(state=CaseState(case.state).name.lower())
        if answer.accepted:
            _accept(turn, purchases[purchase_id], case, answer, who=who, by=by)
        else:
            add_message(case, who=who, text=answer.text, now=by.now, needed=True)
            then = CaseState.CLOSED if answer.seen is CaseState.ESCALATED else CaseState.REFUSED
            move_case(case, then=then, who=who, now=by.now, facts={})
        verb = "case-accepted" if answer.accepted else "case-refused"
        audit(case, verb=verb, by=by, facts={"for": who.name.lower(), "state": CaseState(case.state).name.lower()})
        return CaseState(case.state)

    return with_turn(
        work,
        purchase_ids=[purchase_id],
        lanes=[lane_of(order_id)],
        now_ms=to_unix_ms(by.now),
        ids_max=IDS_AN_ORDER_MAX,
        outbox_rows=EVENTS_AN_ORDER_MAX,
        by_hand=who is not Who.CLOCK,
    )


def _accept(turn: Turn, purchase: PurchaseFacts, case: Case, answer: Answer, *, who: Who, by: By) -> None:
    lines = CaseLine.objects.filter(case=case).values_list("line_no", "units_asked", "units_agreed")
    # What an answer before left out is not held any more.
    asked = {line_no: before if units is None else units for line_no, before, units in lines if units != 0}
    agreed = agreed_units(asked, answer.units)
    if agreed is None:
        raise NoSuchPart(case_id=case.id)
    release_swaps(case)
    _hold_agreed(case, agreed)
    if Wish(case.wish) is Wish.EXCHANGE:
        _exchange_or_money(case, agreed, answer, who=who, by=by)
    if answer.waived:
        case.needs_return = False
    add_message(case, who=who, text=answer.text, now=by.now)
    if case.needs_return:
        move_case(case, then=CaseState.ACCEPTED, who=who, now=by.now, facts={"units": sum(agreed.values())})
        return
    back = {line_no: UnitsBack(units) for line_no, units in agreed.items()}
    settle_case(turn=turn, purchase=purchase, case=case, back=back, who=who, now=by.now)


def _exchange_or_money(case: Case, agreed: Mapping[int, int], answer: Answer, *, who: Who, by: By) -> None:
    if not answer.as_money:
        try:
            reserve_swaps(case, agreed=agreed)
        except NothingToExchange:
            if not answer.money_if_gone:
                raise
            tell(case, kind=Happened.NO_LONGER_THERE, who=who, now=by.now, facts={})
        else:
            return
    case.wish = Wish.MONEY.value


def _hold_agreed(case: Case, agreed: Mapping[int, int]) -> None:
    """The case holds what was agreed to and no more."""
    held = UnitsHeld.objects.filter(lane=lane_of(case.order_id), order_id=case.order_id, case_id=case.id)
    for line in CaseLine.objects.filter(case=case):
        units = agreed.get(line.line_no, 0)
        CaseLine.objects.filter(case=case, line_no=line.line_no).update(units_agreed=units)
        if units:
            held.filter(line_no=line.line_no).update(units=units)
        else:
            held.filter(line_no=line.line_no).delete()
