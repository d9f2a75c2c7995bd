"""`fairground rehearse`: the crowd against the real programs, in a realm of its own."""

import json
import socket
import sys
from pathlib import Path

import click
import psycopg
from django.conf import settings
from django.db import connection

from fairground.cli.crowd import print_report, run_crowd, write_report
from fairground.cli.realm import enter_realm
from fairground.config.cluster.errors import ClusterError
from fairground.config.cluster.server import configured_server
from fairground.config.home import Home
from fairground.config.realm import Realm
from fairground.config.realms import RealmInUseError, RealmNotFilledError, make_realm
from fairground.config.supervisor import Supervisor, web_and_background

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
    if Realm(realm).is_real:
        raise click.UsageError("a rehearsal needs a realm of its own; the real one is never dropped")
    enter_realm(realm)
    home = Home.default()
    server = configured_server(home=home)
    database = str(settings.DATABASES["default"]["NAME"])
    port = _free_port()
    try:
        with Supervisor(
            home=home,
            server=server,
            database=database,
            children=web_and_background(host="127.0.0.1", port=port),
            port=port,
            may_join=True,
            make_database=lambda: make_realm(server=server, realm=Realm(realm), catalogue=catalogue),
            report=_say,
        ):
            try:
                report = run_crowd(
                    orders=orders,
                    seconds=seconds,
                    port=port,
                    seed=seed,
                    folder=home.reports / realm,
                    discounted_percent=discounted,
                )
            finally:
                connection.close()
            page = write_report(report, home.reports / realm)
            if not keep:
                server.drop_database(database)
    except (ClusterError, RealmInUseError, RealmNotFilledError, psycopg.Error) as error:
        raise click.ClickException(str(error) or "the realm could not be filled") from error
    if as_json:
        click.echo(json.dumps(report))
    else:
        print_report(report, page=page)
    context.exit(0 if report["ok"] else 1)


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    return port


def _say(message: str) -> None:
    click.echo(message, file=sys.stderr)
