"""Amounts and days as the active language writes them (CLDR), on paper and on pages."""

import re
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_currency

from fairground.kernel.money import minor_digits
from fairground.sites.languages import active_locale

_LEFT_TO_RIGHT = "\N{LEFT-TO-RIGHT MARK}"
_SIGNED = re.compile(r"-[\d.,]+")
_KEPT_TOGETHER = "\N{LEFT-TO-RIGHT MARK}\\g<0>\N{RIGHT-TO-LEFT MARK}"


def money_text(amount_minor: int, currency: str) -> str:
    """Return an amount with the decimals that ISO 4217 gives its currency: €12.90, ¥1,290, 12,90 €.

    CLDR would cut dinars to whole ones, so its pattern is used but not its number of decimals. Among words that run
    from the right, the mark at the end keeps a symbol such as US$ in its order, and a minus stays before its number.
    """
    locale, digits = active_locale(), minor_digits(currency)
    decimals = f".{'0' * digits}" if digits else ""
    pattern = re.sub(r"\.0+", decimals, locale.currency_formats["standard"].pattern)
    amount = Decimal(amount_minor).scaleb(-digits)
    text = format_currency(amount, currency, format=pattern, locale=locale, currency_digits=False)
    if locale.text_direction != "rtl":
        return text
    return _SIGNED.sub(_KEPT_TOGETHER, text) + _LEFT_TO_RIGHT


def date_text(moment: datetime, zone: str) -> str:
    """Return a day in a time zone: Nov 11, 2026."""
    return format_date(moment.astimezone(ZoneInfo(zone)), "medium", locale=active_locale())
