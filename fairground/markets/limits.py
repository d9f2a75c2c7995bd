"""Limits of money: each is written once, in cents of a euro, and means about the same in every currency.

A million minor units would be 10,000.00 EUR, 1,000 KWD, and in dong the price of a shirt. `rates` are those of the
moment (`reference_rates`). A currency that nobody ever gave a rate counts one whole unit as a euro.
"""

from fairground.kernel.money import Rounding
from fairground.markets.conversion import convert_minor
from fairground.markets.rules import ReferenceRates

_EURO = "EUR"


def worth_cents(amount_minor: int, *, currency: str, rates: ReferenceRates) -> int:
    """Return what an amount above nothing is worth in cents of a euro, rounded up: the least is worth one."""
    rate = rates.between(source=_known(currency, rates), target=_EURO)
    return convert_minor(amount_minor, source=currency, target=_EURO, rate=rate, rounding=Rounding.UP)


def limit_minor(limit_cents: int, *, currency: str, rates: ReferenceRates) -> int:
    """Return the most minor units of a currency that are worth (`worth_cents`) no more than so many cents of a euro."""
    rate = rates.between(source=_EURO, target=_known(currency, rates))
    return convert_minor(limit_cents, source=_EURO, target=currency, rate=rate, rounding=Rounding.DOWN)


def _known(currency: str, rates: ReferenceRates) -> str:
    return currency if currency in rates.per_euro else _EURO
