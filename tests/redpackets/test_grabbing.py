"""Grabbing in batches: one packet a shopper and round, the same one again, and a slice that only ever moves on."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from fairground.kernel.clock import to_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.refusal import Refusal
from fairground.redpackets.actions.use_packets import return_packets, take_packets
from fairground.redpackets.models import Packet, PacketSlice
from fairground.redpackets.queries import PacketOfShopper, packets_of_shopper, rounds_from, usable_packets
from fairground.redpackets.rules import (
    Grabbed,
    PacketNeedsVerifiedShopper,
    PacketsGone,
    RoundNotOpen,
    RoundUnknown,
)
from tests.conftest import share_lanes
from tests.factories import NOW, NOW_MS, make_market, make_shopper
from tests.redpackets.giving import (
    HOUR,
    amounts_of,
    given_of,
    grab,
    grab_one,
    grab_request,
    make_campaign,
    make_round,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lone_writer")]


@pytest.fixture(autouse=True)
def _market(lone_writer: object) -> None:
    make_market()


def test_a_packet_lies_in_its_shoppers_lane_with_what_was_drawn_for_its_number() -> None:
    round_id = make_round(packets=3, budget_minor=100)
    shopper_id = make_shopper(lane=41)

    grabbed = grab_one(round_id, shopper_id=shopper_id)

    packet = Packet.objects.get(id=grabbed.packet_id)
    assert (packet.lane, lane_of(packet.id), packet.shopper_id, packet.no) == (41, 41, shopper_id, 0)
    assert packet.amount_minor == grabbed.amount_minor == amounts_of(round_id)[0]
    assert (packet.currency, packet.used_minor, packet.grabbed_at) == ("EUR", 0, NOW)
    assert packet.valid_until == NOW + 24 * HOUR + timedelta(days=7)
    assert grabbed.valid_until_ms == to_unix_ms(packet.valid_until)


def test_all_packets_of_a_round_are_its_budget_and_then_it_is_empty() -> None:
    round_id = make_round(packets=50, budget_minor=9_999)
    shoppers = [make_shopper(lane=number % 64) for number in range(60)]

    outcomes = grab([grab_request(round_id, shopper_id=one) for one in shoppers])

    assert [type(one) for one in outcomes] == [Grabbed] * 50 + [PacketsGone] * 10
    assert given_of(round_id) == dict(enumerate(amounts_of(round_id)))
    assert sum(given_of(round_id).values()) == 9_999
    (row,) = PacketSlice.objects.values_list("next_no", "taken_minor")
    assert row == (50, 9_999)


def test_a_batch_of_many_equals_batches_of_one() -> None:
    together, alone = make_round(packets=5), make_round(packets=5)
    shoppers = [make_shopper(lane=lane) for lane in (1, 2, 1, 63)]
    shoppers.append(shoppers[0])

    at_once = grab([grab_request(together, shopper_id=one) for one in shoppers])
    one_by_one = [grab([grab_request(alone, shopper_id=one)])[0] for one in shoppers]

    assert [amount(one) for one in at_once] == [amounts_of(together)[no] for no in (0, 1, 2, 3, 0)]
    assert [amount(one) for one in one_by_one] == [amounts_of(alone)[no] for no in (0, 1, 2, 3, 0)]
    assert [isinstance(one, Grabbed) and one.replayed for one in (at_once[-1], one_by_one[-1])] == [True, True]


def amount(outcome: Grabbed | Refusal) -> int:
    assert isinstance(outcome, Grabbed), outcome
    return outcome.amount_minor


def test_the_same_batch_again_answers_the_same_packets_and_writes_nothing() -> None:
    round_id = make_round(packets=5)
    requests = [grab_request(round_id, shopper_id=make_shopper(lane=lane)) for lane in range(4)]
    first = grab(requests)
    rows = list(Packet.objects.order_by("id").values_list())

    again = grab(requests)

    assert [(one.packet_id, one.replayed) for one in again if isinstance(one, Grabbed)] == [
        (one.packet_id, True) for one in first if isinstance(one, Grabbed)
    ]
    assert list(Packet.objects.order_by("id").values_list()) == rows
    assert PacketSlice.objects.get().next_no == 4


def test_a_shopper_has_a_packet_of_each_round_even_in_one_batch() -> None:
    campaign_id = make_campaign()
    rounds = [make_round(campaign_id=campaign_id, packets=2) for _ in range(2)]
    shopper_id = make_shopper()

    outcomes = grab([grab_request(one, shopper_id=shopper_id) for one in rounds])

    assert [amount(one) for one in outcomes] == [amounts_of(one)[0] for one in rounds]
    assert Packet.objects.filter(shopper_id=shopper_id).count() == 2


@pytest.mark.parametrize(
    ("verified", "arrived_at_ms", "expected"),
    [
        (False, NOW_MS, PacketNeedsVerifiedShopper),
        (True, NOW_MS - 1, RoundNotOpen),
    ],
)
def test_a_refusal_changes_nothing(verified: bool, arrived_at_ms: int, expected: type[Refusal]) -> None:
    round_id = make_round()
    request = grab_request(round_id, shopper_id=make_shopper(), verified=verified, arrived_at_ms=arrived_at_ms)

    outcomes = grab([request, grab_request(round_id + 1, shopper_id=make_shopper())])

    assert [type(one) for one in outcomes] == [expected, RoundUnknown]
    assert Packet.objects.count() == 0
    assert PacketSlice.objects.get().next_no == 0


def test_with_two_writers_each_gives_a_part_of_the_numbers_that_is_as_large_as_its_part_of_the_lanes() -> None:
    share_lanes(0, 16, 64)
    round_id = make_round(packets=8, budget_minor=800)
    low, high = ([make_shopper(lane=lane) for _ in range(4)] for lane in (3, 60))

    outcomes = grab([grab_request(round_id, shopper_id=one) for one in [*low, *high]])

    assert [type(one) for one in outcomes] == [Grabbed] * 2 + [PacketsGone] * 2 + [Grabbed] * 4
    slices = PacketSlice.objects.order_by("lane").values_list("lane", "first_no", "next_no", "end_no")
    assert list(slices) == [(0, 0, 2, 2), (16, 2, 6, 8)]
    assert given_of(round_id) == dict(list(enumerate(amounts_of(round_id)))[:6])


def test_who_goes_past_the_action_meets_the_promises_in_the_database() -> None:
    round_id = make_round(packets=1, budget_minor=10)
    shopper_id = make_shopper()
    grab_one(round_id, shopper_id=shopper_id)
    packet = Packet.objects.get()

    with pytest.raises(IntegrityError, match="inv_16_one_packet_a_shopper_and_round"), transaction.atomic():
        Packet.objects.create(**{**fields(packet), "id": packet.id + 1, "no": 1})
    with pytest.raises(IntegrityError, match="inv_16_numbers_within_slice"), transaction.atomic():
        PacketSlice.objects.update(next_no=F("next_no") + 1)
    with pytest.raises(IntegrityError, match="inv_17_slice_within_budget"), transaction.atomic():
        PacketSlice.objects.update(taken_minor=F("taken_minor") + 1)


def fields(packet: Packet) -> dict[str, object]:
    return {field.attname: getattr(packet, field.attname) for field in packet._meta.concrete_fields}


def test_what_is_used_of_packets_is_taken_and_given_back_to_the_minor_unit() -> None:
    round_id = make_round(packets=2, budget_minor=100)
    shopper_id = make_shopper(lane=9)
    grabbed = grab_one(round_id, shopper_id=shopper_id)

    take_packets({grabbed.packet_id: grabbed.amount_minor})
    assert usable_packets(shopper_ids=[shopper_id], now=NOW) == {}
    return_packets({grabbed.packet_id: 1})

    ((packet,),) = usable_packets(shopper_ids=[shopper_id], now=NOW).values()
    assert (packet.packet_id, packet.left_minor) == (grabbed.packet_id, 1)


@pytest.mark.parametrize("beyond", [1, -1])
def test_more_than_lies_in_a_packet_is_neither_taken_nor_given_back(beyond: int) -> None:
    grabbed = grab_one(make_round(), shopper_id=make_shopper())

    with pytest.raises(IntegrityError, match="packet_used_within_amount"), transaction.atomic():
        take_packets({grabbed.packet_id: grabbed.amount_minor + 1 if beyond > 0 else -1})

    assert Packet.objects.get().used_minor == 0


def test_the_packet_that_ends_first_is_used_first_and_what_has_ended_not_at_all() -> None:
    shopper_id = make_shopper(lane=5)
    long = make_campaign(closes_at=NOW + 48 * HOUR)
    first = grab_one(make_round(campaign_id=long), shopper_id=shopper_id).packet_id
    second = grab_one(make_round(), shopper_id=shopper_id).packet_id
    short_end, long_end = NOW + 24 * HOUR + timedelta(days=7), NOW + 48 * HOUR + timedelta(days=7)

    def usable_at(hours: timedelta) -> list[int]:
        found = usable_packets(shopper_ids=[shopper_id, make_shopper(lane=5)], now=NOW + hours)
        return [one.packet_id for one in found.get(shopper_id, [])]

    assert usable_at(timedelta()) == [second, first]
    assert usable_at(short_end - NOW) == [first]
    assert usable_at(long_end - NOW) == []


def test_a_shopper_sees_own_packets_alone_and_everybody_the_rounds_that_are_not_over() -> None:
    campaign_id = make_campaign()
    round_id = make_round(campaign_id=campaign_id)
    later = make_round(campaign_id=campaign_id, opens_at=NOW + 2 * HOUR, closes_at=NOW + 3 * HOUR)
    mine, other = make_shopper(lane=1), make_shopper(lane=1)
    grabbed = grab_one(round_id, shopper_id=mine)
    grab_one(round_id, shopper_id=other)

    assert packets_of_shopper(shopper_id=mine) == [
        PacketOfShopper(
            grabbed.packet_id,
            round_id,
            {"en": "Golden hour"},
            grabbed.amount_minor,
            0,
            "EUR",
            NOW,
            NOW + 24 * HOUR + timedelta(days=7),
        )
    ]
    assert [one.round_id for one in rounds_from(market="EU", now=NOW)] == [round_id, later]
    assert [one.round_id for one in rounds_from(market="EU", now=NOW + HOUR)] == [later]
    assert rounds_from(market="US", now=NOW) == []
