"""Opening a case about goods that were paid; of what is not shipped yet the money goes back at once."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from fairground.aftersales.actions.evidence import Evidence, add_evidence
from fairground.aftersales.actions.moving import add_message, move_case, tell
from fairground.aftersales.actions.settling import write_paid
from fairground.aftersales.deadlines import CaseDays, due_after
from fairground.aftersales.market_days import case_days
from fairground.aftersales.models import Case, CaseLine
from fairground.aftersales.rules import (
    CASES_AN_ORDER_MAX,
    CaseReason,
    CaseState,
    Happened,
    Who,
    Wish,
    asked_from,
    asked_until,
    is_about_parcels,
    needs_return,
    needs_right,
    refund_reason,
)
from fairground.catalog.models import Price, Sku
from fairground.checkout.actions.give_back import EVENTS_AN_ORDER_MAX, IDS_AN_ORDER_MAX, give_back
from fairground.checkout.refunds import read_sold_lines
from fairground.checkout.rights import right_to_withdraw
from fairground.checkout.rules.paying import OrderOfPurchase, PurchaseFacts
from fairground.checkout.rules.refunding import (
    PAID_STEPS,
    LineSold,
    NoUnits,
    OrderNotRefundable,
    ShopperErased,
    TooManyUnits,
    UnitsInCase,
    UnknownLine,
    decide_refunds,
)
from fairground.checkout.rules.shipping import units_shipped
from fairground.checkout.turns import with_turn
from fairground.draws.queries import left_beside_awards
from fairground.fulfilment.queries import parcels_of
from fairground.identity.actions import hold_unerased
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import Turn
from fairground.orders.held import UnitsHeld
from fairground.orders.models import Order
from fairground.orders.rules import Step


class AskedTooLate(Refusal):
    """The days are over in which this can be asked for; they ended at `until`."""


class AskedTooEarly(Refusal):
    """It is on its way: that it did not come can be said from `since` on."""


class NoRightToReturn(Refusal):
    """The law of the market gives no right to send it back without a reason, or a private person sold it."""


class TooManyCases(Refusal):
    """The order has had `cases_max` cases."""


class CaseThereAlready(Refusal):
    """Another case of the order was opened after who asks looked: a form that was sent twice, or another window."""


class NotExchangeable(Refusal):
    """It can't be exchanged for that: another product, another price, not on sale, or nothing was shipped yet."""


@dataclass(frozen=True, slots=True)
class CaseAsked:
    """What a shopper asks: units by line of one order, and in an exchange for which SKU each.

    `seen` is how many cases the order had when the form was shown, so that one that is sent twice opens one.
    `language` is in which the shopper asks, and is written to; where it is empty, as when the order was placed.
    """

    purchase_id: int
    order_id: int
    shopper_id: int
    units: Mapping[int, int]
    reason: CaseReason
    wish: Wish
    seen: int
    swaps: Mapping[int, int]
    text: str = ""
    evidence: Sequence[Evidence] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class CaseOpened:
    """The case, and what went back at once, in minor units."""

    case_id: int
    case_no: int
    state: CaseState
    paid_minor: int
    currency: str


def open_case(*, asked: CaseAsked, now: datetime) -> CaseOpened:
    """Open a case about units of a paid order, which nothing else gives back while it is open.

    Of what has not left the money goes back at once and the units on the shelf. What has left comes back first, also
    where the rest of the order is still here; then it is paid for once that has left.

    :raises OrderNotRefundable: there is no such order of the shopper's, or it is not paid, or cancelled
    :raises UnknownLine: the order has no such line
    :raises NoUnits: of a line no unit is asked about, or less than none, or no line is named
    :raises TooManyUnits: fewer units of a line are left
    :raises UnitsInCase: they are, but another open case is about them
    :raises AskedTooEarly: it may still come
    :raises NoRightToReturn: it was shipped, and nobody need take it back without a reason
    :raises AskedTooLate: its time is over
    :raises TooManyCases: the order has had as many as it may
    :raises CaseThereAlready: it has another one since who asks looked
    :raises NotExchangeable: it can't be exchanged for that
    :raises TextTooLong: the words are too many
    :raises TooMuchEvidence: the pictures are
    :raises PaidByPrize: not shipped, and a draw has paid the purchase back
    :raises ShopperErased: whose purchase it is, or who paid, was erased
    :raises ShopBusy: the writers' turn was not had in time; as after any refusal nothing changed
    """

    def work(turn: Turn, purchases: Mapping[int, PurchaseFacts]) -> CaseOpened:
        purchase, order = _order_asked(asked, purchases)
        lines = {line.line_no: line for line in read_sold_lines([order.order_id])[order.order_id]}
        _require_units(asked, lines)
        shipped_at = _shipped_at(asked, order, lines)
        days = case_days(market=order.market.decode())
        _require_time(asked, order, shipped_at, now, days)
        if asked.wish is Wish.EXCHANGE:
            _require_swaps(asked, order, lines)
        case = _write(turn, asked, order, now, days, is_shipped=shipped_at is not None)
        paid_minor = 0
        if shipped_at is None:
            paid_minor = _give_at_once(turn, case, asked, purchase, now)
        # Last, as an erasure that waits for this holds nothing that this waits for.
        if hold_unerased(shopper_ids=[asked.shopper_id]):
            raise ShopperErased(purchase_id=asked.purchase_id)
        return CaseOpened(case.id, case.case_no, CaseState(case.state), paid_minor, purchase.currency)

    return with_turn(
        work,
        purchase_ids=[asked.purchase_id],
        lanes=(),
        now_ms=to_unix_ms(now),
        ids_max=IDS_AN_ORDER_MAX + 1,
        outbox_rows=EVENTS_AN_ORDER_MAX,
        by_hand=True,
    )


