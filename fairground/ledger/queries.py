"""What the ledger says: balances, statements, and whether the books agree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from fairground.kernel.clock import to_unix_ms
from fairground.kernel.ids import make_id
from fairground.kernel.refusal import Refusal
from fairground.kernel.sql import load_sql
from fairground.ledger.rules import (
    AccountDeltas,
    AccountKind,
    AccountState,
    LaneAddress,
    TransferKind,
    TransferOutcome,
)


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
    """Return an account's statement, every figure summed from its transfers, none from its row.

    Reads all transfers of the realm (there is no index by account, which would slow the opening second).

    :raises NoSuchAccount: nobody ever opened it
    """
    account = balances([(lane, address)]).get((lane, address))
    if account is None:
        raise NoSuchAccount(lane=lane, address=address)
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("ledger", "statement_lines"),
            {
                "account_id": account.id,
                "outcome_posted": TransferOutcome.POSTED,
                "opens_at": opens_at,
                "closes_at": closes_at,
            },
        )
        before, *rows = cursor.fetchall()
    sign = -1 if account.kind == AccountKind.DEBIT_NORMAL else 1
    opening = balance = sign * (before[5] - before[4])
    lines: list[StatementLine] = []
    for transfer_id, at, kind, order_id, debit, credit in rows:
        balance += sign * (credit - debit)
        lines.append(StatementLine(transfer_id, at, TransferKind(kind), order_id, debit, credit, balance))
    return Statement(
        lane,
        address,
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
