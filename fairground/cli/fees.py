"""`fairground fees`: what the platform takes of what is sold, by category and merchant."""

import json
from datetime import UTC, datetime

import click

from fairground.cli.percent import PercentOrNone
from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.kernel.edits import By, ShopBusy
from fairground.merchants.actions import CommissionOutOfRange
from fairground.merchants.queries import merchant_facts
from fairground.settlement.actions.set_fees import NoSuchCategory, set_fee
from fairground.settlement.queries import FeeSeen, fees_seen

GROUP_EPILOG = """\b
Examples:
  fairground fees set home.chairs 8.5
  fairground fees show
"""
SHOW_EPILOG = """\b
Examples:
  fairground fees show
  fairground fees show --json
"""
SET_EPILOG = """\b
Examples, of all merchants, of one, and of it no more:
  fairground fees set home.chairs 8.5
  fairground fees set home.chairs 6 --merchant olmo --reason "two thousand chairs a month"
  fairground fees set home.chairs none --merchant olmo
"""


@click.group(epilog=GROUP_EPILOG)
def fees() -> None:
    """Commissions by category, of all merchants or of one; a merchant's own for all it sells is in the back office."""


@fees.command(epilog=SHOW_EPILOG)
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def show(realm: str | None, as_json: bool) -> None:
    """List the commissions of categories with their history: of each the first is what holds."""
    enter_realm(realm)
    with realm_database():
        found = fees_seen()
    for one in found:
        click.echo(json.dumps(_told(one)) if as_json else _line(one))


def _told(one: FeeSeen) -> dict[str, object]:
    return {
        "category": one.category,
        "merchant": one.merchant,
        "commission_bps": one.commission_bps,
        "valid_from": one.valid_from.isoformat(),
    }


def _line(one: FeeSeen) -> str:
    percent = "none" if one.commission_bps is None else f"{one.commission_bps / 100:g} %"
    return f"{one.valid_from:%Y-%m-%d %H:%M}  {percent:>7}  {one.category}  {one.merchant or 'all merchants'}"


@fees.command("set", epilog=SET_EPILOG)
@click.argument("category")
@click.argument("percent", type=PercentOrNone())
@click.option("--merchant", default=None, help="Of this merchant alone: its slug.")
@click.option("--reason", default="", help="Why; it is in the audit log.")
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def set_(
    category: str, percent: int | None, merchant: str | None, reason: str, realm: str | None, as_json: bool
) -> None:
    """Take PERCENT of what is sold of CATEGORY and below it, from now on; orders that were placed keep theirs."""
    enter_realm(realm)
    with realm_database():
        changed = set_fee_of(category=category, commission_bps=percent, merchant=merchant, reason=reason)
    told = {"category": category, "merchant": merchant, "commission_bps": percent, "changed": changed}
    click.echo(json.dumps(told) if as_json else "The commission is set." if changed else "It was so before.")


def set_fee_of(*, category: str, commission_bps: int | None, merchant: str | None, reason: str = "") -> bool:
    """Set a commission, and return whether it changed; who calls has the realm's database up.

    :raises click.ClickException: it was refused, with the reason in words; nothing changed
    """
    facts = merchant_facts(slug=merchant) if merchant else None
    if merchant and facts is None:
        raise click.ClickException(f"there is no merchant {merchant}")
    by = By(user_id=None, now=datetime.now(UTC), reason=reason)
    try:
        return set_fee(category=category, merchant_id=facts.id if facts else None, commission_bps=commission_bps, by=by)
    except NoSuchCategory as refusal:
        raise click.ClickException(f"there is no category {category}") from refusal
    except CommissionOutOfRange as refusal:
        raise click.ClickException("a commission is between 0 and 100 percent") from refusal
    except ShopBusy as refusal:
        raise click.ClickException("the sale is busy just now; nothing changed") from refusal
