"""Fields of a merchant's row, checked: texts, amounts, categories, GTINs, tariff codes, units."""

import re
from collections.abc import Mapping

from fairground.catalog.imports.html_text import HTML_LENGTH_MAX, plain_text
from fairground.catalog.imports.source import BadRow
from fairground.catalog.rules import (
    DESCRIPTION_LENGTH_MAX,
    ID_LENGTH_MAX,
    PRICE_MINOR_MAX,
    UNITS_MAX,
    make_slug,
    normal_gtin,
)
from fairground.kernel.money import Money, minor_from_text
from fairground.markets.queries import has_reference_rate

Fields = Mapping[str, str]

_OTHER_CATEGORY = "other"
_CATEGORY_LEVELS_MAX = 5
_CATEGORY_WORD_LENGTH_MAX = 40
_WHOLE_NUMBER_LENGTH_MAX = 15


def needed_text(fields: Fields, key: str, *, length_max: int) -> str:
    """Return the text of a field that must be there.

    :raises BadRow: it is missing, too long or no text
    """
    text = given_text(fields, key, length_max=length_max)
    if not text:
        raise BadRow(f"{key} is missing")
    return text


def given_text(fields: Fields, key: str, *, length_max: int) -> str:
    """Return the text of a field without spaces around it, empty where there is none.

    :raises BadRow: it is too long or no text
    """
    text = fields.get(key, "").strip()
    if len(text) > length_max:
        raise BadRow(f"{key} is longer than {length_max:,} characters")
    if "\0" in text or "\ufffd" in text:
        raise BadRow(f"{key} holds a NUL character or bytes of another encoding")
    return text


def description_text(fields: Fields, key: str) -> str:
    """Return a description as plain text.

    :raises BadRow: it is too long, with its HTML or without, or no text
    """
    text = plain_text(given_text(fields, key, length_max=HTML_LENGTH_MAX)).replace("\0", "")
    if len(text) > DESCRIPTION_LENGTH_MAX:
        raise BadRow(f"{key} is longer than {DESCRIPTION_LENGTH_MAX:,} characters")
    return text


def price(text: str, *, key: str, currency: str) -> Money:
    """Return the amount that `text` writes with a decimal point, as a price.

    :raises BadRow: it is none, or none that goods have, or in a currency without a reference rate
    """
    refuse_unknown_currency(currency)
    try:
        amount_minor = minor_from_text(text, currency=currency)
    except ValueError:
        raise BadRow(f"{key} is not an amount of {currency} with a decimal point and nothing else") from None
    if amount_minor == 0:
        raise BadRow(f"{key} is not above zero")
    if amount_minor > PRICE_MINOR_MAX:
        raise BadRow(f"{key} is above {PRICE_MINOR_MAX:,} minor units of {currency}")
    return Money(amount_minor, currency)


def refuse_unknown_currency(currency: str) -> None:
    """Refuse a currency in which goods can't be priced.

    :raises BadRow: there is no reference rate for it
    """
    if not has_reference_rate(currency):
        raise BadRow(f"no reference rate for {currency}")


def units(fields: Fields, key: str) -> int | None:
    """Return a number of units, None where none is stated; shops write less than zero for what they owe.

    :raises BadRow: it is no whole number
    """
    text = given_text(fields, key, length_max=ID_LENGTH_MAX)
    if not text:
        return None
    if len(text) > _WHOLE_NUMBER_LENGTH_MAX or not re.fullmatch(r"-?[0-9]+", text):
        raise BadRow(f"{key} is not a whole number")
    if int(text) > UNITS_MAX:
        raise BadRow(f"{key} is above {UNITS_MAX:,}")
    return max(int(text), 0)


def gtin(fields: Fields, key: str) -> str:
    """Return the GTIN with 14 digits; empty where there is none or its check digit does not fit."""
    return normal_gtin(re.sub(r"[\s'-]", "", fields.get(key, "")[:ID_LENGTH_MAX]))


def hs_code(fields: Fields, key: str) -> str:
    """Return the tariff code in digits, without the dots and spaces of print; empty where none is stated.

    The first six are the heading that all countries share, up to four more a country's own (Harmonized System).

    :raises BadRow: it is no 6 to 10 digits
    """
    digits = re.sub(r"[\s.']", "", given_text(fields, key, length_max=ID_LENGTH_MAX))
    if digits and not re.fullmatch(r"[0-9]{6,10}", digits):
        raise BadRow(f"{key} is not a tariff code of 6 to 10 digits")
    return digits


def category_code(path: str) -> str:
    """Return the code of a category that is written `Home > Kitchen > Mugs`; `other` where it has no letter."""
    words = [make_slug(word, length_max=_CATEGORY_WORD_LENGTH_MAX) for word in map(str.strip, path.split(">")) if word]
    if not any(letter.isalpha() for letter in path):
        return _OTHER_CATEGORY
    code = ""
    for word in words[:_CATEGORY_LEVELS_MAX]:
        longer = f"{code}.{word}" if code else word
        if len(longer) > ID_LENGTH_MAX:
            break
        code = longer
    return code
