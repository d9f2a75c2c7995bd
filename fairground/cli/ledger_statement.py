"""A statement as it is printed: a table for a person, CSV or JSON for a program."""

import csv
import json
import sys
from typing import Literal

import click
from rich.console import Console
from rich.table import Table

from fairground.kernel.money import decimal_text
from fairground.ledger.queries import Statement

_COLUMNS = ("at", "transfer", "kind", "order", "debit", "credit", "balance")


def print_statement(found: Statement, *, slices: int, form: Literal["table", "csv", "json"]) -> None:
    """Print a statement to standard output; amounts are decimal, in JSON minor units."""
    if form == "json":
        click.echo(json.dumps(_facts(found, slices=slices)))
    elif form == "csv":
        out = csv.writer(sys.stdout, lineterminator="\n")
        out.writerow([*_COLUMNS, "currency"])
        out.writerows([*row, found.currency] for row in _rows(found))
    else:
        table = Table(*_COLUMNS, box=None, padding=(0, 2, 0, 0))
        for row in _rows(found):
            table.add_row(*row)
        for column in table.columns[-3:]:
            column.justify = "right"
        Console(highlight=False, soft_wrap=True).print(table)


def _rows(found: Statement) -> list[list[str]]:
    def amount(minor: int) -> str:
        return decimal_text(minor, found.currency)

    rows = [[found.opens_at.isoformat(), "", "opening", "", "", "", amount(found.opening_balance_minor)]]
    for line in found.lines:
        sides = [amount(part) if part else "" for part in (line.debit_minor, line.credit_minor)]
        order = str(line.order_id) if line.order_id else ""
        named = [line.at.isoformat(), str(line.transfer_id), line.kind.name.lower(), order]
        rows.append([*named, *sides, amount(line.balance_minor)])
    rows.append([found.closes_at.isoformat(), "", "closing", "", "", "", amount(found.closing_balance_minor)])
    return rows


def _facts(found: Statement, *, slices: int) -> dict[str, object]:
    return {
        "address": found.address,
        "accounts": slices,
        "currency": found.currency,
        "opens_at": found.opens_at.isoformat(),
        "closes_at": found.closes_at.isoformat(),
        "opening_balance_minor": found.opening_balance_minor,
        "closing_balance_minor": found.closing_balance_minor,
        "lines": [
            {
                "at": line.at.isoformat(),
                "transfer": str(line.transfer_id),
                "kind": line.kind.name.lower(),
                "order": str(line.order_id) if line.order_id else None,
                "debit_minor": line.debit_minor,
                "credit_minor": line.credit_minor,
                "balance_minor": line.balance_minor,
            }
            for line in found.lines
        ],
    }
