"""A product in a grid, in words."""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.template.loader import render_to_string

from fairground.inventory.queries import ProductCard
from fairground.kernel.clock import to_unix_ms
from fairground.sites.languages import in_language
from fairground.sites.storefront.art import Art, product_art
from fairground.sites.storefront.pictures import FIRST_CARDS, PictureShown, card_picture
from fairground.sites.storefront.reader import Reader
from fairground.sites.wording import country_text, discount_text, money_text, number_text, short_moment_text

# A bar with a tenth left is low.
LOW_ONE_IN = 10
# About 1.5 KB each. A page has up to sixty, and making one takes a third of a millisecond.
CARDS_KEPT_MAX = 10_000


@dataclass(frozen=True, slots=True)
class DealTime:
    """When a deal opens and closes, for the page's clock, and its phase now."""

    opens_ms: int
    closes_ms: int
    phase: str
    opens_text: str


@dataclass(frozen=True, slots=True)
class StockBar:
    """What is left of a deal's units; `deals` is JSON for the page's live stock: {deal id: units left}."""

    left: int
    units: int
    left_text: str
    units_text: str
    low_at: int
    deals: str

    @property
    def state(self) -> str:
        """Return whether there is `enough`, little (`low`) or nothing (`gone`)."""
        return "gone" if self.left == 0 else "low" if self.left <= self.low_at else "enough"

    @property
    def gone(self) -> int:
        """Return how many units are taken, which is what the bar shows."""
        return self.units - self.left


@dataclass(frozen=True, slots=True)
class CardShown:
    """A product card; without a deal there is no usual price, time or stock, and without a picture there is its art."""

    product_id: str
    title: str
    art: Art
    merchant: str
    country: str
    hall: str
    dearer_too: bool
    price: str
    prior_price: str
    discount: str
    time: DealTime | None
    stock: StockBar | None
    picture: PictureShown | None = None


_kept: OrderedDict[tuple[object, ...], str] = OrderedDict()
_keeping = threading.Lock()


def cards_html(
    cards: Iterable[ProductCard], reader: Reader, *, within: str = "", eager_max: int = FIRST_CARDS
) -> list[str]:
    """Return a page's cards as the reader sees them, `within` a "hall" or a "shop".

    The pictures of the first `eager_max` are fetched at once, those of the others when they come into view.
    """
    return [_card_html(card, reader, within, eager=place < eager_max) for place, card in enumerate(cards)]


def _card_html(card: ProductCard, reader: Reader, within: str, *, eager: bool) -> str:
    """Return a card, made once for all who see the same."""
    eager = eager and card.picture is not None
    key = (msgspec.json.encode(card), _phase(card, reader), reader.market, reader.language, reader.query, within, eager)
    with _keeping:
        html = _kept.get(key)
        if html is not None:
            _kept.move_to_end(key)
            return html
    html = render_to_string(
        "storefront/parts/card.html",
        {"card": show_card(card, reader), "reader": reader, "within": within, "eager": eager},
    )
    with _keeping:
        _kept[key] = html
        if len(_kept) > CARDS_KEPT_MAX:
            _kept.popitem(last=False)
    return html


def show_card(card: ProductCard, reader: Reader) -> CardShown:
    """Return a card as the reader sees it."""
    time = stock = None
    if card.opens_at and card.closes_at:
        time = show_deal_time(card.opens_at, card.closes_at, reader)
        stock = show_stock(card.units, dict(card.deals))
    below = card.price_minor < card.prior_minor
    return CardShown(
        product_id=str(card.product_id),
        title=card.title,
        art=product_art(product_id=card.product_id, brand=card.brand, category=card.category),
        merchant=card.merchant_name,
        country=country_text(card.merchant_country),
        hall=in_language(card.hall, reader.language) or "",
        dearer_too=card.dearer_too,
        price=money_text(card.price_minor, card.currency),
        prior_price=money_text(card.prior_minor, card.currency) if below else "",
        discount=discount_text(price_minor=card.price_minor, prior_minor=card.prior_minor) if below else "",
        time=time,
        stock=stock,
        picture=card_picture(card.picture) if card.picture else None,
    )


def show_deal_time(opens_at: datetime, closes_at: datetime, reader: Reader) -> DealTime:
    """Return a deal's times; its moment is told in the time zone of the reader's market."""
    assert reader.market, "a deal is seen in a market"
    phase = _phase_between(opens_at, closes_at, reader.now)
    opens_text = short_moment_text(opens_at, reader.market.time_zone)
    return DealTime(to_unix_ms(opens_at), to_unix_ms(closes_at), phase, opens_text)


def _phase(card: ProductCard, reader: Reader) -> str:
    return _phase_between(card.opens_at, card.closes_at, reader.now) if card.opens_at and card.closes_at else ""


def _phase_between(opens_at: datetime, closes_at: datetime, now: datetime) -> str:
    return "before" if now < opens_at else "open" if now < closes_at else "over"


def show_stock(units: int, deals: dict[str, int]) -> StockBar:
    """Return the stock bar of deals that began with `units` together."""
    left = sum(deals.values())
    deals_text = msgspec.json.encode(deals).decode()
    return StockBar(left, units, number_text(left), number_text(units), units // LOW_ONE_IN, deals_text)
