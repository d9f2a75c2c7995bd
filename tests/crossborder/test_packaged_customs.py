"""The customs areas and rules that come with the program: possible, made once, and never over what somebody set."""

import pytest

from fairground.crossborder.actions import CustomsMade, ensure_customs, set_duty
from fairground.crossborder.models import CustomsArea, DutyRule
from fairground.crossborder.queries import customs_areas, default_customs, duty_rules
from fairground.crossborder.rules import is_area, is_rule
from fairground.kernel.models import AuditEntry, Writer
from fairground.markets.actions import ensure_markets
from fairground.markets.queries import default_world
from tests.factories import BY, make_duty, make_market

pytestmark = pytest.mark.usefixtures("lone_writer")


def test_what_is_packaged_is_possible_and_written_as_it_is() -> None:
    ensure_markets(world=default_world())
    schedule = default_customs()
    for code, countries in schedule.areas.items():
        assert is_area(code=code, name=schedule.names[code], countries=countries), code
    assert all(is_rule(rule) for rule in schedule.rules.values())

    made = ensure_customs(schedule=schedule, by=BY)

    assert (set(made.areas), set(made.markets)) == (set(schedule.areas), set(schedule.rules))
    assert duty_rules() == dict(schedule.rules)
    assert {one.code: frozenset(one.countries) for one in customs_areas()} == dict(schedule.areas)
    told = AuditEntry.objects.filter(verb="duty-set").values_list("subject_id", flat=True)
    assert sorted(told) == sorted(schedule.rules)


def test_it_is_made_once_and_what_was_taken_away_stays_away() -> None:
    make_market()
    ensure_customs(schedule=default_customs(), by=BY)
    set_duty(market="EU", rule=None, by=BY)

    assert ensure_customs(schedule=default_customs(), by=BY) == CustomsMade((), ())

    assert not DutyRule.objects.exists()
    assert CustomsArea.objects.get().code == "EU"


def test_rules_of_markets_that_are_not_there_are_left_out() -> None:
    make_market()

    assert ensure_customs(schedule=default_customs(), by=BY).markets == ("EU",)

    assert list(duty_rules()) == ["EU"]


def test_rules_of_markets_that_come_later_are_made_then_and_batches_are_told() -> None:
    assert ensure_customs(schedule=default_customs(), by=BY) == CustomsMade(("EU",), ())
    make_market()
    before = Writer.objects.get().offers_version

    assert ensure_customs(schedule=default_customs(), by=BY) == CustomsMade((), ("EU",))

    assert list(duty_rules()) == ["EU"]
    assert Writer.objects.get().offers_version == before + 1


def test_a_rule_that_somebody_set_stays() -> None:
    make_market()
    make_duty(heading_minor=500)
    own = duty_rules()

    assert ensure_customs(schedule=default_customs(), by=BY) == CustomsMade((), ())

    assert duty_rules() == own
