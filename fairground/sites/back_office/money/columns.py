"""A chart of many columns over time as inline SVG, of one part each or of several; a table beside it says the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from fairground.rehearsal.charts import axis_top
from fairground.settlement.reports.rules import whole_units

WIDTH, HEIGHT = 480, 240
# Room for half a label right of the last column, and for a line of text above and below.
_RIGHT, _TOP, _BOTTOM = 24, 20, 34
# Of a figure of the axis, and between it and the columns.
_FIGURE_WIDE, _BESIDE = 10, 8
_GAP = 0.28
# More labels than this along the lower axis run into each other.
_LABELS_MAX = 5
_TICKS = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what stands below it, what a pointer on it is told, and its parts from the floor up."""

    label: str
    told: str
    parts: tuple[int, ...]


def column_chart(
    *, title: str, columns: Sequence[Column], amount: Callable[[int], str], labels_max: int = _LABELS_MAX
) -> SafeString:
    """Return columns over one line with an axis of `amount`s; part n is drawn as `office-chart-part-n`, from 1.

    Of more columns than `labels_max` only some are labelled; it may be greater where labels are short.
    """
    top = axis_top(value=max((sum(one.parts) for one in columns), default=0))
    floor = HEIGHT - _BOTTOM
    ticks = [(top * step // _TICKS, amount(top * step // _TICKS)) for step in range(_TICKS + 1)]
    start = _FIGURE_WIDE * max(len(figure) for _, figure in ticks) + _BESIDE
    wide = (WIDTH - start - _RIGHT) / max(1, len(columns))
    every = max(1, ceil(len(columns) / labels_max))
    drawn, labels = [], []
    for place, column in enumerate(columns):
        left = start + place * wide
        drawn.append(_column(column, left + wide * _GAP / 2, wide * (1 - _GAP), floor, (floor - _TOP) / top))
        if place % every == (len(columns) - 1) % every:
            labels.append((f"{left + wide / 2:.1f}", HEIGHT - 12, column.label))
    heights = [(figure, f"{floor - (floor - _TOP) * one / top:.1f}") for one, figure in ticks]
    return format_html(
        '<svg class="office-chart" viewBox="0 0 {} {}" role="img" aria-label="{}" direction="ltr">{}{}{}{}</svg>',
        WIDTH,
        HEIGHT,
        title,
        format_html_join(
            "",
            '<line class="office-chart-line" x1="{}" y1="{}" x2="{}" y2="{}"/>',
            [(start, height, WIDTH, height) for _, height in heights],
        ),
        format_html_join("", "{}", [(one,) for one in drawn]),
        format_html_join(
            "",
            '<text class="office-chart-label" x="{}" y="{}" text-anchor="end">{}</text>',
            [(start - _BESIDE, f"{float(height) + 5:.1f}", figure) for figure, height in heights],
        ),
        format_html_join("", '<text class="office-chart-label" x="{}" y="{}" text-anchor="middle">{}</text>', labels),
    )


def _column(column: Column, left: float, wide: float, floor: float, scale: float) -> SafeString:
    rects, below = [], 0
    for number, part in enumerate(column.parts, start=1):
        if part > 0:
            below += part
            rects.append((number, f"{left:.1f}", f"{floor - below * scale:.1f}", f"{wide:.1f}", f"{part * scale:.1f}"))
    drawn = format_html_join(
        "", '<rect class="office-chart-part office-chart-part-{}" x="{}" y="{}" width="{}" height="{}"/>', rects
    )
    return format_html("<g><title>{}</title>{}</g>", column.told, drawn)


def whole_text(amount_minor: int, currency: str) -> str:
    """Return an amount in whole units of its currency, as an axis has it."""
    return str(number_format(whole_units(amount_minor, currency), force_grouping=True))
