"""`fairground giftcard issue` as a person calls it."""

from uuid import uuid4

import click
import pytest
from click.testing import CliRunner
from pytest_django import Settings

from fairground.cli.giftcard import decide_asked, giftcard, issue_cards
from fairground.identity.operators import add_operator
from fairground.payments.asked_cards import asked_cards
from fairground.payments.models import GiftCard
from tests.factories import make_market
from tests.sites.back_office.staff import EARLY, PASSWORD


def test_the_help_shows_how_it_is_called() -> None:
    result = CliRunner().invoke(giftcard, ["issue", "--help"])

    assert result.exit_code == 0
    assert (
        "fairground giftcard issue --count 10 --amount 25 --currency EUR --days 1095 --sold --reason" in result.output
    )


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
    assert CliRunner().invoke(giftcard, ["issue", *wrong, "--reason", "why"]).exit_code != 0


@pytest.mark.parametrize("source", [[], ["--sold", "--given"]])
def test_who_issues_cards_says_where_their_money_is_from(source: list[str]) -> None:
    result = CliRunner().invoke(giftcard, ["issue", "--amount", "25", "--currency", "EUR", "--reason", "why", *source])

    assert result.exit_code == 2
    assert "say where the money is from: --sold or --given" in result.output


def test_who_issues_cards_says_why() -> None:
    result = CliRunner().invoke(giftcard, ["issue", "--amount", "25", "--currency", "EUR", "--sold"])

    assert result.exit_code == 2
    assert "Missing option '--reason'" in result.output


@pytest.mark.usefixtures("lone_writer")
def test_the_command_line_has_the_limits_of_one_of_the_staff() -> None:
    make_market()

    def issue(count: int, *, is_sold: bool, amount_minor: int = 1_000_000, reason: str = "invoice 4711") -> list[str]:
        return issue_cards(
            key=uuid4(),
            count=count,
            amount_minor=amount_minor,
            currency="EUR",
            days=30,
            is_sold=is_sold,
            reason=reason,
        )

    codes = issue(5, is_sold=False) + issue(10, is_sold=True)
    for is_sold, words in ((False, "gives away at most 50000.00 EUR a day"), (True, "at most 100000.00 EUR a day")):
        with pytest.raises(click.ClickException, match=words):
            issue(1, is_sold=is_sold, amount_minor=1)
    with pytest.raises(click.ClickException, match=r"at most 10000\.00 EUR, in a market's currency"):
        issue(1, is_sold=True, amount_minor=1_000_001)
    with pytest.raises(click.ClickException, match=r"at most 100000\.00 EUR on any day: ask for it in parts"):
        issue(11, is_sold=True)
    with pytest.raises(click.ClickException, match="a reason has 1 to 200 letters"):
        issue(1, is_sold=True, reason="  ")

    assert len(codes) == GiftCard.objects.count() == 15


@pytest.mark.usefixtures("lone_writer")
def test_where_two_issue_cards_that_were_sold_each_says_who(settings: Settings) -> None:
    settings.FOUR_EYES = True
    make_market()
    for email in ("one@shop.example", "two@shop.example"):
        add_operator(email=email, role="operator", password=PASSWORD, by=EARLY)
    key = uuid4()

    def ask(email: str) -> list[str]:
        return issue_cards(
            key=key,
            count=2,
            amount_minor=2_500,
            currency="EUR",
            days=30,
            is_sold=True,
            reason="invoice 4711",
            email=email,
        )

    for email, words in (("", "say who you are with --by"), ("nobody@shop.example", "nobody of the staff")):
        with pytest.raises(click.ClickException, match=words):
            ask(email)
    assert ask("one@shop.example") == []
    for email, words in (("", "say who you are with --by"), ("one@shop.example", "--by somebody else")):
        with pytest.raises(click.ClickException, match=words):
            decide_asked(key=key, email=email, is_wanted=True)
    assert (GiftCard.objects.count(), [one.key for one in asked_cards()]) == (0, [key])
    assert len(decide_asked(key=key, email="two@shop.example", is_wanted=True)) == GiftCard.objects.count() == 2
    with pytest.raises(click.ClickException, match="nobody asks for them"):
        decide_asked(key=key, email="two@shop.example", is_wanted=False)


@pytest.mark.parametrize("command", ["--help", "asked", "issue-asked", "decline"])
def test_every_command_has_an_example(command: str) -> None:
    result = CliRunner().invoke(giftcard, [command] if command == "--help" else [command, "--help"])

    assert result.exit_code == 0
    assert "fairground giftcard asked" in result.output
