"""What is announced of a draw, and whether it may be: times, ways to enter, prizes, the law of the markets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

# As many winners as a page lists and one turn after another pays in some seconds.
PLACES_MAX = 10_000
# More entries make no draw fairer; with as many as this the last places are still found at once.
ENTRIES_A_SHOPPER_MAX = 100
# A draw's public random value: the hash of a block, the output of a beacon, numbers of a lottery.
BEACON_LENGTH_MAX = 200
# Goods on the wish list that count as the task.
WISHES_FOR_TASK = 3
# Payments of the last second are committed by then: a batch is tried for half a minute (intake.batcher).
SETTLED_AFTER = timedelta(minutes=1)
# Time for anybody to keep the list's root before the beacon is known.
BEACON_AFTER = timedelta(minutes=10)

# The most that one prize of a draw may be worth, in minor units. China: RMB 50,000 (Interim Provisions on Regulating
# Sales Promotion, SAMR order 32 of 2020, Art. 17).
LAWFUL_CEILINGS_MINOR: Mapping[str, int] = {"CN": 5_000_000}
# Where a draw that only buyers may enter is a lottery (prize, chance and a payment; California Penal Code § 319 for
# one), there must be a way to enter that costs nothing.
FREE_WAY_NEEDED = frozenset({"US"})


# Why a draw can't be announced.
TERMS_WRONG = (
    "name",
    "times",
    "beacon-times",
    "beacon-source",
    "markets",
    "ways",
    "free-way",
    "entries",
    "prizes",
    "places",
    "amounts",
    "minimum",
    "ceiling",
    "exemption",
    "rates",
)


class EntryKind(IntEnum):
    """How somebody entered. It is for the purchase, the task's number, or the day of the free entry (ordinal)."""

    PURCHASE = 1
    TASK = 2
    FREE = 3


class PrizeKind(IntEnum):
    """What is won: an amount for the wallet, or what the winning purchase cost."""

    WALLET = 1
    EXEMPTION = 2


class DrawState(IntEnum):
    """Where a draw stands."""

    DRAFT = 1
    OPEN = 2
    CLOSED = 3
    DRAWN = 4
    PAID = 5


@dataclass(frozen=True, slots=True)
class PrizeTerms:
    """A prize that is given `count` times. `amounts_minor`, by market, in its currency: of an exemption the most."""

    kind: PrizeKind
    count: int
    amounts_minor: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class DrawTerms:
    """A draw before it exists. No markets: all there are then. Prizes from the first rank on.

    `minimum_minor` and `ceilings_minor` are by market: what a purchase must cost at least, what a prize is worth at
    most. The beacon is the first value of its source from `beacon_at` on.
    """

    slug: str
    pool: str
    name: Mapping[str, str]
    opens_at: datetime
    closes_at: datetime
    ways: frozenset[EntryKind]
    beacon_source: str
    beacon_at: datetime
    prizes: Sequence[PrizeTerms]
    markets: frozenset[str] = frozenset()
    entries_max: int = 1
    minimum_minor: Mapping[str, int] = field(default_factory=dict)
    ceilings_minor: Mapping[str, int] = field(default_factory=dict)


def lawful_ceilings(*, markets: frozenset[str], wanted_minor: Mapping[str, int]) -> dict[str, int]:
    """Return the ceilings by market: those wanted, and those of the law where none is."""
    return {one: most for one, most in LAWFUL_CEILINGS_MINOR.items() if one in markets} | dict(wanted_minor)


def terms_wrong(terms: DrawTerms, *, markets: frozenset[str]) -> str | None:
    """Return why a draw can't be announced so, one of `TERMS_WRONG`; None where it can. `markets` are all there are."""
    open_in = terms.markets or markets
    by_market = (terms.minimum_minor, terms.ceilings_minor, *(prize.amounts_minor for prize in terms.prizes))
    for reason, is_wrong in (
        ("name", not any(terms.name.values())),
        ("times", terms.closes_at <= terms.opens_at),
        ("beacon-times", terms.beacon_at < terms.closes_at + SETTLED_AFTER + BEACON_AFTER),
        ("beacon-source", not terms.beacon_source.strip()),
        ("markets", not terms.markets <= markets or any(not each.keys() <= open_in for each in by_market)),
        ("ways", not terms.ways),
        ("free-way", EntryKind.FREE not in terms.ways and not open_in.isdisjoint(FREE_WAY_NEEDED)),
        ("entries", not 1 <= terms.entries_max <= ENTRIES_A_SHOPPER_MAX),
        ("prizes", not terms.prizes or any(prize.count < 1 for prize in terms.prizes)),
        ("places", sum(prize.count for prize in terms.prizes) > PLACES_MAX),
        ("amounts", any(not _has_every_amount(prize, open_in) for prize in terms.prizes)),
        ("minimum", any(amount < 0 for amount in terms.minimum_minor.values())),
        ("ceiling", not _ceilings_lawful(terms.ceilings_minor)),
        ("exemption", _exempts_nobody(terms)),
    ):
        if is_wrong:
            return reason
    return None


def _has_every_amount(prize: PrizeTerms, markets: frozenset[str]) -> bool:
    return prize.amounts_minor.keys() == markets and all(amount > 0 for amount in prize.amounts_minor.values())


def _ceilings_lawful(ceilings_minor: Mapping[str, int]) -> bool:
    return all(0 < ceiling <= LAWFUL_CEILINGS_MINOR.get(market, ceiling) for market, ceiling in ceilings_minor.items())


def _exempts_nobody(terms: DrawTerms) -> bool:
    """Return whether a purchase would be won back in a draw that no purchase enters."""
    exempts = any(prize.kind is PrizeKind.EXEMPTION for prize in terms.prizes)
    return exempts and EntryKind.PURCHASE not in terms.ways
