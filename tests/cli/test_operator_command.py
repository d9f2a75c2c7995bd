"""`fairground operator` as a person calls it."""

import pytest
from click.testing import CliRunner

from fairground.cli.operator import operator


@pytest.mark.parametrize("command", ["add", "list", "remove"])
def test_the_help_of_each_shows_how_it_is_called(command: str) -> None:
    result = CliRunner().invoke(operator, [command, "--help"])

    assert result.exit_code == 0
    assert f"fairground operator {command}" in result.output
    assert "--json" in result.output


def test_a_password_is_no_argument() -> None:
    result = CliRunner().invoke(operator, ["add", "ada@shop.example", "--password", "a lantern for each stall"])

    assert (result.exit_code, "No such option" in result.output) == (2, True)


def test_a_role_is_one_of_those_there_are() -> None:
    result = CliRunner().invoke(operator, ["add", "ada@shop.example", "--role", "king"])

    assert (result.exit_code, "'editor', 'operator', 'support'" in result.output) == (2, True)
