"""Deciding what goes back of paid lines: units in any parts, the rest of an order, the difference of a fallen price."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from fairground.checkout.rules.charges import SHIPPING_LINE_NO
from fairground.checkout.rules.paying import OrderOfPurchase, PurchaseFacts
from fairground.kernel.refusal import Refusal
from fairground.orders.rules import RefundReason, Step
from fairground.promotions.rules.refunding import Ahead, SoldLine, price_fall, refund_left
from fairground.promotions.rules.terms import Discount

MS_PER_DAY = 86_400_000
PAID_STEPS = frozenset({Step.PAID, Step.SHIPPED, Step.DELIVERED, Step.COMPLETED})
# (order id, line number)
LineKey = tuple[int, int]


class OrderNotRefundable(Refusal):
    """The order is not paid, or nothing of it is kept any more."""


class UnknownLine(Refusal):
    """The order has no such line."""


class NoUnits(Refusal):
    """Of a line less than one unit is asked for, or of no line any."""


class TooManyUnits(Refusal):
    """Fewer units of the line are left than shall go back."""


class RefundedSince(Refusal):
    """Units of the line went back after who asks looked."""


class UnitsInCase(Refusal):
    """So many units of the line are left, but an open case is about `held` of them."""


class PaidByPrize(Refusal):
    """A draw has paid the purchase back already, or more of it than would leave this; `left_minor` may go back."""


class ShopperErased(Refusal):
    """Whose wallet it would be was erased: nobody could ask for the money."""


class NoPriceProtection(Refusal):
    """The market protects no prices."""


class ProtectionOver(Refusal):
    """The days are over in which the difference can be asked for."""


class PriceNotFallen(Refusal):
    """Nothing of the purchase costs less today."""


class DifferenceGiven(Refusal):
    """The difference to today's price went back before."""


class LineSold(Struct, frozen=True):
    """A line of a paid order, and what of it went back so far: units, refunds, and what was given ahead.

    `held_units` are those of the kept ones that open after-sale cases are about; `duty_no` is the duty that was asked
    for it, 0 where none was.
    """

    order_id: int
    line_no: int
    sku_id: int
    stock_id: int
    deal_id: int | None
    sold: SoldLine
    refunded_units: int = 0
    refunds: int = 0
    ahead: Ahead = Ahead()
    held_units: int = 0
    duty_no: int = 0

    @property
    def kept_units(self) -> int:
        """Return the units that the shopper still has."""
        return self.sold.quantity - self.refunded_units


class RefundPlan(Struct, frozen=True):
    """A refund of a line that will be written; `ended` is what of the line's discounts ends with it."""

    line: LineSold
    refund_no: int
    reason: RefundReason
    units: int
    goods_minor: int
    ended: tuple[Discount, ...]
    ahead_minor: int
    tax_minor: int
    paid_minor: int
    restocked: bool


class OrderBack(Struct, frozen=True):
    """What goes back of an order; `ends`: with that nothing of it is left, and it is cancelled."""

    purchase: PurchaseFacts
    order: OrderOfPurchase
    refunds: tuple[RefundPlan, ...]
    ends: bool = False

    @property
    def paid_minor(self) -> int:
        """Return what goes back to the wallet."""
        return sum(one.paid_minor for one in self.refunds)


def units_back(line: LineSold, *, units: int, reason: RefundReason, restocked: bool) -> RefundPlan:
    """Return the refund of so many units more of a line."""
    left = refund_left(line.sold, refunded_units=line.refunded_units, units=units, ahead=line.ahead)
    ended = zip(line.sold.discounts, left.parts.discounts_minor, strict=True)
    return RefundPlan(
        line=line,
        refund_no=line.refunds + 1,
        reason=reason,
        units=units,
        goods_minor=left.parts.goods_minor,
        ended=tuple([Discount(one.step, one.source, one.funder, minor) for one, minor in ended if minor]),
        ahead_minor=left.ahead.price_minor,
        tax_minor=left.tax_minor,
        paid_minor=left.paid_minor,
        restocked=restocked,
    )


def with_charges(
    order: OrderOfPurchase, lines: Sequence[LineSold], plans: Sequence[RefundPlan], *, reason: RefundReason
) -> tuple[RefundPlan, ...]:
    """Return these refunds, and with the last units those of what was charged for them, each whole and once."""
    left: dict[int, int] = {}
    for line in lines:
        left[line.duty_no] = left.get(line.duty_no, 0) + line.kept_units
    for plan in plans:
        left[plan.line.duty_no] -= plan.units
    return (*plans, *_shipping_back(order, lines, left, reason), *_duties_back(order, left, reason))


