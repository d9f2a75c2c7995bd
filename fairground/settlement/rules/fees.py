"""Which commission holds for goods of a category: what is agreed with the merchant first, then the nearest category."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FeeHolding:
    """A commission that holds, and where it was set: for a category, of a merchant (its id) or (None) of all."""

    category: str
    merchant_id: int | None
    commission_bps: int


def categories_above(category: str) -> list[str]:
    """Return a category's code after those of all categories that it lies in, the widest first."""
    parts = category.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts) + 1)]


def fee_holding(
    rates: Mapping[tuple[str, int | None], int | None], *, category: str, merchant_id: int | None
) -> FeeHolding | None:
    """Return what holds for goods of a category that a merchant sells, or (None) any; None: the merchant's own does.

    `rates` has by category and merchant what was set last; None there means that it holds no more.
    """
    for whose in dict.fromkeys((merchant_id, None)):
        for code in reversed(categories_above(category)):
            commission_bps = rates.get((code, whose))
            if commission_bps is not None:
                return FeeHolding(code, whose, commission_bps)
    return None
