"""Finding purchases by what somebody knows of them, and all that one is made of: for those who answer for the shop."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from fairground.kernel.ids import ID_MAX, LANES, lane_of, parse_id
from fairground.kernel.sql import load_sql
from fairground.orders.duties import DutyShown, duties_of_orders
from fairground.orders.models import Claim, LineDiscount, Order, OrderAddress, OrderLine, Purchase
from fairground.orders.rules import Step, parse_purchase_number, purchase_number

# Rows that a lane looks at for one page of a list that is narrowed to a state: 32,000 in all, some 50 ms.
SCANNED_A_LANE_MAX = 500
# Orders of a merchant's lane that one page looks at; a lane has the orders of some of all merchants.
SCANNED_ORDERS_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for. None does not matter; ids run with time, so a day is `from_id` up to `before_id`."""

    merchant_id: int | None = None
    shopper_id: int | None = None
    state: Step | None = None
    from_id: int = 0
    before_id: int = ID_MAX


@dataclass(frozen=True, slots=True)
class PurchaseRow:
    """A purchase in a list."""

    id: int
    number: str
    shopper_id: int
    market: str
    currency: str
    total_minor: int
    orders: int
    state: Step
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class PurchasesPage:
    """Purchases, the newest first, and below which id the next page begins; None where nothing is left.

    A page may be short, or empty, and still have a next one: it looks at a bounded number of rows.
    """

    rows: Sequence[PurchaseRow]
    next_before_id: int | None


def find_purchases(*, sought: Sought, rows_max: int) -> PurchasesPage:
    """Return the next page of purchases that are `sought`."""
    asked: dict[str, int | None] = {
        "from_id": sought.from_id,
        "before_id": sought.before_id,
        "state": sought.state,
        "rows_max": rows_max + 1,
        "scanned_max": rows_max + 1 if sought.state is None else max(SCANNED_A_LANE_MAX, rows_max + 1),
    }
    if sought.shopper_id is not None:
        statement = "shopper_purchases"
        asked |= {"lane": lane_of(sought.shopper_id), "shopper_id": sought.shopper_id}
    elif sought.merchant_id is not None:
        statement = "merchant_purchases"
        asked |= {"lane": lane_of(sought.merchant_id), "merchant_id": sought.merchant_id}
        asked["scanned_max"] = SCANNED_ORDERS_MAX
    else:
        statement = "purchases_page"
    with connection.cursor() as cursor:
        cursor.execute(load_sql("orders", statement), asked)
        found = cursor.fetchall()
    rows = [row for row in found if row[0] is not None]
    floor_id = found[0][-1] if found else None
    return PurchasesPage(
        rows=[_row(row) for row in rows[:rows_max]],
        next_before_id=rows[rows_max - 1][-2] if len(rows) > rows_max else floor_id,
    )


def _row(row: Sequence[Any]) -> PurchaseRow:
    purchase_id, random_bits, shopper_id, market, currency, total_minor, orders, state, placed_at, *_ = row
    number = purchase_number(purchase_id, random_bits)
    return PurchaseRow(purchase_id, number, shopper_id, market, currency, total_minor, orders, Step(state), placed_at)


def purchase_of_number(*, number: str) -> str | None:
    """Return the number of the purchase that is meant by a purchase's number, an order's, or either's id.

    An order's number is its purchase's with the order's position behind it.
    """
    asked = number.strip()
    some_id = parse_id(asked)
    if some_id is not None:
        return _number_of_id(some_id)
    head, dash, position = asked.rpartition("-")
    if dash and position.isdigit() and parse_purchase_number(head):
        asked = head
    found = _purchase(asked)
    return purchase_number(found.id, found.random_bits) if found else None


def purchase_numbers(*, purchase_ids: Collection[int]) -> dict[int, str]:
    """Return the numbers of these purchases by id; one that there is not is left out."""
    rows = Purchase.objects.filter(lane__in={lane_of(one) for one in purchase_ids}, id__in=purchase_ids)
    return {one: purchase_number(one, bits) for one, bits in rows.values_list("id", "random_bits")}


def _number_of_id(some_id: int) -> str | None:
    if lane_of(some_id) >= LANES:
        return None
    purchase = Purchase.objects.filter(lane=lane_of(some_id), id=some_id).first()
    if purchase is None:
        order = Order.objects.filter(lane=lane_of(some_id), id=some_id).first()
        if order is None:
            return None
        purchase = Purchase.objects.get(lane=order.purchase_lane, id=order.purchase_id)
    return purchase_number(purchase.id, purchase.random_bits)


def _purchase(number: str) -> Purchase | None:
    parts = parse_purchase_number(number)
    if parts is None:
        return None
    return Purchase.objects.filter(
        lane=parts.lane, id__gte=parts.first_id, id__lt=parts.end_id, random_bits=parts.random_bits
    ).first()


