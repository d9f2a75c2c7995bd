"""The crowd as demos and rehearsals let it loose, and the report that both show."""

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from rich.console import Console
from rich.table import Table

from fairground.intake.tokens import DoorKeys, Pass
from fairground.rehearsal.page import report_page
from fairground.rehearsal.run import Script, rehearse_opening
from fairground.sites.static_files import STATIC

# Of the report, what a person wants to see first: key, name, unit.
_SHOWN = (
    ("orders_placed", "orders placed", ""),
    ("seconds", "in", "s"),
    ("orders_per_s", "orders per second", ""),
    ("orders_discounted", "of them with a discount", ""),
    ("latency_ms_p50", "half answered within", "ms"),
    ("latency_ms_p99", "99 % answered within", "ms"),
    ("cpu_ms_per_order", "processor time an order", "ms"),
    ("limit_orders_per_s", "limit: COPY of the same rows", "per s"),
    ("payments_per_s", "payments per second", ""),
    ("second_tries", "came in at the second try", ""),
    ("oversold_units", "units oversold", ""),
    ("lost_orders", "orders lost", ""),
    ("duplicate_orders", "orders doubled", ""),
    ("ledger_difference_minor", "ledger difference", "minor units"),
    ("tally_difference_minor", "difference on the screen", "minor units"),
    ("rows_verified", "rows verified", ""),
)


def run_crowd(
    *,
    orders: int,
    seconds: float,
    port: int,
    seed: int,
    folder: Path,
    measures_limit: bool = True,
    discounted_percent: int = 0,
) -> dict[str, Any]:
    """Rehearse an opening against the programs that listen on `port` here; progress goes to standard error."""
    realm = settings.REALM.name
    console = Console(stderr=True, highlight=False)
    started = time.monotonic()

    script = Script(
        orders=orders,
        seconds=seconds,
        host="127.0.0.1",
        port=port,
        folder=folder,
        realm=realm,
        sign=pass_signer(),
        seed=seed,
        measures_limit=measures_limit,
        discounted_percent=discounted_percent,
    )
    return rehearse_opening(
        script, say=lambda text: console.print(f"[dim]{time.monotonic() - started:6.1f} s[/]  {text}")
    )


def pass_signer() -> Callable[[int, int], str]:
    """Return what signs passes of this realm: (shopper id, seconds it is good for)."""
    keys = DoorKeys.of_realm(secret=settings.SECRET_KEY, realm=settings.REALM.name)

    def sign(shopper_id: int, ttl_s: int) -> str:
        return keys.sign_pass(Pass(shopper_id, verified=True), expires_at_s=int(time.time()) + ttl_s)

    return sign


def write_report(report: Mapping[str, Any], folder: Path) -> Path:
    """Write the report as JSON and as an HTML page with everything inside, and return the page's path."""
    (folder / "report.json").write_text(json.dumps(report, indent=1))
    page = folder / "report.html"
    page.write_text(report_page(report=report, assets=STATIC))
    return page


def print_report(report: Mapping[str, Any], *, page: Path) -> None:
    """Print the figures and the checks for a person."""
    console = Console(file=sys.stdout, highlight=False)
    figures = Table(box=None, show_header=False, padding=(0, 1), title=str(report["title"]), title_justify="left")
    for key, name, unit in _SHOWN:
        value = report.get(key)
        figures.add_row(name, f"{value:,}" if isinstance(value, int | float) else "-", unit)
    figures.columns[1].justify = "right"
    console.print(figures)
    for check in report["checks"]:
        mark = "[green]holds[/]" if check["ok"] else "[red]FAILS[/]"
        said = f"{check['name']}: {check['detail']}" if check["detail"] else check["name"]
        console.print(f"  {mark}  {said} ({check['rows']:,} rows)")
    console.print(f"Report: {page}")
