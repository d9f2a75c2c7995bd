"""Entering draws at once: while one is closed, while purchases come in, and in many tabs."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection

from fairground.draws.actions.draw_winners import close_draw
from fairground.draws.actions.enter_draws import DrawNotEntered, EnteredAlready, EntriesFull
from fairground.draws.models import Draw, Entry
from fairground.draws.queries import published_file
from fairground.draws.rules.published import verify_published
from tests.concurrency.racing import at_once
from tests.draws.making import CLOSING, buy, draw_row, enter_all_paid, enter_free, make_draw
from tests.factories import NOW, make_market, make_shopper, make_sku

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("writer")]


def told(attempt: Callable[[], object]) -> str:
    """Return the code of the refusal that an attempt met, or that it went through."""
    try:
        attempt()
    except (DrawNotEntered, EnteredAlready, EntriesFull) as refused:
        return refused.code
    return "done"


def entering(shoppers: list[int]) -> list[Callable[[], str]]:
    """Return an attempt a shopper to enter for nothing."""
    return [partial(told, partial(enter_free, one)) for one in shoppers]


def test_a_shopper_who_enters_in_many_tabs_at_once_enters_once() -> None:
    make_market()
    make_draw(entries_max=1, closes_at=NOW + timedelta(days=3), beacon_at=NOW + timedelta(days=4))
    ada = make_shopper()

    def enter(day: int) -> str:
        return told(lambda: enter_free(ada, now=NOW + timedelta(days=day)))

    found = at_once([lambda day=day: enter(day) for day in (0, 0, 1, 1, 2, 2)])  # type: ignore[misc]

    assert (found.count("done"), Entry.objects.count()) == (1, 1)
    assert set(found) == {"done", "entries-full"} or set(found) == {"done", "entered-already", "entries-full"}


def test_two_who_count_without_holding_the_shopper_meet_in_the_database() -> None:
    """The negative control: both count none, so both write the first one, and the constraint lets one of them."""
    make_market()
    make_draw(entries_max=3)
    ada, draw_id = make_shopper(), draw_row().pk

    def enter_naively(ref: int) -> str:
        with connection.cursor() as cursor:
            try:
                cursor.execute(
                    "INSERT INTO draws_entry (lane, draw_id, shopper_id, kind, ref, nth, nth_max, market, at)"
                    " VALUES (0, %s, %s, 3, %s, 1, 3, 'EU', now())",
                    [draw_id, ada, ref],
                )
            except IntegrityError as refused:
                return "entry_once_by_count" if "entry_once_by_count" in str(refused) else str(refused)
        return "done"

    found = at_once([lambda ref=ref: enter_naively(ref) for ref in range(4)])  # type: ignore[misc]

    assert sorted(found) == ["done", *["entry_once_by_count"] * 3]


def test_purchases_and_the_free_way_at_once_keep_the_limit() -> None:
    make_market()
    chair = make_sku(deal_price_minor=800, deal_units=50)
    make_draw(entries_max=2)
    shoppers = [make_shopper(lane=lane) for lane in range(6)]
    for shopper in shoppers:
        buy(chair, shopper_id=shopper)
        buy(chair, shopper_id=shopper)

    attempts: list[Callable[[], str]] = [lambda: told(enter_all_paid), *entering(shoppers)]
    at_once(attempts)

    counts = [Entry.objects.filter(shopper_id=one).count() for one in shoppers]
    assert counts == [2] * 6


def test_who_enters_while_the_draw_is_closed_is_in_the_list_or_is_told_so() -> None:
    make_market()
    make_draw()
    shoppers = [make_shopper(lane=lane) for lane in range(12)]

    def close() -> str:
        close_draw(slug="gala", by=CLOSING)
        return "closed"

    found = at_once([close, *entering(shoppers)])

    lines = b"".join(published_file(slug="gala")).splitlines(keepends=True)
    listed = verify_published(lines, root_noted=draw_row().root)
    assert listed.ok
    assert listed.head.entries == found.count("done") == Entry.objects.count() == Draw.objects.get().entries
    assert set(found) <= {"closed", "done", "draw-not-entered"}
