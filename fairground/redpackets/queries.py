"""Reads of red packets."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db import connection

from fairground.kernel.clock import to_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.sql import array_text, load_sql
from fairground.redpackets.models import PacketCampaign, PacketRound
from fairground.redpackets.rules import Grabbed, GrabRequest, Holder, RoundFacts, SliceFacts, SliceKey

# A shopper's list shows no more; each is a packet of a round of its own.
PACKETS_SHOWN_MAX = 200
# Rounds to come that a page names; the next one is what counts.
ROUNDS_SHOWN_MAX = 12


@dataclass(frozen=True, slots=True)
class UsablePacket:
    """A packet with something left in it."""

    packet_id: int
    amount_minor: int
    used_minor: int
    currency: str
    valid_until: datetime

    @property
    def left_minor(self) -> int:
        """What can still be used."""
        return self.amount_minor - self.used_minor


@dataclass(frozen=True, slots=True)
class PacketOfShopper:
    """A packet as its shopper sees it; the campaign's name by language."""

    packet_id: int
    round_id: int
    name: Mapping[str, str]
    amount_minor: int
    used_minor: int
    currency: str
    grabbed_at: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class RoundShown:
    """A round as everybody may see it; the campaign's name by language. What lies in its packets is not shown."""

    round_id: int
    name: Mapping[str, str]
    kind: str
    opens_at: datetime
    closes_at: datetime
    packets: int
    budget_minor: int
    currency: str
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class CampaignBooks:
    """A campaign's money: the budget is what is allotted and what is left; the allotted is taken, or open in rounds.

    `returned_minor` went back from rounds that were closed: it is left again, or was allotted anew. `used_minor` is
    None where nobody asked for it.
    """

    campaign_id: int
    budget_minor: int
    allotted_minor: int
    taken_minor: int
    used_minor: int | None
    packets: int
    returned_minor: int

    @property
    def left_minor(self) -> int:
        """What further rounds may have."""
        return self.budget_minor - self.allotted_minor

    @property
    def open_minor(self) -> int:
        """What lies in packets that may still be taken."""
        return self.allotted_minor - self.taken_minor


def read_slices(
    batch: Sequence[GrabRequest], *, lanes: Sequence[int]
) -> tuple[dict[int, RoundFacts], dict[SliceKey, SliceFacts]]:
    """Return the rounds that a batch asks for, by id, and what their slices give next; `lanes` as `slice_lanes` says.

    Both are read anew under each turn: it is one statement, and a cache of rounds would have to be confirmed by one.
    """
    grabs = Counter((lanes[lane_of(one.shopper_id)], one.round_id) for one in batch)
    slice_lanes_asked, round_ids = zip(*grabs, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("redpackets", "slices_to_give"),
            {
                "lanes": array_text(slice_lanes_asked),
                "round_ids": array_text(round_ids),
                "grabs": array_text(grabs.values()),
            },
        )
        rows = cursor.fetchall()
    rounds: dict[int, RoundFacts] = {}
    slices: dict[SliceKey, SliceFacts] = {}
    for lane, round_id, opens_at, closes_at, valid_until, currency, is_closed, next_no, amounts in rows:
        rounds[round_id] = RoundFacts(
            round_id, to_unix_ms(opens_at), to_unix_ms(closes_at), to_unix_ms(valid_until), currency, is_closed
        )
        if next_no is not None:
            slices[lane, round_id] = SliceFacts(next_no, amounts)
    return rounds, slices


def packets_held(holders: Collection[Holder]) -> dict[Holder, Grabbed]:
    """Return the packets that shoppers have of rounds, as grabbing answered them, by (shopper id, round id)."""
    if not holders:
        return {}
    shopper_ids, round_ids = zip(*holders, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("redpackets", "packets_held"),
            {
                "lanes": array_text(map(lane_of, shopper_ids)),
                "shopper_ids": array_text(shopper_ids),
                "round_ids": array_text(round_ids),
            },
        )
        return {
            (shopper_id, round_id): Grabbed(
                packet_id, round_id, amount_minor, currency, to_unix_ms(valid_until), replayed=True
            )
            for shopper_id, round_id, packet_id, amount_minor, currency, valid_until in cursor.fetchall()
        }


def usable_packets(*, shopper_ids: Collection[int], now: datetime) -> dict[int, list[UsablePacket]]:
    """Return the packets that can still be used, by shopper; the one that ends first stands first."""
    found: dict[int, list[UsablePacket]] = {}
    if not shopper_ids:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("redpackets", "usable_packets"),
            {"lanes": array_text(map(lane_of, shopper_ids)), "shopper_ids": array_text(shopper_ids), "now": now},
        )
        for shopper_id, *packet in cursor.fetchall():
            found.setdefault(shopper_id, []).append(UsablePacket(*packet))
    return found


def packets_of_shopper(*, shopper_id: int, packets_max: int | None = PACKETS_SHOWN_MAX) -> list[PacketOfShopper]:
    """Return what a shopper grabbed, the latest first, at most so many; None: all of it."""
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("redpackets", "packets_of_shopper"),
            {"lane": lane_of(shopper_id), "shopper_id": shopper_id, "packets_max": packets_max},
        )
        rows = cursor.fetchall()
    return [
        PacketOfShopper(packet_id, round_id, msgspec.json.decode(name), *facts)
        for packet_id, round_id, name, *facts in rows
    ]


def rounds_from(*, market: str, now: datetime) -> list[RoundShown]:
    """Return a market's rounds that are open or will be, the next one first, at most `ROUNDS_SHOWN_MAX`."""
    rounds = PacketRound.objects.filter(campaign__market=market, closes_at__gt=now).order_by("opens_at", "id")
    columns = ("id", "campaign__name", "campaign__kind", "opens_at", "closes_at", "packets", "budget_minor")
    rows = rounds.values_list(*columns, "campaign__currency", "campaign__valid_until")[:ROUNDS_SHOWN_MAX]
    return [RoundShown(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class CampaignSeen:
    """A campaign of a festival with its books, but for what was used; its name by language."""

    name: Mapping[str, str]
    market: str
    currency: str
    books: CampaignBooks


def campaigns_of(*, festival: str) -> list[CampaignSeen]:
    """Return a festival's campaigns with their books, by their ids; two statements."""
    rows = PacketCampaign.objects.filter(festival=festival).order_by("id")
    found = list(rows.values_list("id", "name", "market_id", "currency"))
    books = campaign_books(campaign_ids=[row[0] for row in found], with_used=False)
    return [CampaignSeen(name, market, currency, books[one]) for one, name, market, currency in found]


def campaign_books(*, campaign_ids: Collection[int], with_used: bool = True) -> dict[int, CampaignBooks]:
    """Return the books of campaigns, by id; what was used reads all of their packets, so a list goes without."""
    if not campaign_ids:
        return {}
    with connection.cursor() as cursor:
        asked: dict[str, str | bool] = {"campaign_ids": array_text(campaign_ids), "with_used": with_used}
        cursor.execute(load_sql("redpackets", "campaign_books"), asked)
        return {row[0]: CampaignBooks(*row) for row in cursor.fetchall()}
