"""Campaigns by hand: making one, opening its rounds, and closing those that are over."""

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from fairground.festivals.actions import NoSuchFestival
from fairground.festivals.queries import festival_exists
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import Act, By, edit_turn, write_audit
from fairground.kernel.ids import LANES
from fairground.kernel.models import Writer
from fairground.kernel.money import split_minor
from fairground.kernel.refusal import Refusal
from fairground.kernel.sql import load_sql
from fairground.kernel.writer import take_turn, writers_of_lanes
from fairground.markets.queries import market_currencies
from fairground.redpackets.models import PacketCampaign, PacketRound, PacketSlice
from fairground.redpackets.rules import (
    AMOUNT_MAX,
    CampaignKind,
    CampaignRecord,
    RainPlan,
    RoundWanted,
    plan_rain,
    rain_wrong,
    round_wrong,
    split_at_random,
)

# Who came before the end may still stand in the line: a queue is a second, a database that comes back half a minute.
CLOSED_AFTER = timedelta(seconds=60)
# The opening second waits for a sweep to commit; at this size that takes some milliseconds.
ROUNDS_A_SWEEP_MAX = 100


class NoSuchCampaign(Refusal):
    """There is no such campaign."""


class CampaignRefused(Refusal):
    """The campaign can't be made like this; `why` is `market`, `budget` or `times`."""


class CampaignMade(Refusal):
    """The form was sent before; `campaign_id` is what it made."""


class RoundRefused(Refusal):
    """The round can't be opened like this; `why` is one of `rules.ROUND_WRONG`."""


class CapReached(Refusal):
    """The campaign's budget has less left than its new rounds would need."""


def create_campaign(*, record: CampaignRecord, by: By, form_key: UUID | None = None) -> int:
    """Write a campaign that has no rounds yet, and return its id; a key is of one campaign alone.

    :raises NoSuchFestival: nothing changed
    :raises CampaignRefused: nothing changed
    """
    if not festival_exists(slug=record.festival):
        raise NoSuchFestival(festival=record.festival)
    currency = market_currencies().get(record.market)
    if currency is None:
        raise CampaignRefused(why="market")
    if not 0 < record.budget_minor <= AMOUNT_MAX:
        raise CampaignRefused(why="budget")
    if not record.opens_at < record.closes_at <= record.valid_until:
        raise CampaignRefused(why="times")
    with transaction.atomic():
        campaign = PacketCampaign.objects.create(
            festival_id=record.festival,
            market_id=record.market,
            currency=currency,
            name=dict(record.name),
            kind=record.kind.value,
            budget_minor=record.budget_minor,
            opens_at=record.opens_at,
            closes_at=record.closes_at,
            valid_until=record.valid_until,
            form_key=form_key,
        )
        facts = {"budget_minor": (None, record.budget_minor), "currency": (None, currency)}
        write_audit(by=by, acts=[Act("added", "packet campaign", campaign.id, facts)])
    return campaign.id


def make_rain(*, plan: RainPlan, by: By, form_key: UUID | None = None) -> tuple[int, list[int]]:
    """Make the campaign of a plan with all of its rounds, and return the ids of both.

    With a key it is made once, whatever is sent with the same key afterwards.

    :raises CampaignMade: one was made with this key before; nothing changed
    :raises NoSuchFestival: nothing changed
    :raises CampaignRefused: nothing changed
    :raises RoundRefused: nothing changed
    :raises ShopBusy: nothing changed
    """
    wrong = rain_wrong(plan, now=by.now)
    if wrong:
        raise RoundRefused(why=wrong)
    record, rounds = plan_rain(plan)
    drawn = _draw(rounds)
    with edit_turn(lanes=range(LANES), now=by.now):
        made = PacketCampaign.objects.filter(form_key=form_key).first() if form_key else None
        if made:
            raise CampaignMade(campaign_id=made.id)
        campaign_id = create_campaign(record=record, by=by, form_key=form_key)
        return campaign_id, _write_rounds(campaign_id, rounds, drawn, by)


def open_rounds(*, campaign_id: int, rounds: Sequence[RoundWanted], by: By) -> list[int]:
    """Allot each round its part of the campaign's budget, draw its packets, and return the rounds' ids.

    :raises NoSuchCampaign: nothing changed
    :raises RoundRefused: of one of them; nothing changed
    :raises CapReached: nothing changed
    :raises ShopBusy: nothing changed
    """
    _campaign_for(campaign_id, rounds, by.now)
    drawn = _draw(rounds)
    with edit_turn(lanes=range(LANES), now=by.now):
        return _write_rounds(campaign_id, rounds, drawn, by)


