"""`fairground aside`: rows on which the background failed, and trying one of them at once."""

import json
from dataclasses import asdict
from datetime import UTC, datetime

import click

from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.kernel.aside import NotAside, RowAside, rows_aside, try_now
from fairground.kernel.edits import By

EPILOG = """\b
Examples:
  fairground aside list
  fairground aside try releases 908143991193600000
"""

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")


@click.group(epilog=EPILOG)
def aside() -> None:
    """Look after rows that the background has set aside, as it failed on them; the others go on."""


@aside.command("list", epilog="\b\nExample:\n  fairground aside list --json")
@realm_option
@_json
@click.pass_context
def list_(context: click.Context, realm: str | None, as_json: bool) -> None:
    """List what is set aside, the longest waiting first. The exit code is 1 if anything is."""
    enter_realm(realm)
    with realm_database(migrate=False):
        found = rows_aside()
    for one in found:
        click.echo(_line(one, as_json=as_json))
    if not found and not as_json:
        click.echo("nothing is set aside")
    context.exit(1 if found else 0)


@aside.command("try", epilog="\b\nExample:\n  fairground aside try releases 908143991193600000 --json")
@click.argument("chore")
@click.argument("row")
@realm_option
@_json
def try_(chore: str, row: str, realm: str | None, as_json: bool) -> None:
    """Have ROW of CHORE tried within seconds, by the background, once it is mended."""
    enter_realm(realm)
    try:
        with realm_database():
            try_now(chore=chore, row_key=row, by=By(user_id=None, now=datetime.now(UTC)))
    except NotAside as refusal:
        raise click.ClickException(f"{chore} has no row {row} set aside") from refusal
    click.echo(json.dumps({"chore": chore, "row": row}) if as_json else f"{chore} {row} is tried within seconds")


def _line(one: RowAside, *, as_json: bool) -> str:
    if as_json:
        return json.dumps(
            {name: str(value) if isinstance(value, datetime) else value for name, value in asdict(one).items()}
        )
    next_try = one.next_try_at.isoformat(timespec="seconds")
    return f"{one.chore}  {one.row_key}  try {one.tries}, next {next_try}  {one.error}  {one.place}"
