"""A catalogue of any size, made up from the packaged sample: the same each time, never held in memory."""

from collections.abc import Iterator
from dataclasses import replace

from fairground.catalog.imports.opening import packaged_sample
from fairground.catalog.imports.source import SourceNames
from fairground.catalog.rules import PRICE_MINOR_MAX, DealTerms, PassedOver, ProductRecord, ProductText
from fairground.kernel.money import Money

# Each merchant of the sample opens so many branches, so that no shop has more than some goods in a thousand.
BRANCHES = 40
# In a festival of a million goods one in twenty has a deal.
DEAL_ONE_IN = 20
_DEAL = DealTerms(percent_off=25, units=40, buyer_limit=2)
_PRICES_PERCENT = (60, 75, 80, 90, 95, 100, 105, 110, 125, 140, 175)


class GeneratedCatalogue:
    """`count` products: those of the sample again and again, each time as another series with prices of its own."""

    def __init__(self, *, count: int) -> None:
        self._count = count
        self._made = 0
        self._sample = packaged_sample()

    @property
    def size(self) -> int:
        """Return how many products there will be."""
        return self._count

    @property
    def position(self) -> int:
        """Return how many were made so far."""
        return self._made

    def names(self) -> SourceNames:
        """Return the sample's names of categories and option values."""
        return self._sample.names()

    def rows(self) -> Iterator[ProductRecord | PassedOver]:
        """Yield the products, series by series."""
        goods = [row for row in self._sample.rows() if isinstance(row, ProductRecord)]
        for number in range(1, self._count + 1):
            self._made = number
            series, at = divmod(number - 1, len(goods))
            yield _again(goods[at], number=number, series=series)


def _again(record: ProductRecord, *, number: int, series: int) -> ProductRecord:
    branch = series % BRANCHES
    merchant = record.merchant
    percent = _PRICES_PERCENT[number % len(_PRICES_PERCENT)]
    return replace(
        record,
        merchant=replace(merchant, slug=f"{merchant.slug}-{branch}", name=f"{merchant.name} {branch + 1}"),
        external_id=f"{record.external_id}-{series}",
        texts={
            language: ProductText(f"{text.title} No. {series + 1}", text.description)
            for language, text in record.texts.items()
        },
        # One variant each: a million products are a million offers in every market.
        skus=tuple(
            replace(
                sku,
                external_id=f"{sku.external_id}-{series}",
                price=Money(min(PRICE_MINOR_MAX, max(1, sku.price.amount_minor * percent // 100)), sku.price.currency),
                gtin="",
            )
            for sku in record.skus[:1]
        ),
        deal=(record.deal or _DEAL) if number % DEAL_ONE_IN == 0 else None,
    )
