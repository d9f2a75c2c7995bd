"""Presales on a product's page, and the way from there to the checkout."""

import time
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from fairground.catalog.rules import QUANTITY_MAX
from fairground.inventory.presale_offers import PresaleOffer, presales_of_product, products_with_presales
from fairground.kernel.clock import from_unix_ms
from fairground.sites.moment import UntilChanged
from fairground.sites.storefront.cards import StockBar, show_stock
from fairground.sites.storefront.posted import see_other
from fairground.sites.storefront.purchases.deposits import terms_text
from fairground.sites.storefront.reader import Reader, reader_of
from fairground.sites.storefront.shelves import version_of_offers
from fairground.sites.visitor import shopper_of
from fairground.sites.wording import money_text, number_text, short_moment_text


@dataclass(frozen=True, slots=True)
class PresaleShown:
    """A presale in words. `worth` is empty where the deposit counts for no more than it is, `limit` without one.

    `most` is how many may be ordered at once; `phase` is before, open or over.
    """

    deal_id: str
    name: str
    price: str
    deposit: str
    worth: str
    rest: str
    paid: str
    closes: str
    opens: str
    balance_opens: str
    balance_closes: str
    terms: str
    limit: str
    stock: StockBar | None
    most: int
    phase: str


def _read_products() -> frozenset[int]:
    return products_with_presales(now=from_unix_ms(time.time_ns() // 1_000_000))


# Few products have one, and a page of the others is not to ask for it: that statement takes as long as all of theirs.
_with_presales = UntilChanged(_read_products, version=version_of_offers)


def show_presales(product_id: int, reader: Reader) -> list[PresaleShown]:
    """Return the presales of a product as the reader's market has them."""
    if reader.market is None or product_id not in _with_presales():
        return []
    offers = presales_of_product(
        product_id=product_id, market=reader.market.code, language=reader.language, now=reader.now
    )
    return [_show(offer, reader) for offer in offers]


def _show(offer: PresaleOffer, reader: Reader) -> PresaleShown:
    zone, currency = reader.zone_of(reader.market.code if reader.market else ""), offer.currency
    worth_minor = offer.deposit_minor + offer.inflation_minor
    is_open = offer.is_open(now=reader.now)
    return PresaleShown(
        deal_id=str(offer.deal_id),
        name=" · ".join(offer.options),
        price=money_text(offer.price_minor, currency),
        deposit=money_text(offer.deposit_minor, currency),
        worth=money_text(worth_minor, currency) if offer.inflation_minor else "",
        rest=money_text(offer.paid_minor - offer.deposit_minor, currency),
        paid=money_text(offer.paid_minor, currency),
        closes=short_moment_text(offer.closes_at, zone),
        opens=short_moment_text(offer.opens_at, zone),
        balance_opens=short_moment_text(offer.balance_opens_at, zone),
        balance_closes=short_moment_text(offer.balance_closes_at, zone),
        terms=terms_text(offer.mode),
        limit=number_text(offer.buyer_limit) if offer.buyer_limit else "",
        stock=show_stock(offer.units, {str(offer.deal_id): offer.units_left}),
        most=min(offer.units_left, offer.buyer_limit or QUANTITY_MAX, QUANTITY_MAX),
        phase="open" if is_open else "before" if reader.now < offer.opens_at else "over",
    )


@require_POST
def order_presale(request: HttpRequest) -> HttpResponse:
    """Lead to the checkout with a presale alone; who has no session gets one, as at a cart."""
    reader = reader_of(request)
    shopper_of(request)
    asked = {name: request.POST.get(name, "") for name in ("presale", "units")}
    if not all(value.isascii() and value.isdecimal() for value in asked.values()):
        return see_other(reverse("home") + reader.query)
    query = f"presale={asked['presale']}&units={asked['units']}"
    return see_other(reverse("checkout") + (f"{reader.query}&{query}" if reader.query else f"?{query}"))
