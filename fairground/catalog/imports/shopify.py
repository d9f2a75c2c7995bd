"""Rows of a Shopify product CSV: the first row of a handle tells the product, each row with a price a variant."""

import re
from dataclasses import dataclass

from fairground.catalog.imports.fields import (
    Fields,
    category_code,
    description_text,
    given_text,
    gtin,
    hs_code,
    needed_text,
    price,
    units,
)
from fairground.catalog.imports.source import BadRow
from fairground.catalog.imports.suppliers import slug_merchant
from fairground.catalog.imports.variants import ProductFacts, VariantRow
from fairground.catalog.rules import (
    ATTRIBUTE_LENGTH_MAX,
    ID_LENGTH_MAX,
    TITLE_LENGTH_MAX,
    ProductText,
    SkuRecord,
    make_slug,
)

_OPTIONS = (1, 2, 3)
_DEFAULT_OPTION = ("title", "default title")
_OPTION_SLUG_LENGTH_MAX = 40
# What all variants share becomes an attribute, whose code may get its kind appended.
_OPTION_NAME_LENGTH_MAX = 60
_NO = frozenset({"false", "no"})
_PASSED_OVER = {
    "draft": "the product is a draft",
    "archived": "the product is archived",
    "unlisted": "the product is unlisted",
}

# Shopify renamed its columns; files of both kinds are about.
_KEYS = {
    "url handle": "handle",
    "body (html)": "description",
    "body html": "description",
    "published on online store": "published",
    "variant sku": "sku",
    "variant inventory tracker": "inventory tracker",
    "variant inventory qty": "inventory quantity",
    "variant price": "price",
    "variant barcode": "barcode",
    "variant hs code": "hs code",
    "image src": "product image url",
}
COLUMNS = frozenset(
    {
        "handle", "title", "description", "vendor", "product category", "type", "tags", "published", "status",
        "gift card", "sku", "inventory tracker", "inventory quantity", "price", "barcode", "hs code",
        "product image url",
        *(f"option{number} {word}" for number in _OPTIONS for word in ("name", "value")),
    }
)  # fmt: skip
NEEDED_COLUMNS = frozenset({"handle", "title", "price"})


def column_key(written: str) -> str:
    """Return the name under which a column is known here."""
    name = " ".join(written.lower().split())
    return _KEYS.get(name, name)


@dataclass(frozen=True, slots=True)
class _Product:
    """The product of the first row of a handle, or why it is none; `axes` are what its options are called."""

    handle: str
    facts: ProductFacts | None = None
    axes: tuple[str, ...] = ()
    reason: str = ""


class ShopifyRows:
    """Reads the rows of one shop's file, in their order."""

    def __init__(
        self,
        *,
        merchant: str,
        currency: str,
        language: str,
        units: int,
        has_trackers: bool,
        country: str | None = None,
    ) -> None:
        self._merchant = slug_merchant(merchant, currency=currency, country=country)
        self._currency = currency
        self._language = language
        self._units = units
        self._has_trackers = has_trackers
        self._product = _Product("")

    def read(self, fields: Fields) -> VariantRow | None:
        """Return the row's variant; None for a row that adds an image to the product above.

        :raises BadRow: it is no offer
        """
        handle = needed_text(fields, "handle", length_max=ID_LENGTH_MAX)
        if handle != self._product.handle:
            self._product = self._read_product(handle, fields)
        elif not any(fields.get(key) for key in ("price", "sku", *(f"option{number} value" for number in _OPTIONS))):
            if fields.get("product image url"):
                return None
            raise BadRow("neither a variant nor an image")
        product = self._product
        if product.facts is None:
            raise BadRow(product.reason)
        return VariantRow(product.facts, self._read_sku(product, fields), grouped=True)

    def _read_product(self, handle: str, fields: Fields) -> _Product:
        try:
            if not fields.get("title"):
                raise BadRow("title is missing; the first row of a handle has it")
            _refuse_unpublished(fields)
            category = given_text(fields, "product category", length_max=ATTRIBUTE_LENGTH_MAX)
            kind = given_text(fields, "type", length_max=ATTRIBUTE_LENGTH_MAX)
            tags = given_text(fields, "tags", length_max=ATTRIBUTE_LENGTH_MAX)
            facts = ProductFacts(
                merchant=self._merchant,
                external_id=handle,
                brand=given_text(fields, "vendor", length_max=ID_LENGTH_MAX),
                category=category_code(category or kind),
                language=self._language,
                text=ProductText(
                    needed_text(fields, "title", length_max=TITLE_LENGTH_MAX), description_text(fields, "description")
                ),
                attributes={name: value for name, value in (("product_type", kind), ("tags", tags)) if value},
            )
            return _Product(handle, facts, _axes(fields))
        except BadRow as reason:
            return _Product(handle, reason=str(reason))

    def _read_sku(self, product: _Product, fields: Fields) -> SkuRecord:
        options: dict[str, str] = {}
        for number, axis in zip(_OPTIONS, product.axes, strict=True):
            value = given_text(fields, f"option{number} value", length_max=ID_LENGTH_MAX)
            if value and (axis, value.lower()) != _DEFAULT_OPTION:
                if not axis:
                    raise BadRow(f"option{number} name is missing")
                options[axis] = value
        sku_id = given_text(fields, "sku", length_max=ID_LENGTH_MAX).lstrip("'")
        if not sku_id:
            words = (make_slug(value, length_max=_OPTION_SLUG_LENGTH_MAX) for value in options.values())
            sku_id = "/".join((product.handle, *words))
            if len(sku_id) > ID_LENGTH_MAX:
                raise BadRow(f"sku is missing, and handle and options are longer than {ID_LENGTH_MAX} characters")
        return SkuRecord(
            sku_id,
            price(
                needed_text(fields, "price", length_max=ID_LENGTH_MAX).lstrip("'"),
                key="price",
                currency=self._currency,
            ),
            self._stock_units(fields),
            units_stated=True,
            gtin=gtin(fields, "barcode"),
            hs_code=hs_code(fields, "hs code"),
            options=options,
        )

    def _stock_units(self, fields: Fields) -> int:
        """Goods whose stock the shop does not count are as many as the merchant gives."""
        if self._has_trackers and not fields.get("inventory tracker", "").strip():
            return self._units
        stated = units(fields, "inventory quantity")
        return self._units if stated is None else stated


def _refuse_unpublished(fields: Fields) -> None:
    status = fields.get("status", "").strip().lower()
    if status in _PASSED_OVER:
        raise BadRow(_PASSED_OVER[status])
    if fields.get("published", "").strip().lower() in _NO:
        raise BadRow("the product is not published")
    if fields.get("gift card", "").strip().lower() not in _NO | {""}:
        raise BadRow("a gift card is no goods")


def _axes(fields: Fields) -> tuple[str, ...]:
    axes = tuple(
        re.sub(r"\s+", " ", given_text(fields, f"option{number} name", length_max=_OPTION_NAME_LENGTH_MAX)).lower()
        for number in _OPTIONS
    )
    named = [axis for axis in axes if axis]
    if len(set(named)) < len(named):
        raise BadRow("two options of one name")
    return axes
