"""`fairground giftcard issue` as a person calls it."""

import pytest
from click.testing import CliRunner

from fairground.cli.giftcard import giftcard


def test_the_help_shows_how_it_is_called() -> None:
    result = CliRunner().invoke(giftcard, ["issue", "--help"])

    assert result.exit_code == 0
    assert "fairground giftcard issue --count 10 --amount 25 --currency EUR --days 1095 --sold --json" in result.output


@pytest.mark.parametrize(
    "wrong",
    [
        ["--amount", "25", "--sold"],
        ["--amount", "-25", "--currency", "EUR", "--given"],
        ["--amount", "0.001", "--currency", "EUR", "--given"],
        ["--amount", "25", "--currency", "EUR", "--count", "0", "--given"],
        ["--amount", "25", "--currency", "EUR", "--count", "1001", "--given"],
        ["--amount", "25", "--currency", "EUR", "--days", "0", "--given"],
    ],
)
def test_what_can_not_be_is_refused_before_anything_is_opened(wrong: list[str]) -> None:
    assert CliRunner().invoke(giftcard, ["issue", *wrong]).exit_code != 0


@pytest.mark.parametrize("source", [[], ["--sold", "--given"]])
def test_who_issues_cards_says_where_their_money_is_from(source: list[str]) -> None:
    result = CliRunner().invoke(giftcard, ["issue", "--amount", "25", "--currency", "EUR", *source])

    assert result.exit_code == 2
    assert "say where the money is from: --sold or --given" in result.output
