"""Which goods stand in the blocks of a hall: a fixed number of statements, however many blocks there are."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain

from fairground.catalog.queries import products_of_skus
from fairground.festivals.blocks import Brands, Coupons, Deals, Matter, Source, Text, next_opening
from fairground.festivals.composition import hall_openings, products_opening
from fairground.inventory.queries import ProductCard, ranked_in_categories
from fairground.kernel.clock import from_unix_ms
from fairground.merchants.queries import MerchantFacts, merchants_named
from fairground.promotions.queries import coupons_offered
from fairground.sites.moment import ForAMoment, UntilChanged
from fairground.sites.storefront.coupons.shown import CouponWords, changes_at, offered_words, shops_of
from fairground.sites.storefront.reader import Reader
from fairground.sites.storefront.shelves import cards_of, ranking_of, sold_out, version_of_offers

# One a hall and a market, twenty of each and more: some hundred numbers in an answer.
ANSWERS_KEPT_MAX = 512


def _rank_in_categories(market: str, festival: str, categories: tuple[str, ...], most: int) -> dict[str, list[int]]:
    now = from_unix_ms(time.time_ns() // 1_000_000)
    return ranked_in_categories(market=market, festival=festival, categories=categories, now=now, products_max=most)


_in_categories = UntilChanged(_rank_in_categories, version=version_of_offers, kept_max=ANSWERS_KEPT_MAX)
_opening = UntilChanged(products_opening, version=version_of_offers, kept_max=ANSWERS_KEPT_MAX)


_merchants_named = ForAMoment(lambda slugs, ids: merchants_named(slugs=slugs, ids=ids))
openings_of = UntilChanged(hall_openings, version=version_of_offers, kept_max=ANSWERS_KEPT_MAX)


@dataclass(frozen=True, slots=True)
class HallGoods:
    """What blocks show, by their place in what was asked for: cards of a grid, merchants of a wall, a text's card.

    `coupons` are those of the market that are not gone, where a block asks for any, and when that is other ones.
    """

    grids: Mapping[int, Sequence[ProductCard]]
    walls: Mapping[int, Sequence[MerchantFacts]]
    products: Mapping[int, ProductCard]
    coupons: Sequence[CouponWords] = ()
    coupons_change_at: datetime | None = None


def hall_goods(reader: Reader, *, hall_id: int, matters: Sequence[Matter]) -> HallGoods:
    """Return what the blocks of a hall show of goods and merchants; what the market does not have is left out.

    What a grid shows is not shown again by the grids after it, except where the operator chose it by name.
    """
    if reader.market is None or reader.festival is None:
        return HallGoods({}, {}, {})
    merchants, walls = _merchants(reader, hall_id, matters)
    grids = _grids(reader, hall_id, matters, merchants)
    cards = {one.product_id: one for one in cards_of(reader, _once(grids.values()), deals_only=True)}
    named = {place: one.product_id for place, one in enumerate(matters) if isinstance(one, Text) and one.product_id}
    told = {one.product_id: one for one in cards_of(reader, _once([named.values()]))}
    wants_coupons = any(isinstance(one, Coupons) for one in matters)
    offered = coupons_offered(market=reader.market.code, now=reader.now) if wants_coupons else []
    shops = shops_of([one.promotion for one in offered]) if offered else {}
    return HallGoods(
        coupons=[one for one in offered_words(offered, (), reader, shops) if one.state != "gone"],
        coupons_change_at=changes_at(offered, reader.now),
        grids={place: _sold_out_last([cards[one] for one in ids if one in cards]) for place, ids in grids.items()},
        walls=walls,
        products={place: told[product_id] for place, product_id in named.items() if product_id in told},
    )


def _merchants(
    reader: Reader, hall_id: int, matters: Sequence[Matter]
) -> tuple[Mapping[str, MerchantFacts], dict[int, list[MerchantFacts]]]:
    """Return the merchants that blocks name, by slug, and those of each wall."""
    walls = {place: one for place, one in enumerate(matters) if isinstance(one, Brands)}
    slugs = {one.of for one in matters if isinstance(one, Deals) and one.source is Source.MERCHANT}
    slugs |= {slug for wall in walls.values() for slug in wall.merchants}
    most = max((wall.most for wall in walls.values() if not wall.merchants), default=0)
    ranking = ranking_of(reader)
    largest = ranking.merchant_ids(hall_id=hall_id, limit=most) if ranking and most else []
    found = _merchants_named(frozenset(slugs), tuple(largest)) if slugs or largest else []
    by_slug, by_id = {one.slug: one for one in found}, {one.id: one for one in found}
    shown = {
        place: [by_slug[slug] for slug in wall.merchants if slug in by_slug]
        if wall.merchants
        else [by_id[one] for one in largest[: wall.most] if one in by_id]
        for place, wall in walls.items()
    }
    return by_slug, shown


def _grids(
    reader: Reader, hall_id: int, matters: Sequence[Matter], merchants: Mapping[str, MerchantFacts]
) -> dict[int, list[int]]:
    """Return the products of each grid, in their order."""
    grids = {place: one for place, one in enumerate(matters) if isinstance(one, Deals)}
    candidates = _candidates(reader, hall_id, list(grids.values()), merchants)
    used: set[int] = set()
    chosen: dict[int, list[int]] = {}
    for place, deals in grids.items():
        found = candidates[deals.source](deals)
        fresh = found if deals.source is Source.SKUS else [one for one in found if one not in used]
        chosen[place] = list(dict.fromkeys(fresh))[: deals.most]
        used.update(chosen[place])
    return chosen


def _candidates(
    reader: Reader, hall_id: int, grids: Sequence[Deals], merchants: Mapping[str, MerchantFacts]
) -> Mapping[Source, Callable[[Deals], Sequence[int]]]:
    """Return what finds the products of a grid, as many as all grids together take, since none shows one twice."""
    assert reader.market, "asked before"
    assert reader.festival, "asked before"
    market, festival = reader.market.code, reader.festival.slug
    most = sum(one.most for one in grids)
    sku_ids = {one for grid in grids for one in grid.sku_ids}
    products = products_of_skus(sku_ids=sku_ids) if sku_ids else {}
    codes = tuple(sorted({one.of for one in grids if one.source is Source.CATEGORY}))
    in_categories = _in_categories(market, festival, codes, most) if codes else {}
    ranking = ranking_of(reader)
    ranked = partial(ranking.product_ids, sold_out=sold_out(), now=reader.now, limit=most) if ranking else None

    def of_merchant(deals: Deals) -> Sequence[int]:
        found = merchants.get(deals.of)
        return ranked(merchant_id=found.id) if ranked and found else []

    def opening_next(_deals: Deals) -> Sequence[int]:
        opening = next_opening(openings_of(hall_id=hall_id, market=market), at=reader.now)
        if opening is None:
            return []
        return _opening(hall_id=hall_id, market=market, opens_at=opening.opens_at, products_max=most)

    return {
        Source.HALL: lambda _deals: ranked(hall_id=hall_id) if ranked else [],
        Source.NEXT: opening_next,
        Source.CATEGORY: lambda deals: in_categories[deals.of],
        Source.MERCHANT: of_merchant,
        Source.SKUS: lambda deals: [products[one] for one in deals.sku_ids if one in products],
    }


def _sold_out_last(cards: Sequence[ProductCard]) -> list[ProductCard]:
    return sorted(cards, key=lambda card: not any(card.deals.values()))


def _once(lists: Iterable[Iterable[int]]) -> list[int]:
    return list(dict.fromkeys(chain.from_iterable(lists)))
