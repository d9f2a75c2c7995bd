"""Reads of stock."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection
from django.db.models import F

from fairground.catalog.pictures.picture import Picture
from fairground.inventory.deal_ranking import DealRanking
from fairground.inventory.models import Stock
from fairground.inventory.rules import Asking, DealRun, asking_price
from fairground.kernel.ids import lane_of
from fairground.kernel.models import Writer
from fairground.kernel.prepared import prepared_cursor
from fairground.kernel.sql import array_text, load_sql


@dataclass(frozen=True, slots=True)
class DealToFreeze:
    """A deal without a stock row of its own, and the SKU's row with most units free, or 0 and none free."""

    lane: int
    id: int
    sku_id: int
    units: int
    stock_id: int
    place_id: int
    free: int


def deals_to_freeze(*, festival: str, deals_max: int | None, leave_short: bool = False) -> list[DealToFreeze]:
    """Return the deals that have no stock row of their own, by id; `leave_short`: only those that could have one."""
    asked = {"festival": festival, "deals_max": deals_max, "leave_short": leave_short}
    with connection.cursor() as cursor:
        cursor.execute(load_sql("inventory", "deals_to_freeze"), asked)
        return [DealToFreeze(*row) for row in cursor.fetchall()]


def deals_short(*, festival: str, deals_max: int) -> list[int]:
    """Return the ids of deals that are not frozen yet and promise more units than their SKUs have free."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("inventory", "deals_short"), {"festival": festival, "deals_max": deals_max})
        return [deal_id for (deal_id,) in cursor.fetchall()]


def units_of_skus(*, sku_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Return how many units of each SKU are free without a deal and within deals, by SKU id."""
    found: dict[int, tuple[int, int]] = {}
    stock = Stock.objects.filter(lane__in={lane_of(one) for one in sku_ids}, sku_id__in=list(sku_ids))
    for sku_id, deal_id, units in stock.values_list("sku_id", "deal_id", F("units") - F("reserved") - F("sold")):
        usual, in_deals = found.get(sku_id, (0, 0))
        found[sku_id] = (usual + units, in_deals) if deal_id is None else (usual, in_deals + units)
    return found


def deal_units_left() -> dict[int, int]:
    """Return how many units each deal has left, by deal id."""
    left = F("units") - F("reserved") - F("sold")
    return dict(Stock.objects.filter(deal_id__isnull=False).values_list("deal_id", left))


def free_units(stock_ids: Collection[int]) -> dict[int, int]:
    """Return how many units of each stock row are free, by stock id; true until commit for who holds the turn."""
    if not stock_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("inventory", "free_units"),
            {"lanes": array_text(map(lane_of, stock_ids)), "ids": array_text(stock_ids)},
        )
        return dict(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class ProductCard:
    """A product in a grid. Its price is that of its cheapest variant in the market; `dearer_too`: others cost more.

    `deals` has the units left of each of its deals, `units` what they began with together; without a deal both
    are empty and `opens_at`, `closes_at` are None; at `changes_at` the next of its deals opens or closes. `hall` is its
    hall's name by language, empty without one. `picture` is the product's first.
    """

    product_id: int
    title: str
    brand: str | None
    category: str | None
    merchant_slug: str
    merchant_name: str
    merchant_country: str
    hall: Mapping[str, str]
    price_minor: int
    prior_minor: int
    dearer_too: bool
    currency: str
    units: int
    deals: Mapping[str, int]
    opens_at: datetime | None
    closes_at: datetime | None
    changes_at: datetime | None
    picture: Picture | None = None


# Columns of a card that come as JSON, and the first of the picture's three, which come last.
_HALL, _DEALS, _PICTURE = 7, 13, 17


def offers_version() -> int:
    """Return a number that grows with every change of a price, a deal, a SKU or a merchant."""
    return sum(Writer.objects.values_list("offers_version", flat=True))


def deal_ranking(*, market: str, festival: str, now: datetime) -> DealRanking:
    """Return the order of the festival's deals that are not over. It takes long: 0.3 s for 50,000 deals."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("inventory", "ranked_deals"), {"market": market, "festival": festival, "now": now})
        return DealRanking(cursor)


def ranked_in_categories(
    *, market: str, festival: str, categories: Collection[str], now: datetime, products_max: int
) -> dict[str, list[int]]:
    """Return by category the products in it or below it with deals that are not over, the greatest discount first.

    At most `products_max` of each; one statement, however many categories.
    """
    found: dict[str, list[int]] = {code: [] for code in categories}
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("inventory", "ranked_in_categories"),
            {
                "categories": list(categories),
                "market": market,
                "festival": festival,
                "now": now,
                "products_max": products_max,
            },
        )
        for code, product_id in cursor:
            found[code].append(product_id)
    return found


def sold_out_deals() -> frozenset[int]:
    """Return the ids of the deals of which no unit is left."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("inventory", "sold_out_deals"))
        return frozenset(deal_id for (deal_id,) in cursor)


def products_in_stock(*, product_ids: Collection[int]) -> frozenset[int]:
    """Return which of the products have a variant on sale with a unit left."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("inventory", "products_in_stock"), {"product_ids": array_text(product_ids)})
        return frozenset(product_id for (product_id,) in cursor)


def goods_without_deals(
    *, merchant_id: int, market: str, but: Collection[int], limit: int, offset: int = 0
) -> list[int]:
    """Return a merchant's products that are sold in the market, those in `but` left out, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("inventory", "goods_without_deals"),
            {
                "merchant_id": merchant_id,
                "market": market,
                "product_ids": array_text(but),
                "limit": limit,
                "offset": offset,
            },
        )
        return [product_id for (product_id,) in cursor]


