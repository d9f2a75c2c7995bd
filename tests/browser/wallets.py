"""Put money into the wallet of the newest shopper who has an unpaid purchase, in the shop that DATABASE_URL names."""

import time

import django

django.setup()

from fairground.orders.models import Purchase, State  # noqa: E402 - Django must be set up first
from fairground.payments.actions import top_up_wallets  # noqa: E402


def fill() -> None:
    """Put in what the purchase costs."""
    newest = Purchase.objects.filter(state=State.PLACED).latest("placed_at")
    now_ms = time.time_ns() // 1_000_000
    top_up_wallets(amounts_minor={newest.shopper_id: newest.total_minor}, currency=newest.currency, now_ms=now_ms)


if __name__ == "__main__":
    fill()
