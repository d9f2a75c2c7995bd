"""`fairground switch` as a person calls it."""

import pytest
from click.testing import CliRunner

from fairground.cli.switch import switch
from fairground.kernel.models import AuditEntry
from fairground.kernel.switches import read_switches
from fairground.sites.switches import Part

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("command", ["list", "off", "on"])
def test_the_help_of_each_shows_how_it_is_called(command: str) -> None:
    result = CliRunner().invoke(switch, [command, "--help"])

    assert result.exit_code == 0
    assert f"fairground switch {command}" in result.output
    assert "--json" in result.output


@pytest.mark.parametrize("time", ["10", "0m", "-1m", "ten minutes", "1d"])
def test_a_time_is_a_number_and_its_unit(time: str) -> None:
    result = CliRunner().invoke(switch, ["off", "sitemap", "--for", time, "--why", "x"])

    assert (result.exit_code, "such as 10m" in result.output) == (2, True)


def test_a_name_is_one_of_those_there_are_and_a_reason_is_asked_for() -> None:
    results = [CliRunner().invoke(switch, ["off", *words]) for words in (["checkout", "--why", "x"], ["sitemap"])]

    assert [one.exit_code for one in results] == [2, 2]
    assert read_switches() == {}
    assert not AuditEntry.objects.exists()
    assert f"'{Part.SITEMAP.value}'" in results[0].output
    assert "--why" in results[1].output
