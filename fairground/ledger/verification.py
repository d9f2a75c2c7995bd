"""Whether the ledger says the same everywhere: accounts, closed days and their chain, all recomputed from transfers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta

from django.db import connection, transaction

from fairground.kernel.sql import load_sql
from fairground.ledger.closed_days import (
    NO_HASH,
    ClosedDay,
    closed_day,
    closed_days,
    day_begins_at,
    day_ends_at,
    hash_day,
    last_closed_day,
)
from fairground.ledger.models import Account, DayBalance, DaySeal, Transfer, TransferEnd
from fairground.ledger.queries import accounts_that_disagree
from fairground.ledger.rules import TransferOutcome

# Differences that are told one by one; all are counted, days by their first ones.
TOLD_MAX = 20
_WORK_MEM = "256MB"


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not what it should be: on which day or nowhere in particular, and what, in words."""

    day: date | None
    what: str


@dataclass(slots=True)
class LedgerVerification:
    """What was looked at, and what differs: the first `TOLD_MAX` by name, all by number."""

    accounts: int = 0
    transfers: int = 0
    days: int = 0
    last_day: date | None = None
    last_hash: str = ""
    differences: int = 0
    told: list[Difference] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing differs."""
        return self.differences == 0

    def add(self, day: date | None, what: str) -> None:
        """Count a difference, and tell it where it is one of the first."""
        self.differences += 1
        if len(self.told) < TOLD_MAX:
            self.told.append(Difference(day, what))


def verify_ledger(
    *, known: Mapping[date, str] | None = None, on_progress: Callable[[int, int, str], None] | None = None
) -> LedgerVerification:
    """Recompute every account and every closed day from transfers, and compare.

    Reads one snapshot and changes nothing, so it may run while the shop sells. `known` are hashes that somebody wrote
    down elsewhere: without one, whoever may write everything may also write another history. `on_progress` is told how
    much is done, of how much, and what comes now.
    """
    assert not connection.in_atomic_block, "a snapshot of its own needs a transaction of its own"
    found = LedgerVerification()
    tell = on_progress or (lambda _done, _total, _name: None)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT set_config('work_mem', %s, true)", [_WORK_MEM])
        days = closed_days()
        steps = len(days) + 1
        tell(0, steps, "Accounts")
        _compare_accounts(found)
        _compare_seals(found, days)
        previous: ClosedDay | None = None
        for number, day in enumerate(days, start=1):
            tell(number, steps, day.day.isoformat())
            _compare_chain(found, day, previous)
            _compare_day(found, day)
            previous = day
        _compare_known(found, days, known or {})
    found.days = len(days)
    if previous:
        found.last_day, found.last_hash = previous.day, previous.hash
    return found


def verify_day(*, day: date) -> LedgerVerification:
    """Recompute one closed day from its transfers and the day before, and compare; its accounts are not looked at.

    :raises DayNotClosed: it is not
    """
    one = closed_day(day=day)
    found = LedgerVerification(transfers=one.transfers, days=1, last_day=one.day, last_hash=one.hash)
    _compare_chain(found, one, last_closed_day(before=day))
    _compare_day(found, one)
    return found


def verify_chain(*, days: Sequence[ClosedDay]) -> LedgerVerification:
    """Compare what closed days, the first one first, say of the days before them; what lies in them is not read."""
    found = LedgerVerification(days=len(days))
    previous: ClosedDay | None = None
    for day in days:
        _compare_chain(found, day, previous)
        previous = day
    return found


def _compare_accounts(found: LedgerVerification) -> None:
    found.accounts, found.transfers = Account.objects.count(), Transfer.objects.count()
    for one in accounts_that_disagree():
        if one.address is None:
            found.add(None, f"transfers of {one.currency} name account {one.account_id}, and there is none")
        else:
            found.add(
                None, f"{one.address} ({one.account_id}): its row says {one.row}, its transfers say {one.transfers}"
            )
    with connection.cursor() as cursor:
        cursor.execute(load_sql("ledger", "ends_without_pending"), {"at_most": TOLD_MAX})
        for transfer_id, missing in cursor.fetchall():
            fault = "there is none" if missing else "it was never pending"
            found.add(None, f"transfer {transfer_id} ended, and {fault}")


def _compare_seals(found: LedgerVerification, days: list[ClosedDay]) -> None:
    expected: date | None = None
    for seal in DaySeal.objects.order_by("day"):
        if seal.ends_at != day_ends_at(seal.day):
            found.add(seal.day, f"its seal ends at {seal.ends_at.astimezone(UTC).isoformat()}")
        if expected is not None and seal.day != expected:
            found.add(expected, "is not sealed, and a later day is")
        expected = seal.day + timedelta(days=1)
    stray = DayBalance.objects.exclude(day__in=[one.day for one in days]).order_by("day", "account_id")
    for account_id, day in stray.values_list("account_id", "day")[:TOLD_MAX]:
        found.add(day, f"account {account_id} has a balance, and the day is not closed")
    if days:
        first_at = day_begins_at(days[0].day)
        for transfer_id in Transfer.objects.filter(at__lt=first_at).values_list("id", flat=True)[:TOLD_MAX]:
            found.add(None, f"transfer {transfer_id} is dated before the first closed day")
        for transfer_id in TransferEnd.objects.filter(at__lt=first_at).values_list("transfer_id", flat=True)[:TOLD_MAX]:
            found.add(None, f"transfer {transfer_id} ended before the first closed day")


def _compare_chain(found: LedgerVerification, day: ClosedDay, previous: ClosedDay | None) -> None:
    before = previous.hash if previous else NO_HASH
    if day.previous_hash != before:
        found.add(day.day, f"it is chained to {day.previous_hash}, and the day before has {before}")
    if previous and day.day != previous.day + timedelta(days=1):
        found.add(day.day, f"the closed day before is {previous.day}")


def _compare_day(found: LedgerVerification, day: ClosedDay) -> None:
    asked: dict[str, date | int] = {
        "day": day.day,
        "begins_at": day_begins_at(day.day),
        "ends_at": day_ends_at(day.day),
        "outcome_posted": TransferOutcome.POSTED,
        "at_most": TOLD_MAX,
    }
    with connection.cursor() as cursor:
        cursor.execute(load_sql("ledger", "day_balances_that_disagree"), asked)
        for account_id, missing, not_moved in cursor.fetchall():
            fault = (
                "has no balance and moved"
                if missing
                else "has a balance and did not move"
                if not_moved
                else ("has a balance that is not that of its transfers")
            )
            found.add(day.day, f"account {account_id} {fault}")
    content = hash_day(day=day.day, previous_hash=day.previous_hash)
    for name, said, counted in (
        ("transfers", day.transfers, content.transfers),
        ("endings", day.ends, content.ends),
        ("balances", day.balances, content.balances),
    ):
        if said != counted:
            found.add(day.day, f"it was closed with {said} {name}, and there are {counted}")
    if content.hash != day.hash:
        found.add(day.day, f"it was closed with the hash {day.hash}, and what lies in it has {content.hash}")


def _compare_known(found: LedgerVerification, days: list[ClosedDay], known: Mapping[date, str]) -> None:
    hashes = {day.day: day.hash for day in days}
    for day, known_hash in sorted(known.items()):
        if hashes.get(day) != known_hash:
            found.add(day, f"its hash was known as {known_hash}, and it is {hashes.get(day, 'not closed')}")
