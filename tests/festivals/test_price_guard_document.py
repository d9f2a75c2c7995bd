"""The worked example of docs/algorithms/price-guard.md, performed, and its tables compared with the code."""

import re
from pathlib import Path

import pytest

from fairground.festivals.enrolments import festival_terms
from fairground.festivals.guard import Code, GuardedDeal, MarketPrice, Thresholds, findings
from fairground.kernel.money import minor_from_text
from tests.factories import make_festival
from tests.tidy.house import in_backticks, table_below

DOCUMENT = (Path(__file__).parents[2] / "docs/algorithms/price-guard.md").read_text("utf-8")
USUAL_MINOR = 12_900


@pytest.fixture
def at_first(db: None) -> Thresholds:
    """The thresholds with which a festival begins."""
    return festival_terms(festival=make_festival()).thresholds


def test_the_worked_example_comes_out_as_written(at_first: Thresholds) -> None:
    rows = table_below(DOCUMENT, "## A worked example")
    assert len(rows) == 11
    for price, prior, expected in rows:
        prices = [
            MarketPrice(
                "EU",
                "EUR",
                minor_from_text(price, currency="EUR"),
                USUAL_MINOR,
                minor_from_text(prior, currency="EUR"),
            )
        ]
        deal = GuardedDeal(units=40, buyer_limit=2, free=100, prices=prices)

        found = findings(deal=deal, thresholds=at_first, rates={}, currency="EUR")

        assert ", ".join(str(one.code) for one in found) == expected, price


def test_every_finding_stands_in_the_document_and_no_other() -> None:
    named = [in_backticks(row[0]) for row in table_below(DOCUMENT, "## What it finds")]

    assert [name for names in named for name in names if names] == [
        *("below-floor", "too-deep", "above-usual", "above-prior", "digits", "percent"),
        *("markets-disagree", "units-short", "limit-above-units"),
    ]
    assert {name for names in named for name in names} == set(Code)


def test_the_thresholds_with_which_a_festival_begins_are_those_of_the_document(
    at_first: Thresholds,
) -> None:
    told = re.search(r"are (\d+) %, (\d+) % and (\d+) % at first", DOCUMENT)
    assert told is not None

    assert [int(percent) * 100 for percent in told.groups()] == [
        at_first.floor_bps,
        at_first.deviation_bps,
        at_first.spread_bps,
    ]
    assert at_first.floor_minor == 0
