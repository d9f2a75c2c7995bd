"""`fairground aside` as a person calls it."""

import pytest
from click.testing import CliRunner

from fairground.cli.aside import aside


@pytest.mark.parametrize("command", ["list", "try"])
def test_the_help_of_each_shows_how_it_is_called(command: str) -> None:
    result = CliRunner().invoke(aside, [command, "--help"])

    assert result.exit_code == 0
    assert f"fairground aside {command}" in result.output
    assert "--json" in result.output
