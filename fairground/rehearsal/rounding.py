"""Round amounts in every currency, from one in euros, for what a demo has on offer."""

from fairground.kernel.money import Rounding, minor_digits, scale_minor
from fairground.markets.queries import packaged_rates

# Amounts are in euros' minor units, from which each market's are reckoned.
_EURO = "EUR"


def round_minor(euros_minor: int, *, currency: str) -> int:
    """Return a round amount of a currency worth about so many euro cents, and never more: 50.00, ¥8,500, 400.00."""
    rate = packaged_rates().between(source=_EURO, target=currency)
    digits = minor_digits(currency) - minor_digits(_EURO)
    numerator, denominator = rate.numerator * 10 ** max(digits, 0), rate.denominator * 10 ** max(-digits, 0)
    amount_minor = scale_minor(euros_minor, numerator, denominator, Rounding.DOWN)
    step = max(1, 5 * 10 ** (len(str(amount_minor)) - 2))
    return amount_minor // step * step if amount_minor >= step else amount_minor