def _shipping_back(
    order: OrderOfPurchase, lines: Sequence[LineSold], left: Mapping[int, int], reason: RefundReason
) -> list[RefundPlan]:
    """Return the refund of an order's shipping where none of its units are left.

    A consumer who withdraws is reimbursed all payments, the costs of standard delivery among them (Directive
    2011/83/EU, Art. 13 (1)); so is who gets nothing of an order, for whatever reason, one part after the other or at
    once. Who keeps a part had it sent.
    """
    shipping = order.shipping
    if any(left.values()) or not shipping.is_kept or not shipping.asked_minor:
        return []
    is_tax_included = lines[0].sold.tax_included
    sold = SoldLine(1, shipping.asked_minor, shipping.discounts, shipping.tax_minor, is_tax_included)
    paid_minor = shipping.payable_minor + (0 if is_tax_included else shipping.tax_minor)
    return [_charge_back(order.order_id, SHIPPING_LINE_NO, sold, reason, paid_minor)]


def _duties_back(order: OrderOfPurchase, left: Mapping[int, int], reason: RefundReason) -> list[RefundPlan]:
    """Return the refunds of the duties that were asked for units of which none are left.

    Customs repays what it asked for goods that a consumer sends back whole (Delegated Regulation (EU) 2015/2446,
    Art. 148 (3)), and who withdraws is reimbursed all payments for them.
    """
    return [
        _charge_back(
            order.order_id,
            -duty.duty_no,
            SoldLine(1, duty.duty_minor, (), duty.tax_minor, tax_included=False),
            reason,
            duty.duty_minor + duty.tax_minor,
        )
        for duty in order.duties
        if not left[duty.duty_no]
    ]


def _charge_back(order_id: int, line_no: int, sold: SoldLine, reason: RefundReason, paid_minor: int) -> RefundPlan:
    return RefundPlan(
        line=LineSold(order_id, line_no, sku_id=0, stock_id=0, deal_id=None, sold=sold),
        refund_no=1,
        reason=reason,
        units=0,
        goods_minor=sold.unit_minor,
        ended=sold.discounts,
        ahead_minor=0,
        tax_minor=sold.tax_minor,
        paid_minor=paid_minor,
        restocked=False,
    )


def rest_back(purchase: PurchaseFacts, order: OrderOfPurchase, lines: Sequence[LineSold]) -> OrderBack:
    """Return what goes back of an order that is cancelled: all that its lines still have."""
    plans = [
        units_back(line, units=line.kept_units, reason=RefundReason.CANCELLED, restocked=True)
        for line in lines
        if line.kept_units
    ]
    return OrderBack(purchase, order, with_charges(order, lines, plans, reason=RefundReason.CANCELLED), ends=True)


def decide_refunds(
    wanted: Mapping[LineKey, int],
    *,
    reason: RefundReason,
    purchases: Mapping[int, PurchaseFacts],
    lines: Mapping[int, Sequence[LineSold]],
    left_minor: Mapping[int, int],
    seen: Mapping[LineKey, int],
) -> list[OrderBack]:
    """Return what goes back of each order, in their ids' order; units by line are wanted, all of them or none.

    `seen` says of lines how many units were left when who asks looked, where that counts. `left_minor` is what may
    still go back, of purchases that a draw paid back.

    Units that were not shipped yet go back on the shelf, and an order of which none are left is cancelled.

    :raises OrderNotRefundable: an order is not paid, or cancelled, or not there
    :raises PaidByPrize: with what a draw paid back, more would go back of a purchase than was paid for it
    :raises UnknownLine: there is no such line
    :raises NoUnits: of a line no unit would go back, or less than none
    :raises RefundedSince: other units are left than were seen
    :raises TooManyUnits: fewer units are left
    :raises UnitsInCase: they are, but an open case is about some of them
    """
    found = {order.order_id: (one, order) for one in purchases.values() for order in one.orders}
    backs: list[OrderBack] = []
    for order_id in sorted({order_id for order_id, _ in wanted}):
        if order_id not in found or found[order_id][1].state not in PAID_STEPS:
            raise OrderNotRefundable(order_id=order_id)
        purchase, order = found[order_id]
        of_order = {line.line_no: line for line in lines[order_id]}
        is_here = order.state == Step.PAID
        plans = []
        for line_no in sorted(line_no for of, line_no in wanted if of == order_id):
            units = wanted[order_id, line_no]
            line = of_order.get(line_no)
            if line is None:
                raise UnknownLine(order_id=order_id, line_no=line_no)
            if units < 1:
                raise NoUnits(order_id=order_id, line_no=line_no, asked=units)
            if seen.get((order_id, line_no), line.kept_units) != line.kept_units:
                raise RefundedSince(order_id=order_id, line_no=line_no, left=line.kept_units)
            if units > line.kept_units:
                raise TooManyUnits(order_id=order_id, line_no=line_no, left=line.kept_units, asked=units)
            if units > line.kept_units - line.held_units:
                raise UnitsInCase(order_id=order_id, line_no=line_no, held=line.held_units)
            plans.append(units_back(line, units=units, reason=reason, restocked=is_here))
        left = sum(line.kept_units for line in of_order.values()) - sum(plan.units for plan in plans)
        refunds = with_charges(order, lines[order_id], plans, reason=reason)
        backs.append(OrderBack(purchase, order, refunds, ends=is_here and not left))
    require_left(backs, left_minor)
    return backs


