"""`fairground verify`: whether a realm's books are right."""

import json
import sys
from pathlib import Path

import click
import psycopg
from django.db import DatabaseError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.rehearsal import verify as verification
from fairground.rehearsal.evidence import BadEvidenceError

EPILOG = """\b
Examples:
  fairground verify
  fairground verify --realm rehearsal --acknowledged acknowledged.jsonl --refusals refused.jsonl
  fairground verify --json | jq .oversold_units
"""
_A_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(epilog=EPILOG)
@realm_option
@click.option("--acknowledged", type=_A_FILE, help="What shoppers were told is placed and paid, as JSON lines.")
@click.option("--refusals", type=_A_FILE, help="What shoppers were refused, and why, as JSON lines.")
@click.option("--settled", is_flag=True, help="Nothing is under way any more, so nothing may be behind.")
@click.option("--may-be-empty", is_flag=True, help="Nothing to check is no fault: a realm before its first order.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; progress goes to standard error.")
@click.pass_context
def verify(
    context: click.Context,
    realm: str | None,
    acknowledged: Path | None,
    refusals: Path | None,
    settled: bool,
    may_be_empty: bool,
    as_json: bool,
) -> None:
    """Check that the books are right, by the committed rows alone: stock, limits, sums, figures, ledger, orphans.

    It changes nothing and reads one snapshot, so it may run while the shop sells. The exit code is 1 if any check
    fails. A check that finds nothing to check fails too, unless the realm may be empty. With --acknowledged it also
    proves that nothing a shopper was promised is lost.
    """
    try:
        enter_realm(realm)
        with realm_database(migrate=False):
            found = _run(acknowledged, refusals, require_rows=not may_be_empty, settled=settled)
    except (BadEvidenceError, DatabaseError, psycopg.Error, ValueError) as error:
        raise click.ClickException(str(error).strip()) from error
    if as_json:
        click.echo(json.dumps({"ok": found.ok, **found.to_json()}))
    else:
        _show(found)
    context.exit(0 if found.ok else 1)


def _run(
    acknowledged: Path | None, refusals: Path | None, *, require_rows: bool, settled: bool
) -> verification.Verification:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Reading", total=None)
        return verification.verify_realm(
            acknowledged=acknowledged,
            refusals=refusals,
            require_rows=require_rows,
            settled=settled,
            on_progress=lambda at: bar.update(task, description=at.name, completed=at.done, total=at.total),
        )


def _show(found: verification.Verification) -> None:
    console = Console(file=sys.stdout, highlight=False)
    table = Table(box=None, show_header=False, padding=(0, 1))
    for check in found.checks:
        table.add_row("[green]holds[/]" if check.ok else "[red]FAILS[/]", check.name, f"{check.rows:,} rows")
    table.columns[2].justify = "right"
    console.print(table)
    for check in found.checks:
        if check.detail:
            console.print(f"{check.name}: {check.detail}", markup=False)
    wrong = sum(not check.ok for check in found.checks)
    verdict = f"[red]{wrong} checks fail[/]" if wrong else "[green]Every check holds[/]"
    console.print(f"{verdict}; {found.rows_verified:,} rows verified.")
