"""`fairground ledger`: closing days, verifying the books, statements, the trial balance."""

import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

import click
from django.db import DatabaseError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from fairground.cli.ledger_statement import print_statement
from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.kernel.edits import ShopBusy
from fairground.kernel.money import decimal_text
from fairground.ledger.address_statement import NoSuchAddress, statement_of_address
from fairground.ledger.closed_days import BalanceGroup, ClosedDay, DayNotClosed, balance_groups
from fairground.ledger.closing import DayNotOver, close_days, last_day_over
from fairground.ledger.queries import StatementsTooSlow
from fairground.ledger.verification import LedgerVerification, verify_ledger

EPILOG = """\b
Examples:
  fairground ledger close
  fairground ledger verify --json | jq .ok
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
BALANCE_EPILOG = """\b
Example, as it stood at the end of a closed day:
  fairground ledger balance --currency EUR --at 2026-11-11 --json
"""


class DayHash(click.ParamType[tuple[date, str]]):
    """A day and its hash, as in 2026-11-11=5f0c….

    The hash is written whole: 64 hexadecimal digits.
    """

    name = "day=hash"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[date, str]:
        """Return both, or say how they are written."""
        day, _, known = str(value).partition("=")
        try:
            return date.fromisoformat(day), f"{int(known, 16):064x}"
        except ValueError:
            self.fail(f"{value!r} is no day and hash such as 2026-11-11=5f0c…", param, ctx)


class Day(click.ParamType[date]):
    """A day in UTC, as in 2026-11-11."""

    name = "day"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return it, or say how it is written."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no day such as 2026-11-11", param, ctx)


class Moment(click.ParamType[datetime]):
    """A day in UTC, or a moment with its zone; a day is its first moment."""

    name = "moment"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return it aware, or say how it is written."""
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no moment such as 2026-11-11 or 2026-11-11T20:00+01:00", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group(epilog=EPILOG)
def ledger() -> None:
    """Close days, verify the books, and read accounts."""


@ledger.command(epilog=CLOSE_EPILOG)
@click.option("--until", type=Day(), default=None, help="The last day to close (UTC); else the last one that is over.")
@realm_option
@_json
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
        click.echo(json.dumps({"closed": [_day_facts(one) for one in closed]}))
        return
    for one in closed:
        click.echo(f"{one.day}  {one.transfers:>10,} transfers  {one.balances:>10,} accounts  {one.hash}")
    click.echo(f"{len(closed)} days closed." if closed else "Every day that is over was closed before.")


def _day_facts(one: ClosedDay) -> dict[str, Any]:
    return asdict(one) | {"day": one.day.isoformat(), "closed_at": one.closed_at.isoformat()}


@ledger.command(epilog=VERIFY_EPILOG)
@click.option("--known", type=DayHash(), multiple=True, help="A day's hash that was written down elsewhere.")
@realm_option
@_json
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
@_json
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


@ledger.command(epilog=BALANCE_EPILOG)
@click.option("--currency", default=None, help="One currency alone.")
@click.option("--at", "day", type=Day(), default=None, help="At the end of this closed day (UTC); else now.")
@realm_option
@_json
def balance(currency: str | None, day: date | None, realm: str | None, as_json: bool) -> None:
    """Print the trial balance: debits and credits by currency and group of accounts. They are equal."""
    enter_realm(realm)
    try:
        with realm_database():
            groups = [one for one in balance_groups(day=day) if currency in (None, one.sums.currency)]
    except DayNotClosed as refusal:
        raise click.ClickException(f"{day} is not closed") from refusal
    if as_json:
        click.echo(json.dumps([{"name": one.name, "accounts": one.accounts} | asdict(one.sums) for one in groups]))
        return
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
