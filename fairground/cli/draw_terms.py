"""The file that describes a draw, and the words for what is refused of it."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from fairground.draws.actions.announce_draws import (
    DrawBegun,
    DrawExists,
    DrawNotDraft,
    NoFestivalForPool,
    NoSuchDraw,
    NoSuchPool,
    PoolExists,
    TermsRefused,
)
from fairground.draws.actions.award_prizes import DrawNotDrawn
from fairground.draws.actions.draw_winners import (
    BeaconKnownBefore,
    BeaconNotYet,
    BeaconUnfit,
    DrawNotClosed,
    DrawNotOpen,
    EntriesStillComing,
    ListChanged,
)
from fairground.draws.rules.terms import DrawTerms, EntryKind, PrizeKind, PrizeTerms
from fairground.kernel.refusal import Refusal

_Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_Slug = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,60}$")]


class BadTermsError(Exception):
    """The file does not describe a draw; it says in words where and why."""


class _PrizeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: Literal["wallet", "exemption"]
    count: int
    amounts_minor: dict[str, int]


class _DrawFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    slug: _Slug
    pool: str
    name: dict[str, str]
    opens_at: _Moment
    closes_at: _Moment
    ways: list[Literal["purchase", "task", "free"]]
    beacon_source: Annotated[str, msgspec.Meta(max_length=300)]
    beacon_at: _Moment
    prizes: list[_PrizeFile]
    markets: list[str] = []
    entries_max: int = 1
    minimum_minor: dict[str, int] = {}
    ceilings_minor: dict[str, int] = {}


TERMS: dict[str, str] = {
    "name": "it needs a name in some language",
    "times": "entry has to close after it opens",
    "beacon-times": "the beacon has to come eleven minutes after the closing at the earliest",
    "beacon-source": "it has to say where the beacon comes from",
    "markets": "it names a market that there is not, or that it is not for",
    "ways": "it needs a way to enter",
    "free-way": "a market of it wants a way to enter that costs nothing",
    "entries": "a shopper has 1 to 100 entries",
    "prizes": "it needs prizes, each given at least once",
    "places": "it has too many places",
    "amounts": "each prize needs an amount above zero in each market of the draw, and in no other",
    "minimum": "a purchase costs zero or more",
    "ceiling": "a ceiling is above zero, and not above what the law of its market allows",
    "exemption": "a purchase can only be paid back where purchases enter",
    "rates": "the festival has no exchange rate for a market of it",
}
_WORDS: dict[type[Refusal], str] = {
    PoolExists: "there is a pool of that name already",
    NoFestivalForPool: "there is no festival {festival}",
    DrawExists: "there is a draw of that name already",
    NoSuchPool: "there is no pool {pool}",
    NoSuchDraw: "there is no draw {draw}",
    DrawNotDraft: "{draw} is {state}; only a draft is announced",
    DrawBegun: "{draw} would have begun before it was announced: give it a later opening",
    DrawNotOpen: "{draw} is {state}; only an open draw is closed",
    EntriesStillComing: "payments may still be under way until {until}",
    DrawNotClosed: "{draw} is {state}; only a closed draw is drawn",
    BeaconUnfit: "a beacon is 1 to {most} printable letters of ASCII without spaces",
    BeaconKnownBefore: "the beacon counts from {counts_from} on; this value is older",
    BeaconNotYet: "that moment is still to come; it is {now}",
    ListChanged: "the entries are not those of the published list any more; nothing was drawn",
    DrawNotDrawn: "{draw} is {state}; it has no winners yet",
}


def read_terms(content: bytes) -> DrawTerms:
    """Return the draw that a file describes.

    :raises BadTermsError: it describes none
    """
    try:
        file = msgspec.json.decode(content, type=_DrawFile)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadTermsError(str(error)) from error
    return DrawTerms(
        slug=file.slug,
        pool=file.pool,
        name=file.name,
        opens_at=file.opens_at,
        closes_at=file.closes_at,
        ways=frozenset(EntryKind[way.upper()] for way in file.ways),
        beacon_source=file.beacon_source,
        beacon_at=file.beacon_at,
        prizes=[PrizeTerms(PrizeKind[one.kind.upper()], one.count, one.amounts_minor) for one in file.prizes],
        markets=frozenset(file.markets),
        entries_max=file.entries_max,
        minimum_minor=file.minimum_minor,
        ceilings_minor=file.ceilings_minor,
    )


def refusal_words(refusal: Refusal) -> str:
    """Return what a refusal means, for who sits before a terminal."""
    if isinstance(refusal, TermsRefused):
        return TERMS[str(refusal.facts["why"])]
    words = _WORDS.get(type(refusal))
    return words.format(**refusal.facts) if words else str(refusal)
