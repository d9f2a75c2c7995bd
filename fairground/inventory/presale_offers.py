"""Presales as a shopper sees them before ordering."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from fairground.catalog.pictures.picture import Picture
from fairground.kernel.sql import load_sql
from fairground.markets.rules import DepositMode


@dataclass(frozen=True, slots=True)
class PresaleOffer:
    """A presale in a market; amounts are minor units, each for one unit. `options` are words of the variant."""

    deal_id: int
    sku_id: int
    product_id: int
    brand: str | None
    category: str | None
    merchant_id: int
    merchant_slug: str
    merchant_name: str
    title: str
    options: list[str]
    currency: str
    price_minor: int
    usual_minor: int
    deposit_minor: int
    inflation_minor: int
    mode: DepositMode
    opens_at: datetime
    closes_at: datetime
    balance_opens_at: datetime
    balance_closes_at: datetime
    units: int
    units_left: int
    buyer_limit: int
    picture: Picture | None

    @property
    def paid_minor(self) -> int:
        """Return what is paid in all, if the goods cost no less when the balance is."""
        return self.price_minor - self.inflation_minor

    def is_open(self, *, now: datetime) -> bool:
        """Return whether it can be ordered at `now`."""
        return self.opens_at <= now < self.closes_at and self.units_left > 0


def products_with_presales(*, now: datetime) -> frozenset[int]:
    """Return the products of which something is a presale whose order window is not over."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("inventory", "presale_products"), {"now": now})
        return frozenset(product_id for (product_id,) in cursor)


def presales_of_product(*, product_id: int, market: str, language: str, now: datetime) -> list[PresaleOffer]:
    """Return the presales of a product that may be ordered now or later."""
    return _read({"product_id": product_id, "deal_id": 0, "market": market, "language": language, "now": now})


def presale_of_deal(*, deal_id: int, market: str, language: str, now: datetime) -> PresaleOffer | None:
    """Return the presale that a deal is; None where it is none here, or its order window is over."""
    found = _read({"product_id": 0, "deal_id": deal_id, "market": market, "language": language, "now": now})
    return found[0] if found else None


def _read(asked: dict[str, int | str | datetime]) -> list[PresaleOffer]:
    with connection.cursor() as cursor:
        cursor.execute(load_sql("inventory", "presale_offers"), asked)
        rows = cursor.fetchall()
    return [PresaleOffer(*(*row[:15], DepositMode(row[15]), *row[16:-3], _picture(*row[-3:]))) for row in rows]


def _picture(name: str | None, width: int, height: int) -> Picture | None:
    return Picture(name, width, height) if name else None
