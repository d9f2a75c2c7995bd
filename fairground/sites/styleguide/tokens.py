"""The tokens as they stand in tokens.css, and the contrast of its colours (WCAG 2.2, relative luminance)."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fairground.sites.static_files import STATIC

PX_A_REM = 16
# Below this, a channel of sRGB is linear (IEC 61966-2-1).
LINEAR_UP_TO = 0.04045
TOKENS = STATIC / "fairground" / "tokens.css"
_COLOUR = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
_SPACE = re.compile(r"--(space-\d+): ([\d.]+)rem;")
_STEP = re.compile(r"--text-(\d): (.+);")
_SYMBOL = re.compile(r'<symbol id="([\w-]+)"')

# colour -> the contrast that it needs with ground and surface, by what it is for (WCAG 2.2: 1.4.3, 1.4.11).
NEEDS = {
    **dict.fromkeys(["ink", "muted", "accent", "accent-deep", "gold", "good", "warn", "bad"], 4.5),
    "edge": 3.0,
}
# Words in a state's colour stand on its own tint too, and a button's on the accent.
PAIRS = [("on-accent", "accent"), ("on-accent", "accent-deep"), ("muted", "sunken"), ("ink", "sunken")] + [
    (state, f"{state}-tint") for state in ("accent", "gold", "good", "warn", "bad")
]


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour by day and by night."""

    name: str
    day: str
    night: str


@dataclass(frozen=True, slots=True)
class Contrast:
    """How two colours stand against each other by day and by night, as `4.52`, and whether both are enough."""

    ink: Colour
    ground: Colour
    needed: float
    day: str
    night: str
    is_enough: bool


@dataclass(frozen=True, slots=True)
class Space:
    """A space in pixels at the usual text size."""

    name: str
    px: int


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours `#rrggbb`, between 1 and 21."""
    darker, lighter = sorted([_luminance(one), _luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def contrasts() -> list[Contrast]:
    """Return every pair that words or outlines are drawn in."""
    known = {colour.name: colour for colour in colours()}
    pairs = [(ink, ground, needed) for ink, needed in NEEDS.items() for ground in ("ground", "surface")]
    pairs += [(ink, ground, 4.5) for ink, ground in PAIRS]
    return [_contrast(known[ink], known[ground], needed) for ink, ground, needed in pairs]


@cache
def colours() -> list[Colour]:
    """Return the colours in their order."""
    return [Colour(*found) for found in _COLOUR.findall(TOKENS.read_text("utf-8"))]


@cache
def spaces() -> list[Space]:
    """Return the spaces, the narrowest first."""
    return [Space(name, round(float(rem) * PX_A_REM)) for name, rem in _SPACE.findall(TOKENS.read_text("utf-8"))]


@cache
def text_steps() -> list[tuple[str, str]]:
    """Return the steps of the type scale: number, size; the largest first."""
    return list(reversed(_STEP.findall(TOKENS.read_text("utf-8"))))


@cache
def symbols(sprite: Path) -> list[str]:
    """Return the names in a sprite, in their order."""
    return _SYMBOL.findall(sprite.read_text("utf-8"))


def _contrast(ink: Colour, ground: Colour, needed: float) -> Contrast:
    day, night = contrast(ink.day, ground.day), contrast(ink.night, ground.night)
    return Contrast(ink, ground, needed, f"{day:.2f}", f"{night:.2f}", min(day, night) >= needed)


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [one / 12.92 if one <= LINEAR_UP_TO else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
