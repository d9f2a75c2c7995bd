"""Closing and drawing: the states, the moments, and that the file proves it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from fairground.draws.actions.announce_draws import NoSuchDraw
from fairground.draws.actions.draw_winners import (
    BeaconKnownBefore,
    BeaconNotYet,
    BeaconUnfit,
    DrawNotClosed,
    DrawNotOpen,
    EntriesStillComing,
    ListChanged,
    close_draw,
    draw_winners,
)
from fairground.draws.models import Draw, Entry, Winner
from fairground.draws.queries import draw_facts, draw_winners_of, own_part, published_file
from fairground.draws.rules.published import verify_published
from fairground.draws.rules.terms import DrawState, PrizeKind, PrizeTerms
from fairground.kernel.edits import By
from fairground.kernel.models import AuditEntry
from tests.draws.making import (
    BEACON,
    BEACON_AT,
    CLOSING,
    DRAWING,
    HOUR,
    close_and_draw,
    draw_row,
    enter_free,
    facts_of,
    make_draw,
)
from tests.factories import make_market, make_shopper

THREE_PRIZES = (PrizeTerms(PrizeKind.WALLET, 1, {"EU": 500}), PrizeTerms(PrizeKind.WALLET, 2, {"EU": 100}))


@pytest.fixture(autouse=True)
def _market(lone_writer: object) -> None:
    make_market()


def enter(count: int) -> list[int]:
    """Let so many shoppers enter for nothing."""
    shoppers = [make_shopper(lane=number % 64) for number in range(count)]
    for shopper in shoppers:
        enter_free(shopper)
    return shoppers


def lines() -> list[bytes]:
    return b"".join(published_file(slug="gala")).splitlines(keepends=True)


def test_a_draw_is_closed_drawn_and_proved_by_its_file_alone() -> None:
    make_draw(prizes=THREE_PRIZES)
    shoppers = enter(20)

    root = close_draw(slug="gala", by=CLOSING)
    before = lines()
    won = draw_winners(slug="gala", beacon=BEACON, seen_at=BEACON_AT, by=DRAWING)

    found = verify_published(lines(), root_noted=root)
    assert (found.ok, won, found.head.entries, found.head.entrants) == (True, 3, 20, 20)
    assert lines()[:-1] == before
    assert verify_published(before, root_noted=root).ok
    told = [(one.place, one.rank, one.entry_number, one.pseudonym) for one in draw_winners_of(slug="gala")]
    assert told == [(one.place, one.rank, one.entry, one.entrant) for one in found.winners]
    names = {own_part(slug="gala", shopper_id=one).pseudonym for one in shoppers}  # type: ignore[union-attr]
    assert {one.pseudonym for one in draw_winners_of(slug="gala")} <= names
    assert (draw_row().state, AuditEntry.objects.filter(verb="drawn").count()) == (DrawState.DRAWN, 1)


def test_the_secret_is_told_by_the_drawing_and_not_before() -> None:
    make_draw()
    enter(1)
    close_draw(slug="gala", by=CLOSING)
    closed = draw_facts(slug="gala")
    draw_winners(slug="gala", beacon=BEACON, seen_at=BEACON_AT, by=DRAWING)
    drawn = draw_facts(slug="gala")

    assert closed is not None
    assert drawn is not None
    assert (closed.secret, closed.seed) == ("", "")
    assert (drawn.secret, drawn.beacon) == (bytes(draw_row().secret).hex(), BEACON)


def test_a_draw_is_not_closed_while_payments_may_be_under_way() -> None:
    make_draw()
    before = facts_of()

    with pytest.raises(EntriesStillComing) as refused:
        close_draw(slug="gala", by=By(user_id=None, now=CLOSING.now - timedelta(milliseconds=1)))

    assert refused.value.facts == {"until": CLOSING.now.isoformat()}
    assert facts_of() == before


def test_only_an_open_draw_is_closed_and_only_a_closed_one_is_drawn() -> None:
    make_draw(is_open=False)
    with pytest.raises(DrawNotOpen):
        close_draw(slug="gala", by=CLOSING)
    with pytest.raises(DrawNotClosed):
        draw_winners(slug="gala", beacon=BEACON, seen_at=BEACON_AT, by=DRAWING)
    with pytest.raises(NoSuchDraw):
        close_draw(slug="none", by=CLOSING)
    make_draw(slug="other")
    close_and_draw("other")
    before = facts_of("other")

    with pytest.raises(DrawNotOpen):
        close_draw(slug="other", by=CLOSING)
    with pytest.raises(DrawNotClosed):
        draw_winners(slug="other", beacon="another", seen_at=BEACON_AT, by=DRAWING)
    assert facts_of("other") == before


def test_a_beacon_that_somebody_could_have_known_is_refused() -> None:
    make_draw()
    enter(2)
    close_draw(slug="gala", by=CLOSING)
    before = facts_of()

    for beacon, seen_at, refusal in (
        (BEACON, BEACON_AT - timedelta(microseconds=1), BeaconKnownBefore),
        (BEACON, DRAWING.now + timedelta(microseconds=1), BeaconNotYet),
        ("", BEACON_AT, BeaconUnfit),
        ("ca fe", BEACON_AT, BeaconUnfit),
        ("caf\N{LATIN SMALL LETTER E WITH ACUTE}", BEACON_AT, BeaconUnfit),
        ("a" * 201, BEACON_AT, BeaconUnfit),
    ):
        with pytest.raises(refusal):
            draw_winners(slug="gala", beacon=beacon, seen_at=seen_at, by=DRAWING)

    assert (facts_of(), Winner.objects.count()) == (before, 0)


def test_a_list_that_is_closed_late_waits_for_a_later_beacon() -> None:
    make_draw()
    enter(2)
    late = By(user_id=None, now=BEACON_AT + HOUR)

    close_draw(slug="gala", by=late)

    assert draw_row().beacon_at == late.now + timedelta(minutes=10)
    with pytest.raises(BeaconKnownBefore):
        draw_winners(slug="gala", beacon=BEACON, seen_at=late.now, by=late)
    assert verify_published(lines()).head.beacon_at == draw_row().beacon_at


def test_the_database_keeps_list_and_beacon_in_their_order_whoever_writes() -> None:
    make_draw()
    close_draw(slug="gala", by=CLOSING)

    with pytest.raises(IntegrityError, match="draw_list_published_before_its_beacon"), transaction.atomic():
        Draw.objects.update(beacon_at=CLOSING.now)
    with pytest.raises(IntegrityError, match="draw_drawn_by_its_beacon"), transaction.atomic():
        Draw.objects.update(state=DrawState.DRAWN, beacon="x", drawn_at=BEACON_AT - timedelta(seconds=1))


def test_entries_that_were_changed_by_hand_after_the_closing_are_seen() -> None:
    make_draw()
    enter(3)
    close_draw(slug="gala", by=CLOSING)
    Entry.objects.order_by("shopper_id").first().delete()  # type: ignore[union-attr]
    before = facts_of()

    with pytest.raises(ListChanged):
        draw_winners(slug="gala", beacon=BEACON, seen_at=BEACON_AT, by=DRAWING)

    assert (facts_of(), Winner.objects.count()) == (before, 0)


def test_a_draw_that_nobody_entered_is_over_when_it_is_drawn() -> None:
    make_draw()

    assert close_and_draw() == 0
    assert draw_row().state == DrawState.PAID
    assert verify_published(lines()).ok


def test_a_person_wins_one_prize_however_many_places_there_are() -> None:
    make_draw(prizes=THREE_PRIZES)
    enter(2)

    assert close_and_draw() == 2
    with pytest.raises(IntegrityError, match="inv_21_one_prize_a_person"), transaction.atomic():
        Winner.objects.update(shopper_id=Winner.objects.order_by("place").values_list("shopper_id")[:1])
    with pytest.raises(IntegrityError, match="inv_21_place_won_once"), transaction.atomic():
        Winner.objects.update(place=1)


def test_nothing_is_published_before_the_closing() -> None:
    make_draw()

    assert list(published_file(slug="gala")) == []
    assert list(published_file(slug="none")) == []
