"""Guests who pay, send back, or got what they paid: a program of its own in the realm of FAIRGROUND_REALM.

python -m tests.faults.tills open GUESTS     prints a line a guest: session, purchase, its number and sum
python -m tests.faults.tills back NUMBER...  refunds what these purchases are of
"""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fairground.config.settings")
django.setup()

from fairground.catalog.models import Price  # noqa: E402 - Django must be set up before
from fairground.checkout.actions.advance_orders import advance_orders  # noqa: E402
from fairground.checkout.rules.placing import LineAsked  # noqa: E402
from fairground.cli.refund import refund_units_of  # noqa: E402
from fairground.inventory.models import Stock  # noqa: E402
from fairground.orders.rules import RefundReason, Step  # noqa: E402
from tests.factories import next_key  # noqa: E402
from tests.people_making import make_guest, now_ms  # noqa: E402

ADDRESS = {"name": "Ada Lovelace", "country": "DE", "lines": ["Hauptstr. 1"], "city": "Berlin", "postal_code": "10115"}


def open_tills(guests: int, *, to_the_end: bool = False) -> None:
    """Let guests order one thing each, and say where each has to pay, or bring it to its end."""
    in_stock = Stock.objects.filter(deal_id__isnull=True, units__gte=20).values("sku_id")
    prices = Price.objects.filter(market="EU", sku__in=in_stock).order_by("sku_id")[:guests]
    assert len(prices) == guests, "the sample has enough of them"
    for price in prices:
        guest = make_guest()
        line = LineAsked(price.sku_id, None, 1, price.price_minor)
        # A key of today: the background forgets old ones.
        key, address = next_key(unix_ms=now_ms()), json.dumps(ADDRESS).encode()
        placed = guest.place(line, key=key, address=address, arrived_at_ms=now_ms())
        if to_the_end:
            guest.pay(placed)
            for step in (Step.SHIPPED, Step.DELIVERED, Step.COMPLETED):
                advance_orders(order_ids=[placed.orders[0].order_id], then=step, now_ms=now_ms())
        till = {
            "session": guest.session_key,
            "purchase_id": placed.purchase_id,
            "number": placed.number,
            "due_minor": placed.total_minor,
        }
        print(json.dumps(till), flush=True)


def send_back(numbers: list[str]) -> None:
    """Refund the one thing of each purchase to whatever paid it."""
    for number in numbers:
        refund_units_of(number=number, line=(1, 1), units=1, reason=RefundReason.FAULTY)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["open", guests]:
            open_tills(int(guests))
        case ["done", guests]:
            open_tills(int(guests), to_the_end=True)
        case ["back", *numbers]:
            send_back(numbers)
