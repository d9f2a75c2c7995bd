"""Make a presale in the shop that DATABASE_URL names and let a guest order it; prints what leads there as JSON."""

import json
from datetime import UTC, datetime, timedelta

import django

django.setup()

from fairground.checkout.rules.placing import LineAsked, Placed  # noqa: E402 - Django must be set up first
from fairground.festivals.models import Deal, DealPrice, Presale, PresalePrice  # noqa: E402
from fairground.kernel.models import Writer  # noqa: E402
from fairground.markets.rules import DepositMode  # noqa: E402
from fairground.orders.models import Purchase  # noqa: E402
from tests.browser.buying import ADDRESS  # noqa: E402
from tests.factories import give_wallet, pay, pay_request  # noqa: E402
from tests.people_making import Guest, make_guest, now_ms  # noqa: E402


def make_presale() -> DealPrice:
    """Make the last deal of the market a presale for everybody: open now, a tenth is paid first, the rest later."""
    now = datetime.now(UTC)
    price = DealPrice.objects.filter(market="EU").order_by("deal_id").last()
    assert price is not None, "the sample has deals"
    opened_at, closes_at = now - timedelta(hours=1), now + timedelta(days=3)
    Deal.objects.filter(id=price.deal_id).update(opens_at=opened_at, closes_at=closes_at, buyer_limit=0)
    opens_at = now + timedelta(days=10)
    presale = Presale.objects.create(
        deal_id=price.deal_id, balance_opens_at=opens_at, balance_closes_at=opens_at + timedelta(days=1)
    )
    PresalePrice.objects.create(
        presale=presale,
        market_id="EU",
        price_minor=price.price_minor,
        deposit_minor=price.price_minor // 10,
        inflation_minor=price.price_minor // 40,
        deposit_mode=DepositMode.ADVANCE,
        deposit_max_bps=10_000,
    )
    Writer.objects.update(offers_version=Writer.objects.get().offers_version + 1)
    return price


def order(guest: Guest, price: DealPrice, *, deposits: bool) -> Placed:
    """Order a unit, and pay the deposit."""
    line = LineAsked(price.deal.sku_id, price.deal_id, 1, price.price_minor)
    placed = guest.place(line, address=json.dumps(ADDRESS).encode(), arrived_at_ms=now_ms())
    assert placed.presale is not None, placed
    give_wallet(shopper_id=guest.shopper_id, amount_minor=10 * price.price_minor, now_ms=now_ms())
    if deposits:
        deposit = pay_request(placed, shopper_id=guest.shopper_id, amount_minor=placed.presale.deposit_minor)
        pay([deposit], now_ms=now_ms())
    return placed


def buy() -> dict[str, str]:
    """Order three times: one has to pay the deposit, one waits for its balance, one can pay it."""
    price, guest = make_presale(), make_guest()
    placed, waiting, due = (order(guest, price, deposits=deposits) for deposits in (False, True, True))
    Purchase.objects.filter(id=due.purchase_id).update(balance_opens_at=datetime.now(UTC) - timedelta(hours=1))
    return {
        "session": guest.session_key,
        "deal": str(price.deal_id),
        "product": str(price.deal.sku.product_id),
        "placed": placed.number,
        "waiting": waiting.number,
        "due": due.number,
    }


if __name__ == "__main__":
    print(json.dumps(buy()))
