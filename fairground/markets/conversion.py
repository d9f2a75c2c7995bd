"""An amount in another currency: exact until it is rounded, once, by a rounding that is named."""

from collections.abc import Sequence

from fairground.kernel.money import Rounding, minor_digits, scale_minor, split_minor
from fairground.markets.rules import Rate


def convert_minor(amount_minor: int, *, source: str, target: str, rate: Rate, rounding: Rounding) -> int:
    """Return an amount of minor units of `source` in minor units of `target`.

    `rate` is of whole units (a euro, not a cent), so the decimals of both currencies are in between: 10.00 EUR at
    187 JPY are 1870 yen, and at 0.36 KWD 3600 fils. Rounded once; negative amounts mirror positive ones.
    """
    assert rate.numerator > 0, rate
    digits = minor_digits(target) - minor_digits(source)
    numerator = rate.numerator * 10 ** max(digits, 0)
    denominator = rate.denominator * 10 ** max(-digits, 0)
    return scale_minor(amount_minor, numerator, denominator, rounding)


def convert_parts(parts_minor: Sequence[int], *, source: str, target: str, rate: Rate, rounding: Rounding) -> list[int]:
    """Return the parts of an amount in another currency, which add up to what their sum is there.

    The sum is converted and then split by the parts, so that nothing is lost or made by rounding each. The parts have
    one sign.
    """
    assert parts_minor, "nothing to convert"
    assert min(parts_minor) >= 0 or max(parts_minor) <= 0, parts_minor
    total = convert_minor(sum(parts_minor), source=source, target=target, rate=rate, rounding=rounding)
    return split_minor(total, [abs(part) for part in parts_minor])
