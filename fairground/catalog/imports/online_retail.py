"""Invoices of a shop as goods and as past sales: the columns of the UCI Machine Learning Repository's "Online Retail".

One line an invoice line: InvoiceNo, StockCode, Description, Quantity (below zero where goods came back), InvoiceDate,
UnitPrice, CustomerID, Country. It is no price list, so these rules make one of it:

- a stock code is a SKU and a product; `85123a` is typed for `85123A`. Codes that say postage, fees, vouchers are none;
- only lines with units and a price above zero tell about goods: on the others the till keeps notes (`damaged?`);
- the title is the description that a code has most often, the price the one that was asked most often, of equals the
  last one; the price is rounded to the currency's minor unit;
- the format tells no stock: a new SKU starts with `--units`, or 1. All goods are of the category `gifts`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from fairground.catalog.imports.fields import Fields, given_text, needed_text
from fairground.catalog.imports.lines import DAMAGES, damage_reason
from fairground.catalog.imports.merchant_file import RowsOf
from fairground.catalog.imports.packed_file import PackedFile
from fairground.catalog.imports.sales import MILLS, LeftOutLine, SoldLine
from fairground.catalog.imports.source import BadRow, SourceNames, UnreadableCatalogue
from fairground.catalog.imports.suppliers import slug_merchant
from fairground.catalog.imports.territories import territory_code
from fairground.catalog.rules import (
    ID_LENGTH_MAX,
    PRICE_MINOR_MAX,
    TITLE_LENGTH_MAX,
    PassedOver,
    ProductRecord,
    ProductText,
    SkuRecord,
)
from fairground.kernel.money import Money, Rounding, minor_digits, scale_minor

COLUMNS = frozenset(
    {"invoiceno", "stockcode", "description", "quantity", "invoicedate", "unitprice", "customerid", "country"}
)
CURRENCY = "GBP"
# Goods are counted in memory, some kilobytes each, before the first is written.
CODES_MAX = 50_000
# Of a code's descriptions and prices as many are counted; fifteen prices are the most that the known data has.
COUNTED_MAX = 50

_COUNTRY = "GB"
_ZONE = ZoneInfo("Europe/London")
_CATEGORY = "gifts"
_CATEGORY_NAMES = {
    "en": "Gifts",
    "es": "Regalos",
    "zh": "礼品",
    "vi": "Quà tặng",
    "ru": "Подарки",
    "ar": "هدايا",
}
_UNITS = 1
_INVOICE_LENGTH_MAX = CUSTOMER_LENGTH_MAX = 20
_NO_GOODS = {
    "POST": "postage",
    "DOT": "postage",
    "C2": "carriage",
    "D": "a discount",
    "M": "a manual entry",
    "S": "samples",
    "B": "a bad debt",
    "BANK CHARGES": "bank charges",
    "AMAZONFEE": "a fee",
    "CRUK": "a commission",
}
_VOUCHERS = "GIFT_"
_NOTES = frozenset({"amazon", "check", "damaged", "damages", "ebay", "found", "lost", "missing", "sample", "test"})
_QUANTITY = re.compile(r"-?[0-9]{1,9}")
_PRICE = re.compile(r"(-?)([0-9]{1,9})(?:\.([0-9]{1,3}))?")
_SMALL_WORDS = frozenset({"a", "an", "and", "for", "in", "of", "on", "or", "the", "to", "with"})
_ABBREVIATIONS = frozenset({"BBQ", "CD", "DIY", "DVD", "LED", "PVC", "TV", "UK", "USA", "USB", "XL"})


def column_key(written: str) -> str:
    """Return a column's name without case and spaces."""
    return re.sub(r"[\s_]+", "", written.lower())


@dataclass(slots=True)
class _Counted:
    """How often something was seen, up to `COUNTED_MAX` different ones, and where last."""

    seen: dict[str | int, tuple[int, int]] = field(default_factory=dict)

    def add(self, one: str | int, *, line: int) -> None:
        times, _ = self.seen.get(one, (0, 0))
        if times or len(self.seen) < COUNTED_MAX:
            self.seen[one] = (times + 1, line)

    def most(self) -> str | int:
        return max(self.seen, key=lambda one: self.seen[one])


