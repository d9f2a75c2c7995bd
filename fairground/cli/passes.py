"""`fairground passes`: passes for a load test by hand (docs/http-order.md)."""

import json
import re
import time

import click
from django.conf import settings

from fairground.cli.realm import enter_realm, realm_database
from fairground.config.realm import REAL
from fairground.identity.actions import create_shoppers
from fairground.intake.tokens import PASS_TTL_S, DoorKeys, Pass
from fairground.kernel.money import Money
from fairground.payments.actions import top_up_wallets

EPILOG = """\b
Examples:
  fairground passes --realm demo --count 3 --wallet EUR:100000
  fairground passes --realm rehearsal --count 1000 --json > passes.jsonl
"""


@click.command(epilog=EPILOG)
@click.option("--realm", required=True, help="The realm whose door shall let them in: real, demo, rehearsal.")
@click.option("--count", default=1, show_default=True, type=click.IntRange(1, 1_000_000), help="How many shoppers.")
@click.option("--wallet", help="Money for each wallet: CURRENCY:MINOR UNITS, as EUR:100000. Not in the real realm.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: shopper, pass, expires_at.")
def passes(realm: str, count: int, wallet: str | None, as_json: bool) -> None:
    """Make verified shoppers in a realm and mint a pass for each, one a line, good for an hour.

    Only the command line can do this: whoever runs it can read the installation's secret key anyway.
    """
    money = _money(wallet, realm) if wallet is not None else None
    enter_realm(realm)
    now_s = int(time.time())
    keys = DoorKeys.of_realm(secret=settings.SECRET_KEY, realm=realm)
    with realm_database(migrate=False):
        shopper_ids = create_shoppers(count=count, now_ms=now_s * 1000)
        if money is not None:
            amounts = dict.fromkeys(shopper_ids, money.amount_minor)
            top_up_wallets(amounts_minor=amounts, currency=money.currency, now_ms=now_s * 1000)
    for shopper_id in shopper_ids:
        token = keys.sign_pass(Pass(shopper_id, verified=True), expires_at_s=now_s + PASS_TTL_S)
        line = {"shopper": str(shopper_id), "pass": token, "expires_at": now_s + PASS_TTL_S}
        click.echo(json.dumps(line) if as_json else token)


def _money(wallet: str, realm: str) -> Money:
    """Return what goes into each wallet."""
    currency, _, amount = wallet.partition(":")
    if realm == REAL:
        raise click.UsageError("money in the real realm comes from outside, not from the command line")
    if not (re.fullmatch("[A-Z]{3}", currency) and amount.isdecimal() and int(amount) > 0):
        raise click.UsageError(f"--wallet takes CURRENCY:MINOR UNITS, as EUR:100000, not {wallet!r}")
    return Money(int(amount), currency)
