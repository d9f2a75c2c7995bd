"""Reads of purchases as their shopper sees them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from fairground.kernel.ids import ID_MAX, lane_of
from fairground.kernel.outbox import OutboxKind
from fairground.kernel.sql import load_sql
from fairground.markets.rules import DepositMode
from fairground.orders.duties import DutyShown, duties_shown
from fairground.orders.held import UnitsHeld
from fairground.orders.refunds import RefundShown, refunds_shown
from fairground.orders.rules import DepositEnd, LineSums, Step, parse_purchase_number, purchase_number

# The consumer of the outbox that keeps the read table of "my purchases".
MY_PURCHASES = "my-purchases"
# Events that the read table may not have yet and that are looked through: a second's at the opening are some
# thousand, and looking through them takes some milliseconds. What is older shows as soon as the table has it.
UNTOLD_MAX = 5_000
# Lines of a purchase of which its place in the list tells more than their number.
FIRST_LINES_MAX = 3


def orders_with_held_units(*, order_ids: Collection[int]) -> set[int]:
    """Return which of these orders have units that something open is about, such as an after-sale case."""
    lanes = {lane_of(one) for one in order_ids}
    rows = UnitsHeld.objects.filter(lane__in=lanes, order_id__in=order_ids)
    return set(rows.values_list("order_id", flat=True))


@dataclass(frozen=True, slots=True)
class DepositShown:
    """What was promised of a presale, and what became of it; `balance_minor` is None until the balance is paid."""

    deposit_minor: int
    mode: DepositMode
    opens_at: datetime
    closes_at: datetime
    deposited_at: datetime | None
    end: DepositEnd | None
    balance_minor: int | None


@dataclass(frozen=True, slots=True)
class FirstLine:
    """A line in a list of purchases; product, brand and category say which picture it has."""

    title: str
    quantity: int
    product_id: int | None
    brand: str | None
    category: str | None


@dataclass(frozen=True, slots=True)
class PurchaseListed:
    """A purchase in the list of a shopper's purchases; `lines` are the first of `lines_count`."""

    id: int
    number: str
    market: str
    currency: str
    total_minor: int
    state: Step
    placed_at: datetime
    pay_before: datetime
    paid_at: datetime | None
    order_states: tuple[Step, ...]
    lines_count: int
    lines: tuple[FirstLine, ...]
    deposit: DepositShown | None = None


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line as it was frozen; product, brand and category are those of today, or None where it is gone.

    `discounts` are (step, amount in minor units) in the order in which they were taken off. `duty_no` is the duty that
    was asked for it, 0 where none was.
    """

    sku_id: int
    product_id: int | None
    brand: str | None
    category: str | None
    has_deal: bool
    title: str
    quantity: int
    unit_price_minor: int
    sums: LineSums
    discounts: tuple[tuple[int, int], ...]
    duty_no: int = 0


@dataclass(frozen=True, slots=True)
class OrderShown:
    """A merchant's part of a purchase; `address` is empty where it was erased.

    `shipping_minor` is after `shipping_discounts`, which are as a line's.
    """

    id: int
    position: int
    merchant_slug: str
    merchant_name: str
    merchant_country: str
    language: str
    state: Step
    goods_minor: int
    discount_minor: int
    shipping_minor: int
    tax_added_minor: int
    total_minor: int
    shipped_at: datetime | None
    delivered_at: datetime | None
    ended_at: datetime | None
    address: Mapping[str, Any]
    lines: tuple[LineShown, ...]
    refunds: tuple[RefundShown, ...] = ()
    shipping_tax_minor: int = 0
    shipping_discounts: tuple[tuple[int, int], ...] = ()
    duties: tuple[DutyShown, ...] = ()

    @property
    def shipping(self) -> LineSums:
        """Return what was frozen of the shipping's money, which is taxed as the goods are."""
        goods = self.lines[0].sums
        return LineSums(self.shipping_minor, 0, self.shipping_tax_minor, goods.tax_rate_bps, goods.tax_included)

    @property
    def customs(self) -> list[LineSums]:
        """Return what was frozen of the duties' money: each is taxed on top, at the rate of the goods."""
        rate_bps = self.lines[0].sums.tax_rate_bps
        return [LineSums(one.duty_minor, 0, one.tax_minor, rate_bps, tax_included=False) for one in self.duties]

    @property
    def duties_minor(self) -> int:
        """Return what customs asks of the order, with the tax on that."""
        return sum(one.paid_minor for one in self.duties)

    @property
    def back_minor(self) -> int:
        """Return what of the order went back to the wallet."""
        return sum(one.paid_minor for one in self.refunds)


@dataclass(frozen=True, slots=True)
class PurchaseShown:
    """A purchase with all that is in it."""

    id: int
    number: str
    shopper_id: int
    market: str
    currency: str
    total_minor: int
    state: Step
    placed_at: datetime
    pay_before: datetime
    paid_at: datetime | None
    ended_at: datetime | None
    orders: tuple[OrderShown, ...]
    deposit: DepositShown | None = None

    @property
    def units(self) -> dict[int, int]:
        """Return how many units were bought, by SKU."""
        return {line.sku_id: line.quantity for order in self.orders for line in order.lines}


