"""`fairground deals`: what merchants declare for a festival, and what of it waits for somebody to decide."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from fairground.catalog.imports.source import UnreadableCatalogue
from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.festivals.actions import NoSuchFestival
from fairground.festivals.declaration_files import read_declarations
from fairground.festivals.enrolments import (
    EnrolmentExists,
    EnrolmentOver,
    NotEnrolled,
    decide_enrolment,
    enrol_merchant,
)
from fairground.festivals.guard import Finding
from fairground.inventory.declaration_queue import DeclarationRow, Wanted, declaration_queue
from fairground.inventory.declared_tables import DeclareReport, declare
from fairground.kernel.edits import By
from fairground.kernel.money import decimal_text
from fairground.kernel.refusal import Refusal
from fairground.merchants.actions import NoSuchMerchant

PASSED_OVER_SHOWN = 20
# As many as somebody reads on a terminal.
QUEUE_SHOWN = 200
EPILOG = """\b
Examples:
  fairground deals enrol lamps-of-lyon --festival lantern-fair
  fairground deals declare deals.csv --festival lantern-fair --merchant lamps-of-lyon --dry-run
  fairground deals review --festival lantern-fair
"""
DECLARE_EPILOG = """\b
Examples:
  fairground deals declare deals.csv --festival lantern-fair --merchant lamps-of-lyon --dry-run
  fairground deals declare deals.jsonl --festival lantern-fair --merchant lamps-of-lyon --json

\b
A table (.csv, .tsv) has in its first row
  sku         the merchant's own id of it
  units       how many are set aside for the deal
  price_EU    what one costs in the market EU, like 12.90; one column a market
and where wanted limit (a buyer; 0 is none), hall, opens_at and closes_at (like 2026-11-11T00:00:00+08:00).
JSON lines have the same names, and the prices as an object: {"sku": "a-1", "units": 40, "prices": {"EU": "12.90"}}.
What was declared already is changed by declaring it again, until it is approved.
"""
_WORDS: dict[type[Refusal], str] = {
    NoSuchFestival: "there is no such festival",
    NoSuchMerchant: "there is no such merchant",
    NotEnrolled: "the merchant was not admitted to the festival: fairground deals enrol",
    EnrolmentExists: "the merchant is enrolled already",
    EnrolmentOver: "the festival's deals are frozen: nothing is declared any more",
}
_festival = click.option("--festival", required=True, metavar="SLUG", help="The festival.")
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(epilog=EPILOG)
def deals() -> None:
    """Declare a merchant's deals for a festival, and see what waits to be decided."""


@deals.command(epilog="\b\nExample:\n  fairground deals enrol lamps-of-lyon --festival lantern-fair")
@click.argument("merchant")
@_festival
@realm_option
@_json
def enrol(merchant: str, festival: str, realm: str | None, as_json: bool) -> None:
    """Admit MERCHANT (a slug) to a festival; people of the back office can decline one again."""
    enter_realm(realm)
    with realm_database():
        enrolment_id = _or_words(lambda: _enrol(festival, merchant))
    line = {"enrolment": enrolment_id, "festival": festival, "merchant": merchant}
    click.echo(json.dumps(line) if as_json else f"{merchant} takes part in {festival}.")


def _enrol(festival: str, merchant: str) -> int:
    enrolment_id = enrol_merchant(festival=festival, merchant=merchant, by=_by())
    decide_enrolment(enrolment_id=enrolment_id, admitted=True, by=_by())
    return enrolment_id


