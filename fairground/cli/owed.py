"""`fairground payouts owed`: what merchants owe the platform, and for how long."""

import json
from datetime import UTC, datetime
from typing import Any

import click
from msgspec import structs

from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.kernel.money import decimal_text
from fairground.settlement.owing import OWED_DAYS_MAX, Owing, merchants_owing

EPILOG = """\b
Examples:
  fairground payouts owed
  fairground payouts owed --json
"""
# As many as a terminal's history holds.
ROWS_MAX = 1_000


@click.command(epilog=EPILOG)
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def owed(realm: str | None, as_json: bool) -> None:
    """List what merchants owe the platform, what has been owed longest first."""
    enter_realm(realm)
    with realm_database():
        found = merchants_owing(rows_max=ROWS_MAX)
    now = datetime.now(UTC)
    for one in found:
        click.echo(json.dumps(told(one, now)) if as_json else line(one, now))


def told(one: Owing, now: datetime) -> dict[str, Any]:
    """Return what a merchant owes as what JSON can hold."""
    return {
        **structs.asdict(one),
        "merchant_id": str(one.merchant_id),
        "since": one.since.isoformat(),
        "days": one.days(now),
        "is_long": one.is_long(now),
    }


def line(one: Owing, now: datetime) -> str:
    """Return what a merchant owes as a line."""
    long = f"  longer than {OWED_DAYS_MAX} days" if one.is_long(now) else ""
    amount = f"{decimal_text(one.owed_minor, one.currency)} {one.currency}"
    return f"{one.since:%Y-%m-%d}  {one.days(now):4} days  {amount:>16}  {one.slug}{long}"