def purchases_of(
    *, shopper_ids: Sequence[int], purchases_max: int, before_id: int | None = None
) -> list[PurchaseListed]:
    """Return the newest purchases of these shoppers, or those older than `before_id`, the newest first.

    The read table is a moment behind, so what it has not been told yet is read from the outbox: the purchase just
    placed is there. States are those of the purchases themselves. One statement, however many.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("orders", "purchases_of"),
            {
                "shopper_ids": list(shopper_ids),
                "before_id": ID_MAX if before_id is None else before_id,
                "limit": purchases_max,
                "consumer": MY_PURCHASES,
                "untold_max": UNTOLD_MAX,
                "placed": OutboxKind.PURCHASE_PLACED.value,
                "lines_max": FIRST_LINES_MAX,
            },
        )
        return [_listed(row) for row in cursor]


def purchase_by_number(*, number: str, shopper_ids: Sequence[int]) -> PurchaseShown | None:
    """Return the purchase with this number, or None where none of these shoppers has one. One statement."""
    parts = parse_purchase_number(number)
    if parts is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("orders", "purchase_by_number"),
            {
                "lane": parts.lane,
                "first_id": parts.first_id,
                "end_id": parts.end_id,
                "random_bits": parts.random_bits,
                "shopper_ids": list(shopper_ids),
            },
        )
        rows = cursor.fetchall()
    if not rows:
        return None
    first = rows[0]
    return PurchaseShown(
        id=first[0],
        number=purchase_number(first[0], first[1]),
        shopper_id=first[2],
        market=first[3],
        currency=first[4],
        total_minor=first[5],
        state=Step(first[6]),
        placed_at=first[7],
        pay_before=first[8],
        paid_at=first[9],
        ended_at=first[10],
        orders=tuple(_order(*row[_ORDER_FROM:]) for row in rows),
        deposit=_deposit(*first[_DEPOSIT_FROM:_ORDER_FROM]),
    )


# The columns of purchase_by_number.sql with which a presale'"'"'s terms and an order begin; and of purchases_of.sql.
_DEPOSIT_FROM, _ORDER_FROM = 11, 18
_DEPOSIT_LISTED_FROM = 12


def _deposit(deposit_minor: int, mode: int | None, *rest: Any) -> DepositShown | None:
    if mode is None:
        return None
    opens_at, closes_at, deposited_at, end, balance_minor = rest
    end = None if end is None else DepositEnd(end)
    return DepositShown(deposit_minor, DepositMode(mode), opens_at, closes_at, deposited_at, end, balance_minor)


def _listed(row: Sequence[Any]) -> PurchaseListed:
    return PurchaseListed(
        id=row[0],
        number=purchase_number(row[0], row[1]),
        market=row[2],
        currency=row[3],
        total_minor=row[4],
        state=Step(row[5]),
        placed_at=row[6],
        pay_before=row[7],
        paid_at=row[8],
        order_states=tuple(map(Step, row[9])),
        lines_count=row[10],
        lines=tuple(FirstLine(*line) for line in msgspec.json.decode(row[11])),
        deposit=_deposit(*row[_DEPOSIT_LISTED_FROM:]),
    )


def _order(  # noqa: PLR0913, PLR0917 - the columns of purchase_by_number.sql from the order's first
    order_id: int,
    position: int,
    merchant_slug: str,
    merchant_name: str,
    merchant_country: str,
    language: str,
    state: int,
    goods_minor: int,
    discount_minor: int,
    shipping_minor: int,
    tax_added_minor: int,
    total_minor: int,
    shipped_at: datetime | None,
    delivered_at: datetime | None,
    ended_at: datetime | None,
    address: str | None,
    lines: str,
    refunds: str,
    shipping_tax_minor: int,
    shipping_discounts: str,
    duties: str,
) -> OrderShown:
    return OrderShown(
        order_id,
        position,
        merchant_slug,
        merchant_name,
        merchant_country,
        language,
        Step(state),
        goods_minor,
        discount_minor,
        shipping_minor,
        tax_added_minor,
        total_minor,
        shipped_at,
        delivered_at,
        ended_at,
        msgspec.json.decode(address) if address else {},
        tuple(_line(line) for line in msgspec.json.decode(lines)),
        refunds_shown(msgspec.json.decode(refunds)),
        shipping_tax_minor,
        tuple((step, amount_minor) for step, amount_minor in msgspec.json.decode(shipping_discounts)),
        duties_shown(msgspec.json.decode(duties)),
    )


def _line(line: Sequence[Any]) -> LineShown:
    sku_id, product_id, brand, category, has_deal, title, quantity, unit_price_minor, *sums, discounts, duty_no = line
    return LineShown(
        sku_id,
        product_id,
        brand,
        category,
        has_deal,
        title,
        quantity,
        unit_price_minor,
        LineSums(*sums),
        tuple((step, amount_minor) for step, amount_minor in discounts),
        duty_no,
    )