def _order_asked(asked: CaseAsked, purchases: Mapping[int, PurchaseFacts]) -> tuple[PurchaseFacts, OrderOfPurchase]:
    purchase = purchases.get(asked.purchase_id)
    orders = purchase.orders if purchase and purchase.shopper_id == asked.shopper_id else []
    order = next((one for one in orders if one.order_id == asked.order_id), None)
    if purchase is None or order is None or order.state not in PAID_STEPS:
        raise OrderNotRefundable(order_id=asked.order_id)
    return purchase, order


def _require_units(asked: CaseAsked, lines: Mapping[int, LineSold]) -> None:
    if not asked.units:
        raise NoUnits(order_id=asked.order_id)
    for line_no, units in sorted(asked.units.items()):
        line = lines.get(line_no)
        if line is None:
            raise UnknownLine(order_id=asked.order_id, line_no=line_no)
        if units < 1:
            raise NoUnits(order_id=asked.order_id, line_no=line_no, asked=units)
        if units > line.kept_units:
            raise TooManyUnits(order_id=asked.order_id, line_no=line_no, left=line.kept_units, asked=units)
        if units > line.kept_units - line.held_units:
            raise UnitsInCase(order_id=asked.order_id, line_no=line_no, held=line.held_units)


def _shipped_at(asked: CaseAsked, order: OrderOfPurchase, lines: Mapping[int, LineSold]) -> datetime | None:
    """Return when what the case is about left; None where it is still here, even if other units have left."""
    if order.state != Step.PAID:
        return Order.objects.values_list("shipped_at", flat=True).get(pk=(lane_of(order.order_id), order.order_id))
    parcels = parcels_of(order_ids=[order.order_id]).get(order.order_id, [])
    kept = {line_no: line.kept_units for line_no, line in lines.items()}
    if not is_about_parcels(asked.units, reason=asked.reason, kept=kept, shipped=units_shipped(parcels)):
        return None
    return max(parcel.shipped_at for parcel in parcels)


def _require_time(
    asked: CaseAsked, order: OrderOfPurchase, shipped_at: datetime | None, now: datetime, days: CaseDays
) -> None:
    key = (lane_of(asked.order_id), asked.order_id)
    delivered_at = Order.objects.values_list("delivered_at", flat=True).get(pk=key)
    since = asked_from(asked.reason, shipped_at=shipped_at, delivered_at=delivered_at)
    if since is not None and now < since:
        raise AskedTooEarly(since=since)
    delivered_at = _with_the_buyer_since(asked, delivered_at)
    right = right_to_withdraw(order)
    if needs_right(asked.reason, is_shipped=shipped_at is not None) and not right.days:
        raise NoRightToReturn(order_id=asked.order_id)
    until = asked_until(
        asked.reason, delivered_at=delivered_at, days=right.days, zone=right.zone, claim_days=days.claim
    )
    if until is not None and now >= until:
        raise AskedTooLate(until=until)
    cases = Case.objects.filter(order_id=asked.order_id).count()
    if cases != asked.seen:
        raise CaseThereAlready(cases=cases)
    if cases >= CASES_AN_ORDER_MAX:
        raise TooManyCases(cases_max=CASES_AN_ORDER_MAX)


