"""The variants of a product, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from fairground.catalog.rules import QUANTITY_MAX
from fairground.inventory.queries import ProductOffer
from fairground.sites.storefront.cards import DealTime, StockBar, show_deal_time, show_stock
from fairground.sites.storefront.reader import Reader
from fairground.sites.wording import discount_text, money_text, number_text


@dataclass(frozen=True, slots=True)
class VariantShown:
    """A variant. `prior_price` and `discount` are empty, `time` and `stock` None, where it has no deal.

    `asked_minor` is what one unit costs now, `most` how many one may put into the cart, 0 where there are none.
    """

    name: str
    price: str
    prior_price: str
    discount: str
    limit: str
    time: DealTime | None
    stock: StockBar | None
    units_left: int
    units_left_text: str
    sku: str
    asked_minor: int
    most: int


@dataclass(frozen=True, slots=True)
class OfferShown:
    """A product in a market: its cheapest variant, and all of them in their order.

    `chosen` is the variant that a form begins with, the cheapest that there is; None where all are sold out.
    """

    best: VariantShown
    chosen: VariantShown | None
    dearer_too: bool
    variants: list[VariantShown]


def show_offers(offers: Sequence[ProductOffer], reader: Reader) -> OfferShown | None:
    """Return the variants as the reader sees them; None where the market has none."""
    if not offers:
        return None
    best = min(offers, key=_price_minor)
    chosen = min(filter(_most, offers), key=_price_minor, default=None)
    return OfferShown(
        best=_show(best, reader),
        chosen=_show(chosen, reader) if chosen else None,
        dearer_too=any(_price_minor(offer) > _price_minor(best) for offer in offers),
        variants=[_show(offer, reader) for offer in offers],
    )


def _most(offer: ProductOffer) -> int:
    """Return how many units may be put into a cart: those of a deal that is still to come count as well."""
    return min(max(offer.units_left, offer.deal_units_left), QUANTITY_MAX)


def _price_minor(offer: ProductOffer) -> int:
    return offer.usual_minor if offer.deal_minor is None else min(offer.deal_minor, offer.usual_minor)


def _show(offer: ProductOffer, reader: Reader) -> VariantShown:
    time = stock = None
    price_minor = _price_minor(offer)
    if offer.deal_id and offer.opens_at and offer.closes_at:
        time = show_deal_time(offer.opens_at, offer.closes_at, reader)
        stock = show_stock(offer.deal_units, {str(offer.deal_id): offer.deal_units_left})
    below = price_minor < offer.prior_minor
    return VariantShown(
        name=" · ".join(offer.options),
        price=money_text(price_minor, offer.currency),
        prior_price=money_text(offer.prior_minor, offer.currency) if below else "",
        discount=discount_text(price_minor=price_minor, prior_minor=offer.prior_minor) if below else "",
        limit=number_text(offer.buyer_limit) if offer.buyer_limit else "",
        time=time,
        stock=stock,
        units_left=offer.units_left,
        units_left_text=number_text(offer.units_left),
        sku=str(offer.sku_id),
        asked_minor=offer.asking(now=reader.now).price_minor,
        most=_most(offer),
    )
