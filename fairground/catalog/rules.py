"""What every source of a catalogue is turned into, and how a home price becomes a price tag elsewhere."""

import re
import unicodedata
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from fairground.kernel.money import Money, Rounding, minor_digits, scale_minor
from fairground.markets.rules import Rate
from fairground.merchants.rules import MerchantRecord

AttributeValue = str | int | float | bool

# A price above this (ten million in a currency of two decimals) is a slip of the keyboard, not an offer.
PRICE_MINOR_MAX = 1_000_000_000
# What still fits the columns of `models`, and for texts without a column's limit what a page can show.
ID_LENGTH_MAX = 120
TITLE_LENGTH_MAX = 300
DESCRIPTION_LENGTH_MAX = 20_000
ATTRIBUTE_LENGTH_MAX = 10_000
ATTRIBUTES_MAX = 1_000
# A product is written in one chunk, for which orders wait.
VARIANTS_MAX = 200
# A product is shown from all sides, and its page stays a page.
PICTURES_MAX = 12
# What a screen reader says in one breath, and more.
ALT_LENGTH_MAX = 300
# More units of one SKU are a slip of the keyboard, and the column holds twice as many.
UNITS_MAX = 1_000_000_000
# Units of one SKU that a purchase, and so a line of a cart, may be for: wholesale is another trade.
QUANTITY_MAX = 999
# Lines of a purchase, and so of a cart: a purchase is one transaction for everybody in its batch.
LINES_MAX = 50

_GTIN_LENGTHS = (8, 12, 13, 14)
_GTIN_DIGITS = 14


@dataclass(frozen=True, slots=True)
class DealTerms:
    """A festival deal that a merchant offers on each SKU of a product."""

    percent_off: int
    units: int
    buyer_limit: int


@dataclass(frozen=True, slots=True)
class SkuRecord:
    """One variant of a product. `stock_units` is all that was ever given for sale, not what is left.

    Where the source states no units, `units_stated` is false and `stock_units` is what a new SKU starts with.
    """

    external_id: str
    price: Money
    stock_units: int
    units_stated: bool
    gtin: str = ""
    hs_code: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProductText:
    """A product's words in one language."""

    title: str
    description: str


