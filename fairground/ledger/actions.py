"""Opening accounts and moving money. The caller holds the turn of every lane it touches, and has decided."""

from collections.abc import Collection, Mapping, Sequence

from django.db import connection
from django.db.backends.utils import CursorWrapper

from fairground.kernel.copying import copy_table
from fairground.kernel.ids import lane_of
from fairground.kernel.sql import array_text, load_sql
from fairground.kernel.writer import Turn
from fairground.ledger.queries import balances
from fairground.ledger.rules import (
    AccountDeltas,
    AccountState,
    AccountWanted,
    LaneAddress,
    NewTransfer,
    PendingTransfer,
    TransferEnding,
    account_currencies,
    account_deltas,
    ending_deltas,
)

ACCOUNT_ROWS = copy_table(
    "ledger_account", {"lane": "int2", "id": "int8", "address": "text", "kind": "int2", "currency": "char3"}
)
TRANSFER_ROWS = copy_table(
    "ledger_transfer",
    {
        "lane": "int2",
        "id": "int8",
        "debit_account_id": "int8",
        "credit_account_id": "int8",
        "amount_minor": "int8",
        "currency": "char3",
        "kind": "int2",
        "order_id": "int8?",
        "pending": "bool",
        "at": "moment",
    },
)
TRANSFER_END_ROWS = copy_table(
    "ledger_transferend", {"lane": "int2", "transfer_id": "int8", "outcome": "int2", "at": "moment"}
)


def open_accounts(*, turn: Turn, wanted: Collection[AccountWanted]) -> dict[LaneAddress, AccountState]:
    """Return the accounts wanted, by (lane, address), and make those that do not exist yet.

    Draws one id an account made, in the account's lane. Wanting another kind or currency than an account has
    is a bug.
    """
    states = balances({(account.lane, account.address) for account in wanted})
    rows: list[bytes] = []
    for account in wanted:
        key = account.lane, account.address
        state = states.get(key)
        if state is None:
            account_id = turn.ids.draw(account.lane)
            currency = account.currency.encode()
            rows.append(ACCOUNT_ROWS.row(account.lane, account_id, account.address.encode(), account.kind, currency))
            states[key] = AccountState(
                account_id, account.lane, account.address, account.kind, account.currency, 0, 0, 0, 0
            )
        else:
            assert (state.kind, state.currency) == (account.kind, account.currency), (state, account)
    with connection.wrap_database_errors, connection.cursor() as cursor:
        ACCOUNT_ROWS.write(cursor, rows)
    return states


def post_transfers(*, turn: Turn, transfers: Sequence[NewTransfer], now_ms: int) -> list[int]:
    """Record the transfers, move their accounts, and return the transfers' ids in the order given.

    Refuses nothing: whoever calls has decided (`would_overdraw`). Only the sum of a batch counts: a credit in
    it covers a debit before it. Draws one id a transfer, in the transfer's lane.

    :raises IntegrityError: an account would fall below zero on its normal side (INV-6); nothing has changed
        once the transaction is rolled back
    """
    if not transfers:
        return []
    draw, row = turn.ids.draw, TRANSFER_ROWS.row
    ids = [draw(transfer.lane) for transfer in transfers]
    rows = [
        row(
            transfer.lane,
            transfer_id,
            transfer.debit_account_id,
            transfer.credit_account_id,
            transfer.amount_minor,
            transfer.currency.encode(),
            transfer.kind,
            transfer.order_id,
            transfer.pending,
            now_ms,
        )
        for transfer_id, transfer in zip(ids, transfers, strict=True)
    ]
    with connection.wrap_database_errors, connection.cursor() as cursor:
        TRANSFER_ROWS.write(cursor, rows)
        _move_accounts(cursor, account_deltas(transfers), account_currencies(transfers))
    return ids


def end_transfers(*, turn: Turn, ends: Sequence[TransferEnding], now_ms: int) -> None:
    """Post, void or expire pending transfers: their amounts leave pending, and arrive in posted if posted.

    `turn` is the caller's proof that it holds the lanes of the transfers and of their accounts. Ending a
    transfer that does not exist or was never pending is a bug.

    :raises IntegrityError: one of them has ended already (INV-7)
    """
    if not ends:
        return
    rows = [TRANSFER_END_ROWS.row(lane_of(end.transfer_id), end.transfer_id, end.outcome, now_ms) for end in ends]
    with connection.wrap_database_errors, connection.cursor() as cursor:
        pending = _load_pending(cursor, [end.transfer_id for end in ends])
        TRANSFER_END_ROWS.write(cursor, rows)
        _move_accounts(cursor, ending_deltas(pending=pending, ends=ends), account_currencies(pending.values()))


def _load_pending(cursor: CursorWrapper, ids: Sequence[int]) -> dict[int, PendingTransfer]:
    cursor.execute(load_sql("ledger", "load_pending"), {"lanes": array_text(map(lane_of, ids)), "ids": array_text(ids)})
    pending = {row[4]: PendingTransfer(*row) for row in cursor.fetchall()}
    assert pending.keys() >= set(ids), f"no such pending transfers: {set(ids) - pending.keys()}"
    return pending


def _move_accounts(cursor: CursorWrapper, deltas: Mapping[int, AccountDeltas], currencies: Mapping[int, str]) -> None:
    keys = sorted((lane_of(account_id), account_id) for account_id in deltas)
    lanes, ids = zip(*keys, strict=True)
    debits, credits_, debits_pending, credits_pending = zip(*map(deltas.__getitem__, ids), strict=True)
    cursor.execute(
        load_sql("ledger", "move_accounts"),
        {
            "lanes": array_text(lanes),
            "ids": array_text(ids),
            "currencies": array_text(map(currencies.__getitem__, ids)),
            "debits": array_text(debits),
            "credits": array_text(credits_),
            "debits_pending": array_text(debits_pending),
            "credits_pending": array_text(credits_pending),
        },
    )
    assert cursor.rowcount == len(ids), f"{len(ids) - cursor.rowcount} of {ids} missing or of another currency"
