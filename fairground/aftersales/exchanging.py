"""Reads of what goods may be exchanged for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from fairground.catalog.models import OptionValue, Price, Sku
from fairground.inventory.models import Stock
from fairground.kernel.ids import lane_of


@dataclass(frozen=True, slots=True)
class SwapShown:
    """A SKU that goods may be exchanged for, and the units that are free.

    `options` are what tells it from others, each by language, or under no language as the catalogue writes it.
    """

    sku_id: int
    options: tuple[Mapping[str, str], ...]
    free: int


def swaps_for(*, sku_ids: Collection[int], market: str) -> dict[int, list[SwapShown]]:
    """Return what SKUs may be exchanged for today, by SKU: on sale, of its product, at its price, and there."""
    products = dict(Sku.objects.filter(id__in=sku_ids).values_list("id", "product_id"))
    skus = list(Sku.objects.filter(product_id__in=set(products.values()), on_sale=True).order_by("id"))
    ids = {*products, *(one.id for one in skus)}
    prices = dict(Price.objects.filter(sku_id__in=ids, market_id=market).values_list("sku_id", "price_minor"))
    free: dict[int, int] = {}
    for stock in Stock.objects.filter(lane__in={lane_of(one) for one in products}, sku_id__in=ids, deal_id=None):
        free[stock.sku_id] = max(free.get(stock.sku_id, 0), stock.units - stock.reserved - stock.sold)
    codes = {code for one in skus for code in one.options.values()}
    names = dict(OptionValue.objects.filter(code__in=codes).values_list("code", "names"))
    return {
        sku_id: [
            SwapShown(one.id, tuple(names.get(code, {"": code}) for code in one.options.values()), free[one.id])
            for one in skus
            if one.product_id == product_id
            and free.get(one.id, 0) > 0
            and one.id in prices
            and prices[one.id] == prices.get(sku_id)
        ]
        for sku_id, product_id in products.items()
    }
