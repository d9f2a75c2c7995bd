"""What a hall is composed of: blocks, read from what was stored or typed, and which of them show at a moment.

Pure: no Django, no clock. What a block says is checked here, mistake by mistake; whether a merchant or a category that
it names exists is for who writes it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from fairground.kernel.ids import parse_id

# A page of a magazine: what is further down nobody reads.
BLOCKS_MAX = 12
# Four rows of six on a desk, as home has.
DEALS_MAX = 24
# The same on a wall of brands.
BRANDS_MAX = 24
# A strip of three rows on a desk; all of them stand in the coupon centre.
COUPONS_MAX = 12
# As many as a grid shows.
SKUS_MAX = DEALS_MAX
HEADING_LENGTH_MAX = 120
TEXT_LENGTH_MAX = 2_000
LABEL_LENGTH_MAX = 60
LINK_LENGTH_MAX = 300

_MOST_UNSAID = 12


class Kind(StrEnum):
    """What a block is."""

    COUNTDOWN = "countdown"
    DEALS = "deals"
    BRANDS = "brands"
    COUPONS = "coupons"
    TEXT = "text"


class Source(StrEnum):
    """Where the goods of a grid of deals come from: the hall, what opens next in it, or what the operator names."""

    HALL = "hall"
    NEXT = "next"
    CATEGORY = "category"
    MERCHANT = "merchant"
    SKUS = "skus"


class Wrong(StrEnum):
    """Why a field of a block can't be as somebody wants it."""

    UNKNOWN = "unknown"
    MISSING = "missing"
    LONG = "long"
    COUNT = "count"
    MANY = "many"
    NO_MOMENT = "no-moment"
    NO_ID = "no-id"
    NOT_IN_THE_SHOP = "not-in-the-shop"
    ENDS_FIRST = "ends-first"
    NO_LINK = "no-link"


@dataclass(frozen=True, slots=True)
class Mistake:
    """A field of a block, and what is wrong with it. Words are fields by language: `heading_en`."""

    field: str
    wrong: Wrong


@dataclass(frozen=True, slots=True)
class Countdown:
    """Counts down to a moment, or without one to what opens next in its hall."""

    to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Deals:
    """A grid of at most `most` goods with deals. `of` is the category's code or the merchant's slug, else empty."""

    source: Source = Source.HALL
    of: str = ""
    sku_ids: tuple[int, ...] = ()
    most: int = _MOST_UNSAID


@dataclass(frozen=True, slots=True)
class Brands:
    """A wall of merchants by slug, or without any of the `most` that have most deals in the hall."""

    merchants: tuple[str, ...] = ()
    most: int = _MOST_UNSAID


@dataclass(frozen=True, slots=True)
class Coupons:
    """A strip of at most `most` coupons of the market, the one that ends first before others."""

    most: int = _MOST_UNSAID


@dataclass(frozen=True, slots=True)
class Text:
    """Words, and beside them a product where one is named. `link` is an address inside the shop, or empty."""

    product_id: int | None = None
    link: str = ""


Matter = Countdown | Deals | Brands | Coupons | Text


