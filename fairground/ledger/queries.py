"""What the ledger says: balances, statements, and whether the books agree."""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection

from fairground.kernel.clock import to_unix_ms
from fairground.kernel.ids import make_id
from fairground.kernel.patience import statements_within
from fairground.kernel.refusal import Refusal
from fairground.kernel.sql import load_sql
from fairground.ledger.models import Day
from fairground.ledger.rules import (
    AccountDeltas,
    AccountKind,
    AccountState,
    LaneAddress,
    TransferKind,
    TransferOutcome,
)

# Of statements, which read every transfer of the days on which their accounts moved: 10 million take some seconds. The
# thread that waits makes no pages.
STATEMENTS_MAX_MS = 20_000
# Closed days that one statement of the database reads at most, so that a long time is not one long statement.
SPAN_DAYS_MAX = 31
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


class StatementsTooSlow(Refusal):
    """There is too much to read, or too much else to do; it may be asked for again later."""


class NoSuchAccount(Refusal):
    """No account was ever opened at this address."""


@dataclass(frozen=True, slots=True)
class StatementLine:
    """What one transfer did to the account; one that was pending is dated by its posting."""

    transfer_id: int
    at: datetime
    kind: TransferKind
    order_id: int | None
    debit_minor: int
    credit_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True)
class Statement:
    """What was posted from `opens_at` up to `closes_at`, exclusive; balances on the account's normal side."""

    lane: int
    address: str
    currency: str
    opens_at: datetime
    closes_at: datetime
    opening_balance_minor: int
    lines: tuple[StatementLine, ...]
    closing_balance_minor: int


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """All accounts of a currency together: debits equal credits, posted and pending (INV-5)."""

    currency: str
    debits_posted_minor: int
    credits_posted_minor: int
    debits_pending_minor: int
    credits_pending_minor: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An account whose row is not the sum of its transfers; without an address there is no such account."""

    account_id: int
    address: str | None
    currency: str
    row: AccountDeltas
    transfers: AccountDeltas


def balances(addresses: Iterable[LaneAddress]) -> dict[LaneAddress, AccountState]:
    """Return the accounts at these (lane, address) as they stand; where there is none, nothing."""
    wanted = list(addresses)
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("ledger", "load_accounts"),
            {"lanes": [lane for lane, _ in wanted], "addresses": [address for _, address in wanted]},
        )
        return {(row[1], row[2]): AccountState(*row) for row in cursor.fetchall()}


def statement(*, lane: int, address: str, opens_at: datetime, closes_at: datetime) -> Statement:
    """Return an account's statement, as `statements` does.

    :raises NoSuchAccount: nobody ever opened it
    :raises StatementsTooSlow: as there
    """
    found = statements(addresses=[(lane, address)], opens_at=opens_at, closes_at=closes_at)
    if not found:
        raise NoSuchAccount(lane=lane, address=address)
    return found[0]


def statements(*, addresses: Collection[LaneAddress], opens_at: datetime, closes_at: datetime) -> list[Statement]:
    """Return the statements of the accounts there are among these (lane, address), in their order.

    What stood at the end of the last closed day before comes from there; everything since is summed from transfers, and
    nothing comes from an account's row. Reads the transfers since then once (there is no index by account, which would
    slow the opening second), and passes over the closed days on which none of the accounts moved.

    :raises StatementsTooSlow: that took longer than `STATEMENTS_MAX_MS`
    """
    accounts = balances(addresses)
    rows: dict[int, list[tuple[Any, ...]]] = {account.id: [] for account in accounts.values()}
    begun_at = time.monotonic()
    with statements_within(most_ms=STATEMENTS_MAX_MS, too_slow=StatementsTooSlow), connection.cursor() as cursor:
        before = Day.objects.filter(seal_id__lt=opens_at.astimezone(UTC).date()).order_by("-seal_id").first()
        stood = sums_at_day(day=before.seal_id, account_ids=rows) if before else {}
        asked: dict[str, list[int] | int | datetime] = {
            "account_ids": list(rows),
            "outcome_posted": TransferOutcome.POSTED,
            "opens_at": opens_at,
        }
        begins_at = _day_after(before.seal_id) if before else _EVER
        for from_at, to_at in _spans(account_ids=rows, begins_at=begins_at, closes_at=closes_at) if rows else ():
            if time.monotonic() - begun_at > STATEMENTS_MAX_MS / 1000:
                raise StatementsTooSlow
            cursor.execute(load_sql("ledger", "statement_lines"), asked | {"begins_at": from_at, "closes_at": to_at})
            for account_id, *row in cursor.fetchall():
                rows[account_id].append(tuple(row))
    return [
        _statement(accounts[one], stood.get(accounts[one].id), rows[accounts[one].id], opens_at, closes_at)
        for one in addresses
        if one in accounts
    ]


def _spans(
    *, account_ids: Collection[int], begins_at: datetime, closes_at: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the times between two moments in which the accounts may have moved, in order.

    Of closed days those on which one of them did, then all that is not closed. Days in a row are one time, up to
    `SPAN_DAYS_MAX` of them.
    """
    # Read first: a day that is closed meanwhile is still one that is not.
    last = Day.objects.order_by("-seal_id").values_list("seal_id", flat=True).first()
    days: list[date] = []
    if last:
        to_day = min(last, (closes_at - timedelta(microseconds=1)).astimezone(UTC).date())
        from_day = begins_at.astimezone(UTC).date()
        with connection.cursor() as cursor:
            cursor.execute(
                load_sql("ledger", "days_moved"),
                {"account_ids": list(account_ids), "from_day": from_day, "to_day": to_day},
            )
            days = [day for (day,) in cursor.fetchall()]
    first = 0
    for place, day in enumerate(days):
        is_end = place + 1 == len(days) or days[place + 1] != day + timedelta(days=1)
        if is_end or place + 1 - first == SPAN_DAYS_MAX:
            yield max(begins_at, _day_after(days[first]) - timedelta(days=1)), min(closes_at, _day_after(day))
            first = place + 1
    open_from = max(begins_at, _day_after(last)) if last else begins_at
    if open_from < closes_at:
        yield open_from, closes_at


