"""`fairground rain`: a campaign of red packets and its rounds."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import click

from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.dashboard.queries import current_festival
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import By, ShopBusy
from fairground.kernel.money import decimal_text, minor_from_text
from fairground.markets.queries import market_currencies
from fairground.redpackets.actions.give_rounds import CampaignRefused, RoundRefused, make_rain
from fairground.redpackets.rules import CampaignKind, RainPlan

EPILOG = """\b
Examples:
  fairground rain --market EU --budget 6000.00 --first 2026-11-11T20:00+01:00 --rounds 6 --packets 1000
  fairground rain --market US --budget 500.00 --packets 250 --personal --open-for 86400 --name en="Welcome"
  fairground rain --market EU --budget 100.00 --packets 20 --realm demo --json
"""
_REFUSED = {
    "market": "there is no such market",
    "budget": "a budget is more than nothing and less than 2^53 minor units",
    "times": "a campaign closes after it opens",
    "order": "a round closes after it opens",
    "past": "a round that is over can't be opened",
    "outside": "a round is open within its campaign",
    "too-many": "that is more packets than a round may have",
    "too-small": "each packet needs a minor unit at least: fewer packets or rounds, or a larger budget",
    "one-personal": "a personal campaign has one round",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What somebody wants to give away: `rounds` of `packets` each, `every` so often, each open for `open_for`."""

    market: str
    name: dict[str, str]
    is_personal: bool
    budget: str
    packets: int
    rounds: int
    first: datetime
    every: timedelta
    open_for: timedelta
    good_for: timedelta


@click.command(epilog=EPILOG)
@click.option("--market", required=True, help="The market in which they are given, and whose currency they are in.")
@click.option("--budget", required=True, help="The hard cap of all rounds together, with a point: 6000.00.")
@click.option("--packets", required=True, type=click.IntRange(1), help="Packets a round.")
@click.option("--rounds", default=1, show_default=True, type=click.IntRange(1, 1000), help="Rounds, all of one size.")
@click.option("--first", default=None, help="When the first one opens, with its zone (ISO 8601); else at once.")
@click.option("--every", default=600, show_default=True, type=click.IntRange(1), help="Seconds from one to the next.")
@click.option("--open-for", default=60, show_default=True, type=click.IntRange(1), help="Seconds that one is open.")
@click.option("--good-days", default=30, show_default=True, type=click.IntRange(0, 366), help="Packets end after.")
@click.option("--personal", is_flag=True, help="One long round for everybody instead of rain.")
@click.option("--name", "names", multiple=True, help="What it is called, as LANGUAGE=TEXT; may be repeated.")
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: campaign, rounds, budget, currency.")
def rain(
    market: str,
    budget: str,
    packets: int,
    rounds: int,
    first: str | None,
    every: int,
    open_for: int,
    good_days: int,
    personal: bool,
    names: tuple[str, ...],
    realm: str | None,
    as_json: bool,
) -> None:
    """Give red packets in the current festival: draw them now, and open rounds in which shoppers grab one each.

    What nobody takes goes back to the campaign's budget a minute after each round.
    """
    enter_realm(realm)
    now = datetime.now(UTC)
    plan = Plan(
        market=market,
        name=_names(names),
        is_personal=personal,
        budget=budget,
        packets=packets,
        rounds=rounds,
        first=now if first is None else _moment(first),
        every=timedelta(seconds=every),
        open_for=timedelta(seconds=open_for),
        good_for=timedelta(days=good_days),
    )
    with realm_database():
        told = let_it_rain(plan=plan, now=now)
    click.echo(json.dumps(told) if as_json else f"Campaign {told['campaign']}: {told['budget']} {told['currency']}.")


def let_it_rain(*, plan: Plan, now: datetime) -> dict[str, object]:
    """Make the campaign and its rounds, and return both; who calls has the realm's database up.

    :raises click.ClickException: it can't be, with the reason in words; nothing was made
    """
    festival, currency = current_festival(now_ms=to_unix_ms(now)), market_currencies().get(plan.market)
    if festival is None:
        raise click.ClickException("there is no festival yet")
    if currency is None:
        raise click.ClickException(_REFUSED["market"])
    try:
        budget_minor = minor_from_text(plan.budget, currency=currency)
    except ValueError:
        raise click.ClickException(f"a budget in {currency} is no {plan.budget!r}") from None
    wanted = RainPlan(
        festival=festival.slug,
        market=plan.market,
        name=plan.name,
        kind=CampaignKind.PERSONAL if plan.is_personal else CampaignKind.RAIN,
        budget_minor=budget_minor,
        packets=plan.packets,
        rounds=plan.rounds,
        first=plan.first,
        every=plan.every,
        open_for=plan.open_for,
        good_for=plan.good_for,
    )
    try:
        campaign_id, round_ids = make_rain(plan=wanted, by=By(user_id=None, now=now))
    except (CampaignRefused, RoundRefused) as refusal:
        raise click.ClickException(_REFUSED[str(refusal.facts["why"])]) from refusal
    except ShopBusy as refusal:
        raise click.ClickException("the sale is busy just now; nothing was made") from refusal
    budget = decimal_text(budget_minor, currency)
    return {
        "campaign": str(campaign_id),
        "rounds": [str(one) for one in round_ids],
        "budget": budget,
        "currency": currency,
    }


def _names(texts: tuple[str, ...]) -> dict[str, str]:
    names = dict(text.partition("=")[::2] for text in texts or ("en=Red packets",))
    if not all(names.values()) or not all(names):
        raise click.UsageError('--name takes LANGUAGE=TEXT, as en="Golden hour"')
    return names


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise click.UsageError(f"--first takes a moment with its zone, as 2026-11-11T20:00+01:00, not {text!r}")
    return moment
