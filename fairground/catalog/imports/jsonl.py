"""Products as JSON lines, in the format of the Icecat catalogue: one object a line, each supplier a merchant.

`id`, `title`, `supplier`, `price` (whole US cents), `ean` (a list), `hs_code`, `short_description`, and any number of
`attr_t_*` (text), `attr_n_*` (number) and `attr_b_*` (boolean). Other keys are ignored.
"""

import zlib
from collections.abc import Iterator
from typing import Any

import msgspec

from fairground.catalog.imports.fields import hs_code
from fairground.catalog.imports.lines import DAMAGES, bounded_lines, damage_reason
from fairground.catalog.imports.packed_file import PackedFile
from fairground.catalog.imports.source import BadRow
from fairground.catalog.imports.suppliers import supplier_merchant
from fairground.catalog.rules import (
    ATTRIBUTE_LENGTH_MAX,
    ATTRIBUTES_MAX,
    DESCRIPTION_LENGTH_MAX,
    ID_LENGTH_MAX,
    PRICE_MINOR_MAX,
    TITLE_LENGTH_MAX,
    AttributeValue,
    DealTerms,
    PassedOver,
    ProductRecord,
    ProductText,
    SkuRecord,
    make_slug,
    normal_gtin,
)
from fairground.kernel.money import Money
from fairground.merchants.rules import MerchantRecord

_CURRENCY = "USD"
_LANGUAGE = "en"
_TYPE_KEY = "attr_t_product_type"
_OTHER_CATEGORY = "electronics.other"
# The format states no units: a new SKU starts with 40 to 439.
_UNITS_LEAST, _UNITS_SPAN = 40, 400
# One product in twenty has a deal: 10 to 45 % off a third of its units, two a buyer.
_DEAL_ONE_IN = 20
_ATTRIBUTE_TYPES: dict[str, type | tuple[type, ...]] = {
    "attr_t_": str,
    "attr_n_": (int, float),
    "attr_b_": bool,
}
_PREFIX_LENGTH = 7


class JsonlCatalogue(PackedFile):
    """A .jsonl or .jsonl.xz file of products."""

    def rows(self) -> Iterator[ProductRecord | PassedOver]:
        """Yield each product, and each line that is none with the reason; empty lines are skipped."""
        name, line_number = self._path.name, 0
        merchants: dict[str, MerchantRecord] = {}
        seen: set[int] = set()
        decoder = msgspec.json.Decoder(dict[str, Any])
        with self.unpacked() as file:
            try:
                for line_number, line in enumerate(bounded_lines(file), start=1):
                    if line is not None and not line.strip():
                        continue
                    try:
                        row = read_product(line, decoder=decoder, merchants=merchants)
                        _refuse_repeated(row, seen)
                    except BadRow as reason:
                        yield PassedOver(name, line_number, str(reason))
                    else:
                        yield row
            except DAMAGES as error:
                yield PassedOver(name, line_number + 1, damage_reason(error))


def _refuse_repeated(row: ProductRecord, seen: set[int]) -> None:
    """Remember a number a product (some 70 bytes), not its id: a million products take 70 MB, whatever their ids."""
    key = hash((row.merchant.slug, row.external_id))
    if key in seen:
        raise BadRow(f"the id {row.external_id} was seen before")
    seen.add(key)


