"""The tax on an amount of a line."""

from fairground.kernel.money import Rounding, scale_minor


def tax_minor_of(amount_minor: int, rate_bps: int, is_included: bool) -> int:
    """Return the tax on what a line costs: inside a price it is price * rate / (1 + rate), on top price * rate.

    Halves of a minor unit go away from zero, line by line.
    """
    base = 10_000 + rate_bps if is_included else 10_000
    return scale_minor(amount_minor, rate_bps, base, Rounding.HALF_UP) if rate_bps else 0
