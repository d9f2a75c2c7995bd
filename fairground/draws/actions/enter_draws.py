"""Entering draws: by what somebody bought, by a task, or for nothing."""

from collections.abc import Sequence
from datetime import datetime
from enum import IntEnum

from django.db import connection, transaction

from fairground.carts.queries import goods_wished
from fairground.draws.models import Draw, Entry
from fairground.draws.rules.terms import WISHES_FOR_TASK, DrawState, EntryKind
from fairground.identity.actions import hold_shoppers
from fairground.identity.queries import shopper_may_win
from fairground.kernel.ids import lane_of
from fairground.kernel.outbox import OutboxEvent, OutboxKind, consume_outbox
from fairground.kernel.refusal import Refusal
from fairground.kernel.sql import array_text, load_sql

# The consumer of the outbox that enters what was paid.
ENTRANTS = "draw-entries"
EVENTS_MAX = 2000


class Task(IntEnum):
    """What counts as a task."""

    WISH_LIST = 1  # so many goods on the wish list: `WISHES_FOR_TASK`


class DrawNotEntered(Refusal):
    """The draw is not open to entries: it does not exist, is closed, or its time is not now."""


class WayClosed(Refusal):
    """The draw can't be entered in this way, or not in this market."""


class ShopperNotVerified(Refusal):
    """Only who signed in with a proved address enters, so that one person is one entrant."""


class TaskNotDone(Refusal):
    """The task is not done yet; `needed` and `done` say how far it is."""


class EnteredAlready(Refusal):
    """This entered before: a purchase and a task enter once, the free way once a day."""


class EntriesFull(Refusal):
    """The shopper has as many entries as one may."""


def enter_draw(*, slug: str, shopper_id: int, kind: EntryKind, market: str, now: datetime) -> int:
    """Enter a shopper for nothing or for the task, and return how many entries the shopper has now.

    Locks the draw, shared, then the shopper.

    :raises DrawNotEntered: nothing changed, and so for each of these
    :raises WayClosed: not in this way, or not in this market
    :raises ShopperNotVerified: not verified, blocked or erased
    :raises TaskNotDone: the task is not done
    :raises EnteredAlready: today, or with this task
    :raises EntriesFull: the limit is reached
    """
    assert kind is not EntryKind.PURCHASE, "a purchase enters by itself once it is paid"
    with transaction.atomic():
        draw_id, entries_max, opens_at, closes_at, ways, markets = _hold_open(slug)
        if not opens_at <= now < closes_at:
            raise DrawNotEntered(draw=slug)
        if kind not in ways or market not in markets:
            raise WayClosed(draw=slug)
        hold_shoppers(shopper_id)
        if not shopper_may_win(shopper_id=shopper_id):
            raise ShopperNotVerified
        ref = Task.WISH_LIST.value if kind is EntryKind.TASK else now.toordinal()
        own = Entry.objects.filter(lane=lane_of(shopper_id), draw_id=draw_id, shopper_id=shopper_id)
        nth = own.count() + 1
        if own.filter(kind=kind, ref=ref).exists():
            raise EnteredAlready(draw=slug)
        if nth > entries_max:
            raise EntriesFull(draw=slug, most=entries_max)
        if kind is EntryKind.TASK:
            _require_task_done(shopper_id)
        Entry.objects.create(
            lane=lane_of(shopper_id),
            draw_id=draw_id,
            shopper_id=shopper_id,
            kind=kind,
            ref=ref,
            nth=nth,
            nth_max=entries_max,
            market=market,
            at=now,
        )
    return nth


def _hold_open(slug: str) -> tuple[int, int, datetime, datetime, list[int], list[str]]:
    with connection.cursor() as cursor:
        cursor.execute(load_sql("draws", "hold_draw_for_entry"), {"slug": slug})
        row = cursor.fetchone()
    if row is None:
        raise DrawNotEntered(draw=slug)
    draw_id, entries_max, opens_at, closes_at, ways, markets = row
    return draw_id, entries_max, opens_at, closes_at, ways, markets


def _require_task_done(shopper_id: int) -> None:
    done = goods_wished(shopper_id=shopper_id)
    if done < WISHES_FOR_TASK:
        raise TaskNotDone(needed=WISHES_FOR_TASK, done=done)


def enter_paid_purchases() -> int:
    """Enter what was paid since the last call into the open draws whose rule it fulfils; return the events looked at.

    Each purchase enters a draw once, whatever happens in between: the consumer's number moves in the same transaction.
    """
    return consume_outbox(consumer=ENTRANTS, handle=_enter, events_max=EVENTS_MAX)


def _enter(events: Sequence[OutboxEvent]) -> None:
    ids = sorted({event.subject_id for event in events if event.kind is OutboxKind.PURCHASE_PAID})
    if not ids:
        return
    open_ones = Draw.objects.filter(state=DrawState.OPEN, ways__contains=[EntryKind.PURCHASE.value])
    draws = list(open_ones.select_for_update(no_key=True).order_by("id").values_list("id", flat=True))
    if draws:
        with connection.cursor() as cursor:
            cursor.execute(
                load_sql("draws", "enter_purchases"),
                {"lanes": array_text(map(lane_of, ids)), "ids": array_text(ids), "draw_ids": array_text(draws)},
            )
