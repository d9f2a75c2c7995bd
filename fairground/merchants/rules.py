"""What a source says about a merchant, before it has an id; what it asks for shipping; and where it is paid."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from fairground.markets.limits import limit_minor
from fairground.markets.rules import ReferenceRates

# All of what an order comes to, in basis points.
COMMISSION_MAX_BPS = 10_000
# What shipping of one order costs, and from which goods on it is free, in cents of a euro: 10,000.00 is beyond any
# parcel, 10,000,000.00 beyond any cart; more is a slip of the keyboard.
SHIPPING_MAX_CENTS = 1_000_000
SHIPPING_FREE_FROM_MAX_CENTS = 1_000_000_000
# The outer bound of both in the database, in minor units of any currency: what carts add up to still fits a bigint.
SHIPPING_BOUND_MINOR = 1_000_000_000_000
# Who says nothing delivers within thirty days (Directive 2011/83/EU, Art. 18); who says something may need longer.
SHIPPING_DAYS_MAX = 60

# What begins like an IBAN (ISO 13616-1: country, two check digits, up to 30 letters and digits) must be a right one.
_LIKE_AN_IBAN = re.compile("[A-Z]{2}[0-9]{2}[0-9A-Z]{0,30}")
_IBAN = re.compile("[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}")
# Numbers of accounts elsewhere, and names of accounts with providers; nothing that a table would take for a formula.
_OTHER_IDENTIFIER = re.compile("[0-9A-Za-z][0-9A-Za-z ./_@+-]{3,59}")


def is_iban(text: str) -> bool:
    """Return whether a text without spaces is an IBAN whose check digits are right (ISO 7064, modulo 97)."""
    if not _IBAN.fullmatch(text):
        return False
    return int("".join(str(int(sign, 36)) for sign in text[4:] + text[:4])) % 97 == 1


def is_financial_identifier(text: str) -> bool:
    """Return whether a text can say to which account a merchant is paid: an IBAN, or a number or name of another."""
    return is_iban(text) if _LIKE_AN_IBAN.fullmatch(text) else bool(_OTHER_IDENTIFIER.fullmatch(text))


def written_identifier(text: str) -> str:
    """Return what somebody typed as it is kept: an IBAN in capitals and without the spaces between its groups."""
    joined = "".join(text.split()).upper()
    return joined if _LIKE_AN_IBAN.fullmatch(joined) else text.strip()


class ShippingRate(Struct, frozen=True, gc=False):
    """What a merchant asks for the shipping of an order in a market, and how many days it takes.

    `free_from_minor` of the merchant's goods, at the prices asked, are sent for nothing; 0: no goods are.
    """

    price_minor: int
    free_from_minor: int
    days_min: int
    days_max: int

    @property
    def told(self) -> str:
        """Return it as a log and a form tell it: price and what makes it free in minor units, then the days."""
        return f"{self.price_minor} {self.free_from_minor} {self.days_min} {self.days_max}"

    def asked_minor(self, goods_minor: int) -> int:
        """Return what the shipping of so many goods costs, before discounts on it."""
        return 0 if self.free_from_minor and goods_minor >= self.free_from_minor else self.price_minor

    def missing_minor(self, goods_minor: int) -> int:
        """Return how much more must be in the cart for free shipping; 0 where that changes nothing."""
        return self.free_from_minor - goods_minor if self.price_minor and goods_minor < self.free_from_minor else 0


def shipping_limits(*, currency: str, rates: ReferenceRates) -> tuple[int, int]:
    """Return the most that shipping may cost, and be free from, in minor units of a currency."""
    price_minor, free_from_minor = (
        min(limit_minor(cents, currency=currency, rates=rates), SHIPPING_BOUND_MINOR)
        for cents in (SHIPPING_MAX_CENTS, SHIPPING_FREE_FROM_MAX_CENTS)
    )
    return price_minor, free_from_minor


@dataclass(frozen=True, slots=True)
class PlaceRecord:
    """A merchant's warehouse. Where it is not `stated`, any that the merchant has will do, and this is a new one's.

    An empty country is one that nobody stated: customs asks nothing of what is sent from there.
    """

    name: str
    city: str
    country: str
    latitude: float | None
    longitude: float | None
    stated: bool = True


@dataclass(frozen=True, slots=True)
class MerchantRecord:
    """A merchant as a source describes it, found again by `slug`; `currency` is that of its home prices.

    Where the source knows the slug alone, `stated` is false and the rest is what a new merchant starts with.
    """

    slug: str
    name: str
    kind: str
    country: str
    currency: str
    commission_bps: int
    place: PlaceRecord
    about: Mapping[str, str] = field(default_factory=dict)
    stated: bool = True


@dataclass(frozen=True, slots=True)
class MerchantKey:
    """A merchant's id and the lane in which it trades."""

    id: int
    lane: int
