"""Goods to be found: products with words, brand, category, barcode, indexed as an import would."""

from collections.abc import Mapping
from typing import Any

from fairground.catalog.actions.vocabulary import ensure_categories
from fairground.catalog.models import Brand, Product, ProductText, Sku
from fairground.search.actions import index_products
from tests.factories import SkuMade, make_sku


def make_good(
    title: str = "Oak chair",
    *,
    titles: Mapping[str, str] | None = None,
    description: str = "",
    brand: str | None = None,
    category: str | None = None,
    gtin: str = "",
    **sku: Any,
) -> int:
    """Make a product with a SKU (`sku`: see `make_sku`), index it, and return its id."""
    made: SkuMade = make_sku(titles=titles or {"en": title}, **sku)
    product = Product.objects.get(skus=made.id)
    if brand:
        Brand.objects.get_or_create(slug=brand, defaults={"name": brand.capitalize()})
    if category:
        ensure_categories(names={category: {"en": category.rpartition(".")[2].capitalize()}}, rename=False)
    Product.objects.filter(id=product.id).update(brand_id=brand, category_id=category)
    ProductText.objects.filter(product_id=product.id).update(description=description)
    Sku.objects.filter(id=made.id).update(gtin=gtin)
    index_products([product.id])
    return product.id
