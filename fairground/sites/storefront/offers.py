"""The variants of a product, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from fairground.inventory.queries import ProductOffer
from fairground.sites.storefront.cards import DealTime, StockBar, show_deal_time, show_stock
from fairground.sites.storefront.reader import Reader
from fairground.sites.storefront.wording import discount_text, money_text, number_text


@dataclass(frozen=True, slots=True)
class VariantShown:
    """A variant. `usual_price` and `discount` are empty, `time` and `stock` None, where it has no deal."""

    name: str
    price: str
    usual_price: str
    discount: str
    limit: str
    time: DealTime | None
    stock: StockBar | None
    units_left: int
    units_left_text: str


@dataclass(frozen=True, slots=True)
class OfferShown:
    """A product in a market: its cheapest variant, and all of them in their order."""

    best: VariantShown
    dearer_too: bool
    variants: list[VariantShown]


def show_offers(offers: Sequence[ProductOffer], reader: Reader) -> OfferShown | None:
    """Return the variants as the reader sees them; None where the market has none."""
    if not offers:
        return None
    best = min(offers, key=_price_minor)
    return OfferShown(
        best=_show(best, reader),
        dearer_too=any(_price_minor(offer) > _price_minor(best) for offer in offers),
        variants=[_show(offer, reader) for offer in offers],
    )


def _price_minor(offer: ProductOffer) -> int:
    return offer.usual_minor if offer.deal_minor is None else offer.deal_minor


def _show(offer: ProductOffer, reader: Reader) -> VariantShown:
    time = stock = None
    price_minor = _price_minor(offer)
    if offer.deal_id and offer.opens_at and offer.closes_at:
        time = show_deal_time(offer.opens_at, offer.closes_at, reader)
        stock = show_stock(offer.deal_units, {str(offer.deal_id): offer.deal_units_left})
    below = price_minor < offer.usual_minor
    return VariantShown(
        name=" · ".join(offer.options),
        price=money_text(price_minor, offer.currency),
        usual_price=money_text(offer.usual_minor, offer.currency) if below else "",
        discount=discount_text(price_minor=price_minor, usual_minor=offer.usual_minor) if below else "",
        limit=number_text(offer.buyer_limit) if offer.buyer_limit else "",
        time=time,
        stock=stock,
        units_left=offer.units_left,
        units_left_text=number_text(offer.units_left),
    )
