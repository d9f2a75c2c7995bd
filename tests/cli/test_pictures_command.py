"""`fairground pictures` as a person calls it; what it does with a shop is tested in tests/faults."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from fairground.cli.pictures import pictures


@pytest.mark.parametrize(
    ("command", "example"),
    [
        ("import", "fairground pictures import photos/ --merchant lamps-of-lyon --dry-run"),
        ("add", "fairground pictures add --merchant lamps-of-lyon --product lamp-7 front.jpg side.png"),
    ],
)
def test_the_help_shows_how_it_is_called(command: str, example: str) -> None:
    result = CliRunner().invoke(pictures, [command, "--help"])

    assert result.exit_code == 0
    assert example in result.output


def test_a_description_is_of_one_picture(tmp_path: Path) -> None:
    for name in ("front.jpg", "side.jpg"):
        (tmp_path / name).write_bytes(b"")
    files = [str(tmp_path / name) for name in ("front.jpg", "side.jpg")]

    result = CliRunner().invoke(pictures, ["add", "--merchant", "m", "--product", "p", "--alt", "A lamp", *files])

    assert result.exit_code == 2
    assert "--alt says what one picture shows: add them one by one" in result.output


def test_a_folder_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    result = CliRunner().invoke(pictures, ["import", str(tmp_path / "none"), "--merchant", "m"])

    assert result.exit_code == 2
    assert "does not exist" in result.output
