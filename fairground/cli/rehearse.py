"""`fairground rehearse`: the crowd against the real programs, in a realm of its own."""

import json
from pathlib import Path

import click

from fairground.cli.crowd import print_report, run_crowd, write_report
from fairground.cli.rehearse_festival import festival
from fairground.cli.rehearsed_realm import enter_rehearsal, with_programs

# Some of the orders are of hot deals, of which nobody knows beforehand who gets one: these have no discount.
DISCOUNTED_PERCENT_MAX = 90

EPILOG = """\b
Examples:
  fairground rehearse opening
  fairground rehearse opening --orders 80000 --seconds 11 --json > opening.json
  fairground rehearse opening --discounted 33
  fairground rehearse opening --orders 5000 --seconds 2 --catalogue ../shared/data/catalogue_icecat
"""


@click.group()
def rehearse() -> None:
    """Rehearse a festival with a simulated crowd; nothing of it touches the real realm."""


rehearse.add_command(festival)


@rehearse.command(epilog=EPILOG)
@click.option(
    "--orders", default=80_000, show_default=True, type=click.IntRange(10, 10_000_000), help="Orders to place."
)
@click.option("--seconds", default=11.0, show_default=True, type=click.FloatRange(0.5, 3600), help="Within which time.")
@click.option(
    "--discounted",
    default=0,
    show_default=True,
    type=click.IntRange(0, DISCOUNTED_PERCENT_MAX),
    help="Percent of the orders that carry a discount: of a shop, across shops, of a coupon.",
)
@click.option("--catalogue", type=click.Path(exists=True, path_type=Path), help="A catalogue instead of the sample.")
@click.option("--realm", default="rehearsal", show_default=True, help="The realm's name; what it held is dropped.")
@click.option("--keep", is_flag=True, help="Keep the realm's database afterwards, to look at it.")
@click.option("--seed", default=11, show_default=True, help="The same seed, the same crowd.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; progress goes to standard error.")
@click.pass_context
def opening(
    context: click.Context,
    orders: int,
    seconds: float,
    discounted: int,
    catalogue: Path | None,
    realm: str,
    keep: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Open a festival to a crowd: orders through HTTP, then payments, then everything is verified.

    The exit code is 1 if any check fails. An HTML report with charts is written below the home directory.
    """
    folder = enter_rehearsal(realm)

    def perform(port: int) -> tuple[dict[str, object], Path]:
        report = run_crowd(
            orders=orders, seconds=seconds, port=port, seed=seed, folder=folder, discounted_percent=discounted
        )
        return report, write_report(report, folder)

    report, page = with_programs(perform, realm=realm, keep=keep, catalogue=catalogue)
    if as_json:
        click.echo(json.dumps(report))
    else:
        print_report(report, page=page)
    context.exit(0 if report["ok"] else 1)
