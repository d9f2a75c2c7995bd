"""A SKU as every feed has it, and which SKUs no feed would take."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import urlencode

from django.urls import reverse

from fairground.catalog.rules import category_path, printed_gtin
from fairground.inventory.queries import FeedOffer
from fairground.kernel.money import decimal_text
from fairground.markets.queries import MarketFacts
from fairground.sites.languages import page_language
from fairground.sites.picture_files import address_for_others

# What XML 1.0 has no place for (2.2), and the control characters that it advises against.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_SELLS_USED = "person"
# Axes of variants that feeds have an attribute for, and how they call it.
STANDARD_AXES = {"colour": "color", "color": "color", "size": "size", "material": "material", "pattern": "pattern"}


@dataclass(frozen=True, slots=True)
class FeedScope:
    """What one feed is about. `site` has no slash at its end; `language` is the catalogue's; names are by code."""

    site: str
    market: MarketFacts
    language: str
    festival: str | None
    now: datetime
    category_names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sale:
    """A price below the usual one, from when until when, in UTC and whole minutes: never longer than the deal is."""

    price: str
    opens_at: datetime
    closes_at: datetime

    def period(self, *, zone: str) -> str:
        """Return from when until when, with UTC's offset written as `zone`: 2026-11-11T00:00+0000/…"""
        return f"{self.opens_at:%Y-%m-%dT%H:%M}{zone}/{self.closes_at:%Y-%m-%dT%H:%M}{zone}"


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """A SKU in words, free of control characters. Prices are like `12.90 EUR`; what is not known is empty.

    `images` are the addresses of the product's pictures, the first one first.
    """

    sku: str
    group: str
    title: str
    description: str
    link: str
    images: list[str]
    in_stock: bool
    is_new: bool
    price: str
    sale: Sale | None
    brand: str
    gtin: str
    category: str
    options: Mapping[str, str]


def refused_for(offer: FeedOffer) -> str | None:
    """Return why no feed would take a SKU: `not_on_sale`, `no_price` in the market, `no_title` in the language."""
    if not offer.on_sale:
        return "not_on_sale"
    if offer.usual_minor is None:
        return "no_price"
    return None if clean_line(offer.title or "") else "no_title"


def feed_entry(offer: FeedOffer, scope: FeedScope) -> FeedEntry:
    """Return a SKU that `refused_for` lets pass as a feed shows it; a variant's title ends with its options."""
    assert offer.usual_minor is not None, offer
    assert offer.currency is not None, offer
    title = clean_line(offer.title or "")
    options = {axis: clean_line(value) for axis, value in sorted(offer.options.items())}
    return FeedEntry(
        sku=str(offer.sku_id),
        group=str(offer.product_id) if offer.variants > 1 else "",
        title=f"{title}, {', '.join(options.values())}" if options and offer.variants > 1 else title,
        description=clean_text(offer.description or "") or title,
        link=_link(offer.product_id, scope),
        images=[scope.site + address_for_others(picture) for picture in offer.pictures],
        in_stock=offer.asking(now=scope.now).in_stock,
        is_new=offer.merchant_kind != _SELLS_USED,
        price=_price(offer.usual_minor, offer.currency),
        sale=_sale(offer, offer.currency),
        brand=clean_line(offer.brand or ""),
        gtin=printed_gtin(offer.gtin),
        category=_category(offer.category, scope),
        options=options,
    )


def clean_text(text: str) -> str:
    """Return a text without control characters; its lines stay."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def clean_line(text: str) -> str:
    """Return a text on one line, without control characters."""
    return " ".join(clean_text(text).split())


def shortened(text: str, *, length_max: int) -> str:
    """Return a text of at most `length_max` characters, cut between words where it has to be."""
    if len(text) <= length_max:
        return text
    head, space, _rest = text[: length_max + 1].rpartition(" ")
    return head if space else text[:length_max]


def _price(amount_minor: int, currency: str) -> str:
    return f"{decimal_text(amount_minor, currency)} {currency}"


def _sale(offer: FeedOffer, currency: str) -> Sale | None:
    if offer.sale is None:
        return None
    deal = offer.sale
    opens_at = (deal.opens_at.astimezone(UTC) + timedelta(seconds=60, microseconds=-1)).replace(second=0, microsecond=0)
    closes_at = deal.closes_at.astimezone(UTC).replace(second=0, microsecond=0)
    return Sale(_price(deal.price_minor, currency), opens_at, closes_at) if opens_at < closes_at else None


def _link(product_id: int, scope: FeedScope) -> str:
    before, after = _around_the_id(scope.site, scope.market.code, scope.language)
    return f"{before}{product_id}{after}"


@lru_cache(maxsize=16)
def _around_the_id(site: str, market: str, language: str) -> tuple[str, str]:
    """The page must show the price and the words of the feed, so the link chooses both.

    Put together once: for each product it took two fifths of an export's time.
    """
    before, after = reverse("product", args=[0]).split("0")
    query = {"market": market}
    spoken = page_language(language)
    if spoken:
        query["lang"] = spoken
    return f"{site}{before}", f"{after}?{urlencode(query)}"


def _category(code: str | None, scope: FeedScope) -> str:
    if code is None:
        return ""
    return clean_line(" > ".join(scope.category_names.get(one, one) for one in category_path(code)))
