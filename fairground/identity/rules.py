"""Addresses as each country writes them: which parts it has, what somebody filled in, and how it is printed.

An address is kept as the door takes it. Its street, name, city, postal code and telephone have fields there; what else
a country knows stands in the four `lines`, each at its place, empty ones at the end left out:

1. and 2. the street with its number, and what follows it;
3. what the country has besides: a part of the city, a sorting code (CEDEX), or the name of an area that has no code;
   no country has two of these;
4. the company.

An area that ISO 3166-2 has a code for is kept as `region` (`US-CA`), any other leaves the country there.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

# What a guest left is kept as long as the session that alone leads to it (SESSION_COOKIE_AGE).
GUEST_KEPT = timedelta(days=30)

# Those of the door, and what a person types; the postal code and the sorting code of no country are longer.
LENGTHS_MAX = {
    "name": 120,
    "company": 200,
    "line1": 200,
    "line2": 200,
    "district": 200,
    "city": 80,
    "area": 80,
    "postal_code": 20,
    "sorting_code": 20,
    "phone": 30,
}
LINES_MAX = 4
# Characters are put together (NFC) only in what is not far too long.
_RAW_LENGTH_FACTOR = 4
# Of ITU-T E.164 at most 15; below five nobody is reached from abroad.
_PHONE_DIGITS = range(5, 21)
_PHONE = re.compile(r"[+0-9 ()./#x-]+", re.IGNORECASE)
# They turn the direction of what follows, so that an address reads as another one.
_TURNS_TEXT = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNPRINTABLE = {"Cc", "Cs", "Co", "Zl", "Zp"}


class Part(StrEnum):
    """A part of an address that is filled in by itself."""

    NAME = "name"
    COMPANY = "company"
    LINE1 = "line1"
    LINE2 = "line2"
    DISTRICT = "district"
    CITY = "city"
    AREA = "area"
    POSTAL_CODE = "postal_code"
    SORTING_CODE = "sorting_code"
    PHONE = "phone"


class Wrong(StrEnum):
    """Why a part can't be taken as it was filled in."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    UNPRINTABLE = "unprintable"
    NOT_OFFERED = "not_offered"
    NOT_A_POSTAL_CODE = "not_a_postal_code"
    OF_ANOTHER_AREA = "of_another_area"
    NOT_A_PHONE = "not_a_phone"


_PARTS_OF = {
    "O": (Part.COMPANY,),
    "A": (Part.LINE1, Part.LINE2),
    "D": (Part.DISTRICT,),
    "C": (Part.CITY,),
    "S": (Part.AREA,),
    "Z": (Part.POSTAL_CODE,),
    "X": (Part.SORTING_CODE,),
}


@dataclass(frozen=True, slots=True)
class Area:
    """A state, province or prefecture. `choice` is what a form sends, `region` its code or empty.

    `key` is what stands on a letter in the country, `name` and `latin_name` what people call it.
    """

    choice: str
    region: str
    key: str
    name: str
    latin_name: str
    postal_codes: re.Pattern[str] | None

    def names(self) -> tuple[str, str, str, str]:
        """Return what it may be called by, what a form sends first."""
        return self.choice, self.key, self.name, self.latin_name


