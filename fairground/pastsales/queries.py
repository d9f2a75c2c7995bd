"""Reads of past sales."""

from dataclasses import dataclass

from django.db import connection

from fairground.kernel.sql import load_sql


@dataclass(frozen=True, slots=True)
class TopSeller:
    """A code with its units and amount, returns taken off, in mills; `title` is None where it is not sold here."""

    sku: str
    title: str | None
    units: int
    amount_mills: int


def top_sellers(*, merchant_id: int, currency: str, limit: int) -> list[TopSeller]:
    """Return the codes that brought a merchant most in a currency before it came to us, the greatest amount first."""
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("pastsales", "top_sellers"), {"merchant_id": merchant_id, "currency": currency, "limit": limit}
        )
        return [TopSeller(*row) for row in cursor]
