"""What lies in each packet of a round, and who gets one: pure, in arrival order; chance comes in as an argument."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from msgspec import Struct

from fairground.kernel.ids import lane_of
from fairground.kernel.money import split_minor
from fairground.kernel.refusal import Refusal

# Amounts in JSON stay below 2^53, so that every reader keeps them whole.
AMOUNT_MAX = 2**53 - 1
# A round's amounts are one value of 800 KB then; a batch reads the part of it that it gives.
PACKETS_MAX = 100_000
# Why a round can't be opened as somebody wants it.
ROUND_WRONG = ("order", "past", "outside", "too-many", "too-small", "one-personal")
# Fine enough that which part of its step a packet gets is not seen in minor units.
_PARTS_OF_A_STEP = 1 << 32
# How much more the luckiest packet weighs than the others, beside the 1 that each has.
_LUCK = 16


class CampaignKind(Enum):
    """How a campaign gives: one packet a shopper over its whole time, or in short rounds."""

    PERSONAL = "personal"
    RAIN = "rain"


class RoundUnknown(Refusal):
    """There is no such round."""


class RoundNotOpen(Refusal):
    """The round opens later."""


class RoundOver(Refusal):
    """The round is over."""


class PacketsGone(Refusal):
    """All packets of the round are taken."""


class PacketNeedsVerifiedShopper(Refusal):
    """Packets are for verified shoppers."""


@dataclass(frozen=True, slots=True)
class CampaignRecord:
    """A campaign before it exists; its currency is the market's. Packets can be used until `valid_until`, exclusive."""

    festival: str
    market: str
    name: Mapping[str, str]
    kind: CampaignKind
    budget_minor: int
    opens_at: datetime
    closes_at: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class RoundWanted:
    """A round before it exists: so many packets that share a budget."""

    opens_at: datetime
    closes_at: datetime
    packets: int
    budget_minor: int


@dataclass(frozen=True, slots=True)
class RainPlan:
    """What somebody wants to give away: `rounds` of `packets` each, `every` so often, each open for `open_for`."""

    festival: str
    market: str
    name: Mapping[str, str]
    kind: CampaignKind
    budget_minor: int
    packets: int
    rounds: int
    first: datetime
    every: timedelta
    open_for: timedelta
    good_for: timedelta


def plan_rain(plan: RainPlan) -> tuple[CampaignRecord, list[RoundWanted]]:
    """Return the campaign of a plan and its rounds, which share the budget to the last minor unit."""
    opens = [plan.first + number * plan.every for number in range(plan.rounds)]
    closes_at = opens[-1] + plan.open_for
    record = CampaignRecord(
        festival=plan.festival,
        market=plan.market,
        name=plan.name,
        kind=plan.kind,
        budget_minor=plan.budget_minor,
        opens_at=opens[0],
        closes_at=closes_at,
        valid_until=closes_at + plan.good_for,
    )
    parts = split_minor(plan.budget_minor, [1] * plan.rounds)
    return record, [
        RoundWanted(at, at + plan.open_for, plan.packets, part_minor)
        for at, part_minor in zip(opens, parts, strict=True)
    ]


def rain_wrong(plan: RainPlan, *, now: datetime) -> str | None:
    """Return why one of the rounds of a plan can't be, one of `ROUND_WRONG`; None where all can."""
    record, wanted = plan_rain(plan)
    found = (
        round_wrong(one, kind=plan.kind, rounds=number, opens_at=record.opens_at, closes_at=record.closes_at, now=now)
        for number, one in enumerate(wanted)
    )
    return next((wrong for wrong in found if wrong), None)


def split_at_random(*, budget_minor: int, packets: int, below: Callable[[int], int]) -> list[int]:
    """Return what lies in each packet: whole minor units, at least one in each, that add up to the budget.

    `below(n)` draws a number from 0 to n - 1, each as likely as the others. Luck is u in [0, 1), one number from each
    of `packets` equal steps, so that small and large ones are always in the same proportion; a packet weighs
    1 + 16 u³, which is 5 on average: half of them less than 3, a few 17. The weights are shuffled last, so that every
    number has the same chance of every amount. Beside the unit that each has, a packet gets at least a tenth of what it
    would get if all were equal and at most five times that, whatever is drawn (docs/algorithms/red-packets.md).
    """
    assert 0 < packets <= budget_minor, (budget_minor, packets)
    end = packets * _PARTS_OF_A_STEP
    luck = [step * _PARTS_OF_A_STEP + below(_PARTS_OF_A_STEP) for step in range(packets)]
    amounts = [1 + part for part in split_minor(budget_minor - packets, [end**3 + _LUCK * one**3 for one in luck])]
    for last in range(packets - 1, 0, -1):  # Fisher and Yates 1938, as Durstenfeld wrote it in 1964
        other = below(last + 1)
        amounts[last], amounts[other] = amounts[other], amounts[last]
    return amounts


