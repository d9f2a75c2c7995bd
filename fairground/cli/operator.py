"""`fairground operator`: who may enter the back office."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from fairground.cli.realm import enter_realm
from fairground.config.cluster.errors import ClusterError
from fairground.config.cluster.server import configured_server
from fairground.config.home import Home
from fairground.config.supervisor import running_server
from fairground.identity.operators import (
    BadSignIn,
    NoSuchOperator,
    add_operator,
    list_operators,
    remove_operator,
)
from fairground.identity.roles import ROLES
from fairground.kernel.edits import By

ADD_EPILOG = """\b
Examples:
  fairground operator add ada@shop.example
  fairground operator add sam@shop.example --role support
  fairground operator add sam@shop.example --role editor --realm demo --json
"""
EPILOG = """\b
Examples:
  fairground operator add ada@shop.example
  fairground operator list --json
  fairground operator remove sam@shop.example
"""

_realm = click.option("--realm", default="real", show_default=True, help="In which realm: real, demo, …")
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")


@click.group(epilog=EPILOG)
def operator() -> None:
    """Let people into the back office, list them, and take them out of it again."""


@operator.command(epilog=ADD_EPILOG)
@click.argument("email")
@click.option(
    "--role", type=click.Choice(sorted(ROLES)), default="operator", show_default=True, help="What they may do."
)
@_realm
@_json
def add(email: str, role: str, realm: str, as_json: bool) -> None:
    """Let EMAIL into the back office; the password is asked for on the terminal.

    operator: everything. support: sees purchases, shoppers and, with a line in the audit log, addresses.
    editor: words, prices and what is on sale. Who is in already gets the new role and password.
    """
    enter_realm(realm)
    password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    try:
        with _database():
            user_id = add_operator(email=email, role=role, password=password, by=_by())
    except BadSignIn as refusal:
        raise click.ClickException(" ".join(refusal.reasons)) from refusal
    line = {"user": user_id, "email": email.strip().lower(), "role": role}
    click.echo(json.dumps(line) if as_json else f"{line['email']} may enter /back-office/ as {role}.")


@operator.command("list", epilog="\b\nExample:\n  fairground operator list --json")
@_realm
@_json
def list_(realm: str, as_json: bool) -> None:
    """List who may enter the back office, in which role, and when they were last there."""
    enter_realm(realm)
    with _database():
        staff = list_operators()
    for one in staff:
        seen = one.last_seen_at.isoformat(timespec="seconds") if one.last_seen_at else None
        line = {"user": one.user_id, "email": one.email, "role": one.role, "last_seen_at": seen}
        click.echo(json.dumps(line) if as_json else f"{one.email}  {one.role}  {seen or 'never'}")
    if not staff and not as_json:
        click.echo("Nobody yet: fairground operator add EMAIL")


@operator.command(epilog="\b\nExample:\n  fairground operator remove sam@shop.example")
@click.argument("email")
@_realm
@_json
def remove(email: str, realm: str, as_json: bool) -> None:
    """Take EMAIL out of the back office; who shops with this address goes on doing so."""
    enter_realm(realm)
    try:
        with _database():
            remove_operator(email=email, by=_by())
    except NoSuchOperator as refusal:
        raise click.ClickException(f"{email} may not enter the back office anyway") from refusal
    click.echo(json.dumps({"email": email, "role": None}) if as_json else f"{email} may not enter any more.")


@contextmanager
def _database() -> Iterator[None]:
    """The realm's database for the length of a command, with the schema of this version."""
    home = Home.default()
    try:
        with running_server(home=home, server=(server := configured_server(home=home))):
            server.ensure_database(str(settings.DATABASES["default"]["NAME"]))
            call_command("migrate", verbosity=0, interactive=False)
            try:
                yield
            finally:
                connection.close()
    except (ClusterError, psycopg.Error) as error:
        raise click.ClickException(str(error)) from error


def _by() -> By:
    return By(user_id=None, now=datetime.now(UTC))
