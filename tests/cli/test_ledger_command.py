"""`fairground ledger` as a person calls it; what it finds is tested in tests/ledger."""

import csv
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import fairground.cli.ledger as command
from fairground.cli import ledger_balance, ledger_days
from fairground.cli.ledger import ledger
from fairground.ledger.closed_days import closed_days
from tests.ledger.days_making import FIRST, THIRD, close_all, make_days, past_the_triggers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def tests_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command use the tests' database, which is up."""

    @contextmanager
    def up(*, migrate: bool = True) -> Iterator[None]:
        yield

    for module in (command, ledger_balance, ledger_days):
        monkeypatch.setattr(module, "realm_database", up)


def run(*arguments: str) -> Result:
    """Call the command."""
    return CliRunner().invoke(ledger, arguments)


@pytest.mark.parametrize(
    ("verb", "example"),
    [
        ("close", "fairground ledger close --until 2026-11-11 --json"),
        ("verify", "fairground ledger verify --json | jq .differences"),
        ("statement", "fairground ledger statement merchant:42:escrow:EUR --from 2026-11-11 --to 2026-11-12 --csv"),
        ("days", "fairground ledger days --csv > days.csv"),
        ("day", "fairground ledger day 2026-11-11 --out 2026-11-11.txt"),
        ("balance", "fairground ledger balance --currency EUR --at 2026-11-11 --json"),
    ],
)
def test_the_help_shows_how_it_is_called(verb: str, example: str) -> None:
    result = run(verb, "--help")

    assert result.exit_code == 0
    assert example in result.output


@pytest.mark.parametrize(
    "wrong",
    [
        ["close", "--until", "yesterday"],
        ["day", "11/11"],
        ["verify", "--known", "2026-11-11"],
        ["statement", "a", "--from", "11/11"],
        ["statement", "a", "--from", "2026-11-12", "--to", "2026-11-11"],
    ],
)
def test_what_is_written_wrongly_is_told(wrong: list[str]) -> None:
    assert run(*wrong).exit_code == 2


def test_days_are_closed_and_told_and_a_second_time_there_are_none() -> None:
    day = datetime.now(UTC).date() - timedelta(days=5)
    make_days(from_ms=round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000))

    [told] = json.loads(run("close", "--until", day.isoformat(), "--json").stdout)["closed"]

    [closed] = closed_days()
    assert told == {
        "day": day.isoformat(),
        "previous_hash": "0" * 64,
        "hash": closed.hash,
        "transfers": 2,
        "ends": 0,
        "balances": 3,
        "closed_at": closed.closed_at.isoformat(),
    }
    assert run("close", "--until", day.isoformat()).output == "Every day that is over was closed before.\n"
    assert run("close").stdout.splitlines()[-1] == f"{len(closed_days()) - 1} days closed."


def test_a_day_that_is_not_over_is_not_closed() -> None:
    make_days()
    result = run("close", "--until", "2999-01-01")
    assert (result.exit_code, result.output) == (1, "Error: 2999-01-01 is not over yet; nothing was closed\n")


def test_a_sound_ledger_is_told_with_its_last_hash_and_ends_with_0() -> None:
    make_days()
    close_all()

    result = run("verify", "--json", "--known", f"2026-11-13={closed_days()[-1].hash}")

    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "ok": True,
        "accounts": 3,
        "transfers": 3,
        "days": 3,
        "last_day": "2026-11-13",
        "last_hash": closed_days()[-1].hash,
        "differences": 0,
        "told": [],
    }


def test_what_differs_is_told_by_name_and_ends_with_1() -> None:
    make_days()
    close_all()
    past_the_triggers("UPDATE ledger_day SET transfers = 5 WHERE day = %s", THIRD)

    result = run("verify")

    assert result.exit_code == 1
    assert "DIFFERS 2026-11-13: it was closed with 5 transfers, and there are 1\n" in result.stdout
    assert result.stdout.endswith("1 differences.\n")


def test_a_statement_has_its_lines_between_opening_and_closing_balance() -> None:
    scene = make_days()
    close_all(until=FIRST)

    result = run("statement", scene.wallet.address, "--from", "2026-11-12", "--to", "2026-11-14", "--csv")

    assert [
        (row["kind"], row["debit"], row["credit"], row["balance"]) for row in csv.DictReader(StringIO(result.stdout))
    ] == [
        ("opening", "", "", "10.00"),
        ("purchase", "4.00", "", "6.00"),
        ("purchase", "0.50", "", "5.50"),
        ("closing", "", "", "5.50"),
    ]
    told = json.loads(
        run("statement", scene.wallet.address, "--from", "2026-11-12", "--to", "2026-11-14", "--json").stdout
    )
    assert (told["opening_balance_minor"], told["closing_balance_minor"], told["accounts"]) == (1_000, 550, 1)
    assert [line["balance_minor"] for line in told["lines"]] == [600, 550]
    assert told["lines"][1]["transfer"] == str(scene.last_id)
    table = run("statement", scene.wallet.address, "--from", "2026-11-12", "--to", "2026-11-14").stdout
    assert [line.split()[-1] for line in table.splitlines()] == ["balance", "10.00", "6.00", "5.50", "5.50"]


