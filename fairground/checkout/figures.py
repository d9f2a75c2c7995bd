"""What an order that was read back adds to the figures."""

from fairground.checkout.rules.paying import OrderOfPurchase
from fairground.dashboard.actions import OrderFigures
from fairground.dashboard.models import TallyKind


def order_figures(order: OrderOfPurchase, *, currency: str, kind: TallyKind) -> OrderFigures:
    """Return the order's figures as of `kind`."""
    return OrderFigures(
        kind=kind.value,
        merchant_id=order.merchant_id,
        market=order.market,
        currency=currency.encode(),
        buyer_country=order.buyer_country,
        merchant_country=order.merchant_country,
        channel=order.channel,
        device=order.device,
        entry_hall_id=order.entry_hall_id,
        units=sum(order.quantities),
        amount_minor=order.total_minor,
    )
