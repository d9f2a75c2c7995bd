"""Campaigns and rounds of red packets for tests, and grabs as the door passes them on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fairground.kernel.clock import to_unix_ms
from fairground.redpackets.actions.give_rounds import create_campaign, open_rounds
from fairground.redpackets.actions.grab_packets import GrabOutcome, grab_packets
from fairground.redpackets.models import Packet, PacketCampaign, PacketRound
from fairground.redpackets.rules import CampaignKind, CampaignRecord, Grabbed, GrabRequest, RoundWanted
from tests.factories import BY, NOW, NOW_MS, make_festival

HOUR = timedelta(hours=1)


def make_campaign(
    *,
    market: str = "EU",
    kind: CampaignKind = CampaignKind.RAIN,
    budget_minor: int = 100_000,
    opens_at: datetime = NOW,
    closes_at: datetime = NOW + 24 * HOUR,
) -> int:
    """Make a campaign in a market that is there, whose packets are good for a week; return its id."""
    record = CampaignRecord(
        festival=make_festival(),
        market=market,
        name={"en": "Golden hour"},
        kind=kind,
        budget_minor=budget_minor,
        opens_at=opens_at,
        closes_at=closes_at,
        valid_until=closes_at + timedelta(days=7),
    )
    return create_campaign(record=record, by=replace(BY, now=opens_at - HOUR))


def wanted_round(
    *, packets: int = 10, budget_minor: int = 1_000, opens_at: datetime = NOW, closes_at: datetime = NOW + HOUR
) -> RoundWanted:
    """Return a round of the campaign's first hour, unless told otherwise."""
    return RoundWanted(opens_at, closes_at, packets, budget_minor)


def make_round(
    *,
    campaign_id: int | None = None,
    packets: int = 10,
    budget_minor: int = 1_000,
    opens_at: datetime = NOW,
    closes_at: datetime = NOW + HOUR,
) -> int:
    """Open a round of a campaign, of a new one unless one is given, and return its id."""
    campaign_id = campaign_id or make_campaign(opens_at=min(NOW, opens_at), closes_at=max(NOW + 24 * HOUR, closes_at))
    wanted = wanted_round(packets=packets, budget_minor=budget_minor, opens_at=opens_at, closes_at=closes_at)
    (round_id,) = open_rounds(campaign_id=campaign_id, rounds=[wanted], by=replace(BY, now=opens_at - HOUR))
    return round_id


def grab_request(round_id: int, *, shopper_id: int, verified: bool = True, arrived_at_ms: int = NOW_MS) -> GrabRequest:
    """Return a grab as the door would pass it on."""
    return GrabRequest(shopper_id, verified, round_id, arrived_at_ms)


def grab(requests: Sequence[GrabRequest], *, now_ms: int = NOW_MS) -> list[GrabOutcome]:
    """Grab a batch."""
    return grab_packets(requests, now_ms=now_ms)


def grab_one(round_id: int, *, shopper_id: int, arrived_at_ms: int = NOW_MS) -> Grabbed:
    """Grab a packet that must not be refused."""
    (outcome,) = grab([grab_request(round_id, shopper_id=shopper_id, arrived_at_ms=arrived_at_ms)])
    assert isinstance(outcome, Grabbed), outcome
    return outcome


def amounts_of(round_id: int) -> list[int]:
    """Return what was drawn for a round's packets, by number."""
    return list(PacketRound.objects.get(id=round_id).amounts)


def given_of(round_id: int) -> dict[int, int]:
    """Return what the packets hold that were grabbed of a round, by number."""
    return dict(Packet.objects.filter(round_id=round_id).values_list("no", "amount_minor"))


def allotted_minor(round_id: int) -> int:
    """Return what the campaign of a round has allotted."""
    return PacketCampaign.objects.get(rounds=round_id).allotted_minor


def after_closing(round_id: int) -> int:
    """Return the first millisecond in which a round can be closed."""
    return to_unix_ms(PacketRound.objects.get(id=round_id).closes_at) + 60_000
