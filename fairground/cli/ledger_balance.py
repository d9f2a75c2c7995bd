"""`fairground ledger balance`: the trial balance, now or at the end of a closed day."""

import json
from dataclasses import asdict
from datetime import date
from itertools import groupby

import click
from rich.console import Console
from rich.table import Table

from fairground.cli.ledger_asked import Day, json_option
from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.kernel.money import decimal_text
from fairground.ledger.closed_days import BalanceGroup, DayNotClosed, balance_groups
from fairground.settlement.reports.tables import csv_pieces
from fairground.settlement.reports.written import groups_table

EPILOG = """\b
Examples, as it stood at the end of a closed day:
  fairground ledger balance --currency EUR --at 2026-11-11 --json
  fairground ledger balance --at 2026-11-11 --csv > balance.csv
"""


@click.command(epilog=EPILOG)
@click.option("--currency", default=None, help="One currency alone.")
@click.option("--at", "day", type=Day(), default=None, help="At the end of this closed day (UTC); else now.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV: a row a group.")
@realm_option
@json_option
def balance(currency: str | None, day: date | None, as_csv: bool, realm: str | None, as_json: bool) -> None:
    """Print the trial balance: debits and credits by currency and group of accounts. They are equal."""
    enter_realm(realm)
    try:
        with realm_database():
            groups = [one for one in balance_groups(day=day) if currency in (None, one.sums.currency)]
    except DayNotClosed as refusal:
        raise click.ClickException(f"{day} is not closed") from refusal
    if as_json:
        click.echo(json.dumps([{"name": one.name, "accounts": one.accounts} | asdict(one.sums) for one in groups]))
    elif as_csv:
        click.echo("".join(csv_pieces(groups_table(groups))), nl=False)
    else:
        Console(highlight=False).print(_balance_table(groups))


def _balance_table(groups: list[BalanceGroup]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("accounts", "", "debits", "credits", "debits pending", "credits pending"):
        table.add_column(heading, justify="left" if heading == "accounts" else "right")
    for currency, each in groupby(groups, key=lambda one: one.sums.currency):
        rows = list(each)
        sums = [_sums(one) for one in rows]
        for one, own in zip(rows, sums, strict=True):
            table.add_row(one.name, f"{one.accounts:,}", *(decimal_text(part, currency) for part in own))
        whole = [decimal_text(sum(column), currency) for column in zip(*sums, strict=True)]
        table.add_row(f"[bold]{currency}[/]", "", *(f"[bold]{part}[/]" for part in whole))
    return table


def _sums(one: BalanceGroup) -> tuple[int, int, int, int]:
    sums = one.sums
    return (
        sums.debits_posted_minor,
        sums.credits_posted_minor,
        sums.debits_pending_minor,
        sums.credits_pending_minor,
    )
