"""Buying again: what is still sold goes into the cart."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from fairground.carts.actions import CartFull, NotOnSale, put_in_cart
from fairground.checkout.queries import read_offers
from fairground.markets.queries import MarketFacts
from fairground.orders.queries import LineShown, PurchaseShown
from fairground.sites.storefront.posted import see_other
from fairground.sites.storefront.purchases.mine import my_purchase
from fairground.sites.storefront.reader import reader_of
from fairground.sites.visitor import shopper_of


@dataclass(frozen=True, slots=True)
class BoughtAgain:
    """How many lines went into the cart, which are not sold any more, and for which there was no room."""

    put: int
    gone: list[LineShown]
    no_room: list[LineShown]


@require_POST
def again(request: HttpRequest, number: str) -> HttpResponse:
    """Put what is still sold of a purchase into the cart, and say what is not."""
    reader, found = reader_of(request), my_purchase(request, number)
    if reader.market is None:
        raise Http404
    bought = buy_again(shopper_id=shopper_of(request), purchase=found, market=reader.market, now=reader.now)
    if bought.gone:
        messages.warning(request, gettext("Not sold here any more: %(titles)s") % {"titles": _titles(bought.gone)})
    if bought.no_room:
        messages.warning(request, gettext("No room in the cart for: %(titles)s") % {"titles": _titles(bought.no_room)})
    return see_other((reverse("cart") if bought.put else reverse("purchase", args=[found.number])) + reader.query)


def buy_again(*, shopper_id: int, purchase: PurchaseShown, market: MarketFacts, now: datetime) -> BoughtAgain:
    """Put each line that is still sold in the market into the shopper's cart.

    The cart tells what a unit costs now and how many are left; here only counts whether there is an offer.
    """
    lines = [line for order in purchase.orders for line in order.lines]
    offers = read_offers({(line.sku_id, None, market.code) for line in lines})
    gone: list[LineShown] = []
    no_room: list[LineShown] = []
    for line in lines:
        offer = offers.get((line.sku_id, None, market.code))
        if offer is None:
            gone.append(line)
            continue
        try:
            put_in_cart(
                shopper_id=shopper_id,
                sku_id=line.sku_id,
                quantity=line.quantity,
                seen_minor=offer.unit_price_minor,
                currency=market.currency,
                now=now,
            )
        except NotOnSale:
            gone.append(line)
        except CartFull:
            no_room.append(line)
    return BoughtAgain(len(lines) - len(gone) - len(no_room), gone, no_room)


def _titles(lines: Iterable[LineShown]) -> str:
    return ", ".join(line.title for line in lines)