def _draw(rounds: Sequence[RoundWanted]) -> list[list[int]]:
    """Draw what lies in the packets of each round; before the turn, as it takes longer than a sale may wait."""
    return [
        split_at_random(budget_minor=wanted.budget_minor, packets=wanted.packets, below=secrets.randbelow)
        for wanted in rounds
    ]


def _write_rounds(campaign_id: int, rounds: Sequence[RoundWanted], drawn: list[list[int]], by: By) -> list[int]:
    campaign = _campaign_for(campaign_id, rounds, by.now)
    opened = _open_rounds(campaign, rounds, drawn)
    before_minor, wanted_minor = campaign.allotted_minor, sum(wanted.budget_minor for wanted in rounds)
    PacketCampaign.objects.filter(id=campaign_id).update(allotted_minor=F("allotted_minor") + wanted_minor)
    facts = {"rounds": (None, opened), "allotted_minor": (before_minor, before_minor + wanted_minor)}
    write_audit(by=by, acts=[Act("changed", "packet campaign", campaign_id, facts)])
    return opened


def _campaign_for(campaign_id: int, rounds: Sequence[RoundWanted], now: datetime) -> PacketCampaign:
    """Return the campaign, if it can have these rounds. :raises Refusal: see `open_rounds`."""
    campaign = PacketCampaign.objects.filter(id=campaign_id).first()
    if campaign is None:
        raise NoSuchCampaign(campaign_id=campaign_id)
    there = PacketRound.objects.filter(campaign=campaign).count()
    for number, wanted in enumerate(rounds, there):
        wrong = round_wrong(
            wanted,
            kind=CampaignKind(campaign.kind),
            rounds=number,
            opens_at=campaign.opens_at,
            closes_at=campaign.closes_at,
            now=now,
        )
        if wrong:
            raise RoundRefused(why=wrong)
    wanted_minor = sum(wanted.budget_minor for wanted in rounds)
    left_minor = campaign.budget_minor - campaign.allotted_minor
    if wanted_minor > left_minor:
        raise CapReached(left_minor=left_minor, wanted_minor=wanted_minor)
    return campaign


def _open_rounds(campaign: PacketCampaign, rounds: Sequence[RoundWanted], drawn: list[list[int]]) -> list[int]:
    """Write rounds and the slices of their numbers, as many for each writer as it has lanes of the 64."""
    opened = PacketRound.objects.bulk_create(
        [
            PacketRound(
                campaign=campaign,
                opens_at=wanted.opens_at,
                closes_at=wanted.closes_at,
                packets=wanted.packets,
                budget_minor=wanted.budget_minor,
                amounts=amounts,
            )
            for wanted, amounts in zip(rounds, drawn, strict=True)
        ]
    )
    writers = list(Writer.objects.order_by("id"))
    PacketSlice.objects.bulk_create([one for each in opened for one in _slices(each, writers)])
    return [one.id for one in opened]


def _slices(opened: PacketRound, writers: Sequence[Writer]) -> Iterator[PacketSlice]:
    shares = split_minor(opened.packets, [writer.lane_to - writer.lane_from for writer in writers])
    first_no = 0
    for writer, packets in zip(writers, shares, strict=True):
        end_no = first_no + packets
        yield PacketSlice(
            lane=writer.lane_from,
            round_id=opened.id,
            first_no=first_no,
            next_no=first_no,
            end_no=end_no,
            budget_minor=sum(opened.amounts[first_no:end_no]),
        )
        first_no = end_no


def close_rounds(*, now_ms: int) -> int:
    """Close the rounds that are over for a minute and give what nobody took back to their campaigns, each once.

    Return how many were closed, at most `ROUNDS_A_SWEEP_MAX`. While none is due no turn is taken.
    """
    now = from_unix_ms(now_ms)
    over_since = now - CLOSED_AFTER
    if not PacketRound.objects.filter(closed_at__isnull=True, closes_at__lte=over_since).exists():
        return 0
    with transaction.atomic():
        take_turn(writer_ids=writers_of_lanes(range(LANES)), now_ms=now_ms, ids_max=0, outbox_rows=0)
        with connection.cursor() as cursor:
            cursor.execute(
                load_sql("redpackets", "close_rounds"),
                {"over_since": over_since, "now": now, "rounds_max": ROUNDS_A_SWEEP_MAX},
            )
            row = cursor.fetchone()
    assert row is not None
    return int(row[0])
