"""After-sale cases for tests: a purchase whose orders are shipped, and steps with the usual answers."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from fairground.aftersales.actions.answer_case import Answer, answer_case
from fairground.aftersales.actions.open_case import CaseAsked, CaseOpened, open_case
from fairground.aftersales.actions.replacing import (
    ReplacementSent,
    confirm_replacement,
    pay_instead,
    report_lost,
    send_again,
    send_replacement,
)
from fairground.aftersales.actions.return_goods import receive_return, send_back
from fairground.aftersales.actions.settling import UnitsBack
from fairground.aftersales.models import Case
from fairground.aftersales.rules import CaseReason, CaseState, Who, Wish
from fairground.catalog.models import Price, Sku
from fairground.checkout.actions.advance_orders import advance_orders
from fairground.inventory.models import Stock
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.kernel.ids import lane_of
from fairground.orders.held import UnitsHeld
from fairground.orders.rules import Step
from tests.factories import (
    SkuMade,
    give_wallet,
    make_merchant,
    make_shopper,
    make_sku,
    next_id,
    pay,
    pay_request,
    place_one,
    place_request,
)
from tests.refunding import LATER_MS, Scene

LATER = from_unix_ms(LATER_MS)


def by(now: datetime = LATER) -> By:
    """Return somebody at a command line."""
    return By(user_id=None, now=now, reason="so it was decided")


def ship(*order_ids: int, delivered: bool = True) -> None:
    """Take paid orders on; they left a minute before they came."""
    advance_orders(order_ids=order_ids, then=Step.SHIPPED, now_ms=LATER_MS - 60_000)
    if delivered:
        advance_orders(order_ids=order_ids, then=Step.DELIVERED, now_ms=LATER_MS)


def ask(
    scene: Scene,
    order_id: int,
    units: int,
    *,
    reason: CaseReason = CaseReason.FAULTY,
    swap_sku_id: int | None = None,
    text: str = "",
    seen: int | None = None,
    now: datetime = LATER,
) -> CaseOpened:
    """Open a case about units of an order's only line; with a SKU to exchange it for, that is what is wished."""
    asked = CaseAsked(
        purchase_id=scene.placed.purchase_id,
        order_id=order_id,
        shopper_id=scene.shopper_id,
        units={1: units},
        reason=reason,
        wish=Wish.MONEY if swap_sku_id is None else Wish.EXCHANGE,
        seen=Case.objects.filter(order_id=order_id).count() if seen is None else seen,
        swaps={} if swap_sku_id is None else {1: swap_sku_id},
        text=text,
    )
    return open_case(asked=asked, now=now)


def accept(
    case_id: int,
    *,
    units: int | None = None,
    waived: bool = False,
    as_money: bool = False,
    who: Who = Who.MERCHANT,
    now: datetime = LATER,
) -> CaseState:
    """Accept a case of one line from where it is, all of it unless units are told."""
    answer = Answer(
        accepted=True,
        seen=CaseState(Case.objects.get(id=case_id).state),
        units=None if units is None else {1: units},
        waived=waived,
        as_money=as_money,
    )
    return answer_case(case_id=case_id, answer=answer, who=who, by=by(now))


def refuse(case_id: int, *, who: Who = Who.MERCHANT, text: str = "It was worn.", now: datetime = LATER) -> CaseState:
    """Refuse a case from where it is."""
    answer = Answer(accepted=False, seen=CaseState(Case.objects.get(id=case_id).state), text=text)
    return answer_case(case_id=case_id, answer=answer, who=who, by=by(now))


def send(scene: Scene, case_id: int, *, now: datetime = LATER) -> None:
    """Send the goods of a case back."""
    send_back(case_id=case_id, shopper_id=scene.shopper_id, tracking="1Z-77", now=now)


def receive(
    case_id: int, units: int, *, sellable: int = 0, who: Who = Who.MERCHANT, now: datetime = LATER
) -> CaseState:
    """Receive units of a case's only line."""
    return receive_return(
        case_id=case_id, back={1: UnitsBack(units, sellable)}, who=who, by=by(now), text="" if units else "Empty box."
    )


