"""What can be bought in the realm, as the crowd sees it: prices by market, deals, and where the stock is."""

from dataclasses import dataclass

from django.db import connection

from fairground.kernel.sql import load_sql
from fairground.markets.models import Market, MarketRegion


@dataclass(frozen=True, slots=True)
class Good:
    """A SKU at its usual price, or a deal of it. Prices in minor units by market."""

    sku_id: int
    deal_id: int | None
    merchant_id: int
    stock_id: int
    buyer_limit: int
    prices_minor: dict[str, int]


@dataclass(frozen=True, slots=True)
class Goods:
    """All goods, and the markets."""

    all: list[Good]
    currency_of_market: dict[str, str]
    language_of_market: dict[str, str]
    market_of_country: dict[str, str]


def read_goods(*, festival: str | None = None, presales: bool = False) -> Goods:
    """Return everything that is on sale in every market; what is missing somewhere is left out.

    Deals are those of one festival, None: of all; with `presales` they are presales, which are never bought with
    anything else, in place of the others.
    """
    markets = list(Market.objects.all())
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("rehearsal", "goods"), {"markets": len(markets), "festival": festival, "presales": presales}
        )
        goods = [
            Good(sku_id, deal_id, merchant_id, stock_id, limit, dict(zip(codes, prices_minor, strict=True)))
            for sku_id, deal_id, merchant_id, stock_id, limit, codes, prices_minor in cursor.fetchall()
        ]
    return Goods(
        all=goods,
        currency_of_market={market.code: market.currency for market in markets},
        language_of_market={market.code: market.languages[0] for market in markets},
        market_of_country=dict(MarketRegion.objects.values_list("country", "market_id")),
    )
