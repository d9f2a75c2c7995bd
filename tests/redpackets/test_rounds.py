"""Campaigns and their rounds: a hard cap, packets that are drawn beforehand, leftovers that go back once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from fairground.festivals.actions import NoSuchFestival
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.models import AuditEntry
from fairground.kernel.refusal import Refusal
from fairground.redpackets.actions.give_rounds import (
    CampaignRefused,
    CapReached,
    NoSuchCampaign,
    RoundRefused,
    close_rounds,
    create_campaign,
    open_rounds,
)
from fairground.redpackets.models import Packet, PacketCampaign, PacketRound, PacketSlice
from fairground.redpackets.queries import campaign_books
from fairground.redpackets.rules import PACKETS_MAX, CampaignKind, CampaignRecord, RoundOver
from tests.factories import BY, NOW, NOW_MS, make_festival, make_market, make_shopper
from tests.redpackets.giving import (
    HOUR,
    after_closing,
    allotted_minor,
    amounts_of,
    grab,
    grab_one,
    grab_request,
    make_campaign,
    make_round,
    wanted_round,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lone_writer")]
EARLY = replace(BY, now=NOW - HOUR)


@pytest.fixture(autouse=True)
def _market(lone_writer: object) -> None:
    make_market()


def record(**changes: object) -> CampaignRecord:
    usual = CampaignRecord(
        festival=make_festival(),
        market="EU",
        name={"en": "Golden hour"},
        kind=CampaignKind.RAIN,
        budget_minor=100_000,
        opens_at=NOW,
        closes_at=NOW + HOUR,
        valid_until=NOW + HOUR,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def test_a_campaign_has_its_markets_currency_and_nothing_allotted() -> None:
    campaign = PacketCampaign.objects.get(id=create_campaign(record=record(), by=BY))

    assert (campaign.currency, campaign.budget_minor, campaign.allotted_minor) == ("EUR", 100_000, 0)
    assert AuditEntry.objects.filter(verb="added", subject_kind="packet campaign", subject_id=campaign.id).count() == 1


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"festival": "none"}, NoSuchFestival(festival="none")),
        ({"market": "XX"}, CampaignRefused(why="market")),
        ({"budget_minor": 0}, CampaignRefused(why="budget")),
        ({"budget_minor": 2**53}, CampaignRefused(why="budget")),
        ({"closes_at": NOW}, CampaignRefused(why="times")),
        ({"valid_until": NOW}, CampaignRefused(why="times")),
    ],
)
def test_a_campaign_that_makes_no_sense_is_refused_and_nothing_is_written(
    changes: dict[str, object], refusal: Refusal
) -> None:
    with pytest.raises(type(refusal)) as refused:
        create_campaign(record=record(**changes), by=BY)

    assert refused.value == refusal
    assert (PacketCampaign.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_a_round_is_drawn_when_it_is_opened_and_takes_its_part_of_the_cap() -> None:
    round_id = make_round(packets=20, budget_minor=5_000)

    amounts = amounts_of(round_id)
    assert (len(amounts), sum(amounts), min(amounts) >= 1) == (20, 5_000, True)
    slices = PacketSlice.objects.values_list("lane", "round_id", "first_no", "next_no", "end_no", "budget_minor")
    assert list(slices) == [(0, round_id, 0, 0, 20, 5_000)]
    assert allotted_minor(round_id) == 5_000


def test_rounds_of_the_same_size_are_drawn_anew() -> None:
    campaign_id = make_campaign()
    wanted = [wanted_round(packets=50, budget_minor=10_000)] * 2

    first, second = open_rounds(campaign_id=campaign_id, rounds=wanted, by=EARLY)

    assert amounts_of(first) != amounts_of(second)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"closes_at": NOW}, "order"),
        ({"opens_at": NOW - 3 * HOUR, "closes_at": NOW - 2 * HOUR}, "past"),
        ({"opens_at": NOW - timedelta(seconds=1)}, "outside"),
        ({"closes_at": NOW + 25 * HOUR}, "outside"),
        ({"packets": PACKETS_MAX + 1, "budget_minor": 100_000}, "too-many"),
        ({"packets": 11, "budget_minor": 10}, "too-small"),
        ({"packets": 0}, "too-small"),
    ],
)
def test_a_round_that_makes_no_sense_is_refused_with_those_beside_it(changes: dict[str, object], why: str) -> None:
    campaign_id = make_campaign(budget_minor=1_000_000)

    with pytest.raises(RoundRefused) as refused:
        open_rounds(
            campaign_id=campaign_id,
            rounds=[wanted_round(), wanted_round(**changes)],  # type: ignore[arg-type]
            by=EARLY,
        )

    assert refused.value == RoundRefused(why=why)
    assert_untouched(campaign_id)


def assert_untouched(campaign_id: int) -> None:
    assert PacketCampaign.objects.get(id=campaign_id).allotted_minor == 0
    assert (PacketRound.objects.count(), PacketSlice.objects.count()) == (0, 0)


def test_rounds_beyond_the_cap_are_refused_together() -> None:
    campaign_id = make_campaign(budget_minor=1_999)

    with pytest.raises(CapReached) as refused:
        open_rounds(campaign_id=campaign_id, rounds=[wanted_round(), wanted_round()], by=EARLY)

    assert refused.value == CapReached(left_minor=1_999, wanted_minor=2_000)
    assert_untouched(campaign_id)


def test_who_goes_past_the_action_meets_the_cap_in_the_database() -> None:
    make_round(campaign_id=make_campaign(budget_minor=1_000))

    with pytest.raises(IntegrityError, match="inv_17_cap_kept"), transaction.atomic():
        PacketCampaign.objects.update(allotted_minor=F("allotted_minor") + 1)


def test_a_campaign_that_there_is_not_has_no_rounds() -> None:
    with pytest.raises(NoSuchCampaign):
        open_rounds(campaign_id=4711, rounds=[wanted_round()], by=EARLY)


def test_a_personal_campaign_has_one_round() -> None:
    campaign_id = make_campaign(kind=CampaignKind.PERSONAL)
    make_round(campaign_id=campaign_id)

    with pytest.raises(RoundRefused) as refused:
        open_rounds(campaign_id=campaign_id, rounds=[wanted_round()], by=EARLY)

    assert refused.value == RoundRefused(why="one-personal")
    assert PacketRound.objects.count() == 1


def test_what_nobody_took_goes_back_to_the_campaign_once() -> None:
    round_id = make_round(packets=4, budget_minor=1_000)
    taken = sum(grab_one(round_id, shopper_id=make_shopper(lane=lane)).amount_minor for lane in (3, 60))
    over_ms = after_closing(round_id)

    closed = [close_rounds(now_ms=over_ms), close_rounds(now_ms=over_ms + 1_000)]

    assert closed == [1, 0]
    (row,) = PacketRound.objects.values_list("returned_minor", "closed_at")
    assert row == (1_000 - taken, NOW + HOUR + timedelta(minutes=1))
    assert allotted_minor(round_id) == taken


def test_returned_money_can_be_given_again() -> None:
    campaign_id = make_campaign(budget_minor=1_000)
    round_id = make_round(campaign_id=campaign_id, packets=4, budget_minor=1_000)
    taken = grab_one(round_id, shopper_id=make_shopper()).amount_minor
    close_rounds(now_ms=after_closing(round_id))

    make_round(
        campaign_id=campaign_id,
        packets=2,
        budget_minor=1_000 - taken,
        opens_at=NOW + 2 * HOUR,
        closes_at=NOW + 3 * HOUR,
    )

    assert allotted_minor(round_id) == 1_000


def test_rounds_of_several_campaigns_close_together_and_those_that_are_not_over_stay() -> None:
    over, too = make_round(), make_round()
    later = make_round(closes_at=NOW + 2 * HOUR)

    assert close_rounds(now_ms=after_closing(over)) == 2

    assert [allotted_minor(one) for one in (over, too, later)] == [0, 0, 1_000]
    assert PacketRound.objects.get(closed_at__isnull=True).id == later


def test_a_round_is_not_closed_while_who_came_in_time_may_still_stand_in_line() -> None:
    round_id = make_round()
    last_ms = to_unix_ms(NOW + HOUR) - 1

    assert close_rounds(now_ms=after_closing(round_id) - 1) == 0
    (outcome,) = grab(
        [grab_request(round_id, shopper_id=make_shopper(), arrived_at_ms=last_ms)], now_ms=last_ms + 30_000
    )

    assert not isinstance(outcome, Refusal)


def test_a_closed_round_gives_nothing_even_to_who_came_in_time() -> None:
    round_id = make_round()
    close_rounds(now_ms=after_closing(round_id))

    (outcome,) = grab([grab_request(round_id, shopper_id=make_shopper())])

    assert outcome == RoundOver(round_id=round_id, closed_at_ms=NOW_MS + 3_600_000)
    assert Packet.objects.count() == 0
    assert allotted_minor(round_id) == 0


def test_a_campaigns_books_say_what_is_left_what_is_open_and_what_was_taken() -> None:
    campaign_id = make_campaign(budget_minor=5_000)
    closed = make_round(campaign_id=campaign_id, packets=4)
    first = grab_one(closed, shopper_id=make_shopper(lane=2)).amount_minor
    close_rounds(now_ms=after_closing(closed))
    opened = make_round(campaign_id=campaign_id, opens_at=NOW + 2 * HOUR, closes_at=NOW + 3 * HOUR)
    second = grab_one(opened, shopper_id=make_shopper(lane=9), arrived_at_ms=to_unix_ms(NOW + 2 * HOUR)).amount_minor

    books = campaign_books(campaign_ids=[campaign_id])[campaign_id]

    assert (books.budget_minor, books.allotted_minor, books.taken_minor) == (5_000, first + 1_000, first + second)
    assert (books.left_minor, books.open_minor) == (4_000 - first, 1_000 - second)
    assert (books.packets, books.used_minor) == (2, 0)
