"""`fairground demo`: a festival with a simulated crowd, and the site left up."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
import psycopg
from django.conf import settings
from django.db import connection

from fairground.cli.crowd import print_report, run_crowd, write_report
from fairground.cli.demo_afterwards import look_after_some_orders
from fairground.cli.realm import enter_realm
from fairground.config.cluster.errors import ClusterError
from fairground.config.cluster.server import configured_server
from fairground.config.home import Home
from fairground.config.realm import Realm
from fairground.config.realms import RealmInUseError, RealmNotFilledError, make_realm
from fairground.config.supervisor import Supervisor, web_and_background
from fairground.identity.operators import add_operator
from fairground.kernel.edits import By, ShopBusy
from fairground.kernel.refusal import Refusal
from fairground.rehearsal.attractions import offer_attractions, offer_presale
from fairground.rehearsal.contacts import offer_contacts
from fairground.sites.private_demo import is_loopback

EPILOG = """\b
Examples:
  fairground demo
  fairground demo --orders 20000 --port 9000
  fairground demo --catalogue ../shared/data/catalogue_icecat
"""


# Its password is the installation's own, in the home (0600).
DEMO_OPERATOR = "operator@demo.example"


def _let_operator_in(home: Home) -> str:
    """Make the demo's sign-in to the back office and return its password; empty where others could reach it."""
    if not (settings.DATABASE_IS_OURS and all(map(is_loopback, settings.ALLOWED_HOSTS))):
        return ""
    password = home.demo_password()
    by = By(user_id=None, now=datetime.now(UTC))
    add_operator(email=DEMO_OPERATOR, role="operator", password=password, by=by)
    return password


def _offer(offer: Callable[..., object]) -> object:
    """Return what came of offering something beside the crowd; nothing where the database is busy, which is said."""
    try:
        return offer(now=datetime.now(UTC))
    except ShopBusy:
        click.echo("The database is busy: not everything that a demo offers is there.")
        return None


def look_after() -> None:
    """Take some orders on beside the crowd; where something is refused the rest stays as it is, which is said."""
    try:
        done = look_after_some_orders()
    except ShopBusy:
        click.echo("The database is busy: not everything that follows a sale is there.")
        return
    except Refusal as refusal:
        click.echo(f"Not everything that follows a sale is there: {refusal}.")
        return
    click.echo(
        f"After the sale: {done.shipped:,} orders shipped, {done.cases:,} cases, {done.released:,} orders released,"
        f" {done.payouts:,} payouts proposed, in {done.seconds:.1f} s."
    )


@click.command(epilog=EPILOG)
@click.option(
    "--orders", default=80_000, show_default=True, type=click.IntRange(10, 1_000_000), help="Size of the crowd."
)
@click.option("--seconds", default=11.0, show_default=True, type=click.FloatRange(0.5, 600), help="Length of the rush.")
@click.option("--catalogue", type=click.Path(exists=True, path_type=Path), help="A catalogue instead of the sample.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The site's port.")
@click.option("--exit", "exits", is_flag=True, help="Stop after the report instead of leaving the site up.")
@click.pass_context
def demo(context: click.Context, orders: int, seconds: float, catalogue: Path | None, port: int, exits: bool) -> None:
    """Open a festival to a simulated crowd in a realm of its own, show the report, and leave the site up.

    Then there are coupons to collect, red packets that rain, a draw, and a presale; some orders are shipped, a few have
    cases, and payouts wait in the back office.

    The realm is made anew each time; the real one is never touched. Ctrl-C ends everything, the database last.
    """
    enter_realm("demo")
    home = Home.default()
    server = configured_server(home=home)
    ok = False
    password = ""

    def perform() -> None:
        nonlocal ok, password
        presale = None
        click.echo(f"The live screen: {supervisor.address}/live   (open it now; the festival opens in a moment)")
        try:
            password = _let_operator_in(home)
            presale = _offer(offer_presale)
            report = run_crowd(orders=orders, seconds=seconds, port=port, seed=11, folder=home.reports / "demo")
            _offer(offer_attractions)
            _offer(offer_contacts)
            look_after()
        finally:
            connection.close()
        print_report(report, page=write_report(report, home.reports / "demo"))
        ok = bool(report["ok"])
        if exits:
            supervisor.end()
        else:
            click.echo(f"\nThe site stays up: {supervisor.address}   live screen: {supervisor.address}/live")
            click.echo(
                f"On offer: {supervisor.address}/coupons   {supervisor.address}/draws   {supervisor.address}/rain"
            )
            if presale:
                click.echo(f"A presale: {supervisor.address}/products/{presale}")
            if password:
                click.echo(f"Back office: {supervisor.address}/back-office/   {DEMO_OPERATOR}   {password}")
            click.echo(f"What it would have sent by e-mail, as codes to sign in with: {supervisor.address}/demo/mail")
            click.echo("Try the door by hand: fairground passes --realm demo (docs/http-order.md). Ctrl-C stops.")

    try:
        supervisor = Supervisor(
            home=home,
            server=server,
            database=str(settings.DATABASES["default"]["NAME"]),
            children=web_and_background(host="127.0.0.1", port=port),
            port=port,
            make_database=lambda: make_realm(server=server, realm=Realm("demo"), catalogue=catalogue),
            report=click.echo,
        )
        supervisor.run(when_ready=perform)
    except (ClusterError, RealmInUseError, RealmNotFilledError, psycopg.Error) as error:
        raise click.ClickException(str(error) or "the realm could not be filled") from error
    click.echo("Stopped; the realm stays until the next demo.")
    context.exit(0 if ok else 1)
