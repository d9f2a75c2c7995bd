"""What is closed: days with their hashes, the canonical form that is hashed, and sums at a day's end."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection

from fairground.kernel.refusal import Refusal
from fairground.kernel.sql import load_sql
from fairground.ledger.models import Day
from fairground.ledger.queries import TrialBalance

# The first line of what is hashed; its number is that of the form, which docs/algorithms/ledger.md describes.
FORM = "fairground ledger day 1"
# Before the first day there is none.
NO_HASH = "0" * 64

_STREAMS = ("stream_day_transfers", "stream_day_ends", "stream_day_balances")


class DayNotClosed(Refusal):
    """That day is not closed, so nobody has said what stood at its end."""


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A day (UTC) that is closed. `balances` counts the accounts that moved on it."""

    day: date
    previous_hash: str
    hash: str
    transfers: int
    ends: int
    balances: int
    closed_at: datetime


@dataclass(frozen=True, slots=True)
class DayContent:
    """What a day holds, hashed behind the hash of the day before."""

    hash: str
    transfers: int
    ends: int
    balances: int


@dataclass(frozen=True, slots=True)
class BalanceGroup:
    """The accounts of one currency whose addresses differ by ids alone: `shopper:*:wallet:EUR`."""

    name: str
    accounts: int
    sums: TrialBalance


def day_begins_at(day: date) -> datetime:
    """Return the first moment of a day in UTC."""
    return datetime.combine(day, time(), UTC)


def day_ends_at(day: date) -> datetime:
    """Return the first moment of the day after, in UTC."""
    return day_begins_at(day + timedelta(days=1))


def closed_days() -> list[ClosedDay]:
    """Return every closed day, the first one first."""
    return [_closed(row) for row in Day.objects.order_by("seal_id")]


def last_closed_day(*, before: date | None = None) -> ClosedDay | None:
    """Return the last closed day there is, or the last one before a day; None where there is none."""
    rows = Day.objects.order_by("-seal_id")
    row = (rows if before is None else rows.filter(seal_id__lt=before)).first()
    return _closed(row) if row else None


def closed_day(*, day: date) -> ClosedDay:
    """Return a day that is closed.

    :raises DayNotClosed: it is not
    """
    row = Day.objects.filter(seal_id=day).first()
    if row is None:
        raise DayNotClosed(day=day)
    return _closed(row)


def written_day(*, day: date) -> Iterator[bytes]:
    """Yield the canonical form of a closed day: the bytes whose SHA-256 is its hash, unless somebody changed them.

    They come while the database streams them, so that a day of any size takes the same memory.

    :raises DayNotClosed: it is not; nothing was yielded
    """
    one = closed_day(day=day)
    return (data for _, data in _pieces(day=one.day, previous_hash=one.previous_hash))


def hash_day(*, day: date, previous_hash: str) -> DayContent:
    """Return the SHA-256 of a day's canonical form, in hexadecimal digits, and how many lines of each sort it has."""
    hashed = hashlib.sha256()
    lines = dict.fromkeys(("", *_STREAMS), 0)
    for stream, data in _pieces(day=day, previous_hash=previous_hash):
        hashed.update(data)
        lines[stream] += data.count(b"\n")
    transfers, ends, balances = (lines[stream] for stream in _STREAMS)
    return DayContent(hashed.hexdigest(), transfers, ends, balances)


def _pieces(*, day: date, previous_hash: str) -> Iterator[tuple[str, bytes]]:
    """Yield a day's canonical form in pieces, each with the stream that it is of; the first line is of none."""
    yield "", f"{FORM}\t{day.isoformat()}\t{previous_hash}\n".encode()
    asked = {"day": day, "begins_at": day_begins_at(day), "ends_at": day_ends_at(day)}
    for stream in _STREAMS:
        with (
            connection.wrap_database_errors,
            connection.cursor() as cursor,
            cursor.copy(load_sql("ledger", stream), asked) as copy,
        ):
            for data in copy:
                yield stream, bytes(data)


def balance_groups(*, day: date | None = None) -> list[BalanceGroup]:
    """Return the trial balance by currency and group of accounts: as it stands, or at the end of a closed day.

    :raises DayNotClosed: it is not
    """
    if day is not None:
        closed_day(day=day)
    name = "trial_balance_by_group" if day is None else "trial_balance_at_day"
    with connection.cursor() as cursor:
        cursor.execute(load_sql("ledger", name), {"day": day})
        return [
            BalanceGroup(name, accounts, TrialBalance(currency, *map(int, sums)))
            for currency, name, accounts, *sums in cursor.fetchall()
        ]


def _closed(row: Day) -> ClosedDay:
    return ClosedDay(row.seal_id, row.previous_hash, row.hash, row.transfers, row.ends, row.balances, row.closed_at)
