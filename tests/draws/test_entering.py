"""Entering draws: by purchases, once each, by the task, and for nothing."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from fairground.carts.actions import save_wish
from fairground.draws.actions.draw_winners import close_draw
from fairground.draws.actions.enter_draws import (
    ENTRANTS,
    DrawNotEntered,
    EnteredAlready,
    EntriesFull,
    ShopperNotVerified,
    TaskNotDone,
    WayClosed,
    enter_draw,
)
from fairground.draws.models import Entry
from fairground.draws.queries import own_part
from fairground.draws.rules.drawing import pseudonym
from fairground.draws.rules.terms import EntryKind
from fairground.draws.tasks import enter_purchases
from fairground.identity.models import Shopper
from fairground.kernel.models import OutboxCursor
from tests.draws.making import CLOSING, HOUR, MINUTE_MS, after, buy, draw_row, enter_all_paid, enter_free, make_draw
from tests.factories import NOW, NOW_MS, give_wallet, make_market, make_shopper, make_sku, pay, pay_request, place_one
from tests.factories import place_request as asked


@pytest.fixture(autouse=True)
def _market(lone_writer: object) -> None:
    make_market()


def entered() -> list[tuple[int, int, int]]:
    """Return shopper, kind and what for of every entry."""
    return sorted(Entry.objects.values_list("shopper_id", "kind", "ref"))


def test_a_paid_purchase_of_the_festival_enters_once_however_often_events_are_read() -> None:
    chair, ada = make_sku(deal_price_minor=800), make_shopper(lane=3)
    make_draw()
    purchase = buy(chair, shopper_id=ada)

    enter_purchases()
    OutboxCursor.objects.filter(consumer=ENTRANTS).update(seq=0)
    enter_purchases()

    assert entered() == [(ada, EntryKind.PURCHASE, purchase)]
    [row] = Entry.objects.all()
    assert (row.lane, row.nth, row.nth_max, row.market, row.at) == (3, 1, 3, "EU", NOW)


def test_what_does_not_fulfil_the_rule_does_not_enter() -> None:
    chair = make_sku(deal_price_minor=800)
    make_draw(minimum_minor={"EU": 801})
    make_draw(slug="other", ways=frozenset({EntryKind.FREE}))
    ada, eve = make_shopper(), make_shopper(verified=False)
    usual = place_one(asked(chair.line(2), shopper_id=ada))
    give_wallet(shopper_id=ada, amount_minor=usual.total_minor)
    pay([pay_request(usual, shopper_id=ada)])
    buy(chair, shopper_id=ada)
    buy(chair, shopper_id=eve, quantity=2)
    buy(chair, shopper_id=ada, quantity=2, at_ms=NOW_MS + 60 * MINUTE_MS)

    enter_all_paid()

    assert entered() == []


def test_a_purchase_enters_every_draw_that_it_fulfils_the_rule_of() -> None:
    chair, ada = make_sku(deal_price_minor=800), make_shopper()
    make_draw()
    make_draw(slug="other", markets=frozenset({"EU"}), minimum_minor={"EU": 800})
    buy(chair, shopper_id=ada)

    enter_all_paid()

    assert sorted(Entry.objects.values_list("draw_id", flat=True)) == sorted([draw_row().pk, draw_row("other").pk])


def test_purchases_beyond_the_limit_do_not_enter_and_the_first_ones_do() -> None:
    chair, ada = make_sku(deal_price_minor=800), make_shopper()
    make_draw(entries_max=3)
    enter_free(ada)
    purchases = [buy(chair, shopper_id=ada, at_ms=NOW_MS + number) for number in range(4)]

    enter_all_paid()

    assert entered() == sorted(
        [(ada, EntryKind.FREE, NOW.toordinal()), *((ada, EntryKind.PURCHASE, one) for one in purchases[:2])]
    )


def test_a_guests_purchase_enters_as_the_shopper_that_the_guest_went_into() -> None:
    chair, guest, ada = make_sku(deal_price_minor=800), make_shopper(verified=False, lane=5), make_shopper(lane=3)
    make_draw()
    purchase = buy(chair, shopper_id=guest)
    Shopper.objects.filter(id=guest).update(merged_into_id=ada)

    enter_all_paid()

    assert entered() == [(ada, EntryKind.PURCHASE, purchase)]


def test_the_free_way_is_open_once_a_day() -> None:
    ada = make_shopper()
    make_draw(closes_at=NOW + timedelta(days=2), beacon_at=NOW + timedelta(days=3))

    assert enter_free(ada) == 1
    with pytest.raises(EnteredAlready):
        enter_free(ada, now=NOW + HOUR)
    assert enter_free(ada, now=NOW + timedelta(days=1)) == 2
    assert len(entered()) == 2


def test_the_task_is_three_goods_on_the_wish_list() -> None:
    ada = make_shopper()
    make_draw()

    def wish() -> None:
        save_wish(shopper_id=ada, sku_id=make_sku().id, seen_minor=None, currency="EUR", now=NOW)

    def enter() -> int:
        return enter_draw(slug="gala", shopper_id=ada, kind=EntryKind.TASK, market="EU", now=NOW)

    wish()
    wish()
    with pytest.raises(TaskNotDone) as refused:
        enter()
    assert refused.value.facts == {"needed": 3, "done": 2}
    assert entered() == []
    wish()
    assert enter() == 1
    with pytest.raises(EnteredAlready):
        enter()
    assert entered() == [(ada, EntryKind.TASK, 1)]


def test_who_may_not_enter_is_refused_and_nothing_is_written() -> None:
    ada, eve = make_shopper(), make_shopper(verified=False)
    blocked = make_shopper(blocked_at=NOW)
    make_draw(markets=frozenset({"EU"}), ways=frozenset({EntryKind.FREE, EntryKind.PURCHASE}))
    make_draw(slug="draft", is_open=False)

    for slug, shopper, kind, market, now, refusal in (
        ("none", ada, EntryKind.FREE, "EU", NOW, DrawNotEntered),
        ("draft", ada, EntryKind.FREE, "EU", NOW, DrawNotEntered),
        ("gala", ada, EntryKind.FREE, "EU", NOW - timedelta(seconds=1), DrawNotEntered),
        ("gala", ada, EntryKind.FREE, "EU", NOW + HOUR, DrawNotEntered),
        ("gala", ada, EntryKind.FREE, "US", NOW, WayClosed),
        ("gala", ada, EntryKind.TASK, "EU", NOW, WayClosed),
        ("gala", eve, EntryKind.FREE, "EU", NOW, ShopperNotVerified),
        ("gala", blocked, EntryKind.FREE, "EU", NOW, ShopperNotVerified),
    ):
        with pytest.raises(refusal):
            enter_draw(slug=slug, shopper_id=shopper, kind=kind, market=market, now=now)
    assert entered() == []


def test_nobody_enters_more_often_than_the_draw_lets_one() -> None:
    ada = make_shopper()
    make_draw(entries_max=1, closes_at=NOW + timedelta(days=2), beacon_at=NOW + timedelta(days=3))
    enter_free(ada)

    with pytest.raises(EntriesFull):
        enter_free(ada, now=NOW + timedelta(days=1))

    assert len(entered()) == 1
    with pytest.raises(IntegrityError, match="entry_within_the_limit"), transaction.atomic():
        Entry.objects.update(nth=F("nth") + 1)


def test_who_entered_is_told_the_salt_and_nobody_else() -> None:
    ada, ben = make_shopper(), make_shopper()
    make_draw()
    enter_free(ada)

    part = own_part(slug="gala", shopper_id=ada)

    assert part is not None
    assert part.pseudonym == pseudonym(salt=bytes.fromhex(part.salt), shopper_id=ada)
    assert [(one.kind, one.ref) for one in part.entries] == [(EntryKind.FREE, NOW.toordinal())]
    assert own_part(slug="gala", shopper_id=ben) is None


def test_a_closed_draw_is_entered_by_nobody_and_takes_in_what_was_paid_in_time() -> None:
    chair, ada = make_sku(deal_price_minor=800), make_shopper()
    make_draw()
    purchase = buy(chair, shopper_id=ada, at_ms=NOW_MS + 59 * MINUTE_MS)

    close_draw(slug="gala", by=CLOSING)
    late = buy(chair, shopper_id=ada, at_ms=NOW_MS + 59 * MINUTE_MS + 1)
    enter_all_paid()

    assert late != purchase
    assert entered() == [(ada, EntryKind.PURCHASE, purchase)]
    with pytest.raises(DrawNotEntered):
        enter_free(ada, now=after(MINUTE_MS))