def send_other(case_id: int, *, tracking: str = "R1", now: datetime = LATER) -> ReplacementSent:
    """Send the other units of an exchange."""
    return send_replacement(case_id=case_id, carrier="DHL", tracking_number=tracking, by=by(now))


def confirm(scene: Scene, case_id: int, *, now: datetime = LATER) -> None:
    """Say as its shopper that the other units came."""
    confirm_replacement(case_id=case_id, shopper_id=scene.shopper_id, now=now)


def lose(case_id: int, *, now: datetime = LATER) -> None:
    """Say as the merchant that the other units were lost."""
    report_lost(case_id=case_id, who=Who.MERCHANT, text="", by=by(now))


def again(case_id: int, *, now: datetime = LATER) -> None:
    """Set others aside for those that were lost."""
    send_again(case_id=case_id, who=Who.MERCHANT, by=by(now))


def instead(case_id: int, *, now: datetime = LATER) -> int:
    """Give the money in place of the other units, as the merchant."""
    return pay_instead(case_id=case_id, who=Who.MERCHANT, by=by(now))


def exchange(scene: Scene, order_id: int, units: int, *, swap_sku_id: int, sellable: int = 0) -> int:
    """Open a case, accept it and receive the goods, so that the others have to be sent; return the case."""
    case_id = ask(scene, order_id, units, swap_sku_id=swap_sku_id).case_id
    accept(case_id)
    receive(case_id, units, sellable=sellable)
    return case_id


def held_units(order_id: int) -> int:
    """Return how many units of an order open cases hold."""
    return sum(UnitsHeld.objects.filter(lane=lane_of(order_id), order_id=order_id).values_list("units", flat=True))


def state_of(case_id: int) -> CaseState:
    """Return where a case stands."""
    return CaseState(Case.objects.get(id=case_id).state)


def days(count: int) -> datetime:
    """Return the moment so many days later."""
    return LATER + timedelta(days=count)


def make_variant(sku: SkuMade, *, units: int = 10, price_minor: int | None = None, on_sale: bool = True) -> SkuMade:
    """Make another SKU of the same product, which costs as much unless told otherwise."""
    price_minor = sku.price_minor if price_minor is None else price_minor
    lane = sku.merchant.lane
    sku_id, stock_id = next_id(lane=lane), next_id(lane=lane)
    Sku.objects.create(
        id=sku_id,
        lane=lane,
        merchant_id=sku.merchant.id,
        product_id=Sku.objects.get(id=sku.id).product_id,
        external_id=str(sku_id),
        hs_code="940161",
        on_sale=on_sale,
    )
    Price.objects.create(sku_id=sku_id, market_id=sku.market, price_minor=price_minor, currency=sku.currency)
    Stock.objects.create(lane=lane, id=stock_id, sku_id=sku_id, place_id=sku.merchant.place_id, units=units)
    return SkuMade(sku_id, sku.market, sku.currency, price_minor, stock_id, sku.merchant)


def many(units: Mapping[int, int]) -> dict[int, UnitsBack]:
    """Return units that came back by line, none of them as new."""
    return {line_no: UnitsBack(count) for line_no, count in units.items()}


def ask_of_two_lines(*, now: datetime = LATER) -> int:
    """Open a case about two chairs and three stools of one shipped order, of the lines 1 and 2; return it."""
    merchant = make_merchant(lane=10)
    chair, stool = (make_sku(merchant=merchant, price_minor=price_minor) for price_minor in (9_000, 2_500))
    shopper_id = make_shopper(lane=20)
    give_wallet(shopper_id=shopper_id, amount_minor=100_000)
    placed = place_one(place_request(chair.line(2), stool.line(3), shopper_id=shopper_id))
    pay([pay_request(placed, shopper_id=shopper_id)])
    order_id = placed.orders[0].order_id
    ship(order_id)
    asked = CaseAsked(
        purchase_id=placed.purchase_id,
        order_id=order_id,
        shopper_id=shopper_id,
        units={1: 2, 2: 3},
        reason=CaseReason.FAULTY,
        wish=Wish.MONEY,
        seen=0,
        swaps={},
    )
    return open_case(asked=asked, now=now).case_id