def round_wrong(
    wanted: RoundWanted, *, kind: CampaignKind, rounds: int, opens_at: datetime, closes_at: datetime, now: datetime
) -> str | None:
    """Return why a campaign of these times, that has so many rounds, can't have this one; None where it can."""
    if wanted.closes_at <= wanted.opens_at:
        return "order"
    if wanted.closes_at <= now:
        return "past"
    if wanted.opens_at < opens_at or wanted.closes_at > closes_at:
        return "outside"
    if wanted.packets > PACKETS_MAX:
        return "too-many"
    if not 0 < wanted.packets <= wanted.budget_minor:
        return "too-small"
    if kind is CampaignKind.PERSONAL and rounds:
        return "one-personal"
    return None


# msgspec structs, not frozen dataclasses (ADR 6): a batch makes two a grab.
class GrabRequest(Struct, frozen=True):
    """A grab as the door passes it on: one shopper wants a packet of one round."""

    shopper_id: int
    verified: bool
    round_id: int
    arrived_at_ms: int


class Grabbed(Struct, frozen=True):
    """A packet that the shopper has; `replayed` from before."""

    packet_id: int
    round_id: int
    amount_minor: int
    currency: str
    valid_until_ms: int
    replayed: bool = False


class RoundFacts(Struct, frozen=True):
    """A round as grabbing must know it."""

    round_id: int
    opens_at_ms: int
    closes_at_ms: int
    valid_until_ms: int
    currency: str
    is_closed: bool


class SliceFacts(Struct, frozen=True):
    """What a slice gives next, read under the turn: packet `next_no` has the first of `amounts`, and so on."""

    next_no: int
    amounts: Sequence[int]


class GrabPlan(Struct, frozen=True):
    """A packet that will be written, out of the slice in `slice_lane`."""

    request: GrabRequest
    round: RoundFacts
    slice_lane: int
    no: int
    amount_minor: int


class GrabbedInBatch(Struct, frozen=True):
    """The same shopper got a packet of the same round earlier in this batch, at `position`."""

    position: int


GrabDecision = GrabPlan | GrabbedInBatch | Grabbed | Refusal
# A slice: (lane, round id). Who has a packet of a round: (shopper id, round id).
SliceKey = tuple[int, int]
Holder = tuple[int, int]


def decide_grabs(
    requests: Sequence[GrabRequest],
    *,
    rounds: Mapping[int, RoundFacts],
    slices: Mapping[SliceKey, SliceFacts],
    slice_lanes: Sequence[int],
    held: Mapping[Holder, Grabbed],
) -> list[GrabDecision]:
    """Decide each grab in turn; who has a packet of the round gets the same one back, whenever that is.

    `slice_lanes` says by lane where the slice lies out of which its shoppers get theirs. A round opens for the moment
    at which a request arrived, as a deal does.
    """
    decisions: list[GrabDecision] = []
    in_batch: dict[Holder, int] = {}
    given: dict[SliceKey, int] = {}
    for position, request in enumerate(requests):
        who = (request.shopper_id, request.round_id)
        before, packet = in_batch.get(who), held.get(who)
        if before is not None:
            decisions.append(GrabbedInBatch(before))
            continue
        if packet is not None:
            decisions.append(packet)
            continue
        facts = rounds.get(request.round_id)
        refusal = grab_refused(request, facts)
        if refusal is not None or facts is None:
            decisions.append(refusal or RoundUnknown(round_id=request.round_id))
            continue
        key = (slice_lanes[lane_of(request.shopper_id)], request.round_id)
        there, at = slices.get(key), given.get(key, 0)
        if there is None or at >= len(there.amounts):
            decisions.append(PacketsGone(round_id=request.round_id))
            continue
        given[key] = at + 1
        in_batch[who] = position
        decisions.append(GrabPlan(request, facts, key[0], there.next_no + at, there.amounts[at]))
    return decisions


def grab_refused(request: GrabRequest, facts: RoundFacts | None) -> Refusal | None:
    """Return why this shopper can't have a packet of the round now, however many are left; None where nothing is."""
    if facts is None:
        return RoundUnknown(round_id=request.round_id)
    if not request.verified:
        return PacketNeedsVerifiedShopper(round_id=request.round_id)
    if request.arrived_at_ms < facts.opens_at_ms:
        return RoundNotOpen(round_id=request.round_id, opens_at_ms=facts.opens_at_ms)
    if facts.is_closed or request.arrived_at_ms >= facts.closes_at_ms:
        return RoundOver(round_id=request.round_id, closed_at_ms=facts.closes_at_ms)
    return None
