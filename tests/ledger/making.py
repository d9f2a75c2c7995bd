"""Accounts, transfers and turns for tests of the ledger."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from fairground.kernel.models import Writer
from fairground.kernel.writer import Turn, take_turn
from fairground.ledger.actions import open_accounts
from fairground.ledger.queries import balances
from fairground.ledger.rules import AccountKind, AccountState, AccountWanted, NewTransfer, TransferKind

NOW_MS = 1_794_355_200_000  # 2026-11-11T00:00:00Z


@contextmanager
def one_turn(*, now_ms: int = NOW_MS) -> Iterator[Turn]:
    """Hold the turn of all lanes in a transaction of its own."""
    Writer.objects.get_or_create(id=0, defaults={"lane_from": 0, "lane_to": 64})
    with transaction.atomic():
        yield take_turn(writer_ids=[0], now_ms=now_ms, ids_max=4000, outbox_rows=0)


def make_account(
    *,
    turn: Turn,
    address: str,
    kind: AccountKind = AccountKind.CREDIT_NORMAL,
    currency: str = "EUR",
    lane: int = 0,
) -> AccountState:
    """Open one account, or find it."""
    wanted = AccountWanted(lane, address, kind, currency)
    return open_accounts(turn=turn, wanted=[wanted])[lane, address]


def make_transfer(
    *,
    debit: AccountState,
    credit: AccountState,
    amount_minor: int,
    pending: bool = False,
    kind: TransferKind = TransferKind.PURCHASE,
    order_id: int | None = None,
) -> NewTransfer:
    """Make a transfer in the debited account's currency and lane, to be posted."""
    return NewTransfer(debit.id, credit.id, amount_minor, debit.currency, kind, order_id, pending, debit.lane)


def sums_of(account: AccountState) -> tuple[int, int, int, int]:
    """Return debits and credits, posted, then both pending, as the account's row has them now."""
    now = balances([(account.lane, account.address)])[account.lane, account.address]
    return (
        now.debits_posted_minor,
        now.credits_posted_minor,
        now.debits_pending_minor,
        now.credits_pending_minor,
    )
