"""`fairground ledger days` and `day`: what is closed, and the bytes that a closed day's hash is of."""

import hashlib
import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click
import psycopg
from django.db import DatabaseError

from fairground.cli.ledger_asked import Day, json_option
from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.cli.whole_file import whole_file
from fairground.ledger.closed_days import ClosedDay, DayNotClosed, closed_day, closed_days, written_day
from fairground.settlement.reports.tables import csv_pieces
from fairground.settlement.reports.written import days_table

DAYS_EPILOG = """\b
Example:
  fairground ledger days --csv > days.csv
"""
DAY_EPILOG = """\b
Example; both print the same hash, which stands in `fairground ledger days` too:
  fairground ledger day 2026-11-11 --out 2026-11-11.txt
  sha256sum 2026-11-11.txt
"""


@click.command(epilog=DAYS_EPILOG)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV: a row a day.")
@realm_option
@json_option
def days(as_csv: bool, realm: str | None, as_json: bool) -> None:
    """Print the closed days, the first one first, each with its hash and that of the day before.

    Nothing is recomputed; `fairground ledger verify` does that.
    """
    enter_realm(realm)
    with realm_database():
        found = closed_days()
    if as_json:
        click.echo(json.dumps([day_facts(one) for one in found]))
        return
    if as_csv:
        click.echo("".join(csv_pieces(days_table(found))), nl=False)
        return
    for one in found:
        click.echo(f"{one.day}  {one.transfers:>10,} transfers  {one.balances:>10,} accounts  {one.hash}")
    if not found:
        click.echo("No day is closed yet.")


@click.command(epilog=DAY_EPILOG)
@click.argument("day", type=Day())
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("-"),
    help="The file, compressed where it ends in .gz; else standard output.",
)
@realm_option
def day(day: date, out: Path, realm: str | None) -> None:
    """Write the closed DAY as the lines that its hash is of, and print their SHA-256.

    The exit code is 1 if that is not the hash with which the day was closed; the file is written all the same. Written
    to standard output there are the lines alone.
    """
    enter_realm(realm)
    hashed = hashlib.sha256()
    try:
        with realm_database():
            one, pieces = closed_day(day=day), written_day(day=day)
            with whole_file(out) as file:
                for data in pieces:
                    hashed.update(data)
                    file.write(data)
    except DayNotClosed as refusal:
        raise click.ClickException(f"{day} is not closed") from refusal
    except (DatabaseError, psycopg.Error) as error:
        raise click.ClickException(str(error).strip()) from error
    if str(out) != "-":
        click.echo(hashed.hexdigest())
    if hashed.hexdigest() != one.hash:
        raise click.ClickException(f"{day} was closed with the hash {one.hash}, and what lies in it has another")


def day_facts(one: ClosedDay) -> dict[str, Any]:
    """Return a closed day as JSON has it."""
    return asdict(one) | {"day": one.day.isoformat(), "closed_at": one.closed_at.isoformat()}
