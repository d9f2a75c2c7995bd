"""Which goods stand in a grid, and in which order: the festival's best deals, those of a hall, all goods of a shop."""

import time
from collections.abc import Sequence
from functools import partial

from fairground.inventory.deal_ranking import DealRanking
from fairground.inventory.queries import (
    ProductCard,
    deal_ranking,
    goods_without_deals,
    offers_version,
    sold_out_deals,
)
from fairground.kernel.clock import from_unix_ms
from fairground.sites.moment import ForAMoment, UntilChanged
from fairground.sites.storefront.kept_cards import KeptCards, SeenIn
from fairground.sites.storefront.reader import Reader


def _rank(market: str, festival: str) -> DealRanking:
    return deal_ranking(market=market, festival=festival, now=from_unix_ms(time.time_ns() // 1_000_000))


sold_out = ForAMoment(sold_out_deals)
# The version of offers, asked once a second.
version_of_offers = ForAMoment(offers_version)
_CARDS = KeptCards()
_ranking = UntilChanged(_rank, version=version_of_offers)


def deal_cards(reader: Reader, *, limit: int, offset: int = 0, hall_id: int | None = None) -> list[ProductCard]:
    """Return products with deals of the festival that are not over, all or a hall's.

    The greatest discount of each hall comes first, what is sold out last; that and the stock are a second old at most.
    """
    ranking = ranking_of(reader)
    if ranking is None:
        return []
    ids = ranking.product_ids(sold_out=sold_out(), now=reader.now, limit=limit, offset=offset, hall_id=hall_id)
    return cards_of(reader, ids, deals_only=True)


def shop_cards(reader: Reader, *, merchant_id: int, limit: int, offset: int = 0) -> list[ProductCard]:
    """Return all products of a merchant that the market has: those with deals as in a hall, then the others by age.

    A page costs as much as the pages before it have products without deals, however many the shop has behind it.
    """
    if reader.market is None:
        return []
    ranking = ranking_of(reader) or DealRanking()
    read = partial(ranking.product_ids, sold_out=sold_out(), now=reader.now, merchant_id=merchant_id)
    ids = read(limit=limit, offset=offset)
    if len(ids) < limit:
        deals = read(limit=None)
        ids += goods_without_deals(
            merchant_id=merchant_id,
            market=reader.market.code,
            but=deals,
            limit=limit - len(ids),
            offset=max(0, offset - len(deals)),
        )
    return cards_of(reader, ids)


def cards_of(reader: Reader, product_ids: Sequence[int], *, deals_only: bool = False) -> list[ProductCard]:
    """Return products as the reader sees them, in the order given; what the market doesn't have is left out.

    A card is as it was within the last second, and never as before a deal that has opened or closed since.
    """
    if reader.market is None or not product_ids:
        return []
    return _CARDS.cards(
        product_ids,
        seen_in=SeenIn(reader.market.code, reader.language, reader.festival_slug, deals_only=deals_only),
        now=reader.now,
    )


def ranking_of(reader: Reader) -> DealRanking | None:
    """Return the order of the festival's deals in the reader's market, where there are both."""
    return _ranking(reader.market.code, reader.festival.slug) if reader.market and reader.festival else None
