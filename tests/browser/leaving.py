"""Let a guest buy, orders leave in parcels, and one be withdrawn from; prints the session and the number as JSON."""

import json

import django

django.setup()

from fairground.checkout.actions.ship_orders import ship_orders  # noqa: E402 - Django must be set up first
from fairground.checkout.actions.withdraw_orders import match_withdrawals  # noqa: E402
from fairground.checkout.rules.shipping import ParcelAsked  # noqa: E402
from fairground.fulfilment.actions import Posted, post_withdrawal  # noqa: E402
from fairground.kernel.clock import from_unix_ms  # noqa: E402
from fairground.kernel.edits import By  # noqa: E402
from fairground.orders.lookup import purchase_whole  # noqa: E402
from fairground.orders.models import OrderAddress  # noqa: E402
from tests.browser.buying import buy  # noqa: E402
from tests.people_making import now_ms  # noqa: E402

EMAIL = "ada@example.org"


def leave() -> dict[str, str]:
    """Ship two orders, one of which is withdrawn from."""
    bought = buy()
    whole = purchase_whole(number=bought["paid"])
    assert whole is not None
    orders = [one.id for one in whole.orders]
    for one in OrderAddress.objects.filter(order_id__in=orders):
        one.address["email"] = EMAIL
        one.save(update_fields=["address"])
    by = By(user_id=None, now=from_unix_ms(now_ms()))
    parcels = [
        ParcelAsked(orders[3], "Deutsche Post DHL", "00340434161094042557"),
        ParcelAsked(orders[4], "GLS", "X" * 60),
    ]
    ship_orders(asked=parcels, by=by)
    for position, words in ((4, ""), (1, "The smaller one of both, please.")):
        number = f"{whole.purchase.number}-{position}"
        post_withdrawal(Posted(number, EMAIL, "Ada", words, "en", from_unix_ms(now_ms())))
    match_withdrawals(now_ms=now_ms())
    return {"session": bought["session"], "number": whole.purchase.number}


if __name__ == "__main__":
    print(json.dumps(leave()))
