"""The sums of double entry, without a database."""

import pytest

from fairground.ledger.rules import (
    AccountDeltas,
    AccountKind,
    AccountState,
    NewTransfer,
    PendingTransfer,
    TransferEnding,
    TransferKind,
    TransferOutcome,
    account_currencies,
    account_deltas,
    ending_deltas,
    would_overdraw,
)


def transfer(
    debit: int, credit: int, amount_minor: int, *, pending: bool = False, currency: str = "EUR"
) -> NewTransfer:
    return NewTransfer(debit, credit, amount_minor, currency, TransferKind.PURCHASE, None, pending, 0)


def account(kind: AccountKind) -> AccountState:
    """100 on its normal side, of which 30 are held."""
    if kind == AccountKind.DEBIT_NORMAL:
        return AccountState(1, 0, "a", kind, "EUR", 150, 50, 5, 30)
    return AccountState(1, 0, "a", kind, "EUR", 50, 150, 30, 5)


def test_deltas_add_up_per_account_and_keep_pending_apart() -> None:
    deltas = account_deltas(
        [transfer(1, 2, 100), transfer(1, 3, 20), transfer(2, 1, 5), transfer(1, 2, 7, pending=True)]
    )
    assert deltas == {1: (120, 5, 7, 0), 2: (5, 100, 0, 7), 3: (0, 20, 0, 0)}


def test_no_transfers_move_nothing() -> None:
    assert account_deltas([]) == {}


def test_a_posted_ending_moves_pending_to_posted_and_the_others_only_end_it() -> None:
    pending = {
        10: PendingTransfer(1, 2, 100, "EUR", 10),
        11: PendingTransfer(1, 2, 30, "EUR", 11),
        12: PendingTransfer(1, 3, 4, "EUR", 12),
    }
    deltas = ending_deltas(
        pending=pending,
        ends=[
            TransferEnding(10, TransferOutcome.POSTED),
            TransferEnding(11, TransferOutcome.VOIDED),
            TransferEnding(12, TransferOutcome.EXPIRED),
        ],
    )
    assert deltas == {1: (100, 0, -134, 0), 2: (0, 100, 0, -130), 3: (0, 0, 0, -4)}


def test_an_account_named_in_two_currencies_is_a_bug() -> None:
    with pytest.raises(AssertionError):
        account_currencies([transfer(1, 2, 5), transfer(3, 1, 5, currency="JPY")])


@pytest.mark.parametrize("kind", AccountKind)
def test_what_is_held_is_in_the_balance_but_not_available(kind: AccountKind) -> None:
    assert (account(kind).balance_minor, account(kind).available_minor) == (100, 70)


@pytest.mark.parametrize(
    ("kind", "deltas", "overdrawn"),
    [
        (AccountKind.CREDIT_NORMAL, (70, 0, 0, 0), False),
        (AccountKind.CREDIT_NORMAL, (71, 0, 0, 0), True),
        (AccountKind.CREDIT_NORMAL, (0, 0, 71, 0), True),
        (AccountKind.CREDIT_NORMAL, (71, 1, 0, 0), False),
        (AccountKind.CREDIT_NORMAL, (71, 0, 0, 1), True),
        (AccountKind.DEBIT_NORMAL, (0, 70, 0, 0), False),
        (AccountKind.DEBIT_NORMAL, (0, 71, 0, 0), True),
        (AccountKind.DEBIT_NORMAL, (0, 0, 0, 71), True),
        (AccountKind.DEBIT_NORMAL, (1, 71, 0, 0), False),
        (AccountKind.FREE, (10_000, 0, 0, 0), False),
        (AccountKind.FREE, (0, 10_000, 0, 0), False),
    ],
)
def test_an_account_is_overdrawn_below_zero_on_its_normal_side(
    kind: AccountKind, deltas: AccountDeltas, overdrawn: bool
) -> None:
    assert would_overdraw(account=account(kind), deltas=deltas) is overdrawn
