"""`fairground rain` as a person calls it."""

from dataclasses import replace
from datetime import timedelta

import click
import pytest
from click.testing import CliRunner

from fairground.cli.rain import Plan, let_it_rain, rain
from fairground.redpackets.models import PacketCampaign, PacketRound
from tests.factories import NOW, make_festival, make_market

PLAN = Plan(
    market="EU",
    name={"en": "Golden hour"},
    is_personal=False,
    budget="10.01",
    packets=5,
    rounds=2,
    first=NOW,
    every=timedelta(minutes=10),
    open_for=timedelta(minutes=1),
    good_for=timedelta(days=30),
)


def test_the_help_shows_how_it_is_called() -> None:
    result = CliRunner().invoke(rain, ["--help"])

    assert result.exit_code == 0
    assert "fairground rain --market EU --budget 6000.00" in result.output


@pytest.mark.parametrize(
    ("option", "text"), [("--first", "2026-11-11T20:00"), ("--first", "tonight"), ("--name", "Golden hour")]
)
def test_what_can_not_be_read_is_refused_in_words(option: str, text: str) -> None:
    result = CliRunner().invoke(rain, ["--market", "EU", "--budget", "1", "--packets", "1", option, text])

    assert (result.exit_code, f"{option} takes" in result.output) == (2, True)


@pytest.mark.usefixtures("lone_writer")
def test_rounds_follow_each_other_and_share_the_budget_to_the_last_cent() -> None:
    make_market()
    make_festival()

    told = let_it_rain(plan=PLAN, now=NOW)

    rounds = list(PacketRound.objects.order_by("id"))
    assert told == {
        "campaign": str(PacketCampaign.objects.get().id),
        "rounds": [str(one.id) for one in rounds],
        "budget": "10.01",
        "currency": "EUR",
    }
    assert [(one.budget_minor, one.packets) for one in rounds] == [(501, 5), (500, 5)]
    assert [one.opens_at for one in rounds] == [NOW, NOW + timedelta(minutes=10)]
    assert [one.closes_at - one.opens_at for one in rounds] == [timedelta(minutes=1)] * 2
    assert PacketCampaign.objects.get().valid_until == NOW + timedelta(days=30, minutes=11)


@pytest.mark.usefixtures("lone_writer")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"market": "XX"}, "there is no such market"),
        ({"budget": "ten"}, "a budget in EUR is no 'ten'"),
        ({"budget": "0.09"}, "each packet needs a minor unit"),
        ({"is_personal": True}, "a personal campaign has one round"),
        ({"first": NOW - timedelta(hours=1)}, "a round that is over can't be opened"),
    ],
)
def test_what_can_not_be_is_refused_in_words_and_opens_no_round(changes: dict[str, object], words: str) -> None:
    make_market()
    make_festival()

    with pytest.raises(click.ClickException, match=words):
        let_it_rain(plan=replace(PLAN, **changes), now=NOW)  # type: ignore[arg-type]

    assert (PacketCampaign.objects.count(), PacketRound.objects.count()) == (0, 0)
