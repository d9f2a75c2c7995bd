"""Reads of draws: what is announced, who entered, the published file, who won and what they got."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from fairground.draws.models import Award, Draw, Entry, Prize, PrizePool, Winner
from fairground.draws.rules.drawing import ALGORITHM, Listed, list_entries, pseudonym, seed_of
from fairground.draws.rules.published import Head, PrizeLine, Proof, WinnerLine, write_list, write_proof
from fairground.draws.rules.terms import DrawState, EntryKind, PrizeKind
from fairground.kernel.aside import is_aside
from fairground.kernel.ids import lane_of
from fairground.kernel.sql import array_text, load_sql

# Under this name the awarding of prizes sets winners aside.
PRIZES = "prizes"


@dataclass(frozen=True, slots=True)
class PoolFacts:
    """A pool of prize money."""

    slug: str
    festival: str
    currency: str
    cap_minor: int
    awarded_minor: int


@dataclass(frozen=True, slots=True)
class PrizeFacts:
    """A prize, given `count` times; amounts by market."""

    rank: int
    kind: PrizeKind
    count: int
    amounts_minor: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class DrawFacts:
    """A draw as everybody may know it: the secret is empty until it is drawn; the salt is not here."""

    slug: str
    festival: str
    name: Mapping[str, str]
    state: DrawState
    markets: tuple[str, ...]
    ways: tuple[EntryKind, ...]
    opens_at: datetime
    closes_at: datetime
    entries_max: int
    minimum_minor: Mapping[str, int]
    ceilings_minor: Mapping[str, int]
    prizes: tuple[PrizeFacts, ...]
    commitment: str
    beacon_source: str
    beacon_at: datetime
    closed_at: datetime | None
    entries: int | None
    entrants: int | None
    root: str
    beacon: str
    secret: str
    seed: str

    def is_open_in(self, market: str) -> bool:
        """Return whether the draw is for a market."""
        return market in self.markets


@dataclass(frozen=True, slots=True)
class OwnEntry:
    """An entry of somebody's: `ref` is the purchase, the task, or the day."""

    kind: EntryKind
    ref: int
    at: datetime


@dataclass(frozen=True, slots=True)
class OwnPart:
    """A shopper in a draw: the pseudonym in the list, and the salt by which anybody can reckon it again."""

    shopper_id: int
    pseudonym: str
    salt: str
    entries: tuple[OwnEntry, ...]


@dataclass(frozen=True, slots=True)
class Spent:
    """What a purchase cost less what went back of it and what draws paid back, and whether an order of it may end yet.

    `awarded_minor` is what draws paid back.
    """

    kept_minor: int
    awarded_minor: int
    may_end: bool


@dataclass(frozen=True, slots=True)
class WinnerFacts:
    """A place and its winner; the amounts are None until the prize is awarded."""

    place: int
    rank: int
    entry_number: int
    pseudonym: str
    market: str
    amount_minor: int | None
    currency: str | None
    charged_minor: int | None


def pool_facts() -> list[PoolFacts]:
    """Return the pools, by slug."""
    rows = PrizePool.objects.order_by("slug")
    return [PoolFacts(*row) for row in rows.values_list("slug", "festival", "currency", "cap_minor", "awarded_minor")]


def draw_facts(*, slug: str) -> DrawFacts | None:
    """Return a draw, or None where there is none."""
    draw = Draw.objects.select_related("pool").filter(slug=slug).first()
    return _facts(draw) if draw else None


def spent_on_purchases(*, purchase_ids: Collection[int]) -> Mapping[int, Spent]:
    """Return what was spent on purchases, by purchase; the caller holds their turn where it counts."""
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("draws", "spent_on_purchases"),
            {"lanes": array_text(map(lane_of, purchase_ids)), "ids": array_text(purchase_ids)},
        )
        rows = cursor.fetchall()
    return {
        purchase_id: Spent(int(kept_minor), int(awarded_minor), may_end)
        for purchase_id, kept_minor, awarded_minor, may_end in rows
    }


def left_beside_awards(*, purchase_ids: Collection[int]) -> dict[int, int]:
    """Return what may still go back of those of these purchases that a draw paid back, in minor units, by purchase.

    A prize that was capped paid part of what was spent: the rest of it may go back, and no more.
    """
    spent = spent_on_purchases(purchase_ids=purchase_ids)
    return {purchase_id: one.kept_minor for purchase_id, one in spent.items() if one.awarded_minor}


