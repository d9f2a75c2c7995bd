"""The report as one HTML file that needs nothing else: styles, mark and charts are inside."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from fairground.kernel.money import decimal_text
from fairground.rehearsal.charts import Line, Mark, histogram, line_chart, share_bar

# The measure of the festival that is our model: 80,000 orders in its first eleven seconds.
GOAL_ORDERS = 80_000
GOAL_S = 11
STYLES = (
    "fairground/tokens.css",
    "fairground/parts/messages.css",
    "fairground/parts/figures.css",
    "fairground/parts/charts.css",
    "rehearsal/report.css",
)
PERCENTILES = ("p50", "p95", "p99")
# In the names of a festival's figures the act comes first.
_ACTS_OF_TWO_WORDS = ("warm_up", "after_sale")


@dataclass(frozen=True, kw_only=True, slots=True)
class Tile:
    """One figure that a reader should carry away."""

    name: str
    value: str
    note: str


def report_page(*, report: Mapping[str, Any], assets: Path) -> str:
    """Return the report as HTML, with nothing left to fetch.

    `assets` is the folder of the static files. `report` is what `--json` prints; the keys it must have are
    those of `make_report` in tests/rehearsal/test_page.py.
    """
    return render_to_string(
        "rehearsal/opening.html",
        _shared(report, assets)
        | {
            "tiles": report_tiles(report=report),
            "taken_off": taken_off(amounts_minor=report["discount_minor_by_currency"]),
            "charts": report_charts(report=report),
            "refusals": refusal_rows(refusals=report["refusals"]),
        },
    )


def festival_page(*, report: Mapping[str, Any], assets: Path) -> str:
    """Return the report of a whole festival as HTML, with nothing left to fetch."""
    acts = act_rows(counts=report["counts"])
    return render_to_string("rehearsal/festival.html", _shared(report, assets) | {"acts": acts})


def _shared(report: Mapping[str, Any], assets: Path) -> dict[str, object]:
    return {
        "report": report,
        "passed": all(check["ok"] for check in report["checks"]),
        "checks": [{**check, "rows": f"{check['rows']:,}"} for check in report["checks"]],
        "machine": machine_rows(machine=report["machine"]),
        "styles": _font(assets=assets) + "\n".join((assets / name).read_text() for name in STYLES),
        "mark": (assets / "fairground/mark.svg").read_text(),
    }


def act_rows(*, counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """Return the acts of a festival in their order, each with its figures as one line."""
    acts: dict[str, list[str]] = {}
    for name, count in counts.items():
        act = next((one for one in _ACTS_OF_TWO_WORDS if name.startswith(one)), name.partition("_")[0])
        figure = name.removeprefix(act).strip("_").replace("_", " ")
        acts.setdefault(act, []).append(f"{count:,}\N{NO-BREAK SPACE}{figure}".strip())
    return [(act.replace("_", " ").capitalize(), " · ".join(figures)) for act, figures in acts.items()]


def report_tiles(*, report: Mapping[str, Any]) -> list[Tile]:
    """Return the figures at the head of the report."""
    by_second = report["by_second"]
    first = sum(placed for second, placed, _refused in by_second if 0 <= second < GOAL_S)
    peak_second, peak = max(((second, placed) for second, placed, _refused in by_second), key=lambda each: each[1])
    refused = sum(report["refusals"].values())
    ok = sum(1 for check in report["checks"] if check["ok"])
    discounted = report["orders_discounted"]
    note = _("in {seconds} s, {discounted} with a discount") if discounted else _("in {seconds} s")
    return [
        Tile(
            name=_("Placed in the first 11 s"),
            value=f"{first:,}",
            note=_("goal 80,000 reached") if first >= GOAL_ORDERS else _("goal 80,000 missed"),
        ),
        Tile(
            name=_("Orders placed"),
            value=f"{sum(placed for _second, placed, _refused in by_second):,}",
            note=note.format(seconds=len(by_second), discounted=f"{discounted:,}"),
        ),
        Tile(name=_("Best second"), value=f"{peak:,}", note=_("second {second}").format(second=peak_second)),
        Tile(
            name=_("Answered within"),
            value=f"{report['latency_ms_p50']:,.0f} ms",
            note=_("p99 {p99} ms, longest {longest} ms").format(
                p99=f"{report['latency_ms_p99']:,.0f}", longest=f"{report['latency_ms_max']:,.0f}"
            ),
        ),
        Tile(name=_("Refused"), value=f"{refused:,}", note=_("each with a reason")),
        Tile(name=_("Checks passed"), value=f"{ok} / {len(report['checks'])}", note=_("on the committed rows")),
    ]


def taken_off(*, amounts_minor: Mapping[str, int]) -> str:
    """Return what discounts took off as one line, a currency after the other; empty without any."""
    return " · ".join(
        f"{currency}\N{NO-BREAK SPACE}{Decimal(decimal_text(amount_minor, currency)):,}"
        for currency, amount_minor in amounts_minor.items()
    )


def report_charts(*, report: Mapping[str, Any]) -> dict[str, str]:
    """Return the report's drawings as SVG by name: `rate` and `latency`."""
    by_second: Sequence[Sequence[int]] = report["by_second"]
    placed = Line(name=_("placed"), role="main", points=[(row[0], row[1]) for row in by_second])
    refused = Line(name=_("refused"), role="side", points=[(row[0], row[2]) for row in by_second])
    goal = Mark(name=_("7,273 a second: 80,000 in 11 s"), value=GOAL_ORDERS / GOAL_S)
    percentiles = [Mark(name=name, value=report[f"latency_ms_{name}"]) for name in PERCENTILES]
    return {
        "rate": line_chart(
            title=_("Orders by second"),
            lines=[refused, placed],
            goal=goal,
            x_name=_("seconds after the opening"),
        ),
        "latency": histogram(
            title=_("Latency of answers"),
            bins=report["latency_histogram"],
            marks=percentiles,
            x_name=_("milliseconds, at most"),
        ),
    }


def machine_rows(*, machine: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the machine as name and value, a mapping in it as a row a setting."""
    names = {
        "cpu": _("Processor"),
        "cores": _("Cores"),
        "memory_gib": _("Memory, GiB"),
        "python": "Python",
        "postgresql": "PostgreSQL",
        "filesystem": _("File system"),
    }
    rows: list[tuple[str, str]] = []
    for key, value in machine.items():
        if isinstance(value, Mapping):
            rows.extend((str(setting), str(given)) for setting, given in value.items())
        else:
            rows.append((names.get(key, key), str(value)))
    return rows


def refusal_rows(*, refusals: Mapping[str, int]) -> list[tuple[str, str, str, str]]:
    """Return reason, count, share and a drawing of the share, the most frequent first."""
    whole = sum(refusals.values())
    ordered = sorted(refusals.items(), key=lambda item: (-item[1], item[0]))
    return [
        (
            reason.replace("_", " "),
            f"{count:,}",
            f"{count / (whole or 1):.1%}",
            share_bar(part=count, whole=whole),
        )
        for reason, count in ordered
    ]


def _font(*, assets: Path) -> str:
    """Return the rule that carries the Latin part of the typeface inside the page."""
    encoded = b64encode((assets / "fairground/fonts/manrope-latin.woff2").read_bytes()).decode()
    return (
        '@font-face { font-family: "Manrope"; font-weight: 400 800; '
        f'src: url("data:font/woff2;base64,{encoded}") format("woff2"); }}\n'
    )
