"""Many threads grab the same packets, one shopper from many threads, rounds that close meanwhile: real commits."""

from collections import Counter
from collections.abc import Sequence
from threading import Barrier

import pytest
from django.db import transaction

from fairground.kernel.edits import ShopBusy
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import slice_lanes, take_turn
from fairground.redpackets.actions.give_rounds import CapReached, close_rounds, open_rounds
from fairground.redpackets.actions.grab_packets import GrabOutcome
from fairground.redpackets.actions.grab_packets import _write as write_packets
from fairground.redpackets.models import Packet, PacketCampaign, PacketRound, PacketSlice
from fairground.redpackets.queries import read_slices
from fairground.redpackets.rules import Grabbed, GrabPlan, GrabRequest, PacketsGone, RoundOver, decide_grabs
from fairground.rehearsal.verify import verify_realm
from tests.concurrency.racing import PATIENCE_S, at_once, take_naively, unguarded_shelf, unguarded_units
from tests.factories import BY, NOW_MS, make_market, make_shopper
from tests.redpackets.giving import (
    after_closing,
    allotted_minor,
    amounts_of,
    given_of,
    grab,
    grab_request,
    make_campaign,
    make_round,
    wanted_round,
)

THREADS = 10


@pytest.fixture(autouse=True)
def _market(writer: object) -> None:
    make_market()


def grab_at_once(in_threads: Sequence[Sequence[GrabRequest]], *, batch: int = 1) -> list[GrabOutcome]:
    """Let each thread grab, in batches, all threads at once."""

    def run(requests: Sequence[GrabRequest]) -> list[GrabOutcome]:
        return [one for at in range(0, len(requests), batch) for one in grab(requests[at : at + batch])]

    found = at_once([lambda requests=requests: run(requests) for requests in in_threads])  # type: ignore[misc]
    return [outcome for outcomes in found for outcome in outcomes]


def kinds(outcomes: Sequence[Grabbed | Refusal]) -> Counter[type]:
    return Counter(type(one) for one in outcomes)


def packet_checks() -> dict[str, bool]:
    """Return whether the checks of packets pass, by key."""
    return {check.key: check.ok for check in verify_realm().checks if check.key.startswith("packet")}


@pytest.mark.parametrize("batch", [1, 4])
def test_threads_that_grab_more_packets_than_there_are_get_exactly_those(batch: int) -> None:
    round_id = make_round(packets=50, budget_minor=5_000)
    wanted = [
        [grab_request(round_id, shopper_id=make_shopper(lane=(7 * thread + number) % 64)) for number in range(12)]
        for thread in range(THREADS)
    ]

    outcomes = grab_at_once(wanted, batch=batch)

    assert kinds(outcomes) == {Grabbed: 50, PacketsGone: 70}
    assert given_of(round_id) == dict(enumerate(amounts_of(round_id)))
    assert sum(one.amount_minor for one in outcomes if isinstance(one, Grabbed)) == 5_000
    assert PacketSlice.objects.get().taken_minor == 5_000
    assert packet_checks() == {"packets": True, "packet_caps": True}


def test_the_last_packet_goes_to_one_of_all_who_want_it() -> None:
    round_id = make_round(packets=1, budget_minor=77)

    outcomes = grab_at_once([[grab_request(round_id, shopper_id=make_shopper(lane=lane))] for lane in range(THREADS)])

    assert kinds(outcomes) == {Grabbed: 1, PacketsGone: THREADS - 1}
    assert given_of(round_id) == {0: 77}


def test_a_shopper_in_many_threads_has_one_packet_and_one_answer() -> None:
    round_id = make_round(packets=50)
    request = grab_request(round_id, shopper_id=make_shopper())

    outcomes = grab_at_once([[request, request]] * THREADS)

    assert kinds(outcomes) == {Grabbed: 2 * THREADS}
    assert len({one.packet_id for one in outcomes if isinstance(one, Grabbed)}) == 1
    assert sum(not one.replayed for one in outcomes if isinstance(one, Grabbed)) == 1
    assert (Packet.objects.count(), PacketSlice.objects.get().next_no) == (1, 1)


def test_who_looks_before_the_turn_and_writes_under_it_is_stopped_by_the_slice() -> None:
    """The negative control of slices: all look before the first one takes its turn, and all see the same number."""
    round_id = make_round(packets=THREADS)
    all_have_looked = Barrier(THREADS, timeout=PATIENCE_S)

    def grab_naively(lane: int) -> bool:
        request = grab_request(round_id, shopper_id=make_shopper(lane=lane))
        rounds, slices = read_slices([request], lanes=slice_lanes())
        all_have_looked.wait()
        (plan,) = decide_grabs([request], rounds=rounds, slices=slices, slice_lanes=slice_lanes(), held={})
        assert isinstance(plan, GrabPlan), plan
        try:
            with transaction.atomic():
                turn = take_turn(writer_ids=[0], now_ms=NOW_MS, ids_max=1, outbox_rows=0)
                write_packets(turn, [plan], NOW_MS)
        except AssertionError:
            return False
        return True

    written = at_once([lambda lane=lane: grab_naively(lane) for lane in range(THREADS)])  # type: ignore[misc]

    assert sum(written) == 1
    assert given_of(round_id) == {0: amounts_of(round_id)[0]}
    assert packet_checks() == {"packets": True, "packet_caps": True}


def test_a_shop_that_looks_whether_a_packet_is_left_and_then_gives_it_gives_it_to_all_here() -> None:
    """The negative control of packets: without the turn and without a CHECK all threads get the last one."""
    all_have_looked = Barrier(THREADS, timeout=PATIENCE_S)
    with unguarded_shelf(units=1):
        given = at_once([lambda: take_naively(units=1, between=all_have_looked.wait)] * THREADS)

        assert sum(given) == THREADS
        assert unguarded_units() == 1 - THREADS


def test_rounds_that_are_opened_at_once_never_take_more_than_the_cap() -> None:
    campaign_id = make_campaign(budget_minor=3_500)

    def open_one() -> str:
        try:
            open_rounds(campaign_id=campaign_id, rounds=[wanted_round(packets=5, budget_minor=1_000)], by=BY)
        except (CapReached, ShopBusy) as refusal:
            return refusal.code
        return "opened"

    outcomes = Counter(at_once([open_one] * THREADS))

    assert outcomes == {"opened": 3, "cap-reached": THREADS - 3}
    assert PacketCampaign.objects.get().allotted_minor == 3_000
    assert PacketRound.objects.count() == 3


def test_a_round_that_many_close_while_others_grab_returns_what_is_left_once() -> None:
    round_id = make_round(packets=40, budget_minor=4_000)
    over_ms = after_closing(round_id)

    def grab_some(lane: int) -> list[GrabOutcome]:
        return [grab([grab_request(round_id, shopper_id=make_shopper(lane=lane))])[0] for _ in range(3)]

    def close() -> list[GrabOutcome]:
        close_rounds(now_ms=over_ms)
        return []

    works = [lambda lane=lane: grab_some(lane) for lane in range(THREADS - 3)]
    found = at_once([*works, close, close, close])

    outcomes = [one for some in found for one in some]
    taken = sum(one.amount_minor for one in outcomes if isinstance(one, Grabbed))
    assert kinds(outcomes).keys() <= {Grabbed, RoundOver}
    assert PacketRound.objects.get().returned_minor == 4_000 - taken
    assert allotted_minor(round_id) == taken == sum(given_of(round_id).values())
    assert packet_checks() == {"packets": True, "packet_caps": True}
