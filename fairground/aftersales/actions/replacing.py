"""The other units of an exchange: they leave, they come or are lost; then others are sent, or the money goes back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from fairground.aftersales.actions.moving import (
    CaseMoved,
    NoSuchCase,
    TextMissing,
    TextTooLong,
    add_message,
    audit,
    hold_case,
    move_case,
    purchase_of_case,
    release_swaps,
    require_state,
)
from fairground.aftersales.actions.open_case import AskedTooEarly
from fairground.aftersales.actions.settling import NothingToExchange, UnitsBack, pay_case, want_replacement
from fairground.aftersales.models import Case, CaseLine, Replacement
from fairground.aftersales.rules import MONEY_WHEN_LATE, CaseState, ReplacementEnd, Who, Wish, lost_from
from fairground.checkout.actions.give_back import EVENTS_AN_ORDER_MAX, IDS_AN_ORDER_MAX
from fairground.checkout.rules.paying import PurchaseFacts
from fairground.checkout.turns import Result, with_turn
from fairground.fulfilment.rules import CARRIER_LENGTH_MAX, TRACKING_LENGTH_MAX, tidy_carrier, tidy_tracking
from fairground.inventory.actions import UnitsMoved, move_units
from fairground.inventory.queries import free_units
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import By
from fairground.kernel.ids import lane_of
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import Turn


class ParcelWasLost(Refusal):
    """The case had a parcel of this carrier and number, which was lost: another one has another number."""


class NotLateYet(Refusal):
    """The other units may still be sent until `until`; after that the shopper may have the money."""


@dataclass(frozen=True, slots=True)
class ReplacementSent:
    """How a replacement left, which of its case it is; `replayed`: that was written before."""

    case_id: int
    number: int
    replayed: bool = False


def send_replacement(
    *, case_id: int, carrier: str, tracking_number: str, by: By, merchant_id: int | None = None
) -> ReplacementSent:
    """Write that the other units of an exchange left, all of them in a parcel; the same parcel twice is one.

    What was reserved for them is sold. `merchant_id`: whose case it must be, where a merchant says so.

    :raises NoSuchCase: there is no such case, or it is another merchant's
    :raises CaseMoved: nothing waits to be sent
    :raises TextMissing: there is no carrier
    :raises TextTooLong: its name or the number is too long, or can't be printed
    :raises ParcelWasLost: it is that of a parcel that was lost
    :raises ShopBusy: the writers' turn was not had in time; as after any refusal nothing changed
    """
    carrier, tracking_number = tidy_carrier(carrier), tidy_tracking(tracking_number)
    if not carrier:
        raise TextMissing
    if len(carrier) > CARRIER_LENGTH_MAX or not (carrier + tracking_number).replace(" ", "").isprintable():
        raise TextTooLong(length_max=CARRIER_LENGTH_MAX)
    if len(tracking_number) > TRACKING_LENGTH_MAX:
        raise TextTooLong(length_max=TRACKING_LENGTH_MAX)

    def work(_turn: Turn, _purchases: Mapping[int, PurchaseFacts]) -> ReplacementSent:
        case = hold_case(case_id=case_id)
        if merchant_id not in {None, case.merchant_id}:
            raise NoSuchCase(case_id=case_id)
        there = Replacement.objects.filter(case=case, sent_at__isnull=False, carrier=carrier)
        same = there.filter(tracking_number=tracking_number).exclude(end=ReplacementEnd.LOST.value).first()
        if same is not None:
            return ReplacementSent(case.id, same.number, replayed=True)
        require_state(case, (CaseState.REPLACING,))
        if tracking_number and there.filter(tracking_number=tracking_number).exists():
            raise ParcelWasLost(case_id=case_id)
        one = Replacement.objects.get(case=case, end__isnull=True)
        one.carrier, one.tracking_number, one.sent_at = carrier, tracking_number, by.now
        one.save(update_fields=["carrier", "tracking_number", "sent_at"])
        _sell(case)
        move_case(case, then=CaseState.REPLACED, who=Who.MERCHANT, now=by.now, facts={"parcel": one.number})
        audit(case, verb="replacement-sent", by=by, facts={"parcel": one.number, "carrier": carrier})
        return ReplacementSent(case.id, one.number)

    return _with_case(case_id, work, now=by.now)


def confirm_replacement(*, case_id: int, shopper_id: int, now: datetime) -> None:
    """End an exchange whose shopper says that the other units came, also where they were taken for lost.

    :raises NoSuchCase: there is none of this shopper's
    :raises CaseMoved: nothing is on its way
    """
    with transaction.atomic(durable=True):
        arrive(hold_case(case_id=case_id, shopper_id=shopper_id), who=Who.SHOPPER, now=now)


def settle_as_delivered(*, case_id: int, text: str, by: By) -> None:
    """End an exchange whose other units came as the carrier says, with words to the shopper where these say otherwise.

    :raises NoSuchCase: there is no such case
    :raises CaseMoved: nothing is on its way, or what was lost is sent again
    :raises TextMissing: the shopper says that they did not come, and there are no words
    :raises TextTooLong: there are too many
    :raises TooManyMessages: the case has as many messages as fit
    """
    with transaction.atomic(durable=True):
        case = hold_case(case_id=case_id)
        require_state(case, (CaseState.REPLACED, CaseState.LOST))
        is_disputed = CaseState(case.state) is CaseState.LOST
        add_message(case, who=Who.OPERATOR, text=text, now=by.now, needed=is_disputed)
        arrive(case, who=Who.OPERATOR, now=by.now)
        audit(case, verb="replacement-delivered", by=by, facts={"disputed": is_disputed})


def arrive(case: Case, *, who: Who, now: datetime) -> None:
    """End an exchange of a case that is locked, as its other units came.

    :raises CaseMoved: nothing is on its way
    """
    require_state(case, (CaseState.REPLACED, CaseState.LOST))
    if CaseState(case.state) is CaseState.LOST:
        lines = CaseLine.objects.filter(case=case, swap_due__gt=0)
        lines.update(swap_lost=F("swap_lost") - F("swap_due"), swap_given=F("swap_due"))
    _end_last(case, ReplacementEnd.ARRIVED, now)
    move_case(case, then=CaseState.EXCHANGED, who=who, now=now, facts={})


def report_lost(*, case_id: int, who: Who, text: str, by: By, shopper_id: int | None = None) -> None:
    """Say that the other units did not come; then they are sent again, or the money goes back.

    A shopper says so of one of their own, a week after the parcel left. What is lost stays sold.

    :raises NoSuchCase: there is no such case, or none of this shopper's
    :raises CaseMoved: nothing is on its way
    :raises AskedTooEarly: they may still come
    :raises TextTooLong: the words are too many
    :raises TooManyMessages: the case has as many messages as fit
    """
    with transaction.atomic(durable=True):
        case = hold_case(case_id=case_id, shopper_id=shopper_id)
        require_state(case, (CaseState.REPLACED,))
        one = Replacement.objects.get(case=case, end__isnull=True)
        assert one.sent_at is not None, one.pk
        if who is Who.SHOPPER and by.now < lost_from(sent_at=one.sent_at):
            raise AskedTooEarly(since=lost_from(sent_at=one.sent_at))
        add_message(case, who=who, text=text, now=by.now)
        lines = CaseLine.objects.filter(case=case, swap_due__gt=0)
        lines.update(swap_lost=F("swap_lost") + F("swap_given"), swap_given=0)
        _end_last(case, ReplacementEnd.LOST, by.now)
        move_case(case, then=CaseState.LOST, who=who, now=by.now, facts={"parcel": one.number})
        audit(case, verb="replacement-lost", by=by, facts={"for": who.name.lower(), "parcel": one.number})


def send_again(*, case_id: int, who: Who, by: By) -> None:
    """Set other units aside in place of those that were lost, so that they are sent, from the same stock.

    :raises NoSuchCase: there is no such case
    :raises CaseMoved: nothing of it is lost, or it was decided before
    :raises NothingToExchange: they are sold out; money can still be given
    :raises ShopBusy: the writers' turn was not had in time; as after any refusal nothing changed
    """

    def work(_turn: Turn, _purchases: Mapping[int, PurchaseFacts]) -> None:
        case = hold_case(case_id=case_id)
        require_state(case, (CaseState.LOST,))
        _reserve_again(case)
        want_replacement(case, now=by.now)
        move_case(case, then=CaseState.REPLACING, who=who, now=by.now, facts={})
        audit(case, verb="replacement-again", by=by, facts={"for": who.name.lower()})

    _with_case(case_id, work, now=by.now)


def pay_instead(*, case_id: int, who: Who, by: By, shopper_id: int | None = None, seen: int | None = None) -> int:
    """Give money in place of other units that did not leave or were lost; return it in minor units.

    A shopper may have it in a case of their own when who has to send, or to decide, is late (Directive (EU) 2019/771,
    Art. 13(4)(a)); the staff or the merchant gives it at once. What was reserved is free again; what is on the shelf
    stays there. `seen`: the number of the replacement in place of which it is given, so that who saw that it had not
    left or was lost pays nothing where another one was chosen since.

    :raises NoSuchCase: there is no such case, or none of this shopper's
    :raises CaseMoved: the other units are on their way, or it was decided before
    :raises NotLateYet: a shopper asks, and nobody is late
    :raises PaidByPrize: a draw has paid the purchase back
    :raises ShopperErased: who paid was erased
    :raises ShopBusy: the writers' turn was not had in time; as after any refusal nothing changed
    """
    purchase_id, _ = purchase_of_case(case_id)

    def work(turn: Turn, purchases: Mapping[int, PurchaseFacts]) -> int:
        case = hold_case(case_id=case_id, shopper_id=shopper_id)
        require_state(case, MONEY_WHEN_LATE)
        if seen is not None and seen != Replacement.objects.filter(case=case).count():
            raise CaseMoved(state=CaseState(case.state).name.lower())
        if who is Who.SHOPPER and case.due_at is not None and by.now < case.due_at:
            raise NotLateYet(until=case.due_at)
        if CaseState(case.state) is CaseState.REPLACING:
            _end_last(case, ReplacementEnd.MONEY, by.now)
            release_swaps(case)
        case.wish = Wish.MONEY.value
        due = CaseLine.objects.filter(case=case, swap_due__gt=0).values_list("line_no", "swap_due")
        back = {line_no: UnitsBack(units) for line_no, units in due}
        paid_minor = pay_case(turn=turn, purchase=purchases[purchase_id], case=case, back=back, who=who, now=by.now)
        audit(case, verb="replacement-paid", by=by, facts={"for": who.name.lower(), "paid_minor": paid_minor})
        return paid_minor

    return _with_case(case_id, work, now=by.now, ids_max=IDS_AN_ORDER_MAX, outbox_rows=EVENTS_AN_ORDER_MAX)


def _with_case(
    case_id: int,
    work: Callable[[Turn, Mapping[int, PurchaseFacts]], Result],
    *,
    now: datetime,
    ids_max: int = 0,
    outbox_rows: int = 0,
) -> Result:
    purchase_id, order_id = purchase_of_case(case_id)
    return with_turn(
        work,
        purchase_ids=[purchase_id],
        lanes=[lane_of(order_id)],
        now_ms=to_unix_ms(now),
        ids_max=ids_max,
        outbox_rows=outbox_rows,
        by_hand=True,
    )


def _end_last(case: Case, end: ReplacementEnd, now: datetime) -> None:
    last = Replacement.objects.filter(case=case).order_by("-number")[0]
    last.end, last.ended_at = end.value, now
    last.save(update_fields=["end", "ended_at"])


def _sell(case: Case) -> None:
    """What was set aside has left: it is sold."""
    moves: dict[int, int] = {}
    for line in CaseLine.objects.filter(case=case, swap_reserved__gt=0):
        assert line.swap_stock_id is not None, line.pk
        moves[line.swap_stock_id] = moves.get(line.swap_stock_id, 0) + line.swap_reserved
    move_units({stock_id: UnitsMoved(-units, units) for stock_id, units in moves.items()})
    lines = CaseLine.objects.filter(case=case, swap_reserved__gt=0)
    lines.update(swap_given=F("swap_reserved"), swap_reserved=0)


def _reserve_again(case: Case) -> None:
    lines = CaseLine.objects.filter(case=case, swap_due__gt=0)
    moves: dict[int, int] = {}
    for line in lines:
        assert line.swap_stock_id is not None, line.pk
        moves[line.swap_stock_id] = moves.get(line.swap_stock_id, 0) + line.swap_due
    free = free_units(sorted(moves))
    if any(free[stock_id] < units for stock_id, units in moves.items()):
        raise NothingToExchange(case_id=case.id)
    move_units({stock_id: UnitsMoved(units, 0) for stock_id, units in moves.items()})
    lines.update(swap_reserved=F("swap_due"))
