"""Reads for refunds: the lines of paid orders with what went back of them, and what their goods cost today."""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
from django.db import connection

from fairground.checkout.rules.charges import ShippingSold
from fairground.checkout.rules.customs import DutySold
from fairground.checkout.rules.refunding import LineSold
from fairground.kernel.ids import lane_of
from fairground.kernel.sql import array_text, load_sql
from fairground.orders.models import Purchase
from fairground.promotions.rules.refunding import Ahead, SoldLine, refund_units
from fairground.promotions.rules.terms import Discount


def read_sold_lines(order_ids: Collection[int]) -> dict[int, list[LineSold]]:
    """Return the lines of orders by order id, each with what of it went back; it holds under the orders' turn."""
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("checkout", "sold_lines"),
            {"lanes": array_text(map(lane_of, order_ids)), "ids": array_text(order_ids)},
        )
        rows = cursor.fetchall()
    lines: dict[int, list[LineSold]] = {}
    for row in rows:
        lines.setdefault(row[0], []).append(_sold_line(*row))
    return lines


def _sold_line(  # noqa: PLR0913, PLR0917 - a row of sold_lines.sql
    order_id: int,
    line_no: int,
    sku_id: int,
    stock_id: int,
    deal_id: int | None,
    quantity: int,
    unit_price_minor: int,
    tax_minor: int,
    tax_included: bool,
    discounts: str,
    refunds: int,
    refunded_units: int,
    ahead_minor: int,
    refunded_tax_minor: int,
    held_units: int,
    duty_no: int,
) -> LineSold:
    given = tuple([Discount(*one) for one in msgspec.json.decode(discounts)])
    sold = SoldLine(quantity, unit_price_minor, given, tax_minor, tax_included)
    # What went back of the tax is that of the units, and on top what price protection gave ahead for the others.
    of_units = refund_units(sold, refunded_units=0, units=refunded_units).tax_minor if refunded_units else 0
    return LineSold(
        order_id=order_id,
        line_no=line_no,
        sku_id=sku_id,
        stock_id=stock_id,
        deal_id=deal_id,
        sold=sold,
        refunded_units=refunded_units,
        refunds=refunds,
        ahead=Ahead(ahead_minor, refunded_tax_minor - of_units),
        held_units=held_units,
        duty_no=duty_no,
    )


def shipping_sold(payable_minor: int, tax_minor: int, discounts: str, is_kept: bool) -> ShippingSold:
    """Return what purchase_orders.sql says of the shipping of an order."""
    given = tuple([Discount(*one) for one in msgspec.json.decode(discounts)])
    return ShippingSold(payable_minor, tax_minor, given, is_kept)


def duties_sold(duties: str) -> tuple[DutySold, ...]:
    """Return what purchase_orders.sql says of the duties of an order."""
    return tuple([DutySold(*one) for one in msgspec.json.decode(duties)])


def read_prices_today(*, sku_ids: Sequence[int], market: str, now: datetime) -> dict[int, int]:
    """Return what a unit costs now by SKU, in minor units: the usual price, or an open deal's that has units left.

    A SKU that is not on sale is left out; a presale is paid at another time and is no price of today.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("checkout", "prices_today"), {"sku_ids": array_text(sku_ids), "market": market, "now": now}
        )
        return dict(cursor.fetchall())


def order_ids_of(*, purchase_id: int, shopper_id: int) -> list[int]:
    """Return the ids of a purchase's orders; none where it is not there, or another shopper's."""
    found = Purchase.objects.filter(pk=(lane_of(purchase_id), purchase_id), shopper_id=shopper_id)
    return next(iter(found.values_list("order_ids", flat=True)), [])
