"""Money, places and moments as the active language writes them (CLDR), on pages, on paper and in letters."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, get_datetime_format
from babel.numbers import format_currency, format_decimal, format_percent, get_minus_sign_symbol
from django.utils.translation import gettext, gettext_noop

from fairground.kernel.money import minor_digits
from fairground.sites.languages import active_locale

_LEFT_TO_RIGHT = "\N{LEFT-TO-RIGHT MARK}"
_SIGNED = re.compile(r"-[\d.,]+")
_KEPT_TOGETHER = "\N{LEFT-TO-RIGHT MARK}\\g<0>\N{RIGHT-TO-LEFT MARK}"
# Markets that are no place CLDR has a name for.
_NAMELESS_MARKETS = {"WW": gettext_noop("Rest of the world")}


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


def number_text(number: int) -> str:
    """Return a whole number: 1,500."""
    return format_decimal(number, locale=active_locale())


def discount_text(*, price_minor: int, prior_minor: int) -> str:
    """Return how far a price is below the prior one, in whole per cent and never rounded up, with a minus before it."""
    percent_off = (prior_minor - price_minor) * 100 // prior_minor
    minus = get_minus_sign_symbol(active_locale()).replace("-", "\N{MINUS SIGN}")
    return minus + format_percent(Decimal(percent_off) / 100, locale=active_locale())


def rate_text(rate_bps: int) -> str:
    """Return a rate with all its decimals: 19%, 8.875%."""
    return format_percent(Decimal(rate_bps) / 10_000, locale=active_locale(), decimal_quantization=False)


def country_text(country: str) -> str:
    """Return a country's name."""
    return str(active_locale().territories.get(country, country))


def sorted_by_name(choices: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return (code, name) in the order of the names as the active language sorts them, as well as that goes here.

    Accents and case do not count. Chinese is in the order of GB 18030, whose usual characters stand by their sound.
    """

    def place(choice: tuple[str, str]) -> tuple[bytes, str]:
        code, name = choice
        letters = unicodedata.normalize("NFKD", name.casefold().replace("đ", "d"))
        plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
        return plain.encode("gb18030" if active_locale().language == "zh" else "utf-8"), code

    return sorted(choices, key=place)


def market_text(code: str, name: str) -> str:
    """Return a market's name; one that CLDR and the translations do not know keeps its own."""
    if code in _NAMELESS_MARKETS:
        return gettext(_NAMELESS_MARKETS[code])
    return str(active_locale().territories.get(code, name))


def moment_text(moment: datetime, zone: str) -> str:
    """Return a moment in a time zone, to the minute: Wednesday, November 11, 2026, 00:00."""
    local = moment.astimezone(ZoneInfo(zone))
    return _date_and_time(format_date(local, "full", locale=active_locale()), local)


def short_moment_text(moment: datetime, zone: str) -> str:
    """Return a moment in a time zone as a card has room for it: Nov 11, 00:00."""
    local = moment.astimezone(ZoneInfo(zone))
    return _date_and_time(format_skeleton("MMMd", local, locale=active_locale()), local)


def time_text(moment: datetime, zone: str) -> str:
    """Return a time of day in a time zone, to the minute: 12:15."""
    return format_skeleton("Hm", moment.astimezone(ZoneInfo(zone)), locale=active_locale())


def second_text(moment: datetime, zone: str) -> str:
    """Return a time of day in a time zone, to the second: 23:59:50."""
    return format_skeleton("Hms", moment.astimezone(ZoneInfo(zone)), locale=active_locale())


def _date_and_time(date: str, local: datetime) -> str:
    """A festival opens at 00:00, which no clock of twelve hours says plainly."""
    time = format_skeleton("Hm", local, locale=active_locale())
    return str(get_datetime_format("medium", locale=active_locale())).replace("{0}", time).replace("{1}", date)
