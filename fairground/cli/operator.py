"""`fairground operator`: who may enter the back office."""

import json
from datetime import UTC, datetime

import click

from fairground.cli.realm import enter_realm, realm_database, realm_option
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

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")


@click.group(epilog=EPILOG)
def operator() -> None:
    """Let people into the back office, list them, and take them out of it again."""


@operator.command(epilog=ADD_EPILOG)
@click.argument("email")
@click.option(
    "--role", type=click.Choice(sorted(ROLES)), default="operator", show_default=True, help="What they may do."
)
@realm_option
@_json
def add(email: str, role: str, realm: str | None, as_json: bool) -> None:
    """Let EMAIL into the back office; the password is asked for on the terminal.

    operator: everything. support: sees purchases, shoppers and, with a line in the audit log, addresses.
    editor: words, prices and what is on sale. accountant: money, and who merchants are by law. Who is in already gets
    the new role and password.
    """
    enter_realm(realm)
    password = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    try:
        with realm_database():
            user_id = add_operator(email=email, role=role, password=password, by=_by())
    except BadSignIn as refusal:
        raise click.ClickException(" ".join(refusal.reasons)) from refusal
    line = {"user": user_id, "email": email.strip().lower(), "role": role}
    click.echo(json.dumps(line) if as_json else f"{line['email']} may enter /back-office/ as {role}.")


@operator.command("list", epilog="\b\nExample:\n  fairground operator list --json")
@realm_option
@_json
def list_(realm: str | None, as_json: bool) -> None:
    """List who may enter the back office, in which role, and when they were last there."""
    enter_realm(realm)
    with realm_database():
        staff = list_operators()
    for one in staff:
        seen = one.last_seen_at.isoformat(timespec="seconds") if one.last_seen_at else None
        line = {"user": one.user_id, "email": one.email, "role": one.role, "last_seen_at": seen}
        click.echo(json.dumps(line) if as_json else f"{one.email}  {one.role}  {seen or 'never'}")
    if not staff and not as_json:
        click.echo("Nobody yet: fairground operator add EMAIL")


@operator.command(epilog="\b\nExample:\n  fairground operator remove sam@shop.example")
@click.argument("email")
@realm_option
@_json
def remove(email: str, realm: str | None, as_json: bool) -> None:
    """Take EMAIL out of the back office; who shops with this address goes on doing so."""
    enter_realm(realm)
    try:
        with realm_database():
            remove_operator(email=email, by=_by())
    except NoSuchOperator as refusal:
        raise click.ClickException(f"{email} may not enter the back office anyway") from refusal
    click.echo(json.dumps({"email": email, "role": None}) if as_json else f"{email} may not enter any more.")


def _by() -> By:
    return By(user_id=None, now=datetime.now(UTC))
