"""Let a guest buy in the shop that DATABASE_URL names; prints the session and the purchases' numbers as JSON."""

import json
import time

import django

django.setup()

from django.contrib.sessions.backends.db import SessionStore  # noqa: E402 - Django must be set up first

from fairground.catalog.models import Price  # noqa: E402
from fairground.checkout.actions.advance_orders import advance_orders  # noqa: E402
from fairground.checkout.rules.placing import LineAsked, Placed  # noqa: E402
from fairground.identity.actions import create_guest  # noqa: E402
from fairground.inventory.models import Stock  # noqa: E402
from fairground.orders.rules import Step  # noqa: E402
from fairground.sites.visitor import SHOPPER  # noqa: E402
from tests.factories import give_wallet, pay, pay_request, place_one, place_request  # noqa: E402

ADDRESS = {"name": "Ada Lovelace", "country": "DE", "lines": ["Hauptstr. 1"], "city": "Berlin", "postal_code": "10115"}


def buy() -> dict[str, str]:
    """Buy several times: one purchase waits to be paid, one is on its way, one was cancelled by a merchant."""
    now_ms = time.time_ns() // 1_000_000
    shopper_id = create_guest(now_ms=now_ms)
    session = SessionStore()
    session[SHOPPER] = shopper_id
    session.create()
    in_stock = Stock.objects.filter(deal_id__isnull=True, units__gte=20).values("sku_id")
    prices = Price.objects.filter(market="EU", sku__in=in_stock).order_by("sku__merchant_id", "sku_id")
    first_of = {price.sku.merchant_id: price for price in prices.select_related("sku")}
    several = [
        LineAsked(price.sku_id, None, number, price.price_minor) for number, price in enumerate(first_of.values(), 1)
    ]

    def place(lines: list[LineAsked], *, ago_s: int) -> Placed:
        asked = place_request(*lines, shopper_id=shopper_id, address=json.dumps(ADDRESS).encode())
        return place_one(asked, now_ms=now_ms - ago_s * 1_000)

    ended = place(several[5:6], ago_s=86_400)
    paid, unpaid = place(several[:5], ago_s=7_200), place(several[:2], ago_s=180)
    for purchase in (paid, ended):
        give_wallet(shopper_id=shopper_id, amount_minor=purchase.total_minor, now_ms=now_ms)
        pay([pay_request(purchase, shopper_id=shopper_id)], now_ms=purchase.pay_before_ms - 600_000)
    orders = [order.order_id for order in paid.orders]
    advance_orders(order_ids=orders[:2], then=Step.SHIPPED, now_ms=now_ms - 1_800_000)
    advance_orders(order_ids=[orders[2], ended.orders[0].order_id], then=Step.CANCELLED, now_ms=now_ms - 900_000)
    assert session.session_key
    return {"session": session.session_key, "unpaid": unpaid.number, "paid": paid.number, "ended": ended.number}


if __name__ == "__main__":
    print(json.dumps(buy()))
