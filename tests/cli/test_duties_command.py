"""`fairground duties` as an operator calls it, and what it does to the realm that is up."""

import click
import pytest
from click.testing import CliRunner

from fairground.cli.duties import duties, make_packaged, rule_of, set_area, set_rule
from fairground.crossborder.actions import CustomsMade
from fairground.crossborder.queries import AreaSeen, customs_areas, default_customs, duty_rules
from fairground.crossborder.rules import DutyRule
from tests.factories import make_duty, make_market

pytestmark = pytest.mark.usefixtures("lone_writer")


@pytest.mark.parametrize(
    ("command", "example"),
    [
        ([], "fairground duties set EU --area EU --heading 3.00 --up-to 150.00"),
        (["list"], "fairground duties list --json"),
        (["areas"], "fairground duties areas --json"),
        (["set"], "fairground duties set BR --area BR --share 20 --up-to 300.00 --json"),
        (["none"], "fairground duties none BR"),
        (["packaged"], "fairground duties packaged --json"),
        (["area"], "fairground duties area CH --name Switzerland --countries CH,LI"),
    ],
)
def test_help_has_an_example(command: list[str], example: str) -> None:
    told = CliRunner().invoke(duties, [*command, "--help"])

    assert told.exit_code == 0
    assert example in told.output


@pytest.mark.parametrize(
    ("currency", "heading", "up_to", "expected"),
    [
        ("EUR", "3.00", "150", (300, 15_000)),
        ("JPY", "500", "10000", (500, 10_000)),
        ("KWD", "1.250", "20", (1_250, 20_000)),
    ],
)
def test_amounts_are_read_in_the_currency_of_the_market(
    currency: str, heading: str, up_to: str, expected: tuple[int, int]
) -> None:
    make_market()
    make_duty()

    rule = rule_of(area="EU", heading=heading, share_bps=250, up_to=up_to, currency=currency)

    assert rule == DutyRule("EU", frozenset({"DE", "ES"}), expected[0], 250, expected[1])


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"heading": "3.005"}, "3.005"),
        ({"up_to": "much"}, "much"),
        ({"currency": ""}, "no such market"),
        ({"area": "XX"}, "no customs area XX"),
    ],
)
def test_what_can_not_be_read_is_said(asked: dict[str, str], words: str) -> None:
    make_market()
    make_duty()

    with pytest.raises(click.ClickException, match=words):
        rule_of(**({"area": "EU", "heading": "3", "up_to": "150", "currency": "EUR"} | asked), share_bps=0)


def test_a_rule_is_set_once_and_taken_away_and_what_is_not_there_is_said() -> None:
    make_market()
    make_duty()
    rule = DutyRule("EU", frozenset({"DE", "ES"}), 400, 0, 15_000)

    assert set_rule(market="EU", rule=rule)
    assert not set_rule(market="EU", rule=rule)
    assert duty_rules() == {"EU": rule}
    for market, asked, words in (
        ("XX", None, "no such market"),
        ("EU", DutyRule("XX", frozenset(), 400, 0, 15_000), "no such customs area"),
        ("EU", DutyRule("EU", frozenset(), 0, 0, 15_000), "asks nothing"),
    ):
        with pytest.raises(click.ClickException, match=words):
            set_rule(market=market, rule=asked)
    assert duty_rules() == {"EU": rule}

    assert set_rule(market="EU", rule=None)
    assert duty_rules() == {}


def test_an_area_is_set_once_and_one_that_can_not_be_is_said() -> None:
    assert set_area(code="CH", name="Switzerland", countries=["LI", "CH"])
    assert not set_area(code="CH", name="Switzerland", countries=["CH", "LI"])
    with pytest.raises(click.ClickException, match="two to eight capital letters"):
        set_area(code="ch", name="Switzerland", countries=["CH"])

    assert customs_areas() == [AreaSeen("CH", "Switzerland", ("CH", "LI"))]


def test_what_is_packaged_is_made_once_in_a_realm_that_is_there() -> None:
    make_market()

    assert make_packaged() == CustomsMade(("EU",), ("EU",))
    assert duty_rules() == {"EU": default_customs().rules["EU"]}
    set_rule(market="EU", rule=None)

    assert make_packaged() == CustomsMade((), ())
    assert duty_rules() == {}
