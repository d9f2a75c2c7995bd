"""Let a guest buy in the shop that DATABASE_URL names; prints the session and the purchases' numbers as JSON."""

import json

import django

django.setup()

from fairground.catalog.models import Price  # noqa: E402 - Django must be set up first
from fairground.checkout.actions.advance_orders import advance_orders  # noqa: E402
from fairground.checkout.actions.refund_lines import refund_lines  # noqa: E402
from fairground.checkout.rules.placing import LineAsked  # noqa: E402
from fairground.inventory.models import Stock  # noqa: E402
from fairground.kernel.clock import from_unix_ms  # noqa: E402
from fairground.kernel.edits import By  # noqa: E402
from fairground.orders.rules import RefundReason, Step  # noqa: E402
from tests.people_making import make_guest, now_ms  # noqa: E402

ADDRESS = {"name": "Ada Lovelace", "country": "DE", "lines": ["Hauptstr. 1"], "city": "Berlin", "postal_code": "10115"}


def buy() -> dict[str, str]:
    """Buy several times: one purchase waits to be paid, one is on its way but for a unit, one was cancelled."""
    guest, address = make_guest(), json.dumps(ADDRESS).encode()
    in_stock = Stock.objects.filter(deal_id__isnull=True, units__gte=20).values("sku_id")
    prices = Price.objects.filter(market="EU", sku__in=in_stock).order_by("sku__merchant_id", "sku_id")
    first_of = {price.sku.merchant_id: price for price in prices.select_related("sku")}
    several = [
        LineAsked(price.sku_id, None, number, price.price_minor) for number, price in enumerate(first_of.values(), 1)
    ]

    ended = guest.place(*several[5:6], ago_ms=86_400_000, address=address)
    paid = guest.place(*several[:5], ago_ms=7_200_000, address=address)
    unpaid = guest.place(*several[:2], ago_ms=180_000, address=address)
    for purchase in (paid, ended):
        guest.pay(purchase, at_ms=purchase.pay_before_ms - 600_000)
    orders = [order.order_id for order in paid.orders]
    advance_orders(order_ids=orders[:2], then=Step.SHIPPED, now_ms=now_ms() - 1_800_000)
    advance_orders(order_ids=[orders[2], ended.orders[0].order_id], then=Step.CANCELLED, now_ms=now_ms() - 900_000)
    # Of the second merchant's two units one is sent back.
    by = By(user_id=None, now=from_unix_ms(now_ms() - 600_000))
    refund_lines(units={(orders[1], 1): 1}, reason=RefundReason.FAULTY, by=by)
    return {"session": guest.session_key, "unpaid": unpaid.number, "paid": paid.number, "ended": ended.number}


if __name__ == "__main__":
    print(json.dumps(buy()))
