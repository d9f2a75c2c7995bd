"""What a merchant sold elsewhere, line by line, as a file of past invoices tells it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

# Thousandths of a currency's unit: past prices have three decimals where a price list has two.
MILLS = 1_000


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line of an invoice; below zero units it was returned. `customer` is the merchant's own number or empty.

    `country` is the ISO code of `country_name`, or None where there is none.
    """

    line: int
    invoice_number: str
    sku: str
    quantity: int
    unit_price_mills: int
    sold_at: datetime
    customer: str
    country: str | None
    country_name: str

    @property
    def amount_mills(self) -> int:
        """Return what the line adds to the invoice."""
        return self.quantity * self.unit_price_mills


@dataclass(frozen=True, slots=True)
class LeftOutLine:
    """A line that is no sale of goods, and why; what it adds to the file's total, None where nobody can tell."""

    line: int
    reason: str
    amount_mills: int | None


@runtime_checkable
class SalesSource(Protocol):
    """A file of one merchant's past sales that can be read from the beginning, any number of times."""

    @property
    def merchant(self) -> str:
        """Return the slug of the merchant whose sales they are."""

    @property
    def currency(self) -> str:
        """Return the currency of every price in it."""

    @property
    def size(self) -> int:
        """Return how much there is to read, in whatever `position` counts."""

    @property
    def position(self) -> int:
        """Return how much of it was read so far."""

    def sales(self) -> Iterator[SoldLine | LeftOutLine]:
        """Yield every line, in the file's order."""
