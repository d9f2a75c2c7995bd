"""Charts as inline SVG: no script, no library, so that a report opened from a disk shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import ceil

WIDTH = 960
HEIGHT = 320
# Room for the widest label of the left axis ("100,000") and for one line of text below and above.
LEFT, RIGHT, TOP, BOTTOM = 72, 24, 28, 44
# Nearer than this, two labels of a mark would touch.
LABEL_GAP = 64
TICKS = 4
# More numbers than this along the lower axis run into each other.
X_TICKS_MAX = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of a chart; `role` is its CSS class: `main` or `side`."""

    name: str
    role: str
    points: Sequence[tuple[int, int]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A value worth a line of its own: a goal, a percentile."""

    name: str
    value: float


def line_chart(*, title: str, lines: Sequence[Line], goal: Mark | None, x_name: str) -> str:
    """Draw lines over whole numbers (seconds), with a dashed line at the goal.

    Every line starts and ends where its points do; a missing x is not filled in.
    """
    xs = [x for line in lines for x, _ in line.points]
    ys = [y for line in lines for _, y in line.points] + ([ceil(goal.value)] if goal else [])
    low, high = min(xs, default=0), max(max(xs, default=1), min(xs, default=0) + 1)
    top = axis_top(value=max(ys, default=1))
    parts = _left_axis(top=top)
    for tick in _x_ticks(low=low, high=high):
        parts.append(_label(_across(tick, low, high), HEIGHT - BOTTOM + 20, f"{tick:,}"))
    parts.append(_label(WIDTH - RIGHT, HEIGHT - 4, x_name, anchor="end"))
    for line in lines:
        path = " ".join(f"{_across(x, low, high):.1f},{_up(y, top):.1f}" for x, y in line.points)
        if line.role == "main" and line.points:
            first, last = _across(line.points[0][0], low, high), _across(line.points[-1][0], low, high)
            floor_y = _up(0, top)
            parts.append(f'<polygon class="area" points="{first:.1f},{floor_y:.1f} {path} {last:.1f},{floor_y:.1f}"/>')
        name = f"<title>{escape(line.name)}</title>"
        parts.append(f'<polyline class="line {line.role}" points="{path}">{name}</polyline>')
    if goal:
        y = _up(goal.value, top)
        parts.append(f'<line class="goal" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>')
        parts.append(_label(WIDTH - RIGHT, y - 7, goal.name, anchor="end", role="goal-name"))
    return _frame(title=title, parts=parts)


def histogram(*, title: str, bins: Sequence[tuple[float, int]], marks: Sequence[Mark], x_name: str) -> str:
    """Draw one bar a bin, given by its upper edge, and a labelled rule at each mark.

    Bars are equally wide whatever their edges, so doubling edges give a logarithmic axis.
    """
    edges = [0.0, *(upper for upper, _ in bins)]
    top = axis_top(value=max((count for _, count in bins), default=1))
    parts = _left_axis(top=top)
    bar = (WIDTH - LEFT - RIGHT) / max(1, len(bins))
    every = max(1, ceil(len(bins) / X_TICKS_MAX))
    for index, (upper, count) in enumerate(bins):
        y = _up(count, top)
        parts.append(
            f'<rect class="bar" x="{LEFT + index * bar + 1:.1f}" y="{y:.1f}" width="{max(1.0, bar - 2):.1f}" '
            f'height="{_up(0, top) - y:.1f}"><title>{escape(f"≤ {upper:g}: {count:,}")}</title></rect>'
        )
        if index % every == every - 1:
            parts.append(_label(LEFT + (index + 1) * bar, HEIGHT - BOTTOM + 20, f"{upper:g}"))
    parts.append(_label(WIDTH - RIGHT, HEIGHT - 4, x_name, anchor="end"))
    taken = -1.0 * WIDTH
    for mark in sorted(marks, key=lambda each: each.value):
        x = LEFT + bar * position_in_bins(edges=edges, value=mark.value)
        parts.append(f'<line class="mark" x1="{x:.1f}" y1="{TOP - 8}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}"/>')
        if x - taken >= LABEL_GAP:
            parts.append(_label(x, TOP - 13, mark.name))
            taken = x
    return _frame(title=title, parts=parts)


def share_bar(*, part: int, whole: int) -> str:
    """Draw how much of the whole the part is, for a table that says it in figures too."""
    width = 100 * part / (whole or 1)
    return (
        '<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="rest" width="100" height="8"/><rect class="bar" width="{width:.2f}" height="8"/></svg>'
    )


def axis_top(*, value: int) -> int:
    """Return a round number, at least 4, that is not below the value.

    It is 1, 2, 4, 5, 6 or 8 times a power of ten, so that a quarter of it is a round number too.
    """
    power: int = 10 ** (len(str(max(value, 1))) - 1)
    steps = (1, 2, 4, 5, 6, 8, 10)
    return max(TICKS, next(step * power for step in steps if step * power >= value))


def position_in_bins(*, edges: Sequence[float], value: float) -> float:
    """Return how many bins lie below the value, the last in part, at most all."""
    for index, (lower, upper) in enumerate(pairwise(edges)):
        if value <= upper:
            return index + (value - lower) / (upper - lower)
    return float(len(edges) - 1)


def _left_axis(*, top: int) -> list[str]:
    parts = []
    for tick in range(TICKS + 1):
        value = top * tick / TICKS
        y = _up(value, top)
        parts.append(f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>')
        parts.append(_label(LEFT - 12, y + 4.5, f"{value:,.0f}", anchor="end"))
    return parts


def _x_ticks(*, low: int, high: int) -> list[int]:
    step = next(
        size * 10**power for power in range(8) for size in (1, 2, 5) if (high - low) / (size * 10**power) <= X_TICKS_MAX
    )
    return list(range(ceil(low / step) * step, high + 1, step))


def _across(x: float, low: int, high: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (x - low) / (high - low)


def _up(y: float, top: int) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * y / top


def _label(x: float, y: float, text: str, *, anchor: str = "middle", role: str = "tick") -> str:
    return f'<text class="{role}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _frame(*, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )
