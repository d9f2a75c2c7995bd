"""`fairground report` as a person calls it, and the files that it writes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from pytest_django import Settings

from fairground.cli import report as command
from fairground.cli import written_report
from fairground.kernel.aside import set_aside
from fairground.kernel.models import AuditEntry
from fairground.kernel.unforeseen import Unforeseen
from fairground.payments.models import Payment
from fairground.settlement.reports import reading
from tests.factories import NOW, make_market, make_merchant, make_sku
from tests.ledger.days_making import close_all, make_days
from tests.payments.paying import make_till
from tests.settlement.making import make_terms
from tests.settlement.test_sellers import JUNE, OPERATOR
from tests.settlement.trade_making import PERSON, know, make_trade, sell

FACTS = {"name": "Fair", "tin": "1", "street": "A 1", "post_code": "10115", "city": "Berlin", "country": "DE"}


@pytest.fixture(autouse=True)
def _realm_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The realm of the test is up already."""

    @contextmanager
    def up() -> Iterator[None]:
        yield

    monkeypatch.setattr(written_report, "realm_database", up)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command.report, list(arguments))


def test_the_help_shows_how_it_is_called() -> None:
    result = run("--help")

    assert result.exit_code == 0
    assert "fairground report tax --period 2026-Q4 --market EU --csv --out tax.csv" in result.output


@pytest.mark.parametrize(
    ("arguments", "rows"),
    [
        (("trial-balance",), 4),
        (("escrow",), 2),
        (("refunds", "--from", "2026-11-01", "--to", "2026-11-11"), 2),
        (("refunds", "--from", "2026-11-01", "--to", "2026-11-10"), 0),
        (("tax", "--period", "2026-Q4", "--market", "eu"), 1),
        (("tax", "--from", "2026-11-12", "--to", "2026-12-31"), 0),
        (("income", "--period", "2026"), 0),
        (("fee-tax", "--period", "2026-Q4", "--market", "eu"), 0),
        (("duties", "--period", "2026-11"), 0),
        (("duties", "--from", "2026-11-12", "--market", "eu"), 0),
        (("sellers", "--year", "2026"), 2),
        (("sellers", "--year", "2025"), 0),
        (("payments", "--from", "2026-11-01", "--open"), 0),
        (("returns", "--failed"), 0),
        (("gift-cards",), 0),
        (("credit",), 0),
        (("withdrawals", "--open"), 0),
        (("cases", "--part", "due"), 0),
        (("payouts", "--state", "proposed"), 0),
    ],
)
def test_each_report_is_csv_and_json(arguments: tuple[str, ...], rows: int, lone_writer: object) -> None:
    make_market()
    make_trade()

    text, said = run(*arguments), run(*arguments, "--json")

    assert (text.exit_code, said.exit_code) == (0, 0), (text.output, said.output)
    assert len(text.output.splitlines()) == rows + 1
    assert len(json.loads(said.output)) == rows


@pytest.mark.parametrize("name", sorted(command.report.commands))
def test_each_reports_help_has_an_example(name: str) -> None:
    assert f"Example:\n    fairground report {name} --" in run(name, "--help").output


def test_a_market_that_is_none_and_a_folder_that_is_not_there_are_told(tmp_path: Path, lone_writer: object) -> None:
    make_market()

    nowhere, absent = run("tax", "--market", "XX"), run("escrow", "--out", str(tmp_path / "no" / "x.csv"))

    assert (nowhere.exit_code, absent.exit_code) == (1, 1)
    assert nowhere.output == "Error: there is no market XX; there are EU\n"
    assert absent.output == f"Error: {tmp_path / 'no' / 'x.csv'} can't be written: No such file or directory\n"


def test_a_file_appears_whole(tmp_path: Path, lone_writer: object) -> None:
    make_market()
    make_trade()
    out = tmp_path / "trial.csv"

    assert run("trial-balance", "--csv", "--out", str(out)).exit_code == 0

    assert out.read_text("utf-8").startswith("currency,family,accounts,")
    assert [one.name for one in tmp_path.iterdir()] == ["trial.csv"]


@pytest.mark.parametrize(
    "wrong",
    [
        ("tax", "--period", "2026-13"),
        ("duties", "--period", "November"),
        ("refunds", "--from", "2026-11-02", "--to", "2026-11-01"),
        ("payouts", "--from", "2026-11-02", "--to", "2026-11-01"),
        ("sellers", "--year", "1999"),
        ("escrow", "--xml"),
    ],
)
def test_what_is_written_wrongly_is_told_before_anything_begins(wrong: tuple[str, ...]) -> None:
    assert run(*wrong).exit_code == 2


def test_sellers_are_xml_with_an_operator_and_all_identities(
    tmp_path: Path, settings: Settings, lone_writer: object
) -> None:
    make_market()
    merchant = make_merchant()
    sell(make_sku(merchant=merchant, price_minor=300_000), at=JUNE)
    settings.PLATFORM_OPERATOR = None

    assert "--operator, or FAIRGROUND_OPERATOR" in run("sellers", "--year", "2026", "--xml").output
    settings.PLATFORM_OPERATOR = OPERATOR
    missing = run("sellers", "--year", "2026", "--xml")
    assert missing.exit_code == 1
    assert f"the legal identity is missing of: merchant-{merchant.id}" in missing.output
    assert not AuditEntry.objects.filter(verb="identity-seen").exists()

    know(merchant.id, PERSON)
    facts, out = tmp_path / "operator.json", tmp_path / "sellers.xml"
    facts.write_text(json.dumps(FACTS), "utf-8")
    arguments = ("sellers", "--year", "2026", "--xml", "--operator", str(facts), "--out", str(out))
    assert run(*arguments).exit_code == 0

    root = ElementTree.parse(out).getroot()  # noqa: S314 - what was just written
    assert root.tag == "{urn:oecd:ties:dpi:v1}DPI_OECD"
    seen = AuditEntry.objects.get(verb="identity-seen")
    assert (seen.subject_id, seen.user_id) == (str(merchant.id), None)


