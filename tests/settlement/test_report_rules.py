"""Periods, ages, exclusion, whole units, and tables that no spreadsheet reckons with."""

import json
from datetime import UTC, date, datetime

import pytest

from fairground.kernel.money import Money
from fairground.settlement.reports.rules import (
    MEMBER_STATES,
    Period,
    PlatformOperator,
    is_excluded,
    period_of,
    quarter_starts,
    recent_periods,
    whole_units,
)
from fairground.settlement.reports.tables import Table, csv_pieces, json_pieces


@pytest.mark.parametrize(
    ("text", "from_date", "to_date"),
    [
        ("2026", date(2026, 1, 1), date(2027, 1, 1)),
        ("2026-Q4", date(2026, 10, 1), date(2027, 1, 1)),
        ("2026-Q1", date(2026, 1, 1), date(2026, 4, 1)),
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1)),
    ],
)
def test_a_period_is_a_year_a_quarter_or_a_month_and_is_called_so(text: str, from_date: date, to_date: date) -> None:
    period = period_of(text)

    assert period == Period(from_date, to_date)
    assert period.text == text


@pytest.mark.parametrize("text", ["", "2026-13", "2026-Q5", "1999", "2026-1", "20261", "2026-Q1-1"])
def test_what_names_no_period_is_none(text: str) -> None:
    assert period_of(text) is None


def test_any_other_days_are_called_by_their_ends() -> None:
    assert Period(date(2026, 11, 1), date(2026, 11, 12)).text == "2026-11-01_2026-11-12"
    assert Period(date(2026, 11, 2), date(2026, 12, 2)).text == "2026-11-02_2026-12-02"


def test_recent_periods_go_back_over_the_year() -> None:
    said = [one.text for one in recent_periods(date(2026, 2, 28), months=3, quarters=2)]
    assert said == ["2026-02", "2026-01", "2025-12", "2026-Q1", "2025-Q4"]


def test_a_year_has_four_quarters_that_meet() -> None:
    starts = quarter_starts(2026)
    assert [one.isoformat()[:10] for one in starts] == [
        "2026-01-01",
        "2026-04-01",
        "2026-07-01",
        "2026-10-01",
        "2027-01-01",
    ]
    assert all(one.tzinfo is UTC for one in starts)


def test_both_must_hold_for_a_seller_to_be_excluded() -> None:
    assert is_excluded(activities=29, consideration_eur_minor=200_000)
    assert not is_excluded(activities=30, consideration_eur_minor=200_000)
    assert not is_excluded(activities=29, consideration_eur_minor=200_001)
    assert is_excluded(activities=0, consideration_eur_minor=-1)
    assert len(MEMBER_STATES) == 27


def test_whole_units_are_rounded_half_up_by_the_currencys_decimals() -> None:
    assert [whole_units(one, "EUR") for one in (149, 150, -149, -150)] == [1, 2, -1, -2]
    assert (whole_units(149, "JPY"), whole_units(1_500, "KWD")) == (149, 2)


def test_csv_has_exact_amounts_and_no_text_that_is_a_formula() -> None:
    rows = [
        ("=HYPERLINK(1)", Money(-1_290, "EUR"), 3, None, True),
        ('a "b", c', Money(1_290, "JPY"), -3, datetime(2026, 11, 11, tzinfo=UTC), False),
        ("\t=1", Money(5, "KWD"), 0, date(2026, 11, 11), None),
        ("+1", Money(5, "EUR"), 0, "@x", "-x"),
    ]
    table = Table("t", ("title", "amount", "n", "at", "is"), rows)

    assert "".join(csv_pieces(table)).splitlines() == [
        "title,amount,n,at,is",
        "'=HYPERLINK(1),-12.90,3,,true",
        '"a ""b"", c",1290,-3,2026-11-11T00:00:00+00:00,false',
        "'\t=1,0.005,0,2026-11-11,",
        "'+1,0.05,0,'@x,'-x",
    ]


def test_json_has_minor_units_and_is_whole_with_any_number_of_rows() -> None:
    rows = [("a", Money(-1_290, "EUR"), None), ("ü", Money(5, "EUR"), date(2026, 11, 11))]
    table = Table("t", ("title", "amount", "at"), rows)

    assert json.loads("".join(json_pieces(table))) == [
        {"title": "a", "amount_minor": -1_290, "at": None},
        {"title": "ü", "amount_minor": 5, "at": "2026-11-11"},
    ]
    assert json.loads("".join(json_pieces(Table("t", ("a",), [])))) == []


def test_a_long_table_comes_in_pieces() -> None:
    table = Table("t", ("text",), [("x" * 1_000,)] * 200)
    assert len(list(csv_pieces(table))) == 4


def test_a_platform_operator_is_whole_or_none() -> None:
    facts = {"name": "Fair", "tin": "1", "street": "A 1", "post_code": "1", "city": "Berlin", "country": "DE"}
    assert PlatformOperator.of(facts) == PlatformOperator(**facts)
    for wrong in ({}, {**facts, "tin": " "}, {**facts, "country": "US"}, {**facts, "x": "y"}, {**facts, "vat": 1}):
        with pytest.raises(ValueError, match="platform operator"):
            PlatformOperator.of(wrong)