@dataclass(frozen=True, slots=True)
class ProductRecord:
    """A product with its variants, as a source describes it; found again by merchant and `external_id`."""

    merchant: MerchantRecord
    external_id: str
    brand: str
    category: str
    texts: Mapping[str, ProductText]
    skus: tuple[SkuRecord, ...]
    attributes: Mapping[str, AttributeValue] = field(default_factory=dict)
    deal: DealTerms | None = None


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A row that a source could not offer, and why. `line` is 1 for the first; `source` names the file."""

    source: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Band:
    """Prices below `below_minor` are whole multiples of `step_minor`, less `less_minor`."""

    below_minor: int
    step_minor: int
    less_minor: int

    def nearest(self, amount_minor: int) -> int:
        steps = max(1, (2 * (amount_minor + self.less_minor) + self.step_minor) // (2 * self.step_minor))
        return steps * self.step_minor - self.less_minor


_ENDLESS = 2**62
# What price tags look like: 2.19, 9.49, 24.99, 149.90, 1,299.00; below one, as it is. Figures are minor units.
_WESTERN = (
    _Band(100, 1, 0),
    _Band(500, 10, 1),
    _Band(1_000, 50, 1),
    _Band(10_000, 100, 1),
    _Band(100_000, 100, 10),
    _Band(_ENDLESS, 1_000, 100),
)
# Crowns and rupees are priced without a fraction.
_NORDIC = (
    _Band(500, 10, 0),
    _Band(10_000, 100, 0),
    _Band(1_000_000, 1_000, 100),
    _Band(_ENDLESS, 10_000, 1_000),
)
_BANDS = {
    "SEK": _NORDIC,
    "NOK": _NORDIC,
    "DKK": _NORDIC,
    "INR": (
        _Band(10_000, 100, 0),
        _Band(100_000, 1_000, 100),
        _Band(1_000_000, 5_000, 100),
        _Band(_ENDLESS, 10_000, 100),
    ),
    "CNY": (
        _Band(1_000, 10, 0),
        _Band(10_000, 100, 10),
        _Band(100_000, 100, 0),
        _Band(_ENDLESS, 1_000, 100),
    ),
    "BRL": (_Band(1_000, 10, 0), _Band(100_000, 100, 10), _Band(_ENDLESS, 1_000, 100)),
    "JPY": (
        _Band(100, 1, 0),
        _Band(1_000, 10, 0),
        _Band(10_000, 100, 20),
        _Band(100_000, 100, 0),
        _Band(_ENDLESS, 1_000, 200),
    ),
    "KRW": (_Band(1_000, 10, 0), _Band(100_000, 100, 0), _Band(_ENDLESS, 1_000, 0)),
    "VND": (_Band(1_000_000, 1_000, 0), _Band(_ENDLESS, 10_000, 0)),
}
_BY_MINOR_DIGITS = {
    0: _BANDS["KRW"],
    2: _WESTERN,
    3: (_Band(_ENDLESS, 50, 0),),
    4: (_Band(_ENDLESS, 500, 0),),
}


def charming_minor(amount_minor: int, *, currency: str) -> int:
    """Return the price nearest to `amount_minor` that a shop would print: 24.99, 149.90, 12,800 yen.

    Never below 1, and of two amounts the greater never gets the lower price.
    """
    floor_minor = 1
    for band in _BANDS.get(currency) or _BY_MINOR_DIGITS[minor_digits(currency)]:
        if amount_minor < band.below_minor:
            return max(band.nearest(amount_minor), floor_minor)
        floor_minor = max(band.nearest(band.below_minor - 1), floor_minor)
    raise AssertionError(amount_minor)


def market_price_minor(*, home: Money, rate: Rate, currency: str) -> int:
    """Return the price in `currency` of goods whose merchant asks `home`, one unit of home being `rate`.

    In its own currency a merchant's price stands as it is; in others it becomes a charming one.
    """
    if currency == home.currency:
        return home.amount_minor
    digits = minor_digits(currency) - minor_digits(home.currency)
    numerator = rate.numerator * 10 ** max(digits, 0)
    denominator = rate.denominator * 10 ** max(-digits, 0)
    return charming_minor(scale_minor(home.amount_minor, numerator, denominator, Rounding.HALF_UP), currency=currency)


def deal_price_minor(*, price_minor: int, currency: str, percent_off: int) -> int:
    """Return the festival price: `percent_off` below the usual one, charming where that leaves it below.

    A price of one minor unit has nothing below it and stays.
    """
    assert 0 < percent_off < 100, percent_off  # noqa: PLR2004 - per cent
    plain_minor = scale_minor(price_minor, 100 - percent_off, 100, Rounding.DOWN)
    charming = charming_minor(plain_minor, currency=currency)
    return charming if charming < price_minor else max(plain_minor, 1)


def normal_gtin(text: str) -> str:
    """Return a GTIN-8, -12, -13 or -14 as 14 digits, zeros in front; empty if the check digit does not fit.

    GS1 General Specifications, 7.9: weights 3 and 1 from the right, check digit to the next ten.
    """
    if len(text) not in _GTIN_LENGTHS or not (text.isascii() and text.isdigit()):
        return ""
    digits = text.zfill(_GTIN_DIGITS)
    weighted = sum(map(int, digits[0:13:2])) * 3 + sum(map(int, digits[1:13:2]))
    return digits if (weighted + int(digits[13])) % 10 == 0 and digits.strip("0") else ""


def printed_gtin(gtin: str) -> str:
    """Return a GTIN of 14 digits as it is printed on the goods: without the zeros before a GTIN-13, -12 or -8."""
    digits = gtin.lstrip("0")
    return next((gtin[-length:] for length in _GTIN_LENGTHS if len(digits) <= length), gtin) if digits else ""


def make_slug(text: str, *, length_max: int) -> str:
    """Return `text` as lower-case ASCII words joined by hyphens, or a checksum where none is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:length_max].strip("-")
    return slug or f"x-{zlib.crc32(text.encode()):08x}"


def category_path(code: str) -> list[str]:
    """Return the codes from the top category down to `code`."""
    parts = code.split(".")
    return [".".join(parts[: depth + 1]) for depth in range(len(parts))]
