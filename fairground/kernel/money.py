"""Money: whole minor units of one ISO 4217 currency. Nothing here divides an amount and loses a unit."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

# ISO 4217 minor units where they are not 2 (list one, 2026-01-01).
_MINOR_DIGITS = {
    **dict.fromkeys(["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND"], 0),
    **dict.fromkeys(["VUV", "XAF", "XOF", "XPF"], 0),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}


class Rounding(Enum):
    """How `scale` treats the part below one minor unit."""

    DOWN = "down"
    UP = "up"
    HALF_UP = "half_up"
    HALF_EVEN = "half_even"


def minor_digits(currency: str) -> int:
    """Return how many decimals `currency` has: 2 for EUR, 0 for JPY, 3 for KWD (ISO 4217)."""
    return _MINOR_DIGITS.get(currency, 2)


def minor_from_text(text: str, *, currency: str) -> int:
    """Return the minor units of a decimal amount with a point: 1290 for 12.90 in EUR, 13 for 13.0 in JPY.

    :raises ValueError: it is no such number, or has decimals that `currency` does not have
    """
    if not re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,15})?", text):
        raise ValueError(f"no amount of {currency}: {text!r}")
    whole, _, decimals = text.partition(".")
    digits = minor_digits(currency)
    if decimals[digits:].strip("0"):
        raise ValueError(f"no amount of {currency}: {text!r}")
    return int(whole + decimals[:digits].ljust(digits, "0"))


def decimal_text(amount_minor: int, currency: str) -> str:
    """Return an amount as programs read it, with all decimals of its currency and nothing else: 12.90, 1290, 1.250."""
    digits = minor_digits(currency)
    text = str(abs(amount_minor)).zfill(digits + 1)
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else f"{sign}{text}"


def scale_minor(amount_minor: int, numerator: int, denominator: int, rounding: Rounding) -> int:
    """Return `amount_minor * numerator / denominator` as a whole number; negative amounts mirror positive ones."""
    assert denominator > 0, denominator
    product = amount_minor * numerator
    if product < 0:
        return -scale_minor(-amount_minor, numerator, denominator, rounding)
    quotient, rest = divmod(product, denominator)
    if rest == 0 or rounding is Rounding.DOWN:
        return quotient
    if rounding is Rounding.UP:
        return quotient + 1
    if rest * 2 == denominator:
        return quotient + 1 if rounding is Rounding.HALF_UP else quotient + quotient % 2
    return quotient + (rest * 2 > denominator)


def split_minor(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """Return parts of `amount_minor`, one a weight, that add up to it to the last minor unit.

    Largest remainders (Hamilton's method); equal remainders go to the earlier part, so the result
    depends on nothing but its arguments. All weights zero: the parts are as equal as can be.
    """
    assert weights, "nothing to split over"
    assert min(weights) >= 0, weights
    if amount_minor < 0:
        return [-part for part in split_minor(-amount_minor, weights)]
    total = sum(weights)
    if total == 0:
        return split_minor(amount_minor, [1] * len(weights))
    if len(weights) == 2:  # noqa: PLR2004 - the larger remainder of two is the one of at least a half
        first = (2 * amount_minor * weights[0] + total) // (2 * total)
        return [first, amount_minor - first]
    parts = [amount_minor * weight // total for weight in weights]
    missing = amount_minor - sum(parts)
    if missing:
        remainders = [amount_minor * weight % total for weight in weights]
        # Sorting is stable in reverse too: equal remainders stay in their order.
        for i in sorted(range(len(weights)), key=remainders.__getitem__, reverse=True)[:missing]:
            parts[i] += 1
    return parts


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in minor units and its currency. Sums of different currencies are a bug, so they raise."""

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        assert re.fullmatch("[A-Z]{3}", self.currency), self.currency

    def __add__(self, other: "Money") -> "Money":
        assert self.currency == other.currency, (self, other)
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return self + -other

    def __neg__(self) -> "Money":
        return Money(-self.amount_minor, self.currency)

    def split_by_weight(self, weights: Sequence[int]) -> list["Money"]:
        """Return one part a weight; the parts add up to the amount. See `split_minor`."""
        return [Money(part, self.currency) for part in split_minor(self.amount_minor, weights)]

    def scale(self, numerator: int, denominator: int, rounding: Rounding) -> "Money":
        """Return the amount times `numerator / denominator`. See `scale_minor`."""
        return Money(scale_minor(self.amount_minor, numerator, denominator, rounding), self.currency)
