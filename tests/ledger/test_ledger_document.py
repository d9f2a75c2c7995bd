"""The worked example of docs/algorithms/ledger.md, performed."""

import re
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from fairground.ledger.actions import end_transfers, post_transfers
from fairground.ledger.queries import accounts_that_disagree, balances
from fairground.ledger.rules import AccountKind, TransferEnding, TransferOutcome
from tests.ledger.making import NOW_MS, make_account, make_transfer, one_turn

DOCUMENT = Path(__file__).parents[2] / "docs/algorithms/ledger.md"


def steps() -> list[list[str]]:
    """Return the cells of the example's rows, below its head."""
    example = DOCUMENT.read_text("utf-8").split("## A worked example")[1]
    rows = [line.strip("|").split("|") for line in example.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


@pytest.mark.django_db
def test_the_worked_example_comes_out_as_written() -> None:
    ids: dict[str, int] = {}
    with one_turn() as turn:
        accounts = {
            "provider": make_account(turn=turn, address="provider", kind=AccountKind.DEBIT_NORMAL),
            "wallet": make_account(turn=turn, address="wallet"),
            "escrow": make_account(turn=turn, address="escrow"),
        }
        for step, what, debit, credit, amount, *numbers in steps():
            if what.startswith("end"):
                _, held, outcome = what.split()
                ending = TransferEnding(ids[held], TransferOutcome[outcome.upper()])
                end_transfers(turn=turn, now_ms=NOW_MS, ends=[ending])
            else:
                transfer = make_transfer(
                    debit=accounts[debit],
                    credit=accounts[credit],
                    amount_minor=int(amount),
                    pending=what == "hold",
                )
                if what == "refused":
                    with pytest.raises(IntegrityError), transaction.atomic():
                        post_transfers(turn=turn, now_ms=NOW_MS, transfers=[transfer])
                else:
                    [ids[step]] = post_transfers(turn=turn, now_ms=NOW_MS, transfers=[transfer])
            wallet = balances([(0, "wallet")])[0, "wallet"]
            assert [
                wallet.debits_posted_minor,
                wallet.credits_posted_minor,
                wallet.debits_pending_minor,
                wallet.credits_pending_minor,
                wallet.available_minor,
            ] == [int(number) for number in numbers], f"step {step}"
    assert len(ids) == 6
    ends_as = re.search(r"provider owes (\d+), the wallet has (\d+) and the escrow (\d+)", DOCUMENT.read_text("utf-8"))
    assert ends_as is not None
    states = balances((0, name) for name in accounts)
    assert [states[0, name].balance_minor for name in accounts] == [int(number) for number in ends_as.groups()]
    assert accounts_that_disagree() == []
