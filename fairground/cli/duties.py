"""`fairground duties`: customs areas, and what markets ask of goods that come into them."""

import json
from dataclasses import asdict
from datetime import UTC, datetime

import click

from fairground.cli.percent import PERCENT
from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.crossborder.actions import (
    AreaImpossible,
    CustomsMade,
    DutyOutOfRange,
    NoSuchCustomsArea,
    NoSuchDutyMarket,
    ensure_customs,
    set_customs_area,
    set_duty,
)
from fairground.crossborder.queries import AreaSeen, customs_areas, default_customs, duty_rules
from fairground.crossborder.rules import DutyRule
from fairground.kernel.edits import By, ShopBusy
from fairground.kernel.money import decimal_text, minor_from_text
from fairground.markets.queries import market_currencies

GROUP_EPILOG = """\b
Examples:
  fairground duties list
  fairground duties set EU --area EU --heading 3.00 --up-to 150.00
  fairground duties packaged
"""
LIST_EPILOG = """\b
Examples:
  fairground duties list
  fairground duties list --json
"""
AREAS_EPILOG = """\b
Examples:
  fairground duties areas
  fairground duties areas --json
"""
SET_EPILOG = """\b
Examples, 3.00 for each tariff heading in a parcel worth at most 150.00; a fifth of what the goods are worth:
  fairground duties set EU --area EU --heading 3.00 --up-to 150.00
  fairground duties set BR --area BR --share 20 --up-to 300.00 --json
"""
NONE_EPILOG = """\b
Examples:
  fairground duties none BR
  fairground duties none BR --reason "suspended by decree" --json
"""
AREA_EPILOG = """\b
Examples:
  fairground duties area CH --name Switzerland --countries CH,LI
  fairground duties area BR --name Brazil --countries BR --json
"""
PACKAGED_EPILOG = """\b
Examples:
  fairground duties packaged
  fairground duties packaged --json
"""


@click.group(epilog=GROUP_EPILOG)
def duties() -> None:
    """What customs asks of goods that come into a market's customs area."""


@duties.command("list", epilog=LIST_EPILOG)
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_(realm: str | None, as_json: bool) -> None:
    """List what each market asks."""
    enter_realm(realm)
    with realm_database():
        rules, currencies = duty_rules(), market_currencies()
    for market, currency in currencies.items():
        rule = rules.get(market)
        click.echo(json.dumps(_told(market, currency, rule)) if as_json else _line(market, currency, rule))


@duties.command(epilog=AREAS_EPILOG)
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def areas(realm: str | None, as_json: bool) -> None:
    """List the customs areas with their countries."""
    enter_realm(realm)
    with realm_database():
        found = customs_areas()
    for area in found:
        told = {"area": area.code, "name": area.name, "countries": list(area.countries)}
        click.echo(json.dumps(told) if as_json else _area_line(area))


@duties.command("set", epilog=SET_EPILOG)
@click.argument("market")
@click.option("--area", required=True, metavar="CODE", help="Goods that come into this area from outside are asked.")
@click.option("--heading", default="0", metavar="AMOUNT", help="For each tariff heading in a parcel.")
@click.option("--share", type=PERCENT, default="0", help="And of what the goods are worth without tax, in percent.")
@click.option("--up-to", required=True, metavar="AMOUNT", help="Of a parcel worth more, customs asks itself.")
@click.option("--reason", default="", help="Why; it is in the audit log.")
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def set_(
    market: str, area: str, heading: str, share: int, up_to: str, reason: str, realm: str | None, as_json: bool
) -> None:
    """Ask what the options say, in the currency of MARKET; tax comes on top.

    Orders that were placed keep what they were charged.
    """
    enter_realm(realm)
    with realm_database():
        rule = rule_of(
            area=area, heading=heading, share_bps=share, up_to=up_to, currency=market_currencies().get(market, "")
        )
        _tell(market, rule, changed=set_rule(market=market, rule=rule, reason=reason), as_json=as_json)


@duties.command(epilog=NONE_EPILOG)
@click.argument("market")
@click.option("--reason", default="", help="Why; it is in the audit log.")
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def none(market: str, reason: str, realm: str | None, as_json: bool) -> None:
    """Ask nothing in MARKET any more; orders that were placed keep what they were charged."""
    enter_realm(realm)
    with realm_database():
        _tell(market, None, changed=set_rule(market=market, rule=None, reason=reason), as_json=as_json)


@duties.command(epilog=AREA_EPILOG)
@click.argument("code")
@click.option("--name", required=True, help="What it is called.")
@click.option("--countries", required=True, metavar="CC,CC", help="The two letters of each country (ISO 3166-1).")
@click.option("--reason", default="", help="Why; it is in the audit log.")
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def area(code: str, name: str, countries: str, reason: str, realm: str | None, as_json: bool) -> None:
    """Write that between these countries customs asks nothing: they are the area CODE, and no others are."""
    enter_realm(realm)
    with realm_database():
        changed = set_area(code=code, name=name, countries=countries.split(","), reason=reason)
    told = {"area": code, "name": name, "countries": sorted(set(countries.split(","))), "changed": changed}
    click.echo(json.dumps(told) if as_json else "The area is set." if changed else "It was so before.")