@dataclass(slots=True)
class _Code:
    """What the lines of a stock code tell about it."""

    first_line: int
    titles: _Counted = field(default_factory=_Counted)
    prices_mills: _Counted = field(default_factory=_Counted)


class OnlineRetailFile(PackedFile):
    """A file of one merchant's invoices: `rows` are its goods, `sales` what was sold of them."""

    def __init__(
        self,
        path: Path,
        rows_of: RowsOf,
        *,
        merchant: str,
        currency: str,
        language: str,
        units: int | None,
        country: str | None = None,
    ) -> None:
        super().__init__(path)
        self._rows_of = rows_of
        self.merchant = merchant
        self.currency = currency
        self._country = country
        self._language = language
        self._units = units

    def names(self) -> SourceNames:
        """Return the one category's names."""
        return SourceNames(categories={_CATEGORY: _CATEGORY_NAMES})

    def rows(self) -> Iterator[ProductRecord | PassedOver]:
        """Yield each line that can't be read, then each code once: a product, or why it is none.

        :raises UnreadableCatalogue: there are more codes than any shop has; nothing was yielded but such lines
        """
        name, codes = self._path.name, dict[str, _Code]()
        for line in self._lines():
            if isinstance(line, LeftOutLine):
                if line.amount_mills is None:
                    yield PassedOver(name, line.line, line.reason)
                continue
            sold, title = line
            if len(codes) == CODES_MAX and sold.sku not in codes:
                raise UnreadableCatalogue(f"{name}, line {sold.line}: more than {CODES_MAX:,} stock codes")
            code = codes.setdefault(sold.sku, _Code(sold.line))
            if sold.quantity > 0 and sold.unit_price_mills > 0 and not _no_goods(sold.sku):
                code.prices_mills.add(sold.unit_price_mills, line=sold.line)
                if not _is_note(title):
                    code.titles.add(title, line=sold.line)
        for sku, code in codes.items():
            try:
                yield self._product(sku, code)
            except BadRow as reason:
                yield PassedOver(name, code.first_line, f"{sku}: {reason}")

    def sales(self) -> Iterator[SoldLine | LeftOutLine]:
        """Yield every line: what was sold or came back of goods at a price, and the others with the reason."""
        for line in self._lines():
            if isinstance(line, LeftOutLine):
                yield line
                continue
            sold, _ = line
            reason = _why_no_sale(sold)
            yield LeftOutLine(sold.line, reason, sold.amount_mills) if reason else sold

    def _lines(self) -> Iterator[tuple[SoldLine, str] | LeftOutLine]:
        """Yield every line with its description, or why it can't be read."""
        number = 0
        with self.unpacked() as file:
            try:
                for number, fields in self._rows_of(file):
                    if isinstance(fields, str):
                        yield LeftOutLine(number, fields, None)
                    else:
                        yield _read_line(number, fields)
            except UnreadableCatalogue as reason:
                yield LeftOutLine(1, str(reason), None)
            except DAMAGES as error:
                yield LeftOutLine(number + 1, damage_reason(error), None)

    def _product(self, sku: str, code: _Code) -> ProductRecord:
        no_goods = _no_goods(sku)
        if no_goods:
            raise BadRow(f"{no_goods}, no goods")
        if not code.prices_mills.seen:
            raise BadRow("never sold at a price")
        if not code.titles.seen:
            raise BadRow("no description that is a title")
        price_minor = scale_minor(
            int(code.prices_mills.most()), 10 ** minor_digits(self.currency), MILLS, Rounding.HALF_UP
        )
        if not 0 < price_minor <= PRICE_MINOR_MAX:
            raise BadRow(f"its price is not 1 to {PRICE_MINOR_MAX:,} minor units of {self.currency}")
        units = _UNITS if self._units is None else self._units
        return ProductRecord(
            merchant=slug_merchant(self.merchant, currency=self.currency, country=self._country, home=_COUNTRY),
            external_id=sku,
            brand="",
            category=_CATEGORY,
            texts={self._language: ProductText(_readable_title(str(code.titles.most())), "")},
            skus=(SkuRecord(sku, Money(price_minor, self.currency), units, units_stated=self._units is not None),),
        )


