"""`fairground payouts terms`: how a merchant is settled."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import click

from fairground.cli.percent import PERCENT
from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.kernel.edits import By, ShopBusy
from fairground.merchants.queries import merchant_facts
from fairground.settlement.actions.edit_terms import TermsWrong, edit_terms
from fairground.settlement.queries import terms_of
from fairground.settlement.rules.payouts import Schedule
from fairground.settlement.rules.terms import SettlementTerms

EPILOG = """\b
Examples, as they stand; a tenth kept for 30 days, paid daily; held, and let go again:
  fairground payouts terms olmo
  fairground payouts terms olmo --reserve 10 --reserve-days 30 --schedule daily
  fairground payouts terms olmo --hold "its identity is not checked"
  fairground payouts terms olmo --let-go --json
"""
_SCHEDULES = {one.name.lower(): one for one in Schedule}


@click.command(epilog=EPILOG)
@click.argument("merchant")
@click.option("--hold", default=None, metavar="REASON", help="Release and pay out nothing. The merchant reads why.")
@click.option("--let-go", is_flag=True, help="Hold it no more.")
@click.option("--reserve", "reserve_bps", type=PERCENT, default=None, help="Percent of what is left of an order, kept.")
@click.option("--reserve-days", type=int, default=None, help="For so many days.")
@click.option("--creator", "creator_bps", type=PERCENT, default=None, help="Percent that creators get of goods sold.")
@click.option("--schedule", type=click.Choice(list(_SCHEDULES)), default=None, help="How often it is paid.")
@click.option("--minimum-cents", type=int, default=None, help="Less than so many cents of a euro are worth waits.")
@click.option("--own-currency/--earned-currency", default=None, help="In which currency it is paid.")
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def terms(merchant: str, realm: str | None, as_json: bool, **asked: Any) -> None:
    """Show how MERCHANT (its slug) is settled, or say so.

    What was released keeps the terms of its release, and what was placed the share that its creator was promised.
    """
    if asked["hold"] is not None and asked["let_go"]:
        raise click.UsageError("either --hold or --let-go")
    enter_realm(realm)
    with realm_database():
        stands = settle_otherwise(merchant=merchant, asked=asked)
    told = {**asdict(stands), "schedule": stands.schedule.name.lower()}
    click.echo(json.dumps(told) if as_json else "\n".join(f"{name}: {value}" for name, value in told.items()))


def settle_otherwise(*, merchant: str, asked: dict[str, Any]) -> SettlementTerms:
    """Change what is asked of a merchant's terms, and return them as they stand; the realm's database is up.

    :raises click.ClickException: it was refused, with the reason in words; nothing changed
    """
    facts = merchant_facts(slug=merchant)
    if facts is None:
        raise click.ClickException(f"there is no merchant {merchant}")
    before = terms_of(merchant_id=facts.id)
    after = _changed(before, asked)
    if after == before:
        return before
    try:
        edit_terms(merchant_id=facts.id, terms=after, by=By(None, datetime.now(UTC), asked.get("hold") or ""))
    except TermsWrong as refusal:
        raise click.ClickException(f"{refusal.facts['what']} can't be so; nothing changed") from refusal
    except ShopBusy as refusal:
        raise click.ClickException("the sale is busy just now; nothing changed") from refusal
    return after


def _changed(before: SettlementTerms, asked: dict[str, Any]) -> SettlementTerms:
    after = before
    if asked.get("hold") is not None:
        after = replace(after, held=True, held_because=asked["hold"])
    if asked.get("let_go"):
        after = replace(after, held=False, held_because="")
    if asked.get("schedule"):
        after = replace(after, schedule=_SCHEDULES[asked["schedule"]])
    if asked.get("minimum_cents") is not None:
        after = replace(after, payout_min_cents=asked["minimum_cents"])
    named = ("reserve_bps", "reserve_days", "creator_bps", "own_currency")
    return replace(after, **{name: asked[name] for name in named if asked.get(name) is not None})
