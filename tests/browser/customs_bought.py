"""Let customs ask in the shop that DATABASE_URL names, and a guest buy from outside; prints session and number."""

import json

import django

django.setup()

from fairground.carts.actions import put_in_cart  # noqa: E402 - Django must be set up first
from fairground.catalog.models import Price  # noqa: E402
from fairground.checkout.actions.refund_lines import refund_lines  # noqa: E402
from fairground.checkout.rules.placing import LineAsked  # noqa: E402
from fairground.crossborder.actions import ensure_customs  # noqa: E402
from fairground.crossborder.queries import default_customs  # noqa: E402
from fairground.identity.actions import save_address  # noqa: E402
from fairground.identity.rules import Address  # noqa: E402
from fairground.inventory.models import Stock  # noqa: E402
from fairground.kernel.clock import from_unix_ms  # noqa: E402
from fairground.kernel.edits import By  # noqa: E402
from fairground.orders.rules import RefundReason  # noqa: E402
from fairground.sites.storefront.checkout.desk import EMAIL  # noqa: E402
from tests.browser.buying import ADDRESS  # noqa: E402
from tests.people_making import make_guest, now_ms  # noqa: E402

CHEAP_MAX, DEAR_MIN = 5_000, 18_000


def buy() -> dict[str, str]:
    """Fill a guest's cart, and buy two kinds of goods from China, of which one goes back."""
    now = from_unix_ms(now_ms())
    ensure_customs(schedule=default_customs(), by=By(user_id=None, now=now))
    guest = make_guest()
    session = guest.client.session
    session[EMAIL] = "ada@example.org"
    session.save()
    in_stock = Stock.objects.filter(deal_id__isnull=True, units__gte=20).values("sku_id")
    prices = Price.objects.filter(market="EU", sku__in=in_stock, sku__merchant__country="CN").select_related("sku")
    cheap = prices.filter(price_minor__lt=CHEAP_MAX, sku__merchant__slug="mei-ceramics").order_by("sku__hs_code", "sku")
    dear = prices.filter(price_minor__gt=DEAR_MIN, sku__merchant__slug="shenlan-mobile").order_by("sku")
    kinds = {price.sku.hs_code: price for price in cheap}
    for price in (*list(kinds.values())[:2], dear[0]):
        put_in_cart(
            shopper_id=guest.shopper_id,
            sku_id=price.sku_id,
            quantity=1,
            seen_minor=price.price_minor,
            currency="EUR",
            now=now,
        )
    address = Address(name="Ada Lovelace", country="DE", lines=("Hauptstr. 1",), city="Berlin", postal_code="10115")
    save_address(shopper_id=guest.shopper_id, address=address, now=now)
    lines = [LineAsked(price.sku_id, None, 1, price.price_minor) for price in list(kinds.values())[:2]]
    paid = guest.place(*lines, ago_ms=7_200_000, address=json.dumps(ADDRESS).encode())
    guest.pay(paid, at_ms=paid.pay_before_ms - 600_000)
    refund_lines(units={(paid.orders[0].order_id, 1): 1}, reason=RefundReason.FAULTY, by=By(user_id=None, now=now))
    product = dear[0].sku.product_id, next(iter(kinds.values())).sku.product_id
    return {
        "session": guest.session_key,
        "paid": paid.number,
        "dear": str(product[0]),
        "cheap": str(product[1]),
    }


if __name__ == "__main__":
    print(json.dumps(buy()))
