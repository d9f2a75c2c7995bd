"""`fairground ledger`: closing days, verifying the books, statements."""

import json
from datetime import UTC, date, datetime
from typing import Any

import click
from django.db import DatabaseError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from fairground.cli.ledger_asked import Day, DayHash, Moment, json_option
from fairground.cli.ledger_balance import balance
from fairground.cli.ledger_days import day, day_facts, days
from fairground.cli.ledger_statement import print_statement
from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.kernel.edits import ShopBusy
from fairground.ledger.address_statement import NoSuchAddress, statement_of_address
from fairground.ledger.closing import DayNotOver, close_days, last_day_over
from fairground.ledger.queries import StatementsTooSlow
from fairground.ledger.verification import LedgerVerification, verify_ledger

EPILOG = """\b
Examples:
  fairground ledger close
  fairground ledger verify --json | jq .ok
  fairground ledger days --csv > days.csv
  fairground ledger day 2026-11-11 --out 2026-11-11.txt
  fairground ledger statement shopper:7:wallet:EUR --from 2026-11-01 --to 2026-12-01
  fairground ledger balance --currency EUR --at 2026-11-11
"""
CLOSE_EPILOG = """\b
Example:
  fairground ledger close --until 2026-11-11 --json
"""
VERIFY_EPILOG = """\b
Examples; the second one with a hash that was written down elsewhere:
  fairground ledger verify --json | jq .differences
  fairground ledger verify --known 2026-11-11=5f0c…
"""
STATEMENT_EPILOG = """\b
Example:
  fairground ledger statement merchant:42:escrow:EUR --from 2026-11-11 --to 2026-11-12 --csv > escrow.csv
"""


@click.group(epilog=EPILOG)
def ledger() -> None:
    """Close days, verify the books, and read accounts."""


@ledger.command(epilog=CLOSE_EPILOG)
@click.option("--until", type=Day(), default=None, help="The last day to close (UTC); else the last one that is over.")
@realm_option
@json_option
def close(until: date | None, realm: str | None, as_json: bool) -> None:
    """Close days that are over: nothing is written into them any more, and each is hashed with the one before.

    A realm that is up closes yesterday by itself, three hours after midnight (UTC). Closing twice is closing once.
    """
    enter_realm(realm)
    now = datetime.now(UTC)
    try:
        with realm_database():
            closed = close_days(until=until or last_day_over(now=now), now=now)
    except DayNotOver as refusal:
        raise click.ClickException(f"{refusal.facts['day']} is not over yet; nothing was closed") from refusal
    except ShopBusy as refusal:
        raise click.ClickException("the sale is busy just now; nothing was closed") from refusal
    if as_json:
        click.echo(json.dumps({"closed": [day_facts(one) for one in closed]}))
        return
    for one in closed:
        click.echo(f"{one.day}  {one.transfers:>10,} transfers  {one.balances:>10,} accounts  {one.hash}")
    click.echo(f"{len(closed)} days closed." if closed else "Every day that is over was closed before.")


@ledger.command(epilog=VERIFY_EPILOG)
@click.option("--known", type=DayHash(), multiple=True, help="A day's hash that was written down elsewhere.")
@realm_option
@json_option
@click.pass_context
def verify(context: click.Context, known: tuple[tuple[date, str], ...], realm: str | None, as_json: bool) -> None:
    """Recompute every account and every closed day from transfers, and compare.

    It changes nothing and reads one snapshot, so it may run while the shop sells. The exit code is 1 if anything
    differs.
    """
    enter_realm(realm)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with realm_database(migrate=False), Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("Reading", total=None)
            found = verify_ledger(
                known=dict(known),
                on_progress=lambda done, total, name: bar.update(task, description=name, completed=done, total=total),
            )
    except DatabaseError as error:
        raise click.ClickException(str(error).strip()) from error
    click.echo(json.dumps(_found_facts(found)) if as_json else "\n".join(_found_lines(found)))
    context.exit(0 if found.ok else 1)


def _found_facts(found: LedgerVerification) -> dict[str, Any]:
    return {
        "ok": found.ok,
        "accounts": found.accounts,
        "transfers": found.transfers,
        "days": found.days,
        "last_day": found.last_day.isoformat() if found.last_day else None,
        "last_hash": found.last_hash or None,
        "differences": found.differences,
        "told": [{"day": one.day.isoformat() if one.day else None, "what": one.what} for one in found.told],
    }


def _found_lines(found: LedgerVerification) -> list[str]:
    lines = [f"{found.accounts:,} accounts, {found.transfers:,} transfers, {found.days:,} closed days."]
    if found.last_day:
        lines.append(f"The last one is {found.last_day}: {found.last_hash}")
    lines += [f"DIFFERS {one.day or '-'}: {one.what}" for one in found.told]
    if found.differences > len(found.told):
        lines.append(f"and {found.differences - len(found.told):,} more")
    return [*lines, "Everything agrees." if found.ok else f"{found.differences:,} differences."]


@ledger.command(epilog=STATEMENT_EPILOG)
@click.argument("address")
@click.option("--from", "opens_at", type=Moment(), required=True, help="A day (UTC) or a moment.")
@click.option("--to", "closes_at", type=Moment(), default=None, help="The same, exclusive; else now.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV: a row a line, between opening and closing balance.")
@realm_option
@json_option
def statement(
    address: str, opens_at: datetime, closes_at: datetime | None, as_csv: bool, realm: str | None, as_json: bool
) -> None:
    """Print what was posted to the account ADDRESS, with its balance before, after each line, and in the end.

    An address that has a slice in several lanes is read as one account.
    """
    enter_realm(realm)
    until = closes_at or datetime.now(UTC)
    if until < opens_at:
        raise click.UsageError("--to is before --from")
    try:
        with realm_database():
            found, slices = statement_of_address(address=address, opens_at=opens_at, closes_at=until)
    except NoSuchAddress as refusal:
        raise click.ClickException(f"there is no account {address}") from refusal
    except StatementsTooSlow as refusal:
        raise click.ClickException("there is too much to read; close days, or ask for less") from refusal
    print_statement(found, slices=slices, form="csv" if as_csv else "json" if as_json else "table")


for reading in (day, days, balance):
    ledger.add_command(reading)
