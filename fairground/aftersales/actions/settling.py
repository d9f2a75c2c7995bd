"""Giving what a case comes to: money by the road of every refund, or other units, which have to be sent then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fairground.aftersales.actions.moving import move_case, release_units
from fairground.aftersales.models import Case, CaseLine, Replacement
from fairground.aftersales.rules import CaseReason, CaseState, Who, Wish, plans_back, refund_reason
from fairground.checkout.actions.give_back import give_back
from fairground.checkout.refunds import read_sold_lines
from fairground.checkout.rules.paying import PurchaseFacts
from fairground.checkout.rules.refunding import OrderBack, require_left, with_charges
from fairground.checkout.rules.shipping import PartlyShipped
from fairground.draws.queries import left_beside_awards
from fairground.inventory.actions import UnitsMoved, move_units
from fairground.inventory.models import Stock
from fairground.inventory.queries import free_units
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import Turn
from fairground.orders.rules import Step


class NothingToExchange(Refusal):
    """What it should be exchanged for is sold out; money can still be given."""


@dataclass(frozen=True, slots=True)
class UnitsBack:
    """Units of a line that came back, or count as if they had, and how many of them are as new."""

    units: int
    sellable: int = 0


def reserve_swaps(case: Case, *, agreed: Mapping[int, int]) -> None:
    """Set the agreed units of what a case is to be exchanged for aside, from usual stock and never from a deal's.

    The caller holds the turn of the order's lane, in which the merchant's stock lies.

    :raises NothingToExchange: fewer are free; nothing changed
    """
    moves: dict[int, int] = {}
    chosen: dict[int, int] = {}
    lines = {line.line_no: line for line in CaseLine.objects.filter(case=case)}
    for line_no, units in agreed.items():
        sku_id = lines[line_no].swap_sku_id
        rows = Stock.objects.filter(lane=lane_of(case.order_id), sku_id=sku_id or 0, deal_id__isnull=True)
        free = free_units(sorted(rows.values_list("id", flat=True)))
        stock_id = next((one for one in sorted(free) if free[one] - moves.get(one, 0) >= units), None)
        if stock_id is None:
            raise NothingToExchange(line_no=line_no)
        moves[stock_id] = moves.get(stock_id, 0) + units
        chosen[line_no] = stock_id
    move_units({stock_id: UnitsMoved(units, 0) for stock_id, units in moves.items()})
    for line_no, stock_id in chosen.items():
        CaseLine.objects.filter(case=case, line_no=line_no).update(
            swap_stock_id=stock_id, swap_reserved=agreed[line_no]
        )


def settle_case(
    *, turn: Turn, purchase: PurchaseFacts, case: Case, back: Mapping[int, UnitsBack], who: Who, now: datetime
) -> int:
    """Give money for units that came back and end the case, or let others be sent; return the money in minor units.

    The caller holds the turn and the case. What goes on the shelf again does so; of a line that was exchanged before
    nothing does by itself, as it may be another SKU.

    :raises PartlyShipped: units of the order are still here; they leave, or go back by hand, before this is paid
    :raises PaidByPrize: a draw has paid the purchase back so far that this is not left
    :raises ShopperErased: who paid was erased; the caller's transaction must not commit
    """
    assert back, "nothing came back"
    back = _without_exchanged(case, back)
    if Wish(case.wish) is Wish.EXCHANGE:
        _want_others(case, back, now)
        units = sum(one.units for one in back.values())
        move_case(case, then=CaseState.REPLACING, who=who, now=now, facts={"units": units})
        return 0
    return pay_case(turn=turn, purchase=purchase, case=case, back=back, who=who, now=now)


def pay_case(
    *, turn: Turn, purchase: PurchaseFacts, case: Case, back: Mapping[int, UnitsBack], who: Who, now: datetime
) -> int:
    """Give money for units that came back, and end the case; return it in minor units.

    :raises PartlyShipped: units of the order are still here
    :raises PaidByPrize: a draw has paid the purchase back so far that this is not left
    :raises ShopperErased: who paid was erased; the caller's transaction must not commit
    """
    paid_minor = _give_money(turn, purchase, case, back, now)
    facts = {"units": sum(one.units for one in back.values()), "paid_minor": paid_minor, "currency": purchase.currency}
    move_case(case, then=CaseState.REFUNDED, who=who, now=now, facts=facts)
    return paid_minor


def _without_exchanged(case: Case, back: Mapping[int, UnitsBack]) -> dict[int, UnitsBack]:
    """What was exchanged before may be of another SKU than its line: nobody puts it on that one's shelf by itself."""
    exchanged = set(
        CaseLine.objects.filter(case__order_id=case.order_id, swap_given__gt=0).values_list("line_no", flat=True)
    )
    return {line_no: UnitsBack(one.units) if line_no in exchanged else one for line_no, one in back.items()}


