"""Which characters the fonts of a PDF have, read from their `cmap` tables (OpenType 1.9, formats 4 and 12).

A letter without a glyph would be printed as an empty box, and nothing says so; therefore it is asked before.
"""

import struct
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FONTS = Path(__file__).resolve().parent / "fonts"
_SEGMENTS, _GROUPS = 4, 12
# A character that joins or parts letters and has no form of its own: Persian is misspelt without it.
_KEPT = {0x200C}
# What carries no word: controls and marks of direction, pictures, selectors of variants, what has no meaning yet.
_WORDLESS = {"Cc", "Cf", "Cn", "Co", "Cs", "Sk", "So"}
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)
UNPRINTED = "?"


@dataclass(frozen=True, slots=True)
class Printed:
    """A text as the fonts can print it; not `whole`: `UNPRINTED` stands for letters that they do not have."""

    text: str
    whole: bool


def printed(text: str) -> Printed:
    """Return a text without what has no glyph: pictures are left out, a missing letter becomes `UNPRINTED`."""
    letters, whole = [], True
    for letter in unicodedata.normalize("NFC", text):
        code, category = ord(letter), unicodedata.category(letter)
        if code in _KEPT or (code in covered() and category not in {"Cc", "Cf"}):
            letters.append(letter)
        elif category == "Zs":
            letters.append(" ")
        elif category not in _WORDLESS and code not in _VARIATION_SELECTORS:
            letters.append(UNPRINTED)
            whole = False
    shown = " ".join("".join(letters).split())
    return Printed(shown, whole) if shown else Printed(UNPRINTED, whole=False)


@cache
def covered() -> frozenset[int]:
    """Return the characters that at least one of the fonts has."""
    return frozenset().union(*(_characters(path.read_bytes()) for path in sorted(FONTS.glob("*.ttf"))))


def _characters(font: bytes) -> set[int]:
    (tables,) = struct.unpack_from(">H", font, 4)
    records = (struct.unpack_from(">4sLLL", font, 12 + 16 * number) for number in range(tables))
    start = next(offset for tag, _checksum, offset, _length in records if tag == b"cmap")
    (subtables,) = struct.unpack_from(">H", font, start + 2)
    found: set[int] = set()
    for number in range(subtables):
        _platform, _encoding, offset = struct.unpack_from(">HHL", font, start + 4 + 8 * number)
        (kind,) = struct.unpack_from(">H", font, start + offset)
        if kind == _SEGMENTS:
            found |= _in_segments(font, start + offset)
        elif kind == _GROUPS:
            found |= _in_groups(font, start + offset)
    return found


def _in_segments(font: bytes, at: int) -> set[int]:
    """Return the characters of a table of format 4; the last segment is U+FFFF alone, which is no character."""
    (twice,) = struct.unpack_from(">H", font, at + 6)
    ends = struct.unpack_from(f">{twice // 2}H", font, at + 14)
    starts = struct.unpack_from(f">{twice // 2}H", font, at + 16 + twice)
    return {code for start, end in zip(starts, ends, strict=True) for code in range(start, end + 1)} - {0xFFFF}


def _in_groups(font: bytes, at: int) -> set[int]:
    (groups,) = struct.unpack_from(">L", font, at + 12)
    bounds = (struct.unpack_from(">LL", font, at + 16 + 12 * number) for number in range(groups))
    return {code for start, end in bounds for code in range(start, end + 1)}
