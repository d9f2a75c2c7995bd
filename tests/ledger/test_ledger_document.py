"""The worked examples of docs/algorithms/ledger.md, performed."""

import hashlib
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from fairground.kernel.ids import lane_of
from fairground.ledger.actions import end_transfers, post_transfers
from fairground.ledger.closed_days import closed_days, written_day
from fairground.ledger.closing import close_days
from fairground.ledger.models import DayBalance, Transfer, TransferEnd
from fairground.ledger.queries import accounts_that_disagree, balances, trial_balance
from fairground.ledger.rules import AccountKind, TransferEnding, TransferOutcome
from tests.ledger.days_making import close_all, make_days
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


def closed_in_the_document() -> list[tuple[str, str]]:
    """Return the lines of each day that the document closes, and its hash."""
    text = DOCUMENT.read_text("utf-8").split("### Two days, closed")[1].split("\n## ")[0]
    return re.findall(r"```\n(.*?)```\n+Its hash is `([0-9a-f]{64})`", text, re.DOTALL)


def write(line: str) -> None:
    """Write the row that a line of the canonical form stands for; balances are reckoned, not written."""
    sort, *values = line.split("\t")
    if sort == "transfer":
        number, debit, credit, amount, currency, kind, order, pending, at_us = values
        Transfer.objects.create(
            lane=lane_of(int(number)),
            id=int(number),
            debit_account_id=int(debit),
            credit_account_id=int(credit),
            amount_minor=int(amount),
            currency=currency,
            kind=int(kind),
            order_id=None if order == "-" else int(order),
            pending=pending == "1",
            at=datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(at_us)),
        )
    elif sort == "end":
        number, outcome, at_us = values
        TransferEnd.objects.create(
            lane=lane_of(int(number)),
            transfer_id=int(number),
            outcome=int(outcome),
            at=datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(at_us)),
        )


@pytest.mark.django_db
def test_the_two_days_of_the_document_have_the_hashes_that_stand_there() -> None:
    days = closed_in_the_document()
    with one_turn():
        for lines, _ in days:
            for line in lines.splitlines():
                write(line)
    close_days(until=date(2026, 11, 12), now=datetime(2026, 11, 13, 3, tzinfo=UTC))

    assert [hashlib.sha256(lines.encode()).hexdigest() for lines, _ in days] == [told for _, told in days]
    assert [one.hash for one in closed_days()] == [told for _, told in days]
    balances_told = [line for lines, _ in days for line in lines.splitlines() if line.startswith("balance")]
    assert len(balances_told) == DayBalance.objects.count() == 5


def check(tmp_path: Path, days: list[str]) -> "subprocess.CompletedProcess[str]":
    """Run the auditor's program over days, as files."""
    text = DOCUMENT.read_text("utf-8").split("## For the auditor")[1]
    program = text.split("```python\n")[1].split("```")[0]
    names = [f"2026-11-{11 + place}.txt" for place in range(len(days))]
    for name, lines in zip(names, days, strict=True):
        (tmp_path / name).write_text(lines, "utf-8")
    run = [sys.executable, "-I", "-c", program, *names]
    return subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)


def test_the_auditors_program_says_of_the_two_days_what_stands_there(tmp_path: Path) -> None:
    told = DOCUMENT.read_text("utf-8").split("## For the auditor")[1].split("figure was changed:\n\n```\n")[1]

    result = check(tmp_path, [lines for lines, _ in closed_in_the_document()])

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == told.split("```")[0]


@pytest.mark.parametrize(
    ("written", "instead", "fault"),
    [
        ("\t10000\tEUR\t1", "\t10001\tEUR\t1", "2026-11-11.txt: its balances are not those of its transfers\n"),
        ("balance\t20481\tEUR\t0\t0", "balance\t20481\tEUR\t0\t1", "2026-11-11.txt: its balances are not those"),
        ("\t99\t1", "\t98\t1", "2026-11-12.txt: it does not follow the day before\n"),
        ("balance\t20481", "balance\t20482", "2026-11-11.txt: its balances are not those of its transfers\n"),
    ],
)
def test_the_auditors_program_finds_what_was_changed(tmp_path: Path, written: str, instead: str, fault: str) -> None:
    first, second = (lines for lines, _ in closed_in_the_document())
    assert written in first

    result = check(tmp_path, [first.replace(written, instead), second])

    assert result.returncode == 1
    assert result.stderr.startswith(fault)


@pytest.mark.django_db
def test_the_auditors_program_agrees_with_the_files_and_the_trial_balance_of_days_that_were_closed(
    tmp_path: Path,
) -> None:
    make_days()
    close_all()

    files = [b"".join(written_day(day=one.day)).decode() for one in closed_days()]
    result = check(tmp_path, files)

    (sums,) = trial_balance()
    assert result.stdout.splitlines() == [
        *(f"{one.day}.txt {one.hash}" for one in closed_days()),
        f"EUR {sums.debits_posted_minor} {sums.credits_posted_minor} 0 0",
    ]
