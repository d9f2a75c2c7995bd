"""A rehearsed festival before it begins: its phases at every size, how it is put off, and who spends a red packet."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fairground.cli.rehearsed_clerks import rehearsed_clerks
from fairground.festivals.phase_plan import Edge, PhaseKind
from fairground.festivals.phase_problems import problems
from fairground.festivals.phase_rows import read_phases
from fairground.promotions.rules.terms import Packet
from fairground.rehearsal.discounts import quote_ask
from fairground.rehearsal.festival.calendar import NEAR_S, SLUG, Calendar
from fairground.rehearsal.festival.sale import PACKET_KEPT_EACH, spend_packets
from fairground.rehearsal.festival.script import SHOPPERS_MIN, Desk, FestivalScript, Refunded
from fairground.rehearsal.requests import Expect
from tests.factories import make_market
from tests.rehearsal.test_discounted_opening import make_plan


def nobody(**_: object) -> None:
    """Do nothing at a desk."""


def nothing(**_: object) -> list[Refunded]:
    """Return that nothing went back."""
    return []


def make_script(*, shoppers: int = 20_000, pace: float = 1.0) -> FestivalScript:
    return FestivalScript(
        shoppers=shoppers,
        host="127.0.0.1",
        port=1,
        folder=Path(),
        realm="rehearsed",
        sign=lambda shopper_id, ttl_s: f"{shopper_id} {ttl_s}",
        desk=Desk(cancel=nobody, break_off=nobody, advance=nobody, refund=nothing),
        clerks=rehearsed_clerks(),
        pace=pace,
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("writer")
@pytest.mark.parametrize("shoppers", [SHOPPERS_MIN, 20_000, 1_000_000])
def test_phases_of_every_size_lie_as_those_of_a_festival_may(shoppers: int) -> None:
    make_market()

    Calendar(lengths_s=make_script(shoppers=shoppers).lengths_s(), now=datetime.now(UTC))

    phases = read_phases(festival=SLUG)
    assert [one.kind for one in phases] == list(PhaseKind)
    assert problems(phases) == []


@pytest.mark.django_db
@pytest.mark.usefixtures("writer")
def test_a_festival_is_put_off_when_an_edge_is_too_near_and_else_stays() -> None:
    make_market()
    calendar = Calendar(lengths_s=make_script().lengths_s(), now=datetime.now(UTC))
    before = read_phases(festival=SLUG)

    calendar.hold_off(PhaseKind.ENROLMENT, Edge.ENDS)
    assert read_phases(festival=SLUG) == before

    was = calendar.at(PhaseKind.SALE, Edge.BEGINS)
    calendar.hold_off(PhaseKind.ANNOUNCEMENT, Edge.ENDS)

    moved = calendar.at(PhaseKind.SALE, Edge.BEGINS) - was
    assert moved > timedelta(seconds=NEAR_S)
    assert [one.starts_at + moved for one in before] == [one.starts_at for one in read_phases(festival=SLUG)]


def test_a_slower_pace_makes_every_phase_longer() -> None:
    usual, slow = make_script().lengths_s(), make_script(pace=2.0).lengths_s()

    assert slow == {kind: 2 * length_s for kind, length_s in usual.items()}


def test_who_spends_a_red_packet_is_pinned_to_what_the_engine_says_and_comes_again_with_the_same() -> None:
    plan = make_plan(discounted_percent=33)
    assert plan.discounts is not None
    packets = {ask.shopper: Packet(ask.shopper + 7_000, 120) for ask in plan.asks if ask.market == "US"}

    asks = spend_packets(plan.asks, discounts=plan.discounts, packets=packets)

    spent = [ask for ask in asks if ask.packets]
    sure = [ask for ask in plan.asks if ask.expect is Expect.PLACED and ask.market == "US"]
    assert len(spent) == sum(1 for ask in sure if ask.shopper % PACKET_KEPT_EACH)
    for ask in spent:
        packet, book = packets[ask.shopper], plan.discounts.books["US"]
        assert ask.packets == (packet.id,)
        assert ask.discount_minor == quote_ask(ask, book, ask.coupons, [packet]).discount_minor
        assert ask.discount_minor == quote_ask(ask, book, ask.coupons).discount_minor + 120
    again = [ask for ask in asks if ask.first is not None]
    assert again
    assert all(
        (ask.packets, ask.discount_minor) == (ask.first.packets, ask.first.discount_minor) for ask in again if ask.first
    )
    assert {id(ask.first) for ask in again} <= {id(ask) for ask in asks}