def announced_draws(*, draws_max: int) -> list[DrawFacts]:
    """Return the draws that were announced, the last to close first, without drafts."""
    rows = Draw.objects.exclude(state=DrawState.DRAFT).select_related("pool").prefetch_related("prizes")
    return [_facts(one) for one in rows.order_by("-closes_at", "slug")[:draws_max]]


def _facts(draw: Draw) -> DrawFacts:
    is_drawn = draw.state >= DrawState.DRAWN
    secret = bytes(draw.secret)
    seed = seed_of(secret=secret, root=bytes.fromhex(draw.root), beacon=draw.beacon).hex() if is_drawn else ""
    return DrawFacts(
        slug=draw.slug,
        festival=draw.pool.festival_id,
        name=draw.name,
        state=DrawState(draw.state),
        markets=tuple(draw.markets),
        ways=tuple(EntryKind(way) for way in draw.ways),
        opens_at=draw.opens_at,
        closes_at=draw.closes_at,
        entries_max=draw.entries_max,
        minimum_minor=draw.minimum_minor,
        ceilings_minor=draw.ceilings_minor,
        prizes=tuple(
            PrizeFacts(one.rank, PrizeKind(one.kind), one.count, one.amounts_minor)
            for one in sorted(draw.prizes.all(), key=lambda prize: prize.rank)
        ),
        commitment=draw.commitment,
        beacon_source=draw.beacon_source,
        beacon_at=draw.beacon_at,
        closed_at=draw.closed_at,
        entries=draw.entries,
        entrants=draw.entrants,
        root=draw.root,
        beacon=draw.beacon,
        secret=secret.hex() if is_drawn else "",
        seed=seed,
    )


def draws_to_award() -> list[str]:
    """Return the draws that are drawn and have prizes to award."""
    return list(Draw.objects.filter(state=DrawState.DRAWN).order_by("slug").values_list("slug", flat=True))


def winners_to_award() -> list[list[int]]:
    """Return the ids of winners without an award, by draw and place, without those set aside; a list a draw."""
    unpaid = Winner.objects.filter(
        ~Exists(Award.objects.filter(draw_id=OuterRef("draw_id"), place=OuterRef("place"))),
        ~is_aside(chore=PRIZES, column="id"),
        draw__state=DrawState.DRAWN,
    )
    return list(_by_draw(unpaid).values())


def draws_of_winners(*, winner_ids: Collection[int]) -> dict[str, list[int]]:
    """Return these winners by the slug of their draw, those of draws whose prizes are not all paid."""
    return _by_draw(Winner.objects.filter(id__in=winner_ids, draw__state=DrawState.DRAWN))


def _by_draw(winners: QuerySet[Winner]) -> dict[str, list[int]]:
    by_draw: dict[str, list[int]] = {}
    for slug, winner_id in winners.order_by("draw__slug", "place").values_list("draw__slug", "id"):
        by_draw.setdefault(slug, []).append(winner_id)
    return by_draw


def own_part(*, slug: str, shopper_id: int) -> OwnPart | None:
    """Return a shopper's part in a draw; None for who did not enter: the salt is for entrants."""
    draw = Draw.objects.filter(slug=slug).first()
    if draw is None:
        return None
    own = Entry.objects.filter(lane=lane_of(shopper_id), draw_id=draw.pk, shopper_id=shopper_id)
    entries = tuple(
        OwnEntry(EntryKind(kind), ref, at)
        for kind, ref, at in own.order_by("kind", "ref").values_list("kind", "ref", "at")
    )
    if not entries:
        return None
    salt = bytes(draw.salt)
    return OwnPart(shopper_id, pseudonym(salt=salt, shopper_id=shopper_id), salt.hex(), entries)


def draw_winners_of(*, slug: str, winners_max: int | None = None, shopper_id: int | None = None) -> list[WinnerFacts]:
    """Return the winners of a draw by place, at most so many of them; or only the places of one shopper."""
    draw = Draw.objects.filter(slug=slug).first()
    if draw is None:
        return []
    won = Winner.objects.filter(draw_id=draw.pk)
    if shopper_id is not None:
        won = won.filter(shopper_id=shopper_id)
    winners = list(won.select_related("prize").order_by("place")[:winners_max])
    places = [one.place for one in winners]
    awards = {one.place: one for one in Award.objects.filter(draw_id=draw.pk, place__in=places)}
    salt = bytes(draw.salt)
    return [_winner(one, awards.get(one.place), salt) for one in winners]