def require_left(backs: Sequence[OrderBack], left_minor: Mapping[int, int]) -> None:
    """Refuse what would give more back, with what a draw paid back, than was paid for a purchase.

    :raises PaidByPrize: it would; nothing changed
    """
    for purchase_id, most_minor in sorted(left_minor.items()):
        if sum(back.paid_minor for back in backs if back.purchase.purchase_id == purchase_id) > most_minor:
            raise PaidByPrize(purchase_id=purchase_id, left_minor=max(0, most_minor))


def protection_until_ms(*, paid_at_ms: int, days: int) -> int:
    """Return until when the difference to a lower price can be asked for: so many days of 24 hours after payment."""
    return paid_at_ms + days * MS_PER_DAY


def decide_price_fall(
    purchase: PurchaseFacts,
    *,
    lines: Mapping[int, Sequence[LineSold]],
    today_minor: Mapping[int, int],
    left_minor: Mapping[int, int],
    days: int,
    now_ms: int,
) -> list[OrderBack]:
    """Return what price protection gives for a purchase by order; `today_minor` are prices by SKU, of what is sold.

    `left_minor` is what may still go back, of purchases that a draw paid back.

    :raises OrderNotRefundable: it is not paid, or nothing of it is kept
    :raises NoPriceProtection: the market has none
    :raises ProtectionOver: it is asked too late
    :raises PriceNotFallen: nothing costs less today
    :raises DifferenceGiven: what costs less did so before, and that went back
    :raises PaidByPrize: with what a draw paid back, more would go back than was paid
    """
    kept = [order for order in purchase.orders if order.state in PAID_STEPS]
    if purchase.paid_at_ms is None or not any(line.kept_units for order in kept for line in lines[order.order_id]):
        raise OrderNotRefundable(purchase_id=purchase.purchase_id)
    if not days:
        raise NoPriceProtection()
    until_ms = protection_until_ms(paid_at_ms=purchase.paid_at_ms, days=days)
    if now_ms >= until_ms:
        raise ProtectionOver(days=days, until_ms=until_ms)
    has_fallen = False
    backs = []
    for order in kept:
        plans = []
        for line in lines[order.order_id]:
            if line.sku_id not in today_minor:
                continue
            fall = price_fall(
                line.sold,
                refunded_units=line.refunded_units,
                ahead=line.ahead,
                today_minor=today_minor[line.sku_id],
            )
            has_fallen = has_fallen or fall.fell_minor > 0
            if fall.price_minor:
                plans.append(_difference(line, price_minor=fall.price_minor, tax_minor=fall.tax_minor))
        if plans:
            backs.append(OrderBack(purchase, order, tuple(plans)))
    if not backs:
        raise DifferenceGiven() if has_fallen else PriceNotFallen()
    require_left(backs, left_minor)
    return backs


def _difference(line: LineSold, *, price_minor: int, tax_minor: int) -> RefundPlan:
    return RefundPlan(
        line=line,
        refund_no=line.refunds + 1,
        reason=RefundReason.PRICE_FELL,
        units=0,
        goods_minor=0,
        ended=(),
        ahead_minor=-price_minor,
        tax_minor=tax_minor,
        paid_minor=price_minor if line.sold.tax_included else price_minor + tax_minor,
        restocked=False,
    )
