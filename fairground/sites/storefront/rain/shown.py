"""Rounds and packets as the page of the rain words them."""

from dataclasses import dataclass

from fairground.kernel.clock import to_unix_ms
from fairground.redpackets.queries import PacketOfShopper, RoundShown
from fairground.sites.languages import in_language, place_text
from fairground.sites.storefront.frame import time_left
from fairground.sites.storefront.reader import Reader
from fairground.sites.wording import moment_text, money_text, number_text, short_moment_text


@dataclass(frozen=True, slots=True)
class RoundWords:
    """A round, and how long until its next moment: it opens, or it closes. `left` has two digits a part."""

    round_id: int
    name: str
    is_personal: bool
    phase: str
    opens_ms: int
    closes_ms: int
    opens_text: str
    closes_text: str
    opens_iso: str
    closes_iso: str
    short_text: str
    place: str
    left: dict[str, str]
    packets: str
    budget: str
    until_text: str


@dataclass(frozen=True, slots=True)
class PacketWords:
    """A packet that the reader has; `state` is `good`, `used` or `ended`, `left` what is still in it."""

    name: str
    amount: str
    left: str
    is_whole: bool
    state: str
    until_text: str


def round_words(one: RoundShown, reader: Reader) -> RoundWords:
    """Return a round in the reader's words, in the time of the reader's market."""
    now_ms, opens_ms, closes_ms = to_unix_ms(reader.now), to_unix_ms(one.opens_at), to_unix_ms(one.closes_at)
    zone = _zone(reader)
    phase = "before" if now_ms < opens_ms else "open" if now_ms < closes_ms else "over"
    return RoundWords(
        round_id=one.round_id,
        name=in_language(one.name, reader.language) or "",
        is_personal=one.kind == "personal",
        phase=phase,
        opens_ms=opens_ms,
        closes_ms=closes_ms,
        opens_text=moment_text(one.opens_at, zone),
        closes_text=moment_text(one.closes_at, zone),
        opens_iso=one.opens_at.isoformat(),
        closes_iso=one.closes_at.isoformat(),
        short_text=short_moment_text(one.opens_at, zone),
        place=place_text(zone),
        left=time_left(max(0, (opens_ms if phase == "before" else closes_ms) - now_ms)),
        packets=number_text(one.packets),
        budget=money_text(one.budget_minor, one.currency),
        until_text=short_moment_text(one.valid_until, zone),
    )


def packet_words(one: PacketOfShopper, reader: Reader) -> PacketWords:
    """Return a packet in the reader's words."""
    left_minor = one.amount_minor - one.used_minor
    return PacketWords(
        name=in_language(one.name, reader.language) or "",
        amount=money_text(one.amount_minor, one.currency),
        left=money_text(left_minor, one.currency),
        is_whole=not one.used_minor,
        state="used" if not left_minor else "good" if one.valid_until > reader.now else "ended",
        until_text=short_moment_text(one.valid_until, _zone(reader)),
    )


def _zone(reader: Reader) -> str:
    return reader.market.time_zone if reader.market else "UTC"
