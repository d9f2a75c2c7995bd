"""Items of a Google Merchant feed, as RSS, Atom, TSV or CSV: one item an SKU, one `item_group_id` a product."""

import re

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
    AttributeValue,
    ProductText,
    SkuRecord,
)
from fairground.kernel.money import Money
from fairground.merchants.rules import MerchantRecord

# How the goods of one group may differ, and what we call that.
_AXES = {"color": "colour", "size": "size", "material": "material", "pattern": "pattern"}
_FACTS = ("condition", "gender", "age_group", "size_system", "energy_efficiency_class")
_QUANTITIES = ("quantity", "sell_on_google_quantity", "quantity_to_sell_on_facebook", "inventory")
_IN_STOCK = "in_stock"
_NOT_IN_STOCK = frozenset({"out_of_stock", "preorder", "backorder", "discontinued"})
_NO = frozenset({"no", "false"})
_AMOUNT = re.compile(r"(?:(?P<before>[A-Z]{3}) ?)?(?P<amount>[0-9.,]{1,40})(?: ?(?P<after>[A-Z]{3}))?")

COLUMNS = frozenset(
    {
        "id", "title", "description", "summary", "content", "availability", "price", "sale_price",
        "sale_price_effective_date", "brand", "gtin", "hs_code", "mpn", "identifier_exists",
        "item_group_id", "google_product_category", "product_type", *_AXES, *_FACTS, *_QUANTITIES,
    }
)  # fmt: skip
NEEDED_COLUMNS = frozenset({"id", "title", "price"})


def column_key(written: str) -> str:
    """Return a column's name as in a feed's XML: `Image link` and `g:image_link` are `image_link`."""
    return re.sub(r"[\s_]+", "_", written.strip().lower()).removeprefix("g:")


class GoogleItems:
    """Reads items of one merchant's feed."""

    def __init__(self, *, merchant: str, language: str, units: int, country: str | None = None) -> None:
        self._slug = merchant
        self._country = country
        self._language = language
        self._units = units
        self._merchant: MerchantRecord | None = None

    def read(self, fields: Fields) -> VariantRow:
        """Return the item's SKU and what it says about its product.

        :raises BadRow: it is no offer
        """
        sku_id = needed_text(fields, "id", length_max=ID_LENGTH_MAX)
        group_id = given_text(fields, "item_group_id", length_max=ID_LENGTH_MAX)
        asked = _asked_price(fields)
        stock_units = self._stock_units(fields)
        sku = SkuRecord(
            sku_id,
            asked,
            stock_units,
            units_stated=True,
            gtin="" if fields.get("identifier_exists", "").strip().lower() in _NO else gtin(fields, "gtin"),
            hs_code=hs_code(fields, "hs_code"),
            options={
                axis: value
                for column, axis in _AXES.items()
                if (value := given_text(fields, column, length_max=ID_LENGTH_MAX))
            },
        )
        if self._merchant is None:
            self._merchant = slug_merchant(self._slug, currency=asked.currency, country=self._country)
        facts = ProductFacts(
            merchant=self._merchant,
            external_id=group_id or sku_id,
            brand=given_text(fields, "brand", length_max=ID_LENGTH_MAX),
            category=_category(fields),
            language=self._language,
            text=ProductText(needed_text(fields, "title", length_max=TITLE_LENGTH_MAX), _description(fields)),
            attributes=_attributes(fields, is_grouped=bool(group_id)),
        )
        return VariantRow(facts, sku, grouped=bool(group_id))

    def _stock_units(self, fields: Fields) -> int:
        """A number counts; without one, goods in stock are as many as the merchant gives."""
        for column in _QUANTITIES:
            stated = units(fields, column)
            if stated is not None:
                return stated
        availability = re.sub(r"[\s_]+", "_", needed_text(fields, "availability", length_max=ID_LENGTH_MAX).lower())
        if availability == _IN_STOCK:
            return self._units
        if availability in _NOT_IN_STOCK:
            return 0
        raise BadRow("availability is neither in_stock nor out_of_stock, preorder, backorder")


def _asked_price(fields: Fields) -> Money:
    """The usual price, or a sale price without dates, which is what is asked now. One with dates comes and goes."""
    usual = _money(fields, "price")
    if not fields.get("sale_price", "").strip() or fields.get("sale_price_effective_date", "").strip():
        return usual
    sale = _money(fields, "sale_price")
    if sale.currency != usual.currency:
        raise BadRow("sale_price is in another currency than price")
    return min(usual, sale)


def _money(fields: Fields, key: str) -> Money:
    match = _AMOUNT.fullmatch(needed_text(fields, key, length_max=ID_LENGTH_MAX))
    currency = match and (match["before"] or match["after"])
    if not match or not currency or (match["before"] and match["after"]):
        raise BadRow(f"{key} is not an amount and a currency, like 12.90 EUR")
    return price(match["amount"], key=key, currency=currency)


def _category(fields: Fields) -> str:
    """Google's own categories may be mere numbers; then the merchant's words are taken."""
    google = given_text(fields, "google_product_category", length_max=ATTRIBUTE_LENGTH_MAX)
    own = given_text(fields, "product_type", length_max=ATTRIBUTE_LENGTH_MAX)
    return category_code(google if any(letter.isalpha() for letter in google) else own)


def _description(fields: Fields) -> str:
    column = next((column for column in ("description", "summary", "content") if fields.get(column)), "description")
    return description_text(fields, column)


def _attributes(fields: Fields, *, is_grouped: bool) -> dict[str, AttributeValue]:
    columns = _FACTS if is_grouped else (*_FACTS, "mpn")
    return {column: value for column in columns if (value := given_text(fields, column, length_max=ID_LENGTH_MAX))}