def _give_money(turn: Turn, purchase: PurchaseFacts, case: Case, back: Mapping[int, UnitsBack], now: datetime) -> int:
    release_units(case)  # so that what the case was about may go back by it
    reason = refund_reason(CaseReason(case.reason))
    sold = read_sold_lines([case.order_id])[case.order_id]
    lines = {line.line_no: line for line in sold}
    plans = [
        plan
        for line_no in sorted(back)
        for plan in plans_back(
            lines[line_no], units=back[line_no].units, sellable=back[line_no].sellable, reason=reason
        )
    ]
    order = next(one for one in purchase.orders if one.order_id == case.order_id)
    if order.state == Step.PAID:
        raise PartlyShipped(order_id=order.order_id)
    order_back = OrderBack(purchase, order, with_charges(order, sold, plans, reason=reason))
    require_left([order_back], left_beside_awards(purchase_ids=[purchase.purchase_id]))
    give_back(turn=turn, backs=[order_back], now_ms=to_unix_ms(now))
    write_paid(case, [order_back])
    return order_back.paid_minor


def write_paid(case: Case, backs: Sequence[OrderBack]) -> None:
    """Note on a case's lines which refunds were its own."""
    for line_no in {plan.line.line_no for one in backs for plan in one.refunds}:
        plans = [plan for one in backs for plan in one.refunds if plan.line.line_no == line_no]
        CaseLine.objects.filter(case=case, line_no=line_no).update(
            units_paid=sum(plan.units for plan in plans),
            paid_minor=sum(plan.paid_minor for plan in plans),
            refund_nos=[plan.refund_no for plan in plans],
        )


def _want_others(case: Case, back: Mapping[int, UnitsBack], now: datetime) -> None:
    """As many reserved units wait to be sent as came back, of which those that are as new are on the shelf again."""
    stock_ids = {line.line_no: line.stock_id for line in read_sold_lines([case.order_id])[case.order_id]}
    moves: dict[int, tuple[int, int]] = {}

    def move(stock_id: int, *, reserved: int, sold: int) -> None:
        was = moves.get(stock_id, (0, 0))
        moves[stock_id] = (was[0] + reserved, was[1] + sold)

    for line in CaseLine.objects.filter(case=case, swap_reserved__gt=0):
        one = back.get(line.line_no, UnitsBack(0))
        assert line.swap_stock_id is not None, line.pk
        assert one.units <= line.swap_reserved, (line.pk, one)
        move(line.swap_stock_id, reserved=one.units - line.swap_reserved, sold=0)
        if one.sellable:
            move(stock_ids[line.line_no], reserved=0, sold=-one.sellable)
        CaseLine.objects.filter(case=case, line_no=line.line_no).update(
            swap_reserved=one.units, swap_due=one.units, swap_restocked=one.sellable
        )
    move_units({stock_id: UnitsMoved(*both) for stock_id, both in moves.items() if any(both)})
    want_replacement(case, now=now)


def want_replacement(case: Case, *, now: datetime) -> None:
    """Write down that units of a case that is locked have to be sent from now on."""
    before = Replacement.objects.filter(case=case).count()
    Replacement.objects.create(case=case, number=before + 1, wanted_at=now)
