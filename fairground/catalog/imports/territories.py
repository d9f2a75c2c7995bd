"""Countries by the names that people write, as ISO 3166-1 codes."""

from functools import cache

from babel import Locale

# What shops write and the Unicode list of English names calls otherwise.
_ALSO_CALLED = {
    "eire": "IE",
    "rsa": "ZA",
    "usa": "US",
    "uk": "GB",
    "uae": "AE",
    "hong kong": "HK",
    "macau": "MO",
    "czech republic": "CZ",
    "turkey": "TR",
    "korea": "KR",
    "burma": "MM",
    "ivory coast": "CI",
}
# Codes of the list that ISO 3166-1 does not give to a country.
_NO_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"})


def territory_code(name: str) -> str | None:
    """Return the code of a country's English name; None for what is none or several, such as the Channel Islands."""
    return _codes().get(" ".join(name.casefold().split()))


@cache
def _codes() -> dict[str, str]:
    names = Locale("en").territories
    codes = {code: name for code, name in names.items() if len(code) == 2 and code.isalpha()}  # noqa: PLR2004 - ISO's length
    return {name.casefold(): code for code, name in codes.items() if code not in _NO_COUNTRIES} | _ALSO_CALLED