def test_an_operator_that_is_none_is_told(tmp_path: Path, lone_writer: object) -> None:
    facts = tmp_path / "operator.json"
    facts.write_text('{"name": "Fair"}', "utf-8")

    result = run("sellers", "--year", "2026", "--xml", "--operator", str(facts))

    assert result.exit_code == 2
    assert "a platform operator has city, country, name" in result.output


def test_what_takes_too_long_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lone_writer: object) -> None:
    monkeypatch.setattr(reading, "REPORT_MAX_MS", 1)
    monkeypatch.setattr(reading, "load_sql", lambda app, name: "SELECT pg_sleep(1)")

    result = run("escrow", "--out", str(tmp_path / "escrow.csv"))

    assert (result.exit_code, "takes too long" in result.output) == (1, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("days", "payments"),
    [
        ((), 1),
        (("--to", "2024-02-29"), 1),
        (("--to", "2024-02-28"), 0),
        (("--from", "2024-02-29"), 1),
        (("--from", "2024-03-01"), 0),
    ],
)
def test_a_list_without_days_leaves_out_nothing_however_old(
    days: tuple[str, ...], payments: int, lone_writer: object
) -> None:
    till = make_till()
    till.begin()
    Payment.objects.update(begun_at=datetime(2024, 2, 29, 23, 59, tzinfo=UTC))

    result = run("payments", "--open", *days, "--json")

    assert len(json.loads(result.output)) == payments
    said = dict(zip(days[::2], days[1::2], strict=True))
    entry = AuditEntry.objects.get(verb="file-taken")
    assert entry.facts == {
        "open": [None, "1"],
        **{name.lstrip("-"): [None, day] for name, day in said.items()},
        "rows": [None, payments],
    }


def test_what_names_shoppers_is_in_the_audit_log_and_appears_in_the_file(tmp_path: Path, lone_writer: object) -> None:
    till = make_till()
    till.agree(till.begin())
    out = tmp_path / "payments.csv"

    days = ("--from", "2026-11-01", "--to", "2026-11-30")
    assert run("payments", *days, "--out", str(out)).exit_code == 0
    assert run("payouts", *days).exit_code == 0

    assert till.placed.number in out.read_text("utf-8")
    entry = AuditEntry.objects.get(verb="file-taken")
    assert (entry.subject_id, entry.user_id) == ("payments", None)
    assert entry.facts == {"from": [None, "2026-11-01"], "to": [None, "2026-11-30"], "rows": [None, 1]}


@pytest.mark.django_db
def test_the_trial_balance_of_a_closed_day_is_that_of_its_end() -> None:
    make_days()
    close_all()

    rows = json.loads(run("trial-balance", "--at", "2026-11-11", "--json").stdout)

    assert [(row["family"], row["debits_posted_minor"], row["credits_posted_minor"]) for row in rows] == [
        ("provider:clearing", 1_000, 0),
        ("shopper:wallet", 0, 1_000),
        ("", 1_000, 1_000),
    ]
    refused = run("trial-balance", "--at", "2026-11-14")
    assert (refused.exit_code, refused.output) == (1, "Error: 2026-11-14 is not closed\n")


def test_what_stands_just_now_and_the_audit_log_are_files(tmp_path: Path, lone_writer: object) -> None:
    merchant = make_merchant()
    make_terms(merchant.id, held=True, held_because="not checked")
    set_aside(chore="releases", row_key="5", why=Unforeseen(ZeroDivisionError()), now=NOW)
    out = tmp_path / "audit.json"

    (said,) = json.loads(run("terms", "--json").output)
    assert (said["merchant"], said["held"], said["payout_min_eur_minor"]) == (f"merchant-{merchant.id}", True, 0)
    assert json.loads(run("owed", "--json").output) == []
    assert json.loads(run("disputes", "--open", "--json").output) == []
    assert json.loads(run("set-aside", "--json").output)[0]["row"] == "5"
    assert run("audit", "--from", "2026-01-01", "--to", "2026-12-31", "--json", "--out", str(out)).exit_code == 0
    assert [one["subject"] for one in json.loads(out.read_text("utf-8"))] == ["disputes"]
    assert AuditEntry.objects.filter(verb="file-taken", subject_id="audit", user_id=None).count() == 1


def test_the_audit_log_of_more_than_a_year_is_refused_and_nothing_is_written(
    tmp_path: Path, lone_writer: object
) -> None:
    out = tmp_path / "audit.csv"

    result = run("audit", "--from", "2025-01-01", "--to", "2026-01-02", "--out", str(out))

    assert (result.exit_code, out.exists()) == (1, False)
    assert "more than 366 days: ask for fewer" in result.output
    assert not AuditEntry.objects.exists()
