"""Reads of the catalogue."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db import connection

from fairground.catalog.models import Brand, Category, Product, ProductPicture, ProductText, Sku
from fairground.catalog.pictures.picture import Picture
from fairground.catalog.rules import normal_gtin
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import parse_id, unix_ms_of
from fairground.kernel.prepared import prepared_cursor
from fairground.kernel.sql import load_sql

# Columns of JSON in `product_facts.sql`.
_TEXTS, _CATEGORY_NAME = 1, 5


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """A product and who sells it; `texts` are title and description by language."""

    id: int
    texts: Mapping[str, tuple[str, str]]
    brand: str | None
    brand_name: str | None
    category: str | None
    category_name: Mapping[str, str]
    merchant_slug: str
    merchant_name: str
    merchant_country: str
    merchant_kind: str


def product_facts(*, product_id: int) -> ProductFacts | None:
    """Return a product, or None where there is none. One statement, which stays prepared."""
    with prepared_cursor() as cursor:
        cursor.execute(load_sql("catalog", "product_facts"), {"product_id": product_id})
        row = cursor.fetchone()
    if row is None:
        return None
    columns = list(row)
    columns[_TEXTS] = msgspec.json.decode(row[_TEXTS] or "{}", type=dict[str, tuple[str, str]])
    columns[_CATEGORY_NAME] = msgspec.json.decode(row[_CATEGORY_NAME] or "{}")
    return ProductFacts(*columns)


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A picture of a product, and by language what it shows."""

    picture: Picture
    position: int
    alt: Mapping[str, str]


def product_pictures(*, product_id: int) -> list[ShownPicture]:
    """Return the pictures of a product in their order."""
    rows = ProductPicture.objects.filter(product_id=product_id).order_by("position")
    return [ShownPicture(Picture(row.name, row.width, row.height), row.position, row.alt) for row in rows]


def first_pictures(*, product_ids: Collection[int]) -> dict[int, Picture]:
    """Return the first picture of each of the products that has any."""
    rows = ProductPicture.objects.filter(product_id__in=product_ids, position=1)
    return {row.product_id: Picture(row.name, row.width, row.height) for row in rows}


def picture_names(*, product_ids: Collection[int]) -> dict[int, set[str]]:
    """Return the names of the pictures that each of the products shows; one without any is left out."""
    names: dict[int, set[str]] = {}
    for product_id, name in ProductPicture.objects.filter(product_id__in=product_ids).values_list("product_id", "name"):
        names.setdefault(product_id, set()).add(name)
    return names


def pictures_in_use(*, names: Collection[str]) -> set[str]:
    """Return those of the names that a product shows."""
    return set(ProductPicture.objects.filter(name__in=names).values_list("name", flat=True))


def product_ids_of(*, merchant: str, external_ids: Collection[str]) -> dict[str, int]:
    """Return the ids of those of a merchant's products that there are, by the ids that the merchant gives them."""
    there = Product.objects.filter(merchant__slug=merchant, external_id__in=external_ids)
    return dict(there.values_list("external_id", "id"))


def products_of_skus(*, sku_ids: Collection[int]) -> dict[int, int]:
    """Return the product of each SKU, by SKU id; what there is not is left out."""
    return dict(Sku.objects.filter(id__in=list(sku_ids)).values_list("id", "product_id"))


def merchants_of_skus(*, sku_ids: Collection[int]) -> dict[int, int]:
    """Return the ids of the merchants that sell these SKUs, by SKU; a SKU that is not there is left out."""
    return dict(Sku.objects.filter(id__in=sku_ids).values_list("id", "merchant_id"))


def titles_by_language(*, product_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """Return the titles of these products, by product and language."""
    titles: dict[int, dict[str, str]] = {}
    for product_id, language, title in ProductText.objects.filter(product__in=product_ids).values_list(
        "product_id", "language", "title"
    ):
        titles.setdefault(product_id, {})[language] = title
    return titles


def category_names_in(*, language: str) -> dict[str, str]:
    """Return the name of every category in a language, else in English, else its code."""
    categories = Category.objects.values_list("code", "names")
    return {code: names.get(language) or names.get("en") or code for code, names in categories}


def product_count() -> int:
    """Return how many products there are."""
    return Product.objects.count()


def product_page_starts(*, page_max: int) -> list[int]:
    """Return the id with which each page begins, when all products in the order of their ids lie on such pages."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("catalog", "product_page_starts"), {"page_max": page_max})
        return [first_id for (first_id,) in cursor]


def products_on_sale(*, first_id: int, page_max: int) -> list[int]:
    """Return the ids of the products that are on sale among the `page_max` from `first_id` on."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("catalog", "products_on_sale"), {"first_id": first_id, "page_max": page_max})
        return [product_id for (product_id,) in cursor]


def category_names(*, codes: Collection[str]) -> dict[str, Mapping[str, str]]:
    """Return the names by language of those of the categories that there are, by code."""
    return dict(Category.objects.filter(code__in=codes).values_list("code", "names"))


def brand_name(*, slug: str) -> str | None:
    """Return a brand's name, or None where there is no such brand."""
    return Brand.objects.filter(slug=slug).values_list("name", flat=True).first()


def products_by_code(*, code: str, products_max: int) -> list[int]:
    """Return products by one of their codes: own id or a SKU's, a GTIN, or a merchant's own id of the product."""
    found: set[int] = set()
    some_id = parse_id(code)
    if some_id is not None:
        found |= set(Product.objects.filter(id=some_id).values_list("id", flat=True))
        found |= set(Sku.objects.filter(id=some_id).values_list("product_id", flat=True))
    gtin = normal_gtin(code)
    if gtin:
        found |= set(Sku.objects.filter(gtin=gtin).values_list("product_id", flat=True)[:products_max])
    with connection.cursor() as cursor:
        cursor.execute(load_sql("catalog", "products_by_external_id"), {"external_id": code})
        found |= {product_id for (product_id,) in cursor.fetchall()}
    return sorted(found)[:products_max]


def newest_product_at() -> datetime | None:
    """Return when the newest product was made, by its id, or None where there is none."""
    newest = Product.objects.order_by("-id").values_list("id", flat=True).first()
    return from_unix_ms(unix_ms_of(newest)) if newest is not None else None