@dataclass(frozen=True, slots=True)
class Words:
    """What a block says in a language. `label` is what its link is called."""

    heading: str = ""
    text: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A block without its place: in all markets where `markets` is empty, for ever where a moment is None.

    `ends_at` is exclusive.
    """

    kind: Kind
    matter: Matter
    words: Mapping[str, Words] = field(default_factory=dict)
    markets: tuple[str, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_on: bool = True

    @property
    def over_at(self) -> datetime | None:
        """Return when it shows no more: a countdown to a moment ends with that moment."""
        to = self.matter.to if isinstance(self.matter, Countdown) else None
        return min((one for one in (self.ends_at, to) if one), default=None)

    def is_for(self, market: str | None) -> bool:
        """Return whether it may show in a market at all."""
        return self.is_on and (not self.markets or market in self.markets)

    def shows(self, *, market: str | None, at: datetime) -> bool:
        """Return whether it shows in a market at a moment."""
        begun = self.starts_at is None or self.starts_at <= at
        return self.is_for(market) and begun and (self.over_at is None or at < self.over_at)


@dataclass(frozen=True, slots=True)
class Opening:
    """When deals of a hall open and close together."""

    opens_at: datetime
    closes_at: datetime


def next_change(blocks: Iterable[Block], *, market: str | None, at: datetime) -> datetime | None:
    """Return the first moment after `at` in which another choice of the blocks shows; None where it stays."""
    moments = (one for block in blocks if block.is_for(market) for one in (block.starts_at, block.over_at))
    return min((one for one in moments if one and one > at), default=None)


def next_opening(openings: Iterable[Opening], *, at: datetime) -> Opening | None:
    """Return what opens next, else what closes last of all that is open; None where all is over."""
    ahead = [one for one in openings if one.closes_at > at]
    to_open = [one for one in ahead if one.opens_at > at]
    if to_open:
        return min(to_open, key=lambda one: (one.opens_at, one.closes_at))
    return max(ahead, key=lambda one: one.closes_at, default=None)


def settings_of(matter: Matter) -> dict[str, object]:
    """Return what `read_block` reads back as this matter: texts, whole numbers and lists of texts by name."""
    match matter:
        case Countdown(to):
            return {"to": to.isoformat()} if to else {}
        case Deals(source, of, sku_ids, most):
            named: dict[Source, dict[str, object]] = {
                Source.CATEGORY: {"category": of},
                Source.MERCHANT: {"merchant": of},
                Source.SKUS: {"skus": [str(one) for one in sku_ids]},
            }
            return {"source": str(source), "most": most, **named.get(source, {})}
        case Brands(merchants, most):
            return {"merchants": list(merchants), "most": most}
        case Coupons(most):
            return {"most": most}
        case Text(product_id, link):
            product: dict[str, object] = {"product": str(product_id)} if product_id else {}
            return product | ({"link": link} if link else {})


def words_of(words: Mapping[str, Words]) -> dict[str, dict[str, str]]:
    """Return what `read_block` reads back as these words, without what is empty."""
    said = {
        language: {name: text for name in ("heading", "text", "label") if (text := getattr(one, name))}
        for language, one in words.items()
    }
    return {language: one for language, one in said.items() if one}


def read_block(
    *,
    kind: str,
    settings: Mapping[str, object],
    texts: Mapping[str, Mapping[str, str]],
    markets: Sequence[str] = (),
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    is_on: bool = True,
) -> Block | tuple[Mistake, ...]:
    """Return the block that was stored or typed, or every mistake in it."""
    if kind not in set(Kind):
        return (Mistake("kind", Wrong.UNKNOWN),)
    reading = _Reading(settings)
    matter = _MATTERS[Kind(kind)](reading)
    words = _read_words(reading, texts)
    if kind == Kind.TEXT:
        _check_article(reading, words, matter)
    if starts_at and ends_at and ends_at <= starts_at:
        reading.mistakes.append(Mistake("ends_at", Wrong.ENDS_FIRST))
    if reading.mistakes:
        return tuple(reading.mistakes)
    return Block(Kind(kind), matter, words, tuple(sorted(set(markets))), starts_at, ends_at, is_on)


class _Reading:
    """Settings by name, taken one after the other, and the mistakes found on the way."""

    def __init__(self, settings: Mapping[str, object]) -> None:
        self._settings = settings
        self.mistakes: list[Mistake] = []

    def wrong(self, name: str, wrong: Wrong) -> None:
        self.mistakes.append(Mistake(name, wrong))

    def text(self, name: str) -> str:
        """Return a text without the blanks around it, empty where there is none."""
        value = self._settings.get(name, "")
        if isinstance(value, str):
            return value.strip()
        self.wrong(name, Wrong.UNKNOWN)
        return ""

    def texts(self, name: str, *, most: int) -> tuple[str, ...]:
        """Return the texts of a list, each once."""
        value = self._settings.get(name, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self.wrong(name, Wrong.UNKNOWN)
            return ()
        found = tuple(dict.fromkeys(one.strip() for one in value if one.strip()))
        if len(found) > most:
            self.wrong(name, Wrong.MANY)
        return found

    def count(self, name: str, *, most: int) -> int:
        """Return a whole number from 1 to `most`."""
        value = self._settings.get(name, _MOST_UNSAID)
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most:
            return value
        self.wrong(name, Wrong.COUNT)
        return 1

    def moment(self, name: str) -> datetime | None:
        """Return a moment of ISO 8601 with its distance from UTC, None where there is none."""
        text = self.text(name)
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            self.wrong(name, Wrong.NO_MOMENT)
            return None
        return moment

    def some_id(self, name: str, text: str) -> int:
        """Return the id that a text writes."""
        found = parse_id(text)
        if not found:
            self.wrong(name, Wrong.NO_ID)
        return found or 0


def _read_countdown(reading: _Reading) -> Matter:
    return Countdown(reading.moment("to"))


def _read_deals(reading: _Reading) -> Matter:
    named = reading.text("source") or Source.HALL
    if named not in set(Source):
        reading.wrong("source", Wrong.UNKNOWN)
        return Deals()
    source, of, sku_ids = Source(named), "", tuple[int, ...]()
    most = reading.count("most", most=DEALS_MAX)
    if source in {Source.CATEGORY, Source.MERCHANT}:
        of = reading.text(source)
        if not of:
            reading.wrong(source, Wrong.MISSING)
    elif source is Source.SKUS:
        sku_ids = tuple(reading.some_id("skus", one) for one in reading.texts("skus", most=SKUS_MAX))
        if not sku_ids:
            reading.wrong("skus", Wrong.MISSING)
    return Deals(source, of, sku_ids, most)


def _read_brands(reading: _Reading) -> Matter:
    return Brands(reading.texts("merchants", most=BRANDS_MAX), reading.count("most", most=BRANDS_MAX))


def _read_coupons(reading: _Reading) -> Matter:
    return Coupons(reading.count("most", most=COUPONS_MAX))


def _read_text(reading: _Reading) -> Matter:
    product, link = reading.text("product"), reading.text("link")
    if link and not _is_inside(link):
        reading.wrong("link", Wrong.NOT_IN_THE_SHOP)
    return Text(reading.some_id("product", product) if product else None, link)


_MATTERS: dict[Kind, Callable[[_Reading], Matter]] = {
    Kind.COUNTDOWN: _read_countdown,
    Kind.DEALS: _read_deals,
    Kind.BRANDS: _read_brands,
    Kind.COUPONS: _read_coupons,
    Kind.TEXT: _read_text,
}
_LENGTHS = {"heading": HEADING_LENGTH_MAX, "text": TEXT_LENGTH_MAX, "label": LABEL_LENGTH_MAX}


def _read_words(reading: _Reading, texts: Mapping[str, Mapping[str, str]]) -> dict[str, Words]:
    words = {}
    for language, said in sorted(texts.items()):
        trimmed = {name: str(said.get(name, "")).strip().replace("\r\n", "\n") for name in _LENGTHS}
        for name, length_max in _LENGTHS.items():
            if len(trimmed[name]) > length_max:
                reading.wrong(f"{name}_{language}", Wrong.LONG)
        if any(trimmed.values()):
            words[language] = Words(**trimmed)
    return words


def _check_article(reading: _Reading, words: Mapping[str, Words], matter: Matter) -> None:
    """A text has a heading in each language that it speaks, and a link has a name there and the other way round."""
    assert isinstance(matter, Text), matter
    if not words:
        reading.wrong("heading_en", Wrong.MISSING)
    for language, one in words.items():
        if not one.heading:
            reading.wrong(f"heading_{language}", Wrong.MISSING)
        if matter.link and not one.label:
            reading.wrong(f"label_{language}", Wrong.MISSING)
        if one.label and not matter.link:
            reading.wrong(f"label_{language}", Wrong.NO_LINK)


def _is_inside(link: str) -> bool:
    """Browsers read `//x` and `/\\x` as another site's address, and leave out line ends and tabs before they look."""
    plain = link.isprintable() and " " not in link and "\\" not in link and len(link) <= LINK_LENGTH_MAX
    return plain and link.startswith("/") and not link.startswith("//")
