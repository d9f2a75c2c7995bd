"""`fairground verify` as a person calls it; what it finds is tested in tests/rehearsal/test_verify.py."""

from pathlib import Path

from click.testing import CliRunner

from fairground.cli.verify import verify


def test_the_help_shows_how_it_is_called() -> None:
    result = CliRunner().invoke(verify, ["--help"])

    assert result.exit_code == 0
    assert "fairground verify --json | jq .oversold_units" in result.output


def test_a_realm_that_can_not_be_is_refused_in_words() -> None:
    result = CliRunner().invoke(verify, ["--realm", "No Such"])

    assert result.exit_code == 1
    assert "Error: a realm's name is lower-case letters" in result.output


def test_a_file_that_does_not_exist_is_said_to_be_so(tmp_path: Path) -> None:
    result = CliRunner().invoke(verify, ["--acknowledged", str(tmp_path / "absent.jsonl")])

    assert result.exit_code == 2
    assert "absent.jsonl' does not exist" in result.output
