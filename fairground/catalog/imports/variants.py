"""Rows that are variants of one product, put together while they stand near each other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from fairground.catalog.imports.source import BadRow
from fairground.catalog.rules import VARIANTS_MAX, AttributeValue, ProductRecord, ProductText, SkuRecord
from fairground.merchants.rules import MerchantRecord

# A product is held until its rows must be over, so that memory stays flat whatever the order of a file:
# 1,000 rows with the longest texts are 120 MB, with usual ones 3 MB.
ROWS_HELD_MAX = 1_000


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """What the first row of a product says about all its variants."""

    merchant: MerchantRecord
    external_id: str
    brand: str
    category: str
    language: str
    text: ProductText
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VariantRow:
    """A row with one SKU; where it is `grouped`, others may belong to the same product."""

    facts: ProductFacts
    sku: SkuRecord
    grouped: bool


@dataclass(slots=True)
class _Open:
    facts: ProductFacts
    skus: list[SkuRecord]


class VariantGroups:
    """Takes rows and gives products; ids that were seen are remembered as numbers, some 70 bytes each."""

    def __init__(self) -> None:
        self._open: dict[str, _Open] = {}
        self._rows_held = 0
        self._skus_seen: set[int] = set()
        self._products_seen: set[int] = set()

    def add(self, row: VariantRow) -> Iterator[ProductRecord]:
        """Take a row; yield the products that are complete by now.

        :raises BadRow: its id or its product was seen before, or the product has too many variants
        """
        product_id, sku_id = row.facts.external_id, row.sku.external_id
        if hash(sku_id) in self._skus_seen:
            raise BadRow(f"the id {sku_id} was seen before")
        group = self._open.get(product_id) if row.grouped else None
        if group is None:
            if hash(product_id) in self._products_seen:
                raise BadRow(f"the product {product_id} ended before: its rows must stand together")
            self._products_seen.add(hash(product_id))
            self._skus_seen.add(hash(sku_id))
            if not row.grouped:
                yield _product(row.facts, [row.sku])
                return
            group = self._open[product_id] = _Open(row.facts, [])
        elif len(group.skus) == VARIANTS_MAX:
            raise BadRow(f"the product {product_id} has more than {VARIANTS_MAX} variants")
        self._skus_seen.add(hash(sku_id))
        group.skus.append(row.sku)
        self._rows_held += 1
        while self._rows_held > ROWS_HELD_MAX:
            yield self._close(next(iter(self._open)))

    def end(self) -> Iterator[ProductRecord]:
        """Yield the products that are still held."""
        while self._open:
            yield self._close(next(iter(self._open)))

    def _close(self, product_id: str) -> ProductRecord:
        group = self._open.pop(product_id)
        self._rows_held -= len(group.skus)
        return _product(group.facts, group.skus)


def _product(facts: ProductFacts, skus: list[SkuRecord]) -> ProductRecord:
    """What all variants share is a fact of the product, what tells them apart is an option."""
    axes = dict.fromkeys(axis for sku in skus for axis in sku.options)
    shared = {axis for axis in axes if len({sku.options.get(axis) for sku in skus}) == 1}
    return ProductRecord(
        merchant=facts.merchant,
        external_id=facts.external_id,
        brand=facts.brand,
        category=facts.category,
        texts={facts.language: facts.text},
        skus=tuple(
            replace(sku, options={axis: value for axis, value in sku.options.items() if axis not in shared})
            for sku in skus
        ),
        attributes={**facts.attributes, **{axis: skus[0].options[axis] for axis in axes if axis in shared}},
    )
