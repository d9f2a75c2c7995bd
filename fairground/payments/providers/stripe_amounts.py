"""Amounts as Stripe counts them, which are not everywhere our minor units.

Source: https://docs.stripe.com/currencies (zero-decimal, three-decimal and special cases).
"""

from fairground.kernel.money import minor_digits
from fairground.payments.providers.provider import ProviderRefused, ProviderUnreachable

# Ours has two decimals for the ariary (ISO 4217: a fifth of it is a unit); Stripe has none.
_NONE = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
# Without decimals, but sent with two, which must be 00.
_NONE_SENT_WITH_TWO = frozenset({"ISK", "UGX"})
# With three, the last of which must be 0.
_THREE = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
# Of ten, by decimals.
_POWERS = (1, 10, 100, 1_000, 10_000)


def amount_for_stripe(amount_minor: int, currency: str) -> int:
    """Return our minor units as Stripe counts them; never rounded.

    :raises ProviderRefused: Stripe doesn't take this currency, or no such amount of it
    """
    ours, theirs = minor_digits(currency), _digits(currency)
    if theirs is None:
        raise ProviderRefused(provider="stripe", reason="currency")
    if amount_minor <= 0:
        raise ProviderRefused(provider="stripe", reason="amount")
    scaled, rest = divmod(amount_minor * _POWERS[theirs], _POWERS[ours])
    if rest or scaled % _step(currency):
        raise ProviderRefused(provider="stripe", reason="amount")
    return scaled


def amount_from_stripe(amount: int, currency: str) -> int:
    """Return Stripe's amount in our minor units.

    :raises ProviderUnreachable: there is no such amount of this currency, so the answer makes no sense
    """
    theirs = _digits(currency)
    if theirs is None:
        raise ProviderUnreachable(provider="stripe", reason="currency")
    minor, rest = divmod(amount * _POWERS[minor_digits(currency)], _POWERS[theirs])
    if rest:
        raise ProviderUnreachable(provider="stripe", reason="amount")
    return minor


def _digits(currency: str) -> int | None:
    if currency in _NONE:
        return 0
    if currency in _THREE:
        return 3
    if currency in _NONE_SENT_WITH_TWO or minor_digits(currency) == 2:  # noqa: PLR2004 - as most currencies have
        return 2
    return None


def _step(currency: str) -> int:
    if currency in _THREE:
        return 10
    return 100 if currency in _NONE_SENT_WITH_TWO else 1