def read_product(
    line: bytes | None, *, decoder: msgspec.json.Decoder[dict[str, Any]], merchants: dict[str, MerchantRecord]
) -> ProductRecord:
    """Return the product on `line`; its merchant is taken from or put into `merchants`, by supplier.

    :raises BadRow: the line is no product
    """
    if line is None:
        raise BadRow("the line is longer than 1 MiB")
    try:
        raw = decoder.decode(line)
    except msgspec.ValidationError as error:
        raise BadRow(f"not a JSON object with sound values: {error}") from None
    except UnicodeDecodeError:
        raise BadRow("not UTF-8") from None
    except RecursionError:
        raise BadRow("nested too deeply") from None
    except msgspec.DecodeError as error:
        raise BadRow(f"broken JSON: {error}") from None
    external_id = _text(raw, "id", length_max=ID_LENGTH_MAX)
    supplier = _text(raw, "supplier", length_max=ID_LENGTH_MAX)
    title = _text(raw, "title", length_max=TITLE_LENGTH_MAX)
    description = _text(raw, "short_description", length_max=DESCRIPTION_LENGTH_MAX, needed=False)
    price = Money(_price_minor(raw), _CURRENCY)
    code = hs_code({"hs_code": _text(raw, "hs_code", length_max=ID_LENGTH_MAX, needed=False)}, "hs_code")
    if supplier not in merchants:
        merchants[supplier] = supplier_merchant(supplier, currency=_CURRENCY)
    units = _UNITS_LEAST + zlib.crc32(external_id.encode()) % _UNITS_SPAN
    return ProductRecord(
        merchant=merchants[supplier],
        external_id=external_id,
        brand=supplier,
        category=_category(raw.get(_TYPE_KEY)),
        texts={_LANGUAGE: ProductText(title, description)},
        skus=(SkuRecord(external_id, price, units, units_stated=False, gtin=_gtin(raw.get("ean")), hs_code=code),),
        attributes=_attributes(raw),
        deal=_deal(external_id, units),
    )


def _text(raw: dict[str, Any], key: str, *, length_max: int, needed: bool = True) -> str:
    value = raw.get(key)
    if value is None and not needed:
        return ""
    if value is None:
        raise BadRow(f"{key} is missing")
    if not isinstance(value, str):
        raise BadRow(f"{key} is not a text")
    text = value.strip()
    if needed and not text:
        raise BadRow(f"{key} is empty")
    if len(text) > length_max:
        raise BadRow(f"{key} is longer than {length_max:,} characters")
    if "\0" in text:
        raise BadRow(f"{key} holds a NUL character")
    return text


def _price_minor(raw: dict[str, Any]) -> int:
    price = raw.get("price")
    if price is None:
        raise BadRow("price is missing")
    if not isinstance(price, int) or isinstance(price, bool):
        raise BadRow("price is not a whole number of US cents")
    if price <= 0:
        raise BadRow("price is not above zero")
    if price > PRICE_MINOR_MAX:
        raise BadRow(f"price is above {PRICE_MINOR_MAX:,} US cents")
    return price


def _gtin(eans: object) -> str:
    if not isinstance(eans, list):
        return ""
    return next((gtin for ean in eans if isinstance(ean, str) and (gtin := normal_gtin(ean))), "")


def _category(product_type: object) -> str:
    if not isinstance(product_type, str) or not any(letter.isalpha() for letter in product_type):
        return _OTHER_CATEGORY
    return f"electronics.{make_slug(product_type, length_max=60)}"


def _attributes(raw: dict[str, Any]) -> dict[str, AttributeValue]:
    """Take what is typed as its key says; NUL, endless texts and other types are no facts."""
    attributes: dict[str, AttributeValue] = {}
    for key, value in raw.items():
        kind = _ATTRIBUTE_TYPES.get(key[:_PREFIX_LENGTH])
        if kind is None or not _is_kind(value, kind):
            continue
        if isinstance(value, str) and ("\0" in value or len(value) > ATTRIBUTE_LENGTH_MAX):
            raise BadRow(f"{key[:ID_LENGTH_MAX]} holds a NUL character or is too long")
        name = key[_PREFIX_LENGTH:]
        if not name or len(key) > ID_LENGTH_MAX or "\0" in key:
            raise BadRow("an attribute's name is empty, too long or holds a NUL character")
        attributes[name if name not in attributes else f"{name}_{key[5]}"] = value
        if len(attributes) > ATTRIBUTES_MAX:
            raise BadRow(f"more than {ATTRIBUTES_MAX:,} attributes")
    return attributes


def _is_kind(value: object, kind: type | tuple[type, ...]) -> bool:
    """To Python a truth value is a number, to us it is not."""
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _deal(external_id: str, units: int) -> DealTerms | None:
    chance = zlib.crc32(b"deal" + external_id.encode())
    if chance % _DEAL_ONE_IN:
        return None
    return DealTerms(percent_off=10 + 5 * (chance // _DEAL_ONE_IN % 8), units=units // 3, buyer_limit=2)
