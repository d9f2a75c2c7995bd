"""A purchase that is to be paid, found by its public number."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from fairground.kernel.ids import lane_of
from fairground.orders.models import OrderLine, Purchase
from fairground.orders.rules import Step, parse_purchase_number, purchase_number


@dataclass(frozen=True, slots=True)
class PurchaseDue:
    """A purchase as the page on which it is paid must know it; `units` is what was bought, by SKU."""

    id: int
    number: str
    shopper_id: int
    state: Step
    market: str
    currency: str
    total_minor: int
    pay_before: datetime
    units: dict[int, int]


def purchase_due(*, number: str, shopper_ids: Collection[int]) -> PurchaseDue | None:
    """Return the purchase with this public number, if it is one of these shoppers'; any other is as if it were not."""
    parts = parse_purchase_number(number)
    if parts is None:
        return None
    found = Purchase.objects.filter(
        lane=parts.lane,
        id__gte=parts.first_id,
        id__lt=parts.end_id,
        random_bits=parts.random_bits,
        shopper_id__in=list(shopper_ids),
    ).first()
    if found is None:
        return None
    lines = OrderLine.objects.filter(lane__in={lane_of(one) for one in found.order_ids}, order_id__in=found.order_ids)
    return PurchaseDue(
        id=found.id,
        number=purchase_number(found.id, found.random_bits),
        shopper_id=found.shopper_id,
        state=Step(found.state),
        market=found.market,
        currency=found.currency,
        total_minor=found.total_minor,
        pay_before=found.pay_before,
        units=dict(lines.values_list("sku_id", "quantity")),
    )