def winner_count(*, slug: str) -> int:
    """Return how many have won a draw."""
    return Winner.objects.filter(draw__slug=slug).count()


def _winner(one: Winner, award: Award | None, salt: bytes) -> WinnerFacts:
    return WinnerFacts(
        place=one.place,
        rank=one.prize.rank,
        entry_number=one.entry_number,
        pseudonym=pseudonym(salt=salt, shopper_id=one.shopper_id),
        market=one.market,
        amount_minor=award.amount_minor if award else None,
        currency=award.currency if award else None,
        charged_minor=award.charged_minor if award else None,
    )


def published_file(*, slug: str) -> Iterator[bytes]:
    """Yield the published file of a closed draw: the list, and the proof once it is drawn; nothing before."""
    draw = Draw.objects.filter(slug=slug, state__gte=DrawState.CLOSED).first()
    if draw is None:
        return
    yield from write_list(head_of(draw), [one[0] for one in listed_of(draw)])
    if draw.state >= DrawState.DRAWN:
        yield write_proof(_proof_of(draw))


def _proof_of(draw: Draw) -> Proof:
    """Return the proof as it was drawn: the winners are those written down, not reckoned again."""
    secret = bytes(draw.secret)
    return Proof(
        secret=secret.hex(),
        beacon=draw.beacon,
        root=draw.root,
        seed=seed_of(secret=secret, root=bytes.fromhex(draw.root), beacon=draw.beacon).hex(),
        winners=[
            WinnerLine(place=one.place, rank=one.rank, entry=one.entry_number, entrant=one.pseudonym)
            for one in draw_winners_of(slug=draw.slug)
        ],
    )


def head_of(draw: Draw) -> Head:
    """Return the first line of a closed draw's file."""
    assert draw.closed_at is not None, draw.slug
    assert draw.entries is not None, draw.slug
    assert draw.entrants is not None, draw.slug
    return Head(
        algorithm=ALGORITHM,
        draw=draw.slug,
        festival=draw.pool.festival_id,
        markets=list(draw.markets),
        opens_at=draw.opens_at,
        closes_at=draw.closes_at,
        closed_at=draw.closed_at,
        beacon_source=draw.beacon_source,
        beacon_at=draw.beacon_at,
        commitment=draw.commitment,
        prizes=prize_lines(draw.pk),
        ceilings_minor=dict(sorted(draw.ceilings_minor.items())),
        entries=draw.entries,
        entrants=draw.entrants,
    )


def prize_lines(draw_id: int) -> list[PrizeLine]:
    """Return a draw's prizes as the file says them, by rank."""
    return [
        PrizeLine(
            rank=one.rank,
            count=one.count,
            kind=PrizeKind(one.kind).name.lower(),
            amounts_minor=dict(sorted(one.amounts_minor.items())),
        )
        for one in Prize.objects.filter(draw_id=draw_id).order_by("rank")
    ]


def listed_of(draw: Draw) -> list[Listed]:
    """Return a draw's entries in the order of its list."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("draws", "listed_entries"), {"draw_id": draw.pk})
        return list_entries(salt=bytes(draw.salt), entries=cursor.fetchall())


def entries_of(*, shopper_ids: Collection[int]) -> Iterator[dict[str, Any]]:
    """Yield what these shoppers entered and won, for whoever asks for their data."""
    slugs = dict(Draw.objects.values_list("id", "slug"))
    lanes = {lane_of(one) for one in shopper_ids}
    for row in Entry.objects.filter(lane__in=lanes, shopper_id__in=shopper_ids).order_by("at"):
        what = {"way": EntryKind(row.kind).name.lower(), "for": str(row.ref), "market": row.market, "at": row.at}
        yield {"draw": slugs.get(row.draw_id), "shopper_id": str(row.shopper_id), **what}
    for won in Winner.objects.filter(shopper_id__in=shopper_ids).order_by("draw_id"):
        yield {"draw": slugs.get(won.draw_id), "shopper_id": str(won.shopper_id), "place": won.place}