def test_an_account_that_there_is_not_is_said_to_be_none() -> None:
    result = run("statement", "nowhere", "--from", "2026-11-11")
    assert (result.exit_code, result.output) == (1, "Error: there is no account nowhere\n")


def test_the_trial_balance_has_equal_sums_a_currency() -> None:
    make_days()
    close_all()

    table = run("balance", "--at", "2026-11-11")
    told = json.loads(run("balance", "--currency", "EUR", "--json").stdout)

    assert table.stdout.splitlines()[-1].split() == ["EUR", "10.00", "10.00", "4.00", "4.00"]
    assert [(one["name"], one["debits_posted_minor"], one["credits_posted_minor"]) for one in told] == [
        ("provider:demo:clearing:EUR", 1_000, 0),
        ("shopper:*:wallet:EUR", 450, 1_450),
    ]
    assert json.loads(run("balance", "--currency", "USD", "--json").stdout) == []
    assert run("balance", "--at", "2026-12-24").output == "Error: 2026-12-24 is not closed\n"


def test_the_trial_balance_is_a_file_for_spreadsheets() -> None:
    make_days()
    close_all()
    assert list(csv.reader(StringIO(run("balance", "--at", "2026-11-11", "--csv").stdout))) == [
        ["currency", "accounts_of", "accounts", "debits_posted", "credits_posted", "debits_pending", "credits_pending"],
        ["EUR", "provider:demo:clearing:EUR", "1", "10.00", "0.00", "0.00", "0.00"],
        ["EUR", "shopper:*:wallet:EUR", "2", "0.00", "10.00", "4.00", "4.00"],
    ]


def test_closed_days_are_told_in_order_with_their_chain() -> None:
    assert run("days").output == "No day is closed yet.\n"
    make_days()
    close_all()

    told = json.loads(run("days", "--json").stdout)
    rows = list(csv.DictReader(StringIO(run("days", "--csv").stdout)))

    kept = ("day", "previous_hash", "hash", "closed_at")
    assert [[row[name] for name in kept] for row in rows] == [[one[name] for name in kept] for one in told]
    assert [(row["day"], row["transfers"], row["ends"], row["balances"]) for row in rows] == [
        ("2026-11-11", "2", "0", "3"),
        ("2026-11-12", "0", "0", "0"),
        ("2026-11-13", "1", "1", "2"),
    ]
    assert [one["previous_hash"] for one in told] == ["0" * 64, told[0]["hash"], told[1]["hash"]]
    first = run("days").stdout.splitlines()[0]
    assert " ".join(first.split()) == f"2026-11-11 2 transfers 3 accounts {told[0]['hash']}"


def test_a_day_is_written_as_it_was_hashed_and_its_hash_is_told(tmp_path: Path) -> None:
    make_days()
    close_all()
    file = tmp_path / "day.txt"

    result = run("day", "2026-11-11", "--out", str(file))

    first = closed_days()[0]
    assert (result.exit_code, result.stdout) == (0, f"{first.hash}\n")
    assert hashlib.sha256(file.read_bytes()).hexdigest() == first.hash
    assert run("day", "2026-11-11").stdout_bytes == file.read_bytes()


def test_a_day_that_was_changed_is_written_and_ends_with_1(tmp_path: Path) -> None:
    scene = make_days()
    close_all()
    past_the_triggers("UPDATE ledger_transfer SET amount_minor = 51 WHERE id = %s", scene.last_id)
    file = tmp_path / "day.txt"

    result = run("day", "2026-11-13", "--out", str(file))

    assert result.exit_code == 1
    assert f"was closed with the hash {closed_days()[-1].hash}, and what lies in it has another" in result.output
    assert b"\t51\tEUR\t" in file.read_bytes()


def test_a_day_that_is_not_closed_leaves_no_file(tmp_path: Path) -> None:
    make_days()
    result = run("day", "2026-11-11", "--out", str(tmp_path / "day.txt"))
    assert (result.exit_code, result.output) == (1, "Error: 2026-11-11 is not closed\n")
    assert list(tmp_path.iterdir()) == []