def product_cards_by_id(
    *,
    product_ids: Sequence[int],
    market: str,
    language: str,
    festival: str | None,
    now: datetime,
    deals_only: bool = False,
) -> list[ProductCard]:
    """Return the cards of products in the order given; who isn't sold there is left out.

    With `deals_only` a product is what of it has a deal of the festival that is not over. One statement, however many,
    which takes three times as long to plan as to run for sixty, so it stays prepared.
    """
    with prepared_cursor() as cursor:
        cursor.execute(
            load_sql("inventory", "product_cards_by_id"),
            {
                "product_ids": list(product_ids),
                "market": market,
                "language": language,
                "festival": festival,
                "now": now,
                "deals_only": deals_only,
            },
        )
        return [_card(row) for row in cursor]


def _card(row: Sequence[Any]) -> ProductCard:
    columns = list(row[:_PICTURE])
    columns[_HALL] = msgspec.json.decode(columns[_HALL] or "{}")
    columns[_DEALS] = msgspec.json.decode(columns[_DEALS])
    columns.append(Picture(*row[_PICTURE:]) if row[_PICTURE] is not None else None)
    return ProductCard(*columns)


@dataclass(frozen=True, slots=True)
class ProductOffer:
    """A variant of a product in a market. Without a deal `deal_…` and the moments are None and its units 0.

    `sent_from` are the countries of the places that have it.
    """

    sku_id: int
    options: list[str]
    usual_minor: int
    prior_minor: int
    currency: str
    deal_minor: int | None
    deal_id: int | None
    buyer_limit: int
    opens_at: datetime | None
    closes_at: datetime | None
    deal_units: int
    deal_units_left: int
    units_left: int
    gtin: str = ""
    sent_from: Sequence[str] = ()

    def asking(self, *, now: datetime) -> Asking:
        """Return what one unit costs at `now`, and whether there is one."""
        deal = None
        if self.deal_minor is not None and self.opens_at and self.closes_at:
            deal = DealRun(
                self.deal_minor, self.opens_at, self.closes_at, self.deal_units_left, prior_minor=self.prior_minor
            )
        return asking_price(usual_minor=self.usual_minor, units_left=self.units_left, deal=deal, now=now)


def product_offers(
    *, product_id: int, market: str, language: str, festival: str | None, now: datetime
) -> list[ProductOffer]:
    """Return the variants that are on sale in the market, in the order in which they were made.

    The statement takes longer to plan than to run, so it stays prepared.
    """
    with prepared_cursor() as cursor:
        cursor.execute(
            load_sql("inventory", "product_offers"),
            {"product_id": product_id, "market": market, "language": language, "festival": festival, "now": now},
        )
        return [ProductOffer(*row) for row in cursor]


@dataclass(frozen=True, slots=True)
class FeedOffer:
    """A SKU as a feed of a market needs it; `title` is None without words in the language, prices without an offer.

    `category` is its code, `options` the value's name by axis, `pictures` are the product's in their order, `variants`
    is how many SKUs of the product the market has.
    """

    product_id: int
    sku_id: int
    title: str | None
    description: str | None
    brand: str | None
    category: str | None
    merchant_kind: str
    gtin: str
    options: Mapping[str, str]
    pictures: Sequence[Picture]
    variants: int
    on_sale: bool
    usual_minor: int | None
    currency: str | None
    units_left: int
    deal: DealRun | None

    def asking(self, *, now: datetime) -> Asking:
        """Return what one unit costs at `now`, and whether there is one; the market must have a price."""
        assert self.usual_minor is not None, self
        return asking_price(usual_minor=self.usual_minor, units_left=self.units_left, deal=self.deal, now=now)

    @property
    def sale(self) -> DealRun | None:
        """Return the deal that is open or to come, where it has units and is below the usual price."""
        if self.deal is None or self.usual_minor is None or self.deal.price_minor >= self.usual_minor:
            return None
        return self.deal if self.deal.units_left > 0 else None


# The columns of feed_offers.sql that come as JSON, and the first of the deal's four, which come last.
_OPTIONS, _PICTURES, _DEAL = 8, 9, 15


def feed_offers(
    *, market: str, language: str, festival: str | None, now: datetime, after_id: int, products_max: int
) -> list[FeedOffer]:
    """Return all SKUs of the next `products_max` products whose ids are above `after_id`, by product and SKU.

    Empty after the last one. One statement, which reads no more than its chunk.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("inventory", "feed_offers"),
            {
                "market": market,
                "language": language,
                "festival": festival,
                "now": now,
                "after_id": after_id,
                "products_max": products_max,
            },
        )
        rows = cursor.fetchall()
    return [_feed_offer(row) for row in rows]


def _feed_offer(row: Sequence[Any]) -> FeedOffer:
    deal = DealRun(*row[_DEAL:]) if row[_DEAL] is not None else None
    pictures = [Picture(*one) for one in msgspec.json.decode(row[_PICTURES])]
    facts = [*row[:_OPTIONS], msgspec.json.decode(row[_OPTIONS]), pictures, *row[_PICTURES + 1 : _DEAL], deal]
    return FeedOffer(*facts)
