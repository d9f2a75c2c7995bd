"""Whatever is done to the ledger, debits equal credits, rows equal transfers, and nobody falls below zero."""

from dataclasses import dataclass, field

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from fairground.ledger.actions import end_transfers, post_transfers
from fairground.ledger.queries import accounts_that_disagree, balances, trial_balance
from fairground.ledger.rules import AccountKind, AccountState, NewTransfer, TransferEnding, TransferOutcome
from tests.ledger.making import NOW_MS, make_account, make_transfer, one_turn

CURRENCIES = ("EUR", "JPY")


@dataclass
class Modelled:
    """An account as plain arithmetic has it."""

    state: AccountState
    sums: list[int] = field(default_factory=lambda: [0, 0, 0, 0])

    def below_zero(self, sums: list[int]) -> bool:
        debits, credits_, debits_pending, credits_pending = sums
        if self.state.kind == AccountKind.CREDIT_NORMAL:
            return credits_ < debits + debits_pending
        if self.state.kind == AccountKind.DEBIT_NORMAL:
            return debits < credits_ + credits_pending
        return False


class LedgerMachine(RuleBasedStateMachine):
    """Opens accounts, posts and holds, ends what is held; each step also in the model."""

    held = Bundle("held")
    ended = Bundle("ended")

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        self.accounts: dict[int, Modelled] = {}
        for currency in CURRENCIES:
            for kind in AccountKind:
                self.open(lane=kind, kind=kind, currency=currency)
            wallet, provider, world = self.of_currency(currency)
            self.in_a_turn(
                [
                    make_transfer(debit=world, credit=wallet, amount_minor=300),
                    make_transfer(debit=provider, credit=world, amount_minor=300),
                ]
            )
            self.accounts[wallet.id].sums = [0, 300, 0, 0]
            self.accounts[provider.id].sums = [300, 0, 0, 0]
            self.accounts[world.id].sums = [300, 300, 0, 0]

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    def of_currency(self, currency: str) -> list[AccountState]:
        return [known.state for known in self.accounts.values() if known.state.currency == currency]

    @rule(lane=st.integers(0, 63), kind=st.sampled_from(AccountKind), currency=st.sampled_from(CURRENCIES))
    def open(self, lane: int, kind: AccountKind, currency: str) -> None:
        with one_turn() as turn:
            state = make_account(
                turn=turn, address=f"{kind}:{currency}:{lane}", kind=kind, currency=currency, lane=lane
            )
        self.accounts.setdefault(state.id, Modelled(state))

    @rule(target=held, data=st.data(), currency=st.sampled_from(CURRENCIES))
    def post(self, data: st.DataObject, currency: str) -> object:
        accounts = self.of_currency(currency)
        pairs = st.lists(st.sampled_from(accounts), min_size=2, max_size=2, unique_by=lambda state: state.id)
        transfer = st.builds(
            lambda pair, amount_minor, pending: make_transfer(
                debit=pair[0], credit=pair[1], amount_minor=amount_minor, pending=pending
            ),
            pairs,
            st.integers(1, 100),
            st.booleans(),
        )
        batch = data.draw(st.lists(transfer, min_size=1, max_size=4))
        after = {account_id: list(known.sums) for account_id, known in self.accounts.items()}
        for one in batch:
            after[one.debit_account_id][2 if one.pending else 0] += one.amount_minor
            after[one.credit_account_id][3 if one.pending else 1] += one.amount_minor
        if any(self.accounts[account_id].below_zero(sums) for account_id, sums in after.items()):
            with pytest.raises(IntegrityError, match="not_below_zero"):
                self.in_a_turn(batch)
            return multiple()
        ids = self.in_a_turn(batch)
        self.take_over(after)
        return multiple(*((some_id, one) for some_id, one in zip(ids, batch, strict=True) if one.pending))

    @rule(target=ended, some=consumes(held), outcome=st.sampled_from(TransferOutcome))
    def end(self, some: tuple[int, NewTransfer], outcome: TransferOutcome) -> int:
        transfer_id, transfer = some
        after = {account_id: list(known.sums) for account_id, known in self.accounts.items()}
        for account_id, side in ((transfer.debit_account_id, 0), (transfer.credit_account_id, 1)):
            after[account_id][side + 2] -= transfer.amount_minor
            after[account_id][side] += transfer.amount_minor if outcome == TransferOutcome.POSTED else 0
        with one_turn() as turn:
            end_transfers(turn=turn, now_ms=NOW_MS, ends=[TransferEnding(transfer_id, outcome)])
        self.take_over(after)
        return transfer_id

    @rule(transfer_id=ended, outcome=st.sampled_from(TransferOutcome))
    def end_again(self, transfer_id: int, outcome: TransferOutcome) -> None:
        with pytest.raises(IntegrityError, match="ledger_transferend_pkey"), one_turn() as turn:
            end_transfers(turn=turn, now_ms=NOW_MS, ends=[TransferEnding(transfer_id, outcome)])

    @invariant()
    def debits_equal_credits(self) -> None:
        for books in trial_balance():
            assert books.debits_posted_minor == books.credits_posted_minor
            assert books.debits_pending_minor == books.credits_pending_minor

    @invariant()
    def rows_equal_transfers(self) -> None:
        assert accounts_that_disagree() == []

    @invariant()
    def rows_equal_the_model(self) -> None:
        states = balances((known.state.lane, known.state.address) for known in self.accounts.values())
        assert {
            state.id: [
                state.debits_posted_minor,
                state.credits_posted_minor,
                state.debits_pending_minor,
                state.credits_pending_minor,
            ]
            for state in states.values()
        } == {account_id: known.sums for account_id, known in self.accounts.items()}

    def in_a_turn(self, batch: list[NewTransfer]) -> list[int]:
        with one_turn() as turn:
            return post_transfers(turn=turn, now_ms=NOW_MS, transfers=batch)

    def take_over(self, after: dict[int, list[int]]) -> None:
        for account_id, sums in after.items():
            self.accounts[account_id].sums = sums


@pytest.mark.django_db
def test_the_books_balance_after_every_step() -> None:
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