@deals.command("declare", epilog=DECLARE_EPILOG)
@click.argument("path", type=click.Path(path_type=Path))
@_festival
@click.option("--merchant", required=True, metavar="SLUG", help="Whose goods they are.")
@click.option("--draft", is_flag=True, help="Write drafts, and put nothing before those who approve.")
@click.option("--dry-run", is_flag=True, help="Check every row and show what the guard finds; write nothing.")
@realm_option
@_json
@click.pass_context
def declare_(
    context: click.Context,
    path: Path,
    festival: str,
    merchant: str,
    draft: bool,
    dry_run: bool,
    realm: str | None,
    as_json: bool,
) -> None:
    """Declare the deals of the table at PATH: each row is a SKU, its units and its price in every market.

    Rows that declare nothing are listed with their line and the reason; the exit code is 1 if all are such.
    """
    enter_realm(realm)
    try:
        rows = read_declarations(path=path)
    except (UnreadableCatalogue, OSError) as error:
        raise click.ClickException(str(error)) from error
    with realm_database():
        report = _or_words(
            lambda: declare(
                festival=festival,
                merchant=merchant,
                rows=rows,
                source=path.name,
                by=_by(),
                submits=not draft,
                dry_run=dry_run,
            )
        )
    if as_json:
        click.echo(json.dumps({"dry_run": dry_run, **asdict(report)}))
    else:
        _print_report(report, dry_run=dry_run)
    if report.passed_over_count == report.rows:
        context.exit(1)


@deals.command(epilog="\b\nExample:\n  fairground deals review --festival lantern-fair --json")
@_festival
@realm_option
@_json
def review(festival: str, realm: str | None, as_json: bool) -> None:
    """Show what waits to be decided, what the price guard found something in first.

    It is decided in the back office, where who approves has a name.
    """
    enter_realm(realm)
    with realm_database():
        rows = declaration_queue(wanted=Wanted(festival=festival), now=datetime.now(UTC), limit=QUEUE_SHOWN)
    if as_json:
        for row in rows:
            click.echo(json.dumps(asdict(row), default=_as_text))
        return
    if not rows:
        click.echo("Nothing waits to be decided.")
        return
    for row in rows:
        _print_row(row)


def _or_words(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except Refusal as refusal:
        raise click.ClickException(_WORDS.get(type(refusal), str(refusal))) from refusal


def _print_report(report: DeclareReport, *, dry_run: bool) -> None:
    console = Console(highlight=False, soft_wrap=True)
    verb = "Read" if dry_run else "Declared"
    console.print(
        f"{verb} {report.rows:,} rows: {report.new:,} new, {report.changed:,} changed, {report.unchanged:,} as before."
    )
    console.print(f"  before those who approve {report.submitted:>6,}")
    console.print(f"  of them found by the guard {report.found_count:>4,}")
    for row in report.found[:PASSED_OVER_SHOWN]:
        console.print(f"  {row.sku}: {', '.join(map(finding_text, row.findings))}", markup=False)
    if report.passed_over_count:
        console.print(f"Passed over {report.passed_over_count:,} rows:")
    for bad in report.passed_over[:PASSED_OVER_SHOWN]:
        console.print(f"  {bad.source}, line {bad.line}: {bad.reason}", markup=False)
    hidden = report.passed_over_count - min(len(report.passed_over), PASSED_OVER_SHOWN)
    if hidden:
        console.print(f"  and {hidden:,} more; --json lists the first {len(report.passed_over):,}")


def finding_text(finding: Finding) -> str:
    """Return a finding of the price guard as a line of the terminal says it."""
    market = finding.facts.get("market")
    return f"{finding.code} in {market}" if market else str(finding.code)


def _print_row(row: DeclarationRow) -> None:
    click.echo(f"{row.id} version {row.version}: {row.merchant}, {row.sku}, {row.units:,} units of {row.free:,} free")
    found_in = {one.get("market") for one in row.findings}
    for price in [one for one in row.prices if one.market in found_in] or row.prices[:1]:
        asked = f"{decimal_text(price.price_minor, price.currency)} {price.currency}"
        prior = "" if price.prior_minor is None else decimal_text(price.prior_minor, price.currency)
        click.echo(f"  {price.market} {asked}, lowest of 30 days {prior or 'none'}")
    codes = ", ".join(f"{one['code']} in {one['market']}" if "market" in one else one["code"] for one in row.findings)
    said_yes = ", ".join(one.email or str(one.user_id) for one in row.approvals)
    click.echo(f"  found: {codes or 'nothing'}; approved by: {said_yes or 'nobody yet'}")


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _by() -> By:
    return By(user_id=None, now=datetime.now(UTC))