def sums_at_day(*, day: date, account_ids: Collection[int]) -> dict[int, AccountDeltas]:
    """Return debits and credits, posted, then both pending, at a closed day's end; of accounts that moved by then."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("ledger", "balances_at_day"), {"day": day, "account_ids": list(account_ids)})
        return {row[0]: row[2:6] for row in cursor.fetchall()}


def _day_after(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


def _statement(
    account: AccountState,
    stood: AccountDeltas | None,
    rows: list[tuple[Any, ...]],
    opens_at: datetime,
    closes_at: datetime,
) -> Statement:
    sign = -1 if account.kind == AccountKind.DEBIT_NORMAL else 1
    opening = sign * (stood[1] - stood[0]) if stood else 0
    if rows and rows[0][0] is None:
        before, *rows = rows
        opening += sign * (before[5] - before[4])
    balance = opening
    lines: list[StatementLine] = []
    for transfer_id, at, kind, order_id, debit, credit in rows:
        balance += sign * (credit - debit)
        lines.append(StatementLine(transfer_id, at, TransferKind(kind), order_id, debit, credit, balance))
    return Statement(
        account.lane,
        account.address,
        account.currency,
        opens_at,
        closes_at,
        opening,
        tuple(lines),
        closing_balance_minor=balance,
    )


def trial_balance() -> list[TrialBalance]:
    """Return the sums of all account rows, by currency."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("ledger", "trial_balance"))
        return [TrialBalance(currency, *map(int, sums)) for currency, *sums in cursor.fetchall()]


def accounts_that_disagree() -> list[Disagreement]:
    """Return the accounts whose row is not the sum of their transfers (INV-6); a sound ledger has none."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("ledger", "accounts_that_disagree"), {"outcome_posted": TransferOutcome.POSTED})
        return [Disagreement(row[0], row[1], row[2], row[3:7], row[7:11]) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class OrderTransfer:
    """Money that moved for an order, and between which addresses; `outcome` is None unless it was pending and ended."""

    order_id: int
    id: int
    at: datetime
    kind: TransferKind
    amount_minor: int
    currency: str
    pending: bool
    outcome: TransferOutcome | None
    debit_address: str
    credit_address: str


# A transfer's id is drawn in the batch that makes it: in its millisecond, or some later while many batches draw.
_IDS_BEFORE_MS, _IDS_AFTER_MS = 1_000, 10_000


def transfers_of_orders(*, moments: Mapping[int, Iterable[datetime]]) -> list[OrderTransfer]:
    """Return the transfers of orders that were made about the moments given by order id, by their ids."""
    windows = [(order_id, to_unix_ms(moment)) for order_id, each in moments.items() for moment in each]
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("ledger", "transfers_of_orders"),
            {
                "order_ids": [order_id for order_id, _ in windows],
                "from_ids": [make_id(unix_ms=at_ms - _IDS_BEFORE_MS, lane=0, sequence=0) for _, at_ms in windows],
                "to_ids": [make_id(unix_ms=at_ms + _IDS_AFTER_MS, lane=0, sequence=0) for _, at_ms in windows],
            },
        )
        return [
            OrderTransfer(
                order_id=row[0],
                id=row[1],
                at=row[2],
                kind=TransferKind(row[3]),
                amount_minor=row[4],
                currency=row[5],
                pending=row[6],
                outcome=TransferOutcome(row[7]) if row[7] else None,
                debit_address=row[8],
                credit_address=row[9],
            )
            for row in cursor.fetchall()
        ]
