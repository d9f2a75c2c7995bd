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


@dataclass(frozen=True, slots=True)
class VariantNamed:
    """A SKU as its merchant knows it: its number there, and what tells it from others as in `SwapShown`."""

    external_id: str
    options: tuple[Mapping[str, str], ...]


def variants_named(*, sku_ids: Collection[int]) -> dict[int, VariantNamed]:
    """Return what SKUs are called, by SKU."""
    skus = list(Sku.objects.filter(id__in=sku_ids))
    names = _option_names(skus)
    return {one.id: VariantNamed(one.external_id, _options(one, names)) for one in skus}


def swaps_for(*, sku_ids: Collection[int], market: str) -> dict[int, list[SwapShown]]:
    """Return what SKUs may be exchanged for today, by SKU: on sale, of its product, at its price, and there."""
    products = dict(Sku.objects.filter(id__in=sku_ids).values_list("id", "product_id"))
    skus = list(Sku.objects.filter(product_id__in=set(products.values()), on_sale=True).order_by("id"))
    ids = {*products, *(one.id for one in skus)}
    prices = dict(Price.objects.filter(sku_id__in=ids, market_id=market).values_list("sku_id", "price_minor"))
    free: dict[int, int] = {}
    for stock in Stock.objects.filter(lane__in={lane_of(one) for one in products}, sku_id__in=ids, deal_id=None):
        free[stock.sku_id] = max(free.get(stock.sku_id, 0), stock.units - stock.reserved - stock.sold)
    names = _option_names(skus)
    return {
        sku_id: [
            SwapShown(one.id, _options(one, names), free[one.id])
            for one in skus
            if one.product_id == product_id
            and free.get(one.id, 0) > 0
            and one.id in prices
            and prices[one.id] == prices.get(sku_id)
        ]
        for sku_id, product_id in products.items()
    }


def _option_names(skus: Collection[Sku]) -> dict[str, Mapping[str, str]]:
    codes = {code for one in skus for code in one.options.values()}
    return dict(OptionValue.objects.filter(code__in=codes).values_list("code", "names"))


def _options(sku: Sku, names: Mapping[str, Mapping[str, str]]) -> tuple[Mapping[str, str], ...]:
    return tuple(names.get(code, {"": code}) for code in sku.options.values())
