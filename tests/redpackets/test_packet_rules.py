"""Deciding grabs in plain Python: who gets which packet, and why somebody gets none."""

import pytest

from fairground.kernel.ids import make_id
from fairground.kernel.refusal import Refusal
from fairground.redpackets.rules import (
    Grabbed,
    GrabbedInBatch,
    GrabDecision,
    GrabPlan,
    GrabRequest,
    PacketNeedsVerifiedShopper,
    PacketsGone,
    RoundFacts,
    RoundNotOpen,
    RoundOver,
    RoundUnknown,
    SliceFacts,
    decide_grabs,
)

OPENS_MS, CLOSES_MS = 1_000, 2_000
ROUND = RoundFacts(7, OPENS_MS, CLOSES_MS, 9_000, "EUR", is_closed=False)
ONE_WRITER = (0,) * 64
TWO_WRITERS = (0,) * 32 + (32,) * 32


def shopper(number: int, *, lane: int = 0) -> int:
    return make_id(unix_ms=1_700_000_000_000, lane=lane, sequence=number)


def ask(number: int, *, lane: int = 0, round_id: int = 7, verified: bool = True, at_ms: int = OPENS_MS) -> GrabRequest:
    return GrabRequest(shopper(number, lane=lane), verified, round_id, at_ms)


def decide(
    *requests: GrabRequest,
    amounts: tuple[int, ...] = (5, 9, 2),
    facts: RoundFacts = ROUND,
    held: dict[tuple[int, int], Grabbed] | None = None,
) -> list[GrabDecision]:
    slices = {(0, 7): SliceFacts(4, amounts)}
    return decide_grabs(requests, rounds={7: facts}, slices=slices, slice_lanes=ONE_WRITER, held=held or {})


def numbers(decisions: list[GrabDecision]) -> list[tuple[int, int]]:
    return [(one.no, one.amount_minor) for one in decisions if isinstance(one, GrabPlan)]


def test_packets_go_out_by_number_in_the_order_in_which_shoppers_came() -> None:
    decisions = decide(ask(1), ask(2), ask(3))

    assert numbers(decisions) == [(4, 5), (5, 9), (6, 2)]


def test_who_comes_when_all_are_taken_is_told_so() -> None:
    decisions = decide(ask(1), ask(2), amounts=(5,))

    assert numbers(decisions) == [(4, 5)]
    assert decisions[1] == PacketsGone(round_id=7)


def test_who_asks_twice_in_a_batch_has_one_packet_and_leaves_the_next_to_others() -> None:
    decisions = decide(ask(1), ask(1), ask(2))

    assert decisions[1] == GrabbedInBatch(0)
    assert numbers(decisions) == [(4, 5), (5, 9)]


@pytest.mark.parametrize("at_ms", [OPENS_MS - 1, CLOSES_MS])
def test_who_has_a_packet_gets_the_same_one_back_whenever_that_is(at_ms: int) -> None:
    mine = Grabbed(99, 7, 5, "EUR", 9_000, replayed=True)

    decisions = decide(ask(1, at_ms=at_ms, verified=False), amounts=(), held={(shopper(1), 7): mine})

    assert decisions == [mine]


@pytest.mark.parametrize(
    ("request_", "facts", "refusal"),
    [
        (ask(1, round_id=8), ROUND, RoundUnknown(round_id=8)),
        (ask(1, verified=False), ROUND, PacketNeedsVerifiedShopper(round_id=7)),
        (ask(1, at_ms=OPENS_MS - 1), ROUND, RoundNotOpen(round_id=7, opens_at_ms=OPENS_MS)),
        (ask(1, at_ms=CLOSES_MS), ROUND, RoundOver(round_id=7, closed_at_ms=CLOSES_MS)),
        (
            ask(1, at_ms=CLOSES_MS - 1),
            RoundFacts(7, OPENS_MS, CLOSES_MS, 9_000, "EUR", is_closed=True),
            RoundOver(round_id=7, closed_at_ms=CLOSES_MS),
        ),
    ],
    ids=["unknown", "not verified", "not open", "over", "closed"],
)
def test_who_gets_none_is_told_why_and_takes_none_from_the_next(
    request_: GrabRequest, facts: RoundFacts, refusal: Refusal
) -> None:
    decisions = decide(request_, ask(2), facts=facts)

    assert decisions[0] == refusal
    assert numbers(decisions) == ([] if facts.is_closed else [(4, 5)])


def test_the_last_millisecond_counts_and_the_first_one_too() -> None:
    assert numbers(decide(ask(1, at_ms=OPENS_MS), ask(2, at_ms=CLOSES_MS - 1))) == [(4, 5), (5, 9)]


def test_each_writers_shoppers_get_the_numbers_of_that_writers_slice() -> None:
    requests = [ask(1, lane=5), ask(2, lane=40), ask(3, lane=63), ask(4, lane=40)]

    decisions = decide_grabs(
        requests,
        rounds={7: ROUND},
        slices={(0, 7): SliceFacts(0, (5, 9)), (32, 7): SliceFacts(2, (3, 1))},
        slice_lanes=TWO_WRITERS,
        held={},
    )

    assert numbers(decisions) == [(0, 5), (2, 3), (3, 1)]
    assert decisions[3] == PacketsGone(round_id=7)
