"""The report's drawings."""

from xml.etree import ElementTree

import pytest

from fairground.rehearsal.charts import (
    Line,
    Mark,
    axis_top,
    histogram,
    line_chart,
    position_in_bins,
    share_bar,
)

SVG = "{http://www.w3.org/2000/svg}"


def read_svg(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)  # noqa: S314 - drawn by us a line before


@pytest.mark.parametrize(
    ("value", "top"), [(0, 4), (3, 4), (9, 10), (41, 50), (7273, 8000), (8001, 10_000), (10_000, 10_000)]
)
def test_an_axis_ends_at_a_round_number_not_below_the_value(value: int, top: int) -> None:
    assert axis_top(value=value) == top


@pytest.mark.parametrize(("value", "position"), [(0, 0.0), (5, 0.5), (10, 1.0), (15, 1.5), (20, 2.0), (99, 2.0)])
def test_a_value_stands_in_its_bin_in_proportion(value: float, position: float) -> None:
    assert position_in_bins(edges=[0.0, 10.0, 20.0], value=value) == position


def test_a_line_runs_from_the_left_axis_to_the_right_edge_and_its_highest_point_reaches_the_top() -> None:
    line = Line(name="placed", role="main", points=[(0, 0), (1, 4), (2, 2)])

    svg = read_svg(line_chart(title="Orders", lines=[line], goal=None, x_name="s"))

    drawn = svg.find(f"{SVG}polyline")
    assert drawn is not None
    assert drawn.get("points") == "72.0,276.0 504.0,28.0 936.0,152.0"


def test_the_goal_keeps_its_place_above_lines_that_never_reach_it() -> None:
    line = Line(name="placed", role="main", points=[(0, 10), (1, 10)])

    svg = read_svg(line_chart(title="Orders", lines=[line], goal=Mark(name="goal", value=80), x_name="s"))

    goal = svg.find(f"{SVG}line[@class='goal']")
    assert goal is not None
    assert goal.get("y1") == "28.0"


def test_a_chart_without_points_is_still_a_chart() -> None:
    empty = Line(name="placed", role="main", points=[])

    svg = read_svg(line_chart(title="Orders", lines=[empty], goal=None, x_name="s"))

    assert svg.get("aria-label") == "Orders"


def test_a_histogram_draws_one_bar_a_bin_as_high_as_its_count() -> None:
    svg = read_svg(histogram(title="Latency", bins=[(1, 4), (2, 2)], marks=[Mark(name="p50", value=1)], x_name="ms"))

    assert [bar.get("height") for bar in svg.iter(f"{SVG}rect")] == ["248.0", "124.0"]


def test_names_are_escaped() -> None:
    chart = histogram(title='<b>"x"', bins=[(1, 1)], marks=[Mark(name="<i>", value=1)], x_name="&")

    assert read_svg(chart).get("aria-label") == '<b>"x"'


def test_a_share_bar_of_nothing_is_empty() -> None:
    bar = read_svg(share_bar(part=0, whole=0)).find("rect[@class='bar']")

    assert bar is not None
    assert bar.get("width") == "0.00"
