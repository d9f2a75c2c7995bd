"""A chart of bars as inline SVG, beside which a table says the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from fairground.rehearsal.charts import axis_top

WIDTH, HEIGHT = 480, 240
# Room for a line of text above and below the bars.
TOP, BOTTOM = 28, 34
_GAP = 0.28


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: what stands below it, what stands above it, and how high it is."""

    label: str
    text: str
    value: int


def bar_chart(*, title: str, bars: Sequence[Bar]) -> SafeString:
    """Return bars side by side over one line; one below zero is drawn as nothing, and its text says what it is."""
    top = axis_top(value=max([bar.value for bar in bars], default=0))
    wide = WIDTH / max(1, len(bars))
    floor = HEIGHT - BOTTOM
    drawn = []
    for place, bar in enumerate(bars):
        high = (floor - TOP) * max(0, bar.value) / top
        middle = place * wide + wide / 2
        drawn.append(
            (
                f"{place * wide + wide * _GAP / 2:.1f}",
                f"{floor - high:.1f}",
                f"{wide * (1 - _GAP):.1f}",
                f"{high:.1f}",
                f"{middle:.1f}",
                f"{floor - high - 8:.1f}",
                bar.text,
                f"{middle:.1f}",
                f"{HEIGHT - 12}",
                bar.label,
            )
        )
    inside = format_html_join(
        "",
        '<rect class="office-chart-bar" x="{}" y="{}" width="{}" height="{}" rx="4"/>'
        '<text class="office-chart-text" x="{}" y="{}" text-anchor="middle">{}</text>'
        '<text class="office-chart-label" x="{}" y="{}" text-anchor="middle">{}</text>',
        drawn,
    )
    return format_html(
        '<svg class="office-chart" viewBox="0 0 {} {}" role="img" aria-label="{}" direction="ltr">{}'
        '<line class="office-chart-line" x1="0" y1="{}" x2="{}" y2="{}"/></svg>',
        WIDTH,
        HEIGHT,
        title,
        inside,
        floor,
        WIDTH,
        floor,
    )
