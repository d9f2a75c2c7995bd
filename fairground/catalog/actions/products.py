"""Write products, their SKUs, texts and prices, set-wise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import F

from fairground.catalog.actions.pricing import MarketPricing
from fairground.catalog.actions.vocabulary import BRAND_SLUG_LENGTH_MAX, Vocabulary
from fairground.catalog.rules import ProductRecord, make_slug
from fairground.kernel.copying import CopyTable, copy_table
from fairground.kernel.models import Writer
from fairground.kernel.sql import load_sql
from fairground.kernel.writer import Turn
from fairground.merchants.rules import MerchantKey

_STAGED_PRODUCTS = copy_table(
    "stage_product",
    {
        "id": "int8",
        "merchant_id": "int8",
        "external_id": "text",
        "brand_id": "text?",
        "category_id": "text",
        "attributes": "jsonb",
    },
)
_STAGED_TEXTS = copy_table(
    "stage_text", {"product_id": "int8", "language": "text", "title": "text", "description": "text"}
)
_STAGED_SKUS = copy_table(
    "stage_sku",
    {
        "id": "int8",
        "lane": "int2",
        "merchant_id": "int8",
        "product_id": "int8",
        "external_id": "text",
        "gtin": "text",
        "options": "jsonb",
        "hs_code": "text",
    },
)
_STAGED_PRICES = copy_table(
    "stage_price", {"sku_id": "int8", "market_id": "text", "price_minor": "int8", "currency": "char3"}
)
ExternalKey = tuple[int, str]


@dataclass(frozen=True, slots=True)
class WrittenProducts:
    """What one chunk wrote. `product_ids` and `sku_ids` hold all of it, by merchant id and the merchant's own id."""

    product_ids: dict[ExternalKey, int]
    sku_ids: dict[ExternalKey, int]
    products_new: int
    skus_new: int
    products_written: int
    skus_written: int
    prices_written: int


@dataclass(frozen=True, slots=True)
class ProductWriter:
    """What all chunks of one import share."""

    merchants: Mapping[str, MerchantKey]
    vocabulary: Vocabulary
    pricing: MarketPricing

    def write_products(self, *, turn: Turn, records: Sequence[ProductRecord]) -> WrittenProducts:
        """Write what is new or changed of `records` in the caller's turn.

        Their merchants and words must have been made before. A text, SKU or price that is new or changed raises
        the writers' `offers_version`; what is not stated any more stays.
        """
        lanes = {key.id: key.lane for key in self.merchants.values()}
        product_keys: list[ExternalKey] = []
        sku_keys: list[ExternalKey] = []
        for record in records:
            merchant_id = self.merchants[record.merchant.slug].id
            product_keys.append((merchant_id, record.external_id))
            sku_keys += [(merchant_id, sku.external_id) for sku in record.skus]
        with connection.cursor() as cursor:
            product_ids = _find(cursor, "product_ids", product_keys)
            sku_ids = _find(cursor, "sku_ids", sku_keys)
            products_new = _draw_missing(turn, product_keys, product_ids, lanes)
            skus_new = _draw_missing(turn, sku_keys, sku_ids, lanes)
            cursor.execute(load_sql("catalog", "make_staging"))
            products_written, texts_written = self._merge_products(cursor, records, product_ids)
            skus_written, prices_written = self._merge_skus(cursor, records, product_ids, sku_ids)
        if texts_written or skus_written or prices_written:
            Writer.objects.filter(id__in=turn.offers_versions).update(offers_version=F("offers_version") + 1)
        return WrittenProducts(
            product_ids, sku_ids, products_new, skus_new, products_written, skus_written, prices_written
        )

    def _merge_products(
        self, cursor: CursorWrapper, records: Sequence[ProductRecord], product_ids: dict[ExternalKey, int]
    ) -> tuple[int, int]:
        products: list[bytes] = []
        texts: list[bytes] = []
        for record in records:
            merchant = self.merchants[record.merchant.slug]
            product_id = product_ids[merchant.id, record.external_id]
            brand = make_slug(record.brand, length_max=BRAND_SLUG_LENGTH_MAX).encode() if record.brand else None
            products.append(
                _STAGED_PRODUCTS.row(
                    product_id,
                    merchant.id,
                    record.external_id.encode(),
                    brand,
                    record.category.encode(),
                    msgspec.json.encode(self.vocabulary.stated(record.attributes)),
                )
            )
            texts += [
                _STAGED_TEXTS.row(product_id, language.encode(), text.title.encode(), text.description.encode())
                for language, text in record.texts.items()
            ]
        written = _merge(cursor, _STAGED_PRODUCTS, products, "merge_products")
        return written, _merge(cursor, _STAGED_TEXTS, texts, "merge_texts")

    def _merge_skus(
        self,
        cursor: CursorWrapper,
        records: Sequence[ProductRecord],
        product_ids: dict[ExternalKey, int],
        sku_ids: dict[ExternalKey, int],
    ) -> tuple[int, int]:
        skus: list[bytes] = []
        prices: list[bytes] = []
        markets = [(code.encode(), currency.encode()) for code, currency in self.pricing.currencies.items()]
        price_row = _STAGED_PRICES.row
        for record in records:
            merchant = self.merchants[record.merchant.slug]
            product_id = product_ids[merchant.id, record.external_id]
            for sku in record.skus:
                sku_id = sku_ids[merchant.id, sku.external_id]
                skus.append(
                    _STAGED_SKUS.row(
                        sku_id,
                        merchant.lane,
                        merchant.id,
                        product_id,
                        sku.external_id.encode(),
                        sku.gtin.encode(),
                        msgspec.json.encode(sku.options),
                        sku.hs_code.encode(),
                    )
                )
                prices += [
                    price_row(sku_id, market, price_minor, currency)
                    for (market, currency), price_minor in zip(
                        markets, self.pricing.prices_minor(sku.price), strict=True
                    )
                ]
        skus_written = _merge(cursor, _STAGED_SKUS, skus, "merge_skus")
        return skus_written, _merge(cursor, _STAGED_PRICES, prices, "merge_prices")


def _find(cursor: CursorWrapper, statement: str, keys: Sequence[ExternalKey]) -> dict[ExternalKey, int]:
    cursor.execute(
        load_sql("catalog", statement),
        {"merchant_ids": [key[0] for key in keys], "external_ids": [key[1] for key in keys]},
    )
    return {(merchant_id, external_id): found_id for merchant_id, external_id, found_id in cursor.fetchall()}


def _draw_missing(
    turn: Turn, keys: Sequence[ExternalKey], ids: dict[ExternalKey, int], lanes: Mapping[int, int]
) -> int:
    missing = [key for key in keys if key not in ids]
    for key in missing:
        ids[key] = turn.ids.draw(lanes[key[0]])
    return len(missing)


def _merge(cursor: CursorWrapper, table: CopyTable, rows: Sequence[bytes], statement: str) -> int:
    table.write(cursor, rows)
    cursor.execute(load_sql("catalog", statement))
    return int(cursor.rowcount)
