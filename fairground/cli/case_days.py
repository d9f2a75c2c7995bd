"""`fairground case-days`: how long things take in after-sale cases, by market."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime

import click

from fairground.aftersales.actions.set_days import DaysOutOfRange, NoSuchMarket, set_case_days
from fairground.aftersales.deadlines import NAMES, CaseDays, longest, out_of_range
from fairground.aftersales.market_days import case_days, days_by_market
from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.kernel.edits import REASON_MAX, By, ReasonMissing

GROUP_EPILOG = """\b
Examples:
  fairground case-days show
  fairground case-days set NO --claim 1830
"""
SHOW_EPILOG = """\b
Examples:
  fairground case-days show
  fairground case-days show --json
"""
SET_EPILOG = """\b
Examples, two of the times, and those of the platform again:
  fairground case-days set NO --claim 1830 --answer 5 --reason "Forbrukerkjøpsloven, § 27"
  fairground case-days set NO --default
"""


@click.group("case-days", epilog=GROUP_EPILOG)
def case_days_() -> None:
    """The days that each has in an after-sale case, by market; a case keeps those with which it was opened."""


@case_days_.command(epilog=SHOW_EPILOG)
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def show(realm: str | None, as_json: bool) -> None:
    """List the days of every market; those of its own have a star."""
    enter_realm(realm)
    with realm_database():
        found = days_by_market()
    for market, days, is_own in found:
        told = {"market": market.code, "own": is_own, **asdict(days)}
        click.echo(json.dumps(told) if as_json else _line(market.code, days, is_own=is_own))


def _line(market: str, days: CaseDays, *, is_own: bool) -> str:
    return f"{market}{'*' if is_own else ''}  " + "  ".join(f"{name} {count}" for name, count in asdict(days).items())


@case_days_.command("set", epilog=SET_EPILOG)
@click.argument("market")
@click.option("--answer", type=int, help="For the merchant to answer, and to decide about a lost replacement.")
@click.option("--send", type=int, help="For the shopper to send the goods back.")
@click.option("--receipt", type=int, help="For goods that were sent to be received, before the operator looks.")
@click.option("--escalate", type=int, help="For the shopper to put a refusal before the operator.")
@click.option("--decide", type=int, help="For the operator to decide.")
@click.option("--replace", "replace_", type=int, help="For a replacement to be sent.")
@click.option("--arrive", type=int, help="Until a replacement that was sent counts as received.")
@click.option("--claim", type=int, help="From the delivery, to say that goods are faulty, wrong or missing.")
@click.option("--default", "is_default", is_flag=True, help="Begin with the platform's days.")
@click.option("--reason", required=True, help="Why (a law, a decision); it is in the audit log.")
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def set_(
    market: str,
    realm: str | None,
    reason: str,
    as_json: bool,
    is_default: bool,
    replace_: int | None,
    **days: int | None,
) -> None:
    """Give cases of MARKET that are opened from now on other days; those that are open keep theirs."""
    asked = {name: count for name, count in {**days, "replace": replace_}.items() if count is not None}
    if not asked and not is_default:
        raise click.UsageError("say which days, or --default")
    enter_realm(realm)
    with realm_database():
        changed = set_days_of(market=market, days=asked, is_default=is_default, reason=reason)
    told = {"market": market, "changed": changed}
    click.echo(json.dumps(told) if as_json else "The days are set." if changed else "It was so before.")


def set_days_of(*, market: str, days: dict[str, int], reason: str, is_default: bool = False) -> bool:
    """Set days of a market, the others stay, and return whether it changed; who calls has the realm's database up.

    :raises click.ClickException: it was refused, with the reason in words; nothing changed
    """
    assert days.keys() <= set(NAMES), days
    by = By(user_id=None, now=datetime.now(UTC), reason=reason)
    wanted = replace(CaseDays() if is_default else case_days(market=market), **days)
    try:
        return set_case_days(market=market, days=wanted, by=by)
    except ReasonMissing as refusal:
        raise click.ClickException(f"say why in at most {REASON_MAX} letters; nothing changed") from refusal
    except NoSuchMarket as refusal:
        raise click.ClickException(f"there is no market {market}") from refusal
    except DaysOutOfRange as refusal:
        name = out_of_range(wanted)[0]
        raise click.ClickException(f"{name} is a day to {longest(name)} days") from refusal
