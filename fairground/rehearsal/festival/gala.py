"""The gala: red packets rain, a round a market after the other, and more shoppers grab than there are packets."""

from datetime import UTC, datetime, timedelta

import msgspec

from fairground.festivals.phase_plan import Edge, PhaseKind
from fairground.promotions.rules.terms import Packet
from fairground.redpackets.actions.give_rounds import create_campaign, open_rounds
from fairground.redpackets.rules import CampaignKind, CampaignRecord, RoundWanted
from fairground.rehearsal.crowd import Call
from fairground.rehearsal.festival.calendar import SLUG, sleep_until
from fairground.rehearsal.festival.grounds import Crowd, Grounds, by_hand, moment_ms
from fairground.rehearsal.festival.script import PACKETS_PERCENT
from fairground.rehearsal.festival.warm_up import RUSH_MARKETS
from fairground.rehearsal.opening import Answers, reason_of, run_calls
from fairground.rehearsal.requests import new_key

GRABS_A_SECOND = 5_000
# What a packet holds on average, in minor units: about a euro, at least where money has cents.
PACKET_MINOR = 100
# From now until the rain begins: requests are written meanwhile.
BEGINS_IN_S = 0.5
# Open until the last has grabbed, and somewhat longer on a slow machine.
OPEN_FOR_S = 60.0


class _Grabbed(msgspec.Struct):
    packet: str
    round: str
    amount_minor: int


_read_grabbed = msgspec.json.Decoder(_Grabbed).decode


def let_it_rain(ground: Grounds, crowd: Crowd) -> dict[int, Packet]:
    """Give a campaign in each market of the rush, and return the packets that were grabbed by the shopper's number."""
    ground.calendar.wait_for(PhaseKind.GALA, Edge.BEGINS)
    by_market = crowd.spread(RUSH_MARKETS)
    opens_at = datetime.now(UTC) + timedelta(seconds=BEGINS_IN_S)
    grabs: list[tuple[int, int]] = []
    packets = 0
    for market, shoppers in by_market.items():
        count = max(1, len(shoppers) * PACKETS_PERCENT // 100)
        round_id = _open_round(market, count, opens_at)
        packets += count
        grabs += [(round_id, shopper) for shopper in shoppers]
    ground.counts["gala_rounds"], ground.counts["gala_packets"] = len(by_market), packets
    grabbed = _grab(ground, crowd, grabs, opens_at)
    ground.say(f"{len(grabbed):,} red packets of {packets:,} grabbed by {len(grabs):,} shoppers")
    return grabbed


def _open_round(market: str, packets: int, opens_at: datetime) -> int:
    closes_at = opens_at + timedelta(seconds=OPEN_FOR_S)
    record = CampaignRecord(
        festival=SLUG,
        market=market,
        name={"en": f"Rain over {market}"},
        kind=CampaignKind.RAIN,
        budget_minor=packets * PACKET_MINOR,
        opens_at=opens_at,
        closes_at=closes_at,
        valid_until=closes_at + timedelta(days=1),
    )
    campaign_id = create_campaign(record=record, by=by_hand())
    wanted = RoundWanted(opens_at, closes_at, packets, record.budget_minor)
    (round_id,) = open_rounds(campaign_id=campaign_id, rounds=[wanted], by=by_hand())
    return round_id


def _grab(ground: Grounds, crowd: Crowd, grabs: list[tuple[int, int]], opens_at: datetime) -> dict[int, Packet]:
    """Let shoppers grab of rounds, the shoppers of all rounds among each other."""
    shuffled = sorted(grabs, key=lambda one: (one[1] * 2_654_435_761) % 2**32)
    meaning: dict[int, tuple[int, int]] = {}
    calls = []
    for number, (round_id, shopper) in enumerate(shuffled):
        request = crowd.writer.grab(round_id=round_id, shopper=shopper, key=new_key(moment_ms()))
        call = Call(number / GRABS_A_SECOND, request)
        meaning[id(call)] = (round_id, shopper)
        calls.append(call)
    answers = Answers(calls=calls)
    grabbed: dict[int, Packet] = {}

    def answered(call: Call) -> None:
        round_id, shopper = meaning[id(call)]
        if call.status < 300:  # noqa: PLR2004
            given = _read_grabbed(call.body)
            grabbed[shopper] = Packet(int(given.packet), given.amount_minor)
            ground.told.packets.append((int(given.packet), round_id, crowd.shopper_ids[shopper], given.amount_minor))
            answers.acknowledged += 1
        else:
            answers.refusals[reason_of(call)] += 1

    sleep_until(opens_at)
    run_calls(ground.script.host, ground.script.port, answers, answered)
    ground.note(answers)
    gone = answers.refusals["packets-gone"]
    ground.counts["gala_grabbed"], ground.counts["gala_came_too_late"] = answers.acknowledged, gone
    if sum(answers.refusals.values()) != gone:
        ground.unexpected.append(f"red packets were refused: {dict(answers.refusals)}")
    return grabbed
