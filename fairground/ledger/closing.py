"""Closing days: sealed under the turn of all writers, then summed and hashed while the shop goes on."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from django.db import connection, transaction

from fairground.kernel.edits import edit_turn
from fairground.kernel.ids import LANES
from fairground.kernel.refusal import Refusal
from fairground.kernel.sql import load_sql
from fairground.ledger.closed_days import (
    NO_HASH,
    ClosedDay,
    day_begins_at,
    day_ends_at,
    hash_day,
    last_closed_day,
)
from fairground.ledger.models import Day, DaySeal, Transfer
from fairground.ledger.rules import TransferOutcome

# What was stamped before midnight is written by then: a batch tries for half a minute (`RETRY_FOR_S`), and what could
# not be written in time is stamped anew.
OVER_FOR = timedelta(minutes=10)
# A day that holds more is closed all the same; only its sums are sorted on disk.
_WORK_MEM = "128MB"


class DayNotOver(Refusal):
    """Something may still happen on that day, so it can't be closed."""


def last_day_over(*, now: datetime) -> date:
    """Return the last day (UTC) that may be closed at a moment."""
    return (now - OVER_FOR).astimezone(UTC).date() - timedelta(days=1)


def seal_days(*, until: date, now: datetime) -> int:
    """Let nothing be written any more that is dated up to the end of the day `until`; return how many days that are.

    The first day is that of the first transfer. Holds the turn of all writers for a moment, so that every batch has
    either committed before or sees the seal.

    :raises DayNotOver: nothing changed
    :raises ShopBusy: the turn was not had in time; nothing changed
    """
    if until > last_day_over(now=now):
        raise DayNotOver(day=until)
    # The first time, all transfers are looked through for the first one; so not under the turn.
    first = _day_after_seals() or _day_of_first_transfer()
    if first is None or first > until:
        return 0
    with edit_turn(lanes=range(LANES), now=now):
        first = _day_after_seals() or first
        if first > until:
            return 0
        days = [first + timedelta(days=number) for number in range((until - first).days + 1)]
        DaySeal.objects.bulk_create([DaySeal(day=day, ends_at=day_ends_at(day), sealed_at=now) for day in days])
    return len(days)


def close_next_day(*, now: datetime) -> ClosedDay | None:
    """Sum, hash and chain the first day that is sealed and not closed, and return it; None where there is none.

    Takes no turn: what is sealed does not change. Who closes at the same time waits for the seal's row, and goes on
    with the day after.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', %s, true)", [_WORK_MEM])
        seal = _lock_next_seal()
        if seal is None:
            return None
        last = last_closed_day()
        previous_hash = last.hash if last else NO_HASH
        cursor.execute(
            load_sql("ledger", "write_day_balances"),
            {
                "day": seal.day,
                "begins_at": day_begins_at(seal.day),
                "ends_at": seal.ends_at,
                "outcome_posted": TransferOutcome.POSTED,
            },
        )
        content = hash_day(day=seal.day, previous_hash=previous_hash)
        counts = {"transfers": content.transfers, "ends": content.ends, "balances": content.balances}
        Day.objects.create(seal=seal, previous_hash=previous_hash, hash=content.hash, closed_at=now, **counts)
    with connection.cursor() as cursor:
        cursor.execute(load_sql("ledger", "summarise_moments"))
    return ClosedDay(day=seal.day, previous_hash=previous_hash, hash=content.hash, closed_at=now, **counts)


def _lock_next_seal() -> DaySeal | None:
    while (seal := DaySeal.objects.filter(closed__isnull=True).order_by("day").first()) is not None:
        DaySeal.objects.select_for_update().get(day=seal.day)
        if not Day.objects.filter(seal_id=seal.day).exists():
            break
    return seal


def close_days(*, until: date, now: datetime, on_closed: Callable[[ClosedDay], None] | None = None) -> list[ClosedDay]:
    """Close every day up to `until` that is not closed yet, in order, and return those; closing twice is closing once.

    :raises DayNotOver: nothing changed
    :raises ShopBusy: no day was sealed
    """
    seal_days(until=until, now=now)
    closed: list[ClosedDay] = []
    while (day := close_next_day(now=now)) is not None:
        closed.append(day)
        if on_closed:
            on_closed(day)
    return closed


def _day_after_seals() -> date | None:
    last = DaySeal.objects.order_by("-day").values_list("day", flat=True).first()
    return last + timedelta(days=1) if last else None


def _day_of_first_transfer() -> date | None:
    first_at = Transfer.objects.order_by("at").values_list("at", flat=True).first()
    return first_at.astimezone(UTC).date() if first_at else None
