"""What customs asked of orders, as pages show it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from fairground.kernel.ids import lane_of
from fairground.orders.customs import OrderDuty


@dataclass(frozen=True, slots=True)
class DutyShown:
    """What customs asks for a heading of what is sent from one country; `tax_minor` is on top of `duty_minor`.

    The heading is empty for goods without a tariff code, `value_minor` what its goods are worth without tax.
    """

    duty_no: int
    country: str
    heading: str
    value_minor: int
    duty_minor: int
    tax_minor: int

    @property
    def paid_minor(self) -> int:
        """Return what is paid for it with the order."""
        return self.duty_minor + self.tax_minor


def duties_shown(rows: Sequence[Sequence[Any]]) -> tuple[DutyShown, ...]:
    """Return what purchase_by_number.sql says of an order's duties, in their order."""
    return tuple(DutyShown(*row) for row in rows)


def duties_of_orders(order_ids: Collection[int]) -> dict[int, list[DutyShown]]:
    """Return what customs asked of these orders by order id, in their order; one of which nothing was is left out."""
    rows = OrderDuty.objects.filter(lane__in={lane_of(one) for one in order_ids}, order_id__in=order_ids)
    columns = ("duty_no", "country", "heading", "value_minor", "duty_minor", "tax_minor")
    found: dict[int, list[DutyShown]] = {}
    for order_id, *row in rows.order_by("order_id", "duty_no").values_list("order_id", *columns):
        found.setdefault(order_id, []).append(DutyShown(*row))
    return found