@dataclass(frozen=True, slots=True)
class AddressRules:
    """How a country writes addresses. Formats have `%A`-like places as in Google's address data, `%n` ends a line."""

    country: str
    language: str
    format: str
    latin_format: str
    required: frozenset[Part]
    areas: tuple[Area, ...]
    area_kind: str
    city_kind: str
    district_kind: str
    postal_kind: str
    postal_code: re.Pattern[str] | None
    postal_examples: tuple[str, ...]
    postal_prefix: str

    def is_local(self, language: str) -> bool:
        """Return whether a reader of `language` reads the country's own names."""
        return bool(self.language) and self.language.partition("-")[0] == language.partition("-")[0]

    def format_for(self, language: str) -> str:
        """Return the country's format, or the one for who reads it from abroad."""
        return self.format if self.is_local(language) else self.latin_format

    def has(self, part: Part) -> bool:
        """Return whether addresses of the country have this part."""
        return part in self.parts(self.language)

    def parts(self, language: str) -> tuple[Part, ...]:
        """Return what a form asks for: the name, the country's parts in its order, the telephone."""
        places = re.findall(r"%([OADCSZX])", self.format_for(language))
        return (Part.NAME, *(part for place in places for part in _PARTS_OF[place]), Part.PHONE)

    def area_choices(self, language: str) -> list[tuple[str, str]]:
        """Return the areas as (choice, name); in the country's order for who reads its names, else by name."""
        if self.is_local(language):
            return [(area.choice, area.name) for area in self.areas]
        return sorted(((area.choice, area.latin_name) for area in self.areas), key=lambda pair: _plain(pair[1]))

    def area_chosen(self, text: str) -> Area | None:
        """Return the area with this choice, key or name, in whatever case."""
        wanted = text.casefold()
        by_kind = zip(*(area.names() for area in self.areas), strict=True)
        found = (at for names in by_kind for at, name in enumerate(names) if name.casefold() == wanted)
        return next((self.areas[at] for at in found), None)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a parcel goes, with the fields and limits of `ship_to` at the door."""

    name: str
    country: str
    lines: tuple[str, ...]
    city: str = ""
    region: str = ""
    postal_code: str = ""
    phone: str = ""


def is_latin(text: str) -> bool:
    """Return whether all letters of a text are Latin ones."""
    return all(unicodedata.name(letter, "").startswith("LATIN") for letter in text if letter.isalpha())


def read_address(data: Mapping[str, str], rules: AddressRules) -> Address | dict[Part, Wrong]:
    """Return the address that somebody filled in, in order, or what is wrong with its parts.

    White space is put in order and the postal code written as the country writes it. What the country has no part for
    is not read.
    """
    given: dict[Part, str] = {}
    wrong: dict[Part, Wrong] = {}
    for part in rules.parts(rules.language):
        text = _tidy(data.get(part, ""), length_max=LENGTHS_MAX[part], plain=part in {Part.POSTAL_CODE, Part.PHONE})
        if isinstance(text, Wrong):
            wrong[part] = text
        elif text:
            given[part] = text
        elif part in rules.required:
            wrong[part] = Wrong.MISSING
    area = rules.area_chosen(given[Part.AREA]) if Part.AREA in given else None
    if Part.AREA in given and rules.areas and area is None:
        wrong[Part.AREA] = Wrong.NOT_OFFERED
    if Part.POSTAL_CODE in given:
        code = _postal_code(given[Part.POSTAL_CODE], rules)
        if code is None:
            wrong[Part.POSTAL_CODE] = Wrong.NOT_A_POSTAL_CODE
        elif area and area.postal_codes and not area.postal_codes.match(code):
            wrong[Part.POSTAL_CODE] = Wrong.OF_ANOTHER_AREA
        given[Part.POSTAL_CODE] = code or ""
    if Part.PHONE in given and not _is_phone(given[Part.PHONE]):
        wrong[Part.PHONE] = Wrong.NOT_A_PHONE
    return wrong or _kept(given, area, rules)


def form_values(address: Address, rules: AddressRules) -> dict[Part, str]:
    """Return what a form shows of a kept address: what `read_address` makes it of."""
    lines = (*address.lines, "", "", "", "")
    values = {
        Part.NAME: address.name,
        Part.LINE1: lines[0],
        Part.LINE2: lines[1],
        Part.COMPANY: lines[3],
        Part.CITY: address.city,
        Part.POSTAL_CODE: address.postal_code,
        Part.PHONE: address.phone,
    }
    area = next((area for area in rules.areas if area.region and area.region == address.region), None)
    if area:
        values[Part.AREA] = area.choice
    third = _third_line(rules, has_code=area is not None)
    if third:
        values[third] = lines[2]
    return {part: values.get(part, "") for part in rules.parts(rules.language)}


def format_address(address: Address, rules: AddressRules, *, language: str) -> list[str]:
    """Return the lines of an address in its country's order, without the country's own name.

    Who does not read the country's language sees it in the order and the letters for readers from abroad. What the
    country has no place for stands at the end: nothing is left out.
    """
    values = form_values(address, rules)
    area = rules.area_chosen(values[Part.AREA]) if values.get(Part.AREA) else None
    streets = [values[Part.LINE1], values[Part.LINE2], *_strange_lines(address, rules)]
    by_place = {
        "N": address.name,
        "O": values.get(Part.COMPANY, ""),
        "A": "\n".join(filter(None, streets)),
        "D": values.get(Part.DISTRICT, ""),
        "C": values.get(Part.CITY, ""),
        "S": _area_text(area, rules.is_local(language)) if area else values.get(Part.AREA, ""),
        "Z": values.get(Part.POSTAL_CODE, ""),
        "X": values.get(Part.SORTING_CODE, ""),
    }
    if by_place["C"] == by_place["S"]:
        by_place["C"] = ""  # a city that is its own province: Shanghai
    lines = [
        line
        for format_line in rules.format_for(language).split("%n")
        for line in _fill(format_line, by_place).split("\n")
        if line
    ]
    left_out = [
        (Part.CITY, address.city),
        (Part.POSTAL_CODE, address.postal_code),
        (Part.COMPANY, "".join(address.lines[3:])),
    ]
    return lines + [text for part, text in left_out if text and part not in values]


def _tidy(text: str, *, length_max: int, plain: bool) -> str | Wrong:
    """Return a text with its white space in order; `plain` writes figures of any script as ASCII."""
    if len(text) > _RAW_LENGTH_FACTOR * length_max:
        return Wrong.TOO_LONG
    for character in text:
        if character in _TURNS_TEXT or (character not in "\t\r\n" and unicodedata.category(character) in _UNPRINTABLE):
            return Wrong.UNPRINTABLE
    tidy = " ".join((_plain_figures(text) if plain else unicodedata.normalize("NFC", text)).split())
    return tidy if len(tidy) <= length_max else Wrong.TOO_LONG


def _plain_figures(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    return "".join(str(unicodedata.decimal(character, character)) for character in plain)


def _postal_code(text: str, rules: AddressRules) -> str | None:
    """Return a postal code as the country writes it, whatever its case, spaces and hyphens; None if it is none."""
    code = text.upper()
    if rules.postal_code is None:
        return code
    prefix = rules.postal_prefix.upper()
    for one in (code, code.removeprefix(prefix).strip() if prefix else code):
        compact = re.sub(r"[\s.\u2010-\u2015-]", "", one)
        like = [_write_like(example, compact) for example in rules.postal_examples]
        for written in (*filter(None, like), one, compact):
            if rules.postal_code.fullmatch(written):
                return written
    return None


def _write_like(example: str, compact: str) -> str | None:
    """Return `compact` with the separators of an example that has letters and figures at the same places."""
    places = [place for place in example if place.isalnum()]
    if [place.isdigit() for place in places] != [place.isdigit() for place in compact]:
        return None
    rest = iter(compact)
    return "".join(next(rest) if place.isalnum() else place for place in example)


def _is_phone(text: str) -> bool:
    return bool(_PHONE.fullmatch(text)) and sum(map(str.isdigit, text)) in _PHONE_DIGITS


def _kept(given: Mapping[Part, str], area: Area | None, rules: AddressRules) -> Address:
    has_code = bool(area and area.region)
    third = _third_line(rules, has_code=has_code)
    beside = given.get(third, "") if third else ""
    if third is Part.AREA and area:
        beside = area.key
    lines = [given.get(Part.LINE1, ""), given.get(Part.LINE2, ""), beside, given.get(Part.COMPANY, "")]
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    return Address(
        name=given[Part.NAME],
        country=rules.country,
        lines=tuple(lines),
        city=given.get(Part.CITY, ""),
        region=area.region if area and has_code else rules.country,
        postal_code=given.get(Part.POSTAL_CODE, ""),
        phone=given.get(Part.PHONE, ""),
    )


def _third_line(rules: AddressRules, *, has_code: bool) -> Part | None:
    for part in (Part.DISTRICT, Part.SORTING_CODE):
        if rules.has(part):
            return part
    return Part.AREA if rules.has(Part.AREA) and not has_code else None


def _strange_lines(address: Address, rules: AddressRules) -> Iterator[str]:
    """Yield the third line where it is none of ours: whoever sent it by hand meant the street."""
    has_code = any(area.region and area.region == address.region for area in rules.areas)
    if _third_line(rules, has_code=has_code) is None:
        yield from address.lines[2:3]


def _area_text(area: Area, is_local: bool) -> str:
    if not is_local:
        return area.key if is_latin(area.key) else area.latin_name
    return area.name if is_latin(area.key) and not is_latin(area.name) else area.key


def _fill(line: str, by_place: Mapping[str, str]) -> str:
    """Return a line of a format filled in: what stands before its first part goes with it, what stands between two
    only where there is one before it.
    """
    if "%" not in line:
        return line
    text, between = "", ""
    for at, (literal, place) in enumerate(re.findall(r"([^%]*)%([NOADCSZX])", line)):
        between = literal or between
        if by_place[place]:
            text += (between if text or at == 0 else "") + by_place[place]
            between = ""
        elif at == 0:
            between = ""
    return text


def _plain(text: str) -> str:
    """Return a name without accents and case, to sort by."""
    parts = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d"))
    return "".join(character for character in parts if not unicodedata.combining(character))