@duties.command(epilog=PACKAGED_EPILOG)
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def packaged(realm: str | None, as_json: bool) -> None:
    """Ask what comes with the program in each market where nobody set anything yet, nor took it away."""
    enter_realm(realm)
    with realm_database():
        made = make_packaged()
    if as_json:
        click.echo(json.dumps(asdict(made)))
        return
    for area in made.areas:
        click.echo(f"The customs area {area} is made.")
    for market in made.markets:
        click.echo(f"The market {market} asks duties from now on: fairground duties list")
    if not made.areas and not made.markets:
        click.echo("Nothing was left to make: every market has its rule, or had one.")


def rule_of(*, area: str, heading: str, share_bps: int, up_to: str, currency: str) -> DutyRule:
    """Return the rule that texts say, in minor units of a currency; its countries are those of the area.

    :raises click.ClickException: an amount can't be read, or there is no such market or area
    """
    if not currency:
        raise click.ClickException("there is no such market")
    countries = {one.code: frozenset(one.countries) for one in customs_areas()}
    if area not in countries:
        raise click.ClickException(f"there is no customs area {area}")
    try:
        heading_minor, value_max_minor = (minor_from_text(text, currency=currency) for text in (heading, up_to))
    except ValueError as error:
        raise click.ClickException(f"{error}") from error
    return DutyRule(area, countries[area], heading_minor, share_bps, value_max_minor)


def set_rule(*, market: str, rule: DutyRule | None, reason: str = "") -> bool:
    """Set what a market asks, and return whether it changed; who calls has the realm's database up.

    :raises click.ClickException: it was refused, with the reason in words; nothing changed
    """
    try:
        return set_duty(market=market, rule=rule, by=By(user_id=None, now=datetime.now(UTC), reason=reason))
    except DutyOutOfRange as refusal:
        raise click.ClickException("it asks nothing, or an amount is out of range; nothing changed") from refusal
    except NoSuchCustomsArea as refusal:
        raise click.ClickException("there is no such customs area; nothing changed") from refusal
    except NoSuchDutyMarket as refusal:
        raise click.ClickException("there is no such market; nothing changed") from refusal
    except ShopBusy as refusal:
        raise click.ClickException("the sale is busy just now; nothing changed") from refusal


def make_packaged() -> CustomsMade:
    """Make the packaged areas and rules that are left to make; who calls has the realm's database up.

    :raises click.ClickException: the sale is busy; nothing changed
    """
    try:
        return ensure_customs(schedule=default_customs(), by=By(user_id=None, now=datetime.now(UTC)))
    except ShopBusy as refusal:
        raise click.ClickException("the sale is busy just now; nothing changed") from refusal


def set_area(*, code: str, name: str, countries: list[str], reason: str = "") -> bool:
    """Set the countries of an area, and return whether that changed it; who calls has the realm's database up.

    :raises click.ClickException: it was refused, with the reason in words; nothing changed
    """
    by = By(user_id=None, now=datetime.now(UTC), reason=reason)
    try:
        return set_customs_area(code=code, name=name, countries=countries, by=by)
    except AreaImpossible as refusal:
        raise click.ClickException(
            "a code is two to eight capital letters, a country its two, and an area has some; nothing changed"
        ) from refusal
    except ShopBusy as refusal:
        raise click.ClickException("the sale is busy just now; nothing changed") from refusal


def _tell(market: str, rule: DutyRule | None, *, changed: bool, as_json: bool) -> None:
    told = _told(market, market_currencies().get(market, ""), rule) | {"changed": changed}
    click.echo(json.dumps(told) if as_json else "The rule is set." if changed else "It was so before.")


def _told(market: str, currency: str, rule: DutyRule | None) -> dict[str, object]:
    return {
        "market": market,
        "currency": currency,
        "area": rule.area if rule else None,
        "heading_minor": rule.heading_minor if rule else None,
        "share_bps": rule.value_bps if rule else None,
        "up_to_minor": rule.value_max_minor if rule else None,
    }


def _line(market: str, currency: str, rule: DutyRule | None) -> str:
    if rule is None:
        return f"{market:<4}  nothing is asked"
    asked = [f"{decimal_text(rule.heading_minor, currency)} {currency} a heading"] if rule.heading_minor else []
    asked += [f"{rule.value_bps / 100:g} % of the value"] if rule.value_bps else []
    limit = f"{decimal_text(rule.value_max_minor, currency)} {currency}"
    return f"{market:<4}  into {rule.area}: {' and '.join(asked)}, up to a parcel worth {limit}"


def _area_line(one: AreaSeen) -> str:
    return f"{one.code:<8}  {one.name}: {' '.join(one.countries)}"
