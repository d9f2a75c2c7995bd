"""Phases by the clocks of a zone, and what is wrong with a plan."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fairground.festivals.phase_plan import (
    Edge,
    PhaseKind,
    PhaseSpan,
    PlanLengths,
    days_later,
    moment_of,
    moved,
    phase_at,
    phases_in,
    plan_phases,
    renewed,
    stretches,
    wall_of,
)
from fairground.festivals.phase_problems import PROBLEMS, PlanProblem, problems
from fairground.festivals.rules import Period

SHANGHAI, MADRID, NEW_YORK = "Asia/Shanghai", "Europe/Madrid", "America/New_York"
# Midnight of 11 November 2027 in Shanghai.
OPENS_AT = datetime(2027, 11, 10, 16, tzinfo=UTC)


def plan(
    *, opens_at: datetime = OPENS_AT, zone: str = SHANGHAI, own: str = "", **lengths: int
) -> tuple[PhaseSpan, ...]:
    own_zones = {"US": own} if own else {}
    return plan_phases(opens_at=opens_at, zone=zone, lengths=PlanLengths(**lengths), own_zones=own_zones)


def wall(text: str) -> datetime:
    """Return what clocks show, without a zone."""
    return datetime.fromisoformat(text)


def changed(kind: PhaseKind, *, market: str | None = None, own: str = "", **times: datetime) -> list[PhaseSpan]:
    """Return the usual plan with a phase changed."""
    return [
        replace(one, **times) if (one.kind, one.market) == (kind, market) else one  # type: ignore[arg-type]
        for one in plan(own=own)
    ]


def codes(phases: list[PhaseSpan] | tuple[PhaseSpan, ...]) -> list[tuple[str, str]]:
    return [(one.code, one.kind.word) for one in problems(phases)]


def test_the_usual_plan_leads_from_the_announcement_to_what_comes_after_the_sale() -> None:
    local = {
        one.kind.word: (
            f"{wall_of(one.starts_at, SHANGHAI):%m-%d %H:%M}",
            f"{wall_of(one.ends_at, SHANGHAI):%m-%d %H:%M}",
        )
        for one in plan()
    }

    assert local == {
        "announcement": ("09-12 00:00", "09-27 00:00"),
        "enrolment": ("09-27 00:00", "10-22 00:00"),
        "warm-up": ("10-22 00:00", "11-01 00:00"),
        "presale": ("11-01 00:00", "11-10 20:00"),
        "gala": ("11-10 20:00", "11-11 00:00"),
        "opening": ("11-11 00:00", "11-11 00:15"),
        "sale": ("11-11 00:00", "11-12 00:00"),
        "balance": ("11-11 00:00", "11-12 00:00"),
        "after-sale": ("11-12 00:00", "11-27 00:00"),
    }
    assert problems(plan()) == []


def test_a_length_of_nothing_leaves_a_phase_out_and_no_gap_behind() -> None:
    phases = plan(presale_days=0, gala_hours=0, opening_minutes=0, after_sale_days=0)

    assert [one.kind.word for one in phases] == ["announcement", "enrolment", "warm-up", "sale"]
    assert problems(phases) == []


def test_a_phase_begins_at_the_openings_time_of_day_also_where_clocks_are_changed_between() -> None:
    opens_at = moment_of(wall("2027-11-11"), MADRID)  # clocks go back on 31 October
    by_kind = phases_in(plan(opens_at=opens_at, zone=MADRID), None)

    assert wall_of(by_kind[PhaseKind.ENROLMENT].starts_at, MADRID) == wall("2027-09-27")
    assert by_kind[PhaseKind.ENROLMENT].starts_at == datetime(2027, 9, 26, 22, tzinfo=UTC)
    assert by_kind[PhaseKind.PRESALE].starts_at == datetime(2027, 10, 31, 23, tzinfo=UTC)


def test_a_sale_of_24_hours_lasts_24_hours_on_the_day_on_which_clocks_are_changed() -> None:
    opens_at = moment_of(wall("2027-10-31"), MADRID)
    sale = phases_in(plan(opens_at=opens_at, zone=MADRID), None)[PhaseKind.SALE]

    assert sale.ends_at - sale.starts_at == timedelta(hours=24)
    assert wall_of(sale.ends_at, MADRID) == wall("2027-10-31T23:00")


def test_a_time_that_clocks_skip_is_as_much_later_and_of_one_shown_twice_it_is_the_first() -> None:
    assert moment_of(wall("2027-03-28T02:30"), MADRID) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert moment_of(wall("2027-10-31T02:30"), MADRID) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert days_later(OPENS_AT, days=0, zone=MADRID) == OPENS_AT


def test_a_market_opens_when_its_own_clocks_show_what_the_homes_show() -> None:
    phases = plan(own=NEW_YORK)
    there = phases_in(phases, "US")

    assert there[PhaseKind.SALE] == PhaseSpan(
        PhaseKind.SALE, datetime(2027, 11, 11, 5, tzinfo=UTC), datetime(2027, 11, 12, 5, tzinfo=UTC), "US"
    )
    assert there[PhaseKind.OPENING].starts_at == there[PhaseKind.SALE].starts_at
    assert there[PhaseKind.AFTER_SALE].starts_at == there[PhaseKind.SALE].ends_at
    assert there[PhaseKind.GALA] == phases_in(phases, None)[PhaseKind.GALA]
    assert phases_in(phases, "EU") == phases_in(phases, None)
    assert problems(phases) == []


def test_a_market_whose_clocks_are_ahead_would_open_before_the_festival() -> None:
    assert codes(plan(own="Pacific/Auckland")) == [("before-home", "sale")]


@pytest.mark.parametrize(
    ("hours", "kind"),
    [
        (-24 * 60 - 1, None),
        (-24 * 60, "announcement"),
        (-24 * 20, "warm-up"),
        (-5, "presale"),
        (-4, "gala"),
        (0, "opening"),
        (1, "sale"),
        (24, "after-sale"),
        (24 * 16, None),
    ],
)
def test_what_is_on_at_a_moment(hours: int, kind: str | None) -> None:
    found = phase_at(plan(), market=None, now=OPENS_AT + timedelta(hours=hours))

    assert (found.kind.word if found else None) == kind


def test_balances_that_may_be_paid_beyond_the_sale_lead_until_they_are_over() -> None:
    phases = plan(balance_hours=30)

    found = [phase_at(phases, market=None, now=OPENS_AT + timedelta(hours=hours)) for hours in (23, 25, 31)]

    assert [one.kind.word for one in found if one] == ["sale", "balance", "after-sale"]
    assert [one.kind.word for _, _, one in stretches(phases, market=None, now=OPENS_AT)] == [
        *("opening", "sale", "balance", "after-sale")
    ]


HOUR = timedelta(hours=1)
SALE_ENDS = OPENS_AT + timedelta(hours=24)


@pytest.mark.parametrize(
    ("phases", "found"),
    [
        ([one for one in plan() if one.kind is not PhaseKind.SALE], [("no-sale", "sale")]),
        ([*plan(), plan()[0]], [("twice", "announcement")]),
        (changed(PhaseKind.GALA, ends_at=OPENS_AT - 4 * HOUR), [("never", "gala")]),
        (changed(PhaseKind.AFTER_SALE, starts_at=SALE_ENDS - HOUR), [("overlap", "after-sale")]),
        (changed(PhaseKind.AFTER_SALE, starts_at=SALE_ENDS + HOUR), [("gap", "after-sale")]),
        (changed(PhaseKind.GALA, ends_at=OPENS_AT - HOUR), [("gap", "opening"), ("gala-end", "gala")]),
        (changed(PhaseKind.OPENING, starts_at=OPENS_AT + timedelta(minutes=1)), [("opening-apart", "opening")]),
        (changed(PhaseKind.BALANCE, starts_at=OPENS_AT + HOUR), [("balance-apart", "balance")]),
        ([one for one in plan() if one.kind is not PhaseKind.BALANCE], [("presale-without-balance", "presale")]),
        (
            [one for one in plan(warm_up_days=20) if one.kind is not PhaseKind.PRESALE],
            [("gap", "gala"), ("balance-without-presale", "balance")],
        ),
        (
            changed(PhaseKind.AFTER_SALE, market="US", own=NEW_YORK, ends_at=OPENS_AT + timedelta(days=40)),
            [("outside", "after-sale")],
        ),
        (plan(own="Pacific/Auckland"), [("before-home", "sale")]),
        (
            changed(
                PhaseKind.ANNOUNCEMENT, starts_at=OPENS_AT - timedelta(days=44), ends_at=OPENS_AT - timedelta(days=43)
            ),
            [("order", "enrolment")],
        ),
    ],
)
def test_each_problem_is_found_and_no_other(phases: list[PhaseSpan], found: list[tuple[str, str]]) -> None:
    assert codes(phases) == found


def test_an_overlap_and_a_gap_say_from_when_until_when() -> None:
    (overlap,) = problems(changed(PhaseKind.AFTER_SALE, starts_at=SALE_ENDS - HOUR))
    (gap,) = problems(changed(PhaseKind.AFTER_SALE, starts_at=SALE_ENDS + HOUR))

    kind, other = PhaseKind.AFTER_SALE, PhaseKind.SALE
    assert overlap == PlanProblem("overlap", kind, None, other, SALE_ENDS - HOUR, SALE_ENDS)
    assert (gap.kind, gap.starts_at, gap.ends_at) == (kind, SALE_ENDS, SALE_ENDS + HOUR)


def test_every_problem_has_a_plan_here_that_has_it() -> None:
    cases = test_each_problem_is_found_and_no_other.pytestmark[0].args[1]  # type: ignore[attr-defined]

    assert {code for _, found in cases for code, _ in found} == set(PROBLEMS)


def test_a_plan_that_is_moved_keeps_its_distances_and_what_met_the_sales_end_still_does() -> None:
    was = Period(OPENS_AT, SALE_ENDS)
    after = moved(plan(), was=was, wanted=Period(OPENS_AT + HOUR, SALE_ENDS + 3 * HOUR))
    before, there = phases_in(plan(), None), phases_in(after, None)

    assert there[PhaseKind.GALA].starts_at == before[PhaseKind.GALA].starts_at + HOUR
    assert there[PhaseKind.SALE].ends_at == there[PhaseKind.AFTER_SALE].starts_at == SALE_ENDS + 3 * HOUR
    assert there[PhaseKind.AFTER_SALE].ends_at == before[PhaseKind.AFTER_SALE].ends_at + HOUR
    assert problems(after) == []


def test_another_years_phases_lie_as_many_days_from_the_opening_at_the_same_times_of_day() -> None:
    opens_at = moment_of(wall("2027-11-06"), MADRID)
    phases = plan_phases(opens_at=opens_at, zone=MADRID, lengths=PlanLengths(), own_zones={"US": NEW_YORK})
    again = moment_of(wall("2028-10-28"), MADRID)  # summer time still, in Madrid and in New York

    new = renewed(phases, opened_at=opens_at, opens_at=again, zone=MADRID, zones={"US": NEW_YORK})

    there, us = phases_in(new, None), phases_in(new, "US")
    assert wall_of(there[PhaseKind.GALA].starts_at, MADRID) == wall("2028-10-27T20:00")
    assert wall_of(there[PhaseKind.PRESALE].starts_at, MADRID) == wall("2028-10-18")
    assert wall_of(us[PhaseKind.SALE].starts_at, NEW_YORK) == wall("2028-10-28")
    assert there[PhaseKind.SALE].starts_at == again
    assert there[PhaseKind.SALE].at(Edge.ENDS) == moment_of(wall("2028-10-29"), MADRID)
