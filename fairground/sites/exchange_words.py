"""Exchange rates in words: a decimal as the active language writes it, and the fraction that was computed with."""

from decimal import Decimal

from babel.numbers import format_decimal

from fairground.sites.languages import active_locale

# Reference rates are published with four to six significant digits.
_SIGNIFICANT_DIGITS = 6


def exchange_text(numerator: int, denominator: int, *, source: str, target: str) -> str:
    """Return what one unit of a currency is in another, to six significant digits: 1 USD = 159.192 JPY."""
    rate = Decimal(numerator) / Decimal(denominator)
    decimals = max(0, _SIGNIFICANT_DIGITS - 1 - rate.adjusted())
    pattern = f"#,##0.{'#' * decimals}" if decimals else "#,##0"
    return f"1 {source} = {format_decimal(rate, format=pattern, locale=active_locale())} {target}"
