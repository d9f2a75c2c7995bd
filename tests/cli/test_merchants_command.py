"""`fairground merchants` as a person calls it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from click.testing import CliRunner, Result

from fairground.cli import merchants as command
from fairground.merchants.contacts import ContactFacts, contact_of
from tests.factories import make_merchant

pytestmark = pytest.mark.usefixtures("lone_writer")


@pytest.fixture(autouse=True)
def _realm_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The realm of the test is up already."""

    @contextmanager
    def up() -> Iterator[None]:
        yield

    monkeypatch.setattr(command, "realm_database", up)


def called(*words: str) -> Result:
    return CliRunner().invoke(command.merchants, ["contact", *words])


@pytest.mark.parametrize("command", ["set", "show", "erase"])
def test_the_help_of_each_shows_how_it_is_called(command: str) -> None:
    result = called(command, "--help")

    assert result.exit_code == 0
    assert f"fairground merchants contact {command}" in result.output
    assert "--json" in result.output


def test_a_contact_is_written_shown_and_erased() -> None:
    merchant = make_merchant()
    slug = f"merchant-{merchant.id}"
    assert "Nobody wrote down" in called("show", slug).output

    written = called("set", slug, "--email", "service@olmo.example", "--language", "es", "--json")

    assert json.loads(written.output) == {"merchant": slug, "changed": ["email", "language"]}
    assert contact_of(merchant_id=merchant.id) == ContactFacts("service@olmo.example", "es")
    assert called("show", slug).output == "service@olmo.example (es)\n"
    shown = json.loads(called("show", slug, "--json").output)
    assert shown["contact"]["language"] == "es"
    assert called("erase", slug).output == "Erased.\n"
    assert called("erase", slug).exit_code == 1


def test_what_is_wrong_is_said_and_nothing_is_written() -> None:
    merchant = make_merchant()

    result = called("set", f"merchant-{merchant.id}", "--email", "olmo", "--language", "es")

    assert (result.exit_code, result.output) == (1, "Error: that is no e-mail address\n")
    assert called("set", "nobody", "--email", "a@b.example", "--language", "es").exit_code == 1
    assert contact_of(merchant_id=merchant.id) is None
