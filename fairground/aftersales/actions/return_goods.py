"""Goods on their way back, and what is given when they are there."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from fairground.aftersales.actions.answer_case import NoSuchPart
from fairground.aftersales.actions.moving import (
    TextMissing,
    TextTooLong,
    add_message,
    audit,
    hold_case,
    move_case,
    purchase_of_case,
    require_state,
    tell,
)
from fairground.aftersales.actions.settling import UnitsBack, settle_case
from fairground.aftersales.models import Case, CaseLine
from fairground.aftersales.rules import TRACKING_LENGTH_MAX, CaseState, Happened, Who
from fairground.checkout.actions.give_back import EVENTS_AN_ORDER_MAX, IDS_AN_ORDER_MAX
from fairground.checkout.rules.paying import PurchaseFacts
from fairground.checkout.turns import with_turn
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import By
from fairground.kernel.ids import lane_of
from fairground.kernel.writer import Turn


def send_back(*, case_id: int, shopper_id: int, tracking: str, now: datetime) -> None:
    """Note that the goods are on their way, and by what number the parcel is followed; no carrier is asked.

    :raises NoSuchCase: there is none of this shopper's
    :raises CaseMoved: nothing is waited for, or they were sent before
    :raises TextMissing: there is no number
    :raises TextTooLong: it is longer than `TRACKING_LENGTH_MAX`
    """
    number = tracking.replace("\0", "").strip()
    with transaction.atomic(durable=True):
        case = hold_case(case_id=case_id, shopper_id=shopper_id)
        require_state(case, (CaseState.ACCEPTED,))
        if not number:
            raise TextMissing
        if len(number) > TRACKING_LENGTH_MAX:
            raise TextTooLong(length_max=TRACKING_LENGTH_MAX)
        case.tracking = number
        move_case(case, then=CaseState.SENT, who=Who.SHOPPER, now=now, facts={})


def receive_return(*, case_id: int, back: Mapping[int, UnitsBack], who: Who, by: By, text: str = "") -> CaseState:
    """Note what came back of each line and how much of it is as new, and give for it what was agreed.

    Where nothing came back that counts, that is a refusal, with words, which the shopper may escalate.

    :raises NoSuchCase: there is no such case
    :raises CaseMoved: no goods are waited for: they were received before
    :raises NoSuchPart: more came back than was agreed to, or more is as new than came back
    :raises TextMissing: nothing came back, and nobody says so
    :raises PartlyShipped: it would be paid, and units of the order are still here; nothing changed
    :raises PaidByPrize: a draw has paid the purchase back
    :raises ShopperErased: who paid was erased
    :raises ShopBusy: the writers' turn was not had in time; as after any refusal nothing changed
    """
    purchase_id, order_id = purchase_of_case(case_id)

    def work(turn: Turn, purchases: Mapping[int, PurchaseFacts]) -> CaseState:
        case = hold_case(case_id=case_id)
        require_state(case, (CaseState.ACCEPTED, CaseState.SENT))
        came = _came_back(case, back)
        add_message(case, who=who, text=text, now=by.now, needed=not came)
        facts = {
            "units": sum(one.units for one in came.values()),
            "as_new": sum(one.sellable for one in came.values()),
        }
        tell(case, kind=Happened.RECEIVED, who=who, now=by.now, facts=facts)
        if came:
            for line_no, one in came.items():
                lines = CaseLine.objects.filter(case=case, line_no=line_no)
                lines.update(units_back=one.units, units_sellable=one.sellable)
            settle_case(turn=turn, purchase=purchases[purchase_id], case=case, back=came, who=who, now=by.now)
        else:
            move_case(case, then=CaseState.REFUSED, who=who, now=by.now, facts={})
        audit(case, verb="case-received", by=by, facts={"for": who.name.lower(), **facts})
        return CaseState(case.state)

    return with_turn(
        work,
        purchase_ids=[purchase_id],
        lanes=[lane_of(order_id)],
        now_ms=to_unix_ms(by.now),
        ids_max=IDS_AN_ORDER_MAX,
        outbox_rows=EVENTS_AN_ORDER_MAX,
        by_hand=True,
    )


def _came_back(case: Case, back: Mapping[int, UnitsBack]) -> dict[int, UnitsBack]:
    agreed = dict(CaseLine.objects.filter(case=case).values_list("line_no", "units_agreed"))
    for line_no, one in back.items():
        if not 0 <= one.sellable <= one.units <= (agreed.get(line_no) or 0):
            raise NoSuchPart(case_id=case.id, line_no=line_no)
    return {line_no: one for line_no, one in sorted(back.items()) if one.units}
