"""Sums of a file of past sales, and what a customer becomes in it."""

import hashlib
from dataclasses import dataclass, field

# Reasons and names that a report tells one by one; those of further ones are counted together, so that a bad file
# can't fill memory.
TOLD_MAX = 100
_OTHERS = "others"


@dataclass(slots=True)
class LineSum:
    """So many lines, and what they add up to in thousandths of the currency's unit."""

    lines: int = 0
    amount_mills: int = 0

    def add(self, amount_mills: int) -> None:
        """Add a line."""
        self.lines += 1
        self.amount_mills += amount_mills


@dataclass(slots=True)
class PastSalesReport:
    """What a file of past sales held: `total` is all lines read, the sum of `sold`, `returned` and `left_out`.

    `unreadable` of the lines left out say nothing that adds up. `without_country` counts lines kept by the name that is
    no country's. `rows_…` tell what was written: those that are in neither stood there as they are.
    """

    currency: str
    total: LineSum = field(default_factory=LineSum)
    sold: LineSum = field(default_factory=LineSum)
    returned: LineSum = field(default_factory=LineSum)
    left_out: dict[str, LineSum] = field(default_factory=dict)
    unreadable: int = 0
    invoices: int = 0
    without_country: dict[str, int] = field(default_factory=dict)
    rows_new: int = 0
    rows_changed: int = 0

    def keep(self, *, quantity: int, amount_mills: int) -> None:
        """Count a line that is kept."""
        self.total.add(amount_mills)
        (self.sold if quantity > 0 else self.returned).add(amount_mills)

    def leave_out(self, *, reason: str, amount_mills: int | None) -> None:
        """Count a line that is left out, under its reason."""
        self.unreadable += amount_mills is None
        self.total.add(amount_mills or 0)
        told = reason if reason in self.left_out or len(self.left_out) < TOLD_MAX else _OTHERS
        self.left_out.setdefault(told, LineSum()).add(amount_mills or 0)

    def miss_country(self, name: str) -> None:
        """Count a line whose country has no code."""
        told = name if name in self.without_country or len(self.without_country) < TOLD_MAX else _OTHERS
        self.without_country[told] = self.without_country.get(told, 0) + 1


def pseudonym_key(*, secret: str, realm: str) -> bytes:
    """Return the key of a realm's pseudonyms."""
    return hashlib.blake2b(
        realm.encode(), key=hashlib.sha256(secret.encode()).digest(), person=b"past customers"
    ).digest()


def pseudonym(*, key: bytes, merchant_id: int, customer: str) -> int:
    """Return the number that stands for a merchant's customer: 64 bits of keyed BLAKE2b (RFC 7693)."""
    digest = hashlib.blake2b(f"{merchant_id}:{customer}".encode(), key=key, digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
