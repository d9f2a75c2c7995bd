"""`fairground rehearse festival`: a whole festival on a compressed clock, then everything verified."""

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from django.conf import settings
from rich.console import Console
from rich.table import Table

from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.actions.end_purchases import break_off_presales, cancel_purchase
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.cli.crowd import pass_signer
from fairground.cli.rehearsed_clerks import rehearsed_clerks
from fairground.cli.rehearsed_realm import enter_rehearsal, with_programs
from fairground.kernel.refusal import Refusal
from fairground.rehearsal.festival.calendar import EdgeMissedError
from fairground.rehearsal.festival.run import rehearse_festival
from fairground.rehearsal.festival.script import SHOPPERS_MIN, Desk, FestivalScript
from fairground.rehearsal.page import festival_page
from fairground.sites.static_files import STATIC

EPILOG = """\b
Examples:
  fairground rehearse festival
  fairground rehearse festival --json > festival.json
  fairground rehearse festival --shoppers 2000 --keep && fairground verify --realm rehearsed --settled
"""
SHOPPERS_MAX = 1_000_000


@click.command(epilog=EPILOG)
@click.option(
    "--shoppers",
    default=20_000,
    show_default=True,
    type=click.IntRange(SHOPPERS_MIN, SHOPPERS_MAX),
    help="How many simulated people take part.",
)
@click.option(
    "--pace",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0.5, 100),
    help="How much longer the phases last than two cores need; more on a slower machine.",
)
@click.option("--realm", default="rehearsed", show_default=True, help="The realm's name; what it held is dropped.")
@click.option("--keep", is_flag=True, help="Keep the realm's database afterwards, to look at it.")
@click.option("--seed", default=11, show_default=True, help="The same seed, the same crowd.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; progress goes to standard error.")
@click.pass_context
def festival(
    context: click.Context, shoppers: int, pace: float, realm: str, keep: bool, seed: int, as_json: bool
) -> None:
    """Run a whole festival, with phases that last seconds: from the enrolment of all merchants to the after-sale.

    Deals with two people's approval, coupons, presales, red packets, the opening, a draw, parcels, cases, money paid
    back, releases and payouts; then every budget, cap, price and account is compared with the database. The exit code
    is 1 if anything differs.
    """
    folder = enter_rehearsal(realm)
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    started = time.monotonic()

    def perform(port: int) -> dict[str, Any]:
        script = FestivalScript(
            shoppers=shoppers,
            host="127.0.0.1",
            port=port,
            folder=folder,
            realm=settings.REALM.name,
            sign=pass_signer(),
            desk=Desk(
                cancel=cancel_purchase, break_off=break_off_presales, advance=advance_orders, refund=refund_lines
            ),
            clerks=rehearsed_clerks(),
            seed=seed,
            pace=pace,
        )
        try:
            return rehearse_festival(
                script, say=lambda text: console.print(f"[dim]{time.monotonic() - started:6.1f} s[/]  {text}")
            )
        except (EdgeMissedError, Refusal) as error:
            raise click.ClickException(f"{error}; a slower machine needs a higher --pace") from error

    report = with_programs(perform, realm=realm, keep=keep)
    page = _write(report, folder)
    if as_json:
        click.echo(json.dumps(report))
    else:
        _print(report, page=page)
    context.exit(0 if report["ok"] else 1)


def _write(report: Mapping[str, Any], folder: Path) -> Path:
    (folder / "report.json").write_text(json.dumps(report, indent=1))
    page = folder / "report.html"
    page.write_text(festival_page(report=report, assets=STATIC))
    return page


def _print(report: Mapping[str, Any], *, page: Path) -> None:
    console = Console(file=sys.stdout, highlight=False)
    figures = Table(box=None, show_header=False, padding=(0, 1), title=str(report["title"]), title_justify="left")
    for name, count in report["counts"].items():
        figures.add_row(name.replace("_", " "), f"{count:,}")
    figures.columns[1].justify = "right"
    console.print(figures)
    for check in report["checks"]:
        mark = "[green]holds[/]" if check["ok"] else "[red]FAILS[/]"
        console.print(f"  {mark}  {check['name']} ({check['rows']:,} rows)")
        if not check["ok"]:
            console.print(f"         {check['detail']}", markup=False)
    console.print(f"{report['rows_verified']:,} rows verified in {report['seconds']:g} s. Report: {page}")
