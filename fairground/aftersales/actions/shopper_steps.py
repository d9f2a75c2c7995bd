"""What a shopper does with a case that is open: ask the operator, take it back; and what anybody writes in it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from fairground.aftersales.actions.evidence import Evidence, add_evidence
from fairground.aftersales.actions.moving import (
    add_message,
    audit,
    hold_case,
    move_case,
    purchase_of_case,
    require_state,
    require_unsaid,
)
from fairground.aftersales.rules import OPEN_STATES, CaseState, Who, may_follow
from fairground.checkout.rules.paying import PurchaseFacts
from fairground.checkout.turns import with_turn
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import By
from fairground.kernel.ids import lane_of
from fairground.kernel.writer import Turn

_WITHDRAWN_FROM = tuple(state for state in CaseState if may_follow(state, CaseState.WITHDRAWN))


def escalate_case(*, case_id: int, shopper_id: int, text: str, now: datetime) -> None:
    """Put a case that was refused before the operator, with words.

    :raises NoSuchCase: there is none of this shopper's
    :raises CaseMoved: it was not refused, or the days for this are over
    :raises TextMissing: there are no words
    :raises TextTooLong: there are too many
    """
    with transaction.atomic(durable=True):
        case = hold_case(case_id=case_id, shopper_id=shopper_id)
        require_state(case, (CaseState.REFUSED,))
        # Nobody closed it yet, but its time is over.
        require_state(case, (CaseState.REFUSED,) if case.due_at and now < case.due_at else ())
        add_message(case, who=Who.SHOPPER, text=text, now=now, needed=True)
        move_case(case, then=CaseState.ESCALATED, who=Who.SHOPPER, now=now, facts={})


def withdraw_case(*, case_id: int, shopper_id: int, now: datetime) -> None:
    """Take a case back: nothing is given, and its units may be asked about again.

    :raises NoSuchCase: there is none of this shopper's
    :raises CaseMoved: the goods are on their way, or it has ended
    :raises ShopBusy: the writers' turn was not had in time; as after any refusal nothing changed
    """
    purchase_id, order_id = purchase_of_case(case_id)

    def work(_turn: Turn, _purchases: Mapping[int, PurchaseFacts]) -> None:
        case = hold_case(case_id=case_id, shopper_id=shopper_id)
        require_state(case, _WITHDRAWN_FROM)
        move_case(case, then=CaseState.WITHDRAWN, who=Who.SHOPPER, now=now, facts={})

    with_turn(
        work,
        purchase_ids=[purchase_id],
        lanes=[lane_of(order_id)],
        now_ms=to_unix_ms(now),
        ids_max=0,
        outbox_rows=0,
        by_hand=True,
    )


def write_message(
    *,
    case_id: int,
    who: Who,
    text: str,
    by: By,
    seen: int | None = None,
    shopper_id: int | None = None,
    evidence: Sequence[Evidence] = (),
) -> None:
    """Write in a case that is open, and add pictures to it; a shopper only in one of their own.

    `seen` is how many messages the case had when the form was shown, so that one that is sent twice is written once.

    :raises NoSuchCase: there is no such case, or none of this shopper's
    :raises CaseMoved: it has ended
    :raises MessageThereAlready: the same words came after those `seen`
    :raises TextMissing: there are no words
    :raises TextTooLong: there are too many
    :raises TooManyMessages: the case has as many messages as fit
    :raises TooMuchEvidence: the case has as many pictures as fit
    """
    with transaction.atomic(durable=True):
        case = hold_case(case_id=case_id, shopper_id=shopper_id)
        require_state(case, OPEN_STATES)
        if seen is not None:
            require_unsaid(case, who=who, text=text, seen=seen)
        add_message(case, who=who, text=text, now=by.now, needed=True)
        add_evidence(case, evidence, who=who)
        audit(case, verb="case-written", by=by, facts={"for": who.name.lower()})