def _with_the_buyer_since(asked: CaseAsked, delivered_at: datetime | None) -> datetime | None:
    """Return from when on time counts: of goods that are faulty or wrong, from when others came in their place.

    To change one's mind counts from the order's own delivery: an exchange makes no new contract.
    """
    if asked.reason is CaseReason.CHANGED_MIND or delivered_at is None:
        return delivered_at
    came = CaseLine.objects.filter(case__order_id=asked.order_id, line_no__in=asked.units, swap_given__gt=0)
    since = dict.fromkeys(asked.units, delivered_at)
    for line_no, closed_at in came.values_list("line_no", "case__closed_at"):
        if closed_at is not None:
            since[line_no] = max(since[line_no], closed_at)
    return min(since.values())


def _require_swaps(asked: CaseAsked, order: OrderOfPurchase, lines: Mapping[int, LineSold]) -> None:
    """Each line is exchanged for a SKU of its product that is on sale and costs as much today."""
    if order.state == Step.PAID:
        raise NotExchangeable(order_id=order.order_id)
    for line_no in asked.units:
        swap_id = asked.swaps.get(line_no)
        skus = {one.id: one for one in Sku.objects.filter(id__in=[swap_id or 0, lines[line_no].sku_id])}
        prices = set(
            Price.objects.filter(sku__in=skus, market_id=order.market.decode()).values_list("price_minor", flat=True)
        )
        swap, bought = skus.get(swap_id or 0), skus.get(lines[line_no].sku_id)
        fits = swap is not None and bought is not None and swap.on_sale and swap.product_id == bought.product_id
        if not fits or len(prices) != 1:
            raise NotExchangeable(order_id=order.order_id, line_no=line_no)


def _write(
    turn: Turn, asked: CaseAsked, order: OrderOfPurchase, now: datetime, days: CaseDays, *, is_shipped: bool
) -> Case:
    case = Case.objects.create(
        id=turn.ids.draw(lane_of(order.order_id)),
        order_id=order.order_id,
        case_no=asked.seen + 1,
        purchase_id=asked.purchase_id,
        shopper_id=asked.shopper_id,
        merchant_id=order.merchant_id,
        market=order.market.decode(),
        reason=asked.reason.value,
        wish=asked.wish.value,
        state=CaseState.OPENED.value,
        needs_return=is_shipped and needs_return(asked.reason),
        opened_at=now,
        due_at=due_after(CaseState.OPENED, now=now, days=days),
        language=asked.language or _language_of(order.order_id),
        days=asdict(days),
    )
    for line_no, units in sorted(asked.units.items()):
        swap_sku_id = asked.swaps[line_no] if asked.wish is Wish.EXCHANGE else None
        CaseLine.objects.create(
            case=case,
            line_no=line_no,
            units_asked=units,
            units_agreed=None if is_shipped else units,
            swap_sku_id=swap_sku_id,
        )
        if is_shipped:
            UnitsHeld.objects.create(
                lane=lane_of(order.order_id), order_id=order.order_id, line_no=line_no, case_id=case.id, units=units
            )
    units = sum(asked.units.values())
    tell(case, kind=Happened.OPENED, who=Who.SHOPPER, now=now, facts={"units": units})
    add_message(case, who=Who.SHOPPER, text=asked.text, now=now)
    add_evidence(case, asked.evidence)
    return case


def _language_of(order_id: int) -> str:
    return Order.objects.values_list("language", flat=True).get(pk=(lane_of(order_id), order_id))


def _give_at_once(turn: Turn, case: Case, asked: CaseAsked, purchase: PurchaseFacts, now: datetime) -> int:
    backs = decide_refunds(
        {(asked.order_id, line_no): units for line_no, units in asked.units.items()},
        reason=refund_reason(asked.reason),
        purchases={purchase.purchase_id: purchase},
        lines=read_sold_lines([asked.order_id]),
        left_minor=left_beside_awards(purchase_ids=[purchase.purchase_id]),
        seen={},
    )
    give_back(turn=turn, backs=backs, now_ms=to_unix_ms(now))
    write_paid(case, backs)
    paid_minor = sum(one.paid_minor for one in backs)
    facts = {"units": sum(asked.units.values()), "paid_minor": paid_minor, "currency": purchase.currency}
    move_case(case, then=CaseState.REFUNDED, who=Who.CLOCK, now=now, facts=facts)
    return paid_minor
