"""`fairground rates` as a person calls it; the address it fetches from is a server of this machine."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import fairground.cli.rates as command
from fairground.cli.rates import rates
from fairground.markets import fetching
from fairground.markets.models import Rate

pytestmark = pytest.mark.django_db(transaction=True)

TABLE = "Date,USD,JPY,\n2026-04-13,1.1684,186.75,\n2026-04-10,1.1711,N/A,\n"


@pytest.fixture(autouse=True)
def tests_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command use the tests' database, which is up."""

    @contextmanager
    def up(*, migrate: bool = True) -> Iterator[None]:
        yield

    monkeypatch.setattr(command, "realm_database", up)


class Bank(BaseHTTPRequestHandler):
    """A bank that has a table, sends elsewhere, has nothing, breaks off, or sends without an end."""

    def do_GET(self) -> None:
        """Answer by the path."""
        found = {"/rates.csv": TABLE.encode(), "/large": b"x" * 10_000, "/empty": b""}.get(self.path)
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", "/rates.csv")
        else:
            self.send_response(200 if found is not None else 404)
            self.send_header("Content-Length", str(len(found or b"")))
        self.end_headers()
        self.wfile.write(found or b"")

    def log_message(self, *_said: object) -> None:
        """Say nothing."""


@pytest.fixture
def bank() -> Iterator[str]:
    """Run the bank, and return its address."""
    server = HTTPServer(("127.0.0.1", 0), Bank)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run(*arguments: str) -> Result:
    """Call the command."""
    return CliRunner().invoke(rates, arguments)


@pytest.mark.parametrize(
    ("verb", "example"),
    [
        ("import", "fairground rates import own.csv --source house"),
        ("fetch", "fairground rates fetch --url https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"),
        ("show", "fairground rates show --between USD JPY --day 2026-04-12"),
    ],
)
def test_the_help_shows_how_it_is_called(verb: str, example: str) -> None:
    result = run(verb, "--help")

    assert result.exit_code == 0
    assert example in result.output


def test_a_file_is_stored_once_and_says_so_the_second_time(tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_text(TABLE)

    first, second = (json.loads(run("import", str(file), "--json").stdout) for _ in range(2))

    assert (first["new"], first["known"], first["not_quoted"], first["errors"]) == (3, 0, 1, 0)
    assert (second["new"], second["known"]) == (0, 3)
    assert run("import", str(file)).stdout == "0 rates are new, 3 were there; 1 places without one.\n"


def test_what_is_wrong_in_a_file_is_told_and_the_exit_code_is_1(tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_text(TABLE)
    run("import", str(file))
    file.write_text(TABLE.replace("1.1711", "1.2") + "2026-04-09,much,187,\n")

    result = run("import", str(file))

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "1 rates are new, 2 were there; 1 places without one.",
        "line 4: USD: 'much' is no rate",
        "USD of 2026-04-10 is stored otherwise, and stays",
    ]


def test_a_file_that_is_no_file_of_rates_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "rates.xml"
    file.write_text('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>')

    result = run("import", str(file))

    assert result.exit_code == 1
    assert "declares a DOCTYPE" in result.output
    assert "nothing changed" in result.output
    assert Rate.objects.count() == 0


def test_rates_are_fetched_from_an_address_that_is_given(bank: str) -> None:
    result = run("fetch", "--url", f"{bank}/rates.csv", "--json")

    assert (result.exit_code, json.loads(result.stdout)["new"]) == (0, 3)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/elsewhere", "the answer was 302"),
        ("/nothing", "the answer was 404"),
        ("/large", "it is larger than"),
        ("/empty", "does not begin with Date"),
    ],
)
def test_what_is_no_good_answer_changes_nothing(
    bank: str, path: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "PACKED_MAX_BYTES", 1_000)

    result = run("fetch", "--url", bank + path)

    assert result.exit_code == 1
    assert reason in result.output
    assert Rate.objects.count() == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://bank.example/rates.csv",
        "file:///etc/passwd",
        "ftp://127.0.0.1/rates.csv",
        "rates.csv",
        "https://a:b@c/d",
    ],
)
def test_an_address_without_tls_or_with_a_password_is_not_asked(url: str) -> None:
    result = run("fetch", "--url", url)

    assert result.exit_code == 1
    assert "the address" in result.output


def test_nothing_is_fetched_where_no_address_is_given() -> None:
    result = run("fetch")

    assert result.exit_code == 2
    assert "FAIRGROUND_RATES_URL" in result.output


def test_what_is_known_is_shown_with_its_day_and_source(tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_text(TABLE)
    run("import", str(file))

    shown = {one["currency"]: one for one in json.loads(run("show", "--json").stdout)["rates"]}
    between = json.loads(run("show", "--between", "USD", "JPY", "--day", "2026-04-13", "--json").stdout)["rates"]

    assert shown["USD"] == {
        "base": "EUR",
        "currency": "USD",
        "numerator": 2_921,
        "denominator": 2_500,
        "day": "2026-04-13",
        "source": "ecb",
    }
    assert shown["VND"]["source"] == "packaged"
    assert (between[0]["base"], between[0]["numerator"], between[0]["denominator"]) == ("USD", 466_875, 2_921)
    assert "1.1684" in run("show").stdout
    assert run("show", "--between", "USD", "JPY", "--day", "2020-01-01").output == (
        "Error: there is no rate of USD for 2020-01-01\n"
    )