@dataclass(frozen=True, slots=True)
class DiscountFacts:
    """What a line costs less, why, and who pays for it."""

    step: str
    source: str
    funder: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A line as it was frozen, with its discounts."""

    line_no: int
    title: str
    sku_id: int
    deal_id: int | None
    quantity: int
    unit_price_minor: int
    price_version: int
    goods_minor: int
    discount_minor: int
    tax_minor: int
    tax_rate_bps: int
    tax_included: bool
    commission_bps: int
    discounts: Sequence[DiscountFacts]


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order as it was frozen, with its lines, and the moments it has come to by name; no address."""

    id: int
    position: int
    merchant_id: int
    festival: str | None
    state: Step
    channel: str
    device: str
    buyer_country: str
    creator_id: int | None
    creator_claim: str | None
    creator_bps: int
    goods_minor: int
    discount_minor: int
    shipping_minor: int
    tax_added_minor: int
    total_minor: int
    moments: Mapping[str, datetime]
    lines: Sequence[LineFacts]
    shipping_tax_minor: int
    shipping_discounts: Sequence[DiscountFacts]
    duties: Sequence[DutyShown]


@dataclass(frozen=True, slots=True)
class PurchaseWhole:
    """A purchase and all that it is made of; `addresses`: of how many orders the address is still kept."""

    purchase: PurchaseRow
    pay_before: datetime
    moments: Mapping[str, datetime]
    orders: Sequence[OrderFacts]
    addresses: int


def purchase_whole(*, number: str) -> PurchaseWhole | None:
    """Return a purchase by its number, with all that its orders have; None where there is none. Six statements."""
    found = _purchase(number)
    if found is None:
        return None
    keys = [(lane_of(order_id), order_id) for order_id in found.order_ids]
    orders = sorted(Order.objects.filter(pk__in=keys), key=lambda one: one.position)
    order_ids, lanes = [one.id for one in orders], sorted({one.lane for one in orders})
    lines = list(OrderLine.objects.filter(lane__in=lanes, order_id__in=order_ids).order_by("order_id", "line_no"))
    discounts = list(
        LineDiscount.objects.filter(lane__in=lanes, order_id__in=order_ids).order_by("order_id", "line_no", "step")
    )
    duties = duties_of_orders(order_ids)
    columns = (found.id, found.random_bits, found.shopper_id, found.market, found.currency, found.total_minor)
    return PurchaseWhole(
        purchase=_row((*columns, len(found.order_ids), found.state, found.placed_at)),
        pay_before=found.pay_before,
        moments=_moments(found, ("placed_at", "deposited_at", "paid_at", "ended_at")),
        orders=[_order_facts(order, lines, discounts, duties.get(order.id, ())) for order in orders],
        addresses=OrderAddress.objects.filter(pk__in=keys).count(),
    )


def _moments(of: Purchase | Order, names: Collection[str]) -> dict[str, datetime]:
    return {name: moment for name in names if (moment := getattr(of, name)) is not None}


def _order_facts(
    order: Order, lines: Sequence[OrderLine], discounts: Sequence[LineDiscount], duties: Sequence[DutyShown]
) -> OrderFacts:
    return OrderFacts(
        id=order.id,
        position=order.position,
        merchant_id=order.merchant_id,
        festival=order.festival_id,
        state=Step(order.state),
        channel=order.get_channel_display(),
        device=order.get_device_display(),
        buyer_country=order.buyer_country,
        creator_id=order.creator_id,
        creator_claim=Claim(order.creator_claim).label if order.creator_claim else None,
        creator_bps=order.creator_bps,
        goods_minor=order.goods_minor,
        discount_minor=order.discount_minor,
        shipping_minor=order.shipping_minor,
        tax_added_minor=order.tax_added_minor,
        total_minor=order.total_minor,
        moments=_moments(order, ("placed_at", "paid_at", "shipped_at", "delivered_at", "ended_at")),
        lines=[_line_facts(line, discounts) for line in lines if line.order_id == order.id],
        shipping_tax_minor=order.shipping_tax_minor,
        shipping_discounts=_discounts_of(order.id, 0, discounts),
        duties=duties,
    )


def _line_facts(line: OrderLine, discounts: Sequence[LineDiscount]) -> LineFacts:
    return LineFacts(
        line_no=line.line_no,
        title=line.title,
        sku_id=line.sku_id,
        deal_id=line.deal_id,
        quantity=line.quantity,
        unit_price_minor=line.unit_price_minor,
        price_version=line.price_version,
        goods_minor=line.goods_minor,
        discount_minor=line.discount_minor,
        tax_minor=line.tax_minor,
        tax_rate_bps=line.tax_rate_bps,
        tax_included=line.tax_included,
        commission_bps=line.commission_bps,
        discounts=_discounts_of(line.order_id, line.line_no, discounts),
    )


def _discounts_of(order_id: int, line_no: int, discounts: Sequence[LineDiscount]) -> list[DiscountFacts]:
    return [
        DiscountFacts(one.get_step_display(), one.source, one.funder, one.amount_minor)
        for one in discounts
        if (one.order_id, one.line_no) == (order_id, line_no)
    ]
