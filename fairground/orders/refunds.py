"""What went back of orders, as pages show it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import lane_of
from fairground.orders.models import Refund
from fairground.orders.rules import RefundReason


@dataclass(frozen=True, slots=True)
class RefundShown:
    """A refund of a line: units, or 0 where its price fell; `tax_minor` is in what went back.

    Line 0 is the order's shipping, line -n its duty n.
    """

    line_no: int
    reason: RefundReason
    units: int
    tax_minor: int
    paid_minor: int
    at: datetime


def refunds_shown(rows: Sequence[Sequence[int]]) -> tuple[RefundShown, ...]:
    """Return what purchase_by_number.sql says of an order's refunds, the first one first."""
    return tuple(
        RefundShown(line_no, RefundReason(reason), units, tax_minor, paid_minor, from_unix_ms(at_ms))
        for line_no, reason, units, tax_minor, paid_minor, at_ms in rows
    )


def refunds_of_orders(order_ids: Collection[int]) -> dict[int, list[RefundShown]]:
    """Return what went back of these orders by order id, the first one first; one of which nothing did is left out."""
    rows = Refund.objects.filter(lane__in={lane_of(one) for one in order_ids}, order_id__in=order_ids)
    found: dict[int, list[RefundShown]] = {}
    for row in rows.order_by("at", "order_id", "line_no", "refund_no"):
        shown = RefundShown(row.line_no, RefundReason(row.reason), row.units, row.tax_minor, row.paid_minor, row.at)
        found.setdefault(row.order_id, []).append(shown)
    return found