def _read_line(number: int, fields: Fields) -> tuple[SoldLine, str] | LeftOutLine:
    """Return the line and its description, or why it can't be read; what it adds to the total where that can."""
    amount_mills: int | None = None
    try:
        quantity, unit_price_mills = _quantity(fields), _price_mills(fields)
        amount_mills = quantity * unit_price_mills
        sku = " ".join(needed_text(fields, "stockcode", length_max=ID_LENGTH_MAX).upper().split())
        country_name = given_text(fields, "country", length_max=ID_LENGTH_MAX)
        sold = SoldLine(
            line=number,
            invoice_number=needed_text(fields, "invoiceno", length_max=_INVOICE_LENGTH_MAX),
            sku=sku,
            quantity=quantity,
            unit_price_mills=unit_price_mills,
            sold_at=_moment(fields),
            customer=given_text(fields, "customerid", length_max=CUSTOMER_LENGTH_MAX),
            country=territory_code(country_name),
            country_name=country_name,
        )
        return sold, " ".join(given_text(fields, "description", length_max=TITLE_LENGTH_MAX).split())
    except BadRow as reason:
        return LeftOutLine(number, str(reason), amount_mills)


def _quantity(fields: Fields) -> int:
    text = fields.get("quantity", "").strip()
    if not _QUANTITY.fullmatch(text):
        raise BadRow("quantity is not a whole number of at most nine digits")
    return int(text)


def _price_mills(fields: Fields) -> int:
    match = _PRICE.fullmatch(fields.get("unitprice", "").strip())
    if match is None:
        raise BadRow("unitprice is not an amount with at most three decimals")
    sign, whole, decimals = match.groups("")
    return int(f"{sign}{whole}{decimals:0<3}")


def _moment(fields: Fields) -> datetime:
    """A moment of the shop's clock, which is that of London; of an hour that the clock has twice, the first."""
    text = fields.get("invoicedate", "").strip()
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2})?", text):
        raise BadRow("invoicedate is not a moment like 2010-12-01 08:26")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=_ZONE)
    except ValueError:
        raise BadRow("invoicedate is no moment of the calendar") from None


def _why_no_sale(sold: SoldLine) -> str:
    """Return why a line is no sale of goods, empty where it is one."""
    no_goods = _no_goods(sold.sku)
    if no_goods:
        return f"{sold.sku.partition('_')[0]}: {no_goods}, no goods"
    if sold.quantity == 0:
        return "the quantity is zero"
    if sold.unit_price_mills == 0:
        return "the unit price is zero"
    return "the unit price is below zero" if sold.unit_price_mills < 0 else ""


def _no_goods(sku: str) -> str:
    return "a voucher" if sku.startswith(_VOUCHERS) else _NO_GOODS.get(sku, "")


def _is_note(title: str) -> bool:
    """Whether a description is a remark of the stockroom: without a capital letter, or one of its usual words."""
    return not any(letter.isupper() for letter in title) or title.casefold().strip("?!. ") in _NOTES


def _readable_title(text: str) -> str:
    """Return a till's capitals as a title: `WHITE METAL LANTERN` is `White Metal Lantern`."""
    text = text.strip("* ")
    if not text.isupper():
        return text
    words = text.split()
    return " ".join(
        word if word in _ABBREVIATIONS or any(letter.isdigit() for letter in word)
        else word.lower() if place and word.lower() in _SMALL_WORDS
        else word.capitalize()
        for place, word in enumerate(words)
    )  # fmt: skip
