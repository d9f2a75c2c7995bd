"""`fairground places`: from where merchants' goods are sent, by which customs counts."""

import json
from dataclasses import asdict
from datetime import UTC, datetime

import click

from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.inventory.merchant_places import PlaceSeen, places_of
from fairground.inventory.place_edits import NoSuchWarehouse, PlaceImpossible, edit_place
from fairground.kernel.edits import By, ShopBusy
from fairground.merchants.queries import merchant_facts

GROUP_EPILOG = """\b
Examples:
  fairground places list olmo
  fairground places set olmo Depot --country ES --city Valencia
"""
LIST_EPILOG = """\b
Examples:
  fairground places list olmo
  fairground places list olmo --json
"""
SET_EPILOG = """\b
Examples:
  fairground places set olmo Depot --country ES --city Valencia
  fairground places set olmo "Valencia warehouse" --country ES --reason "it has moved" --json
"""


@click.group(epilog=GROUP_EPILOG)
def places() -> None:
    """From where merchants' goods are sent; customs counts by the country, and asks nothing where none is stated."""


@places.command("list", epilog=LIST_EPILOG)
@click.argument("merchant")
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_(merchant: str, realm: str | None, as_json: bool) -> None:
    """List the places of MERCHANT, a slug."""
    enter_realm(realm)
    with realm_database():
        found = places_of(merchant_id=id_of(merchant))
    for place in found:
        click.echo(json.dumps({"merchant": merchant} | asdict(place)) if as_json else line_of(place))


@places.command("set", epilog=SET_EPILOG)
@click.argument("merchant")
@click.argument("name")
@click.option("--country", required=True, metavar="CC", help="Its two letters (ISO 3166-1), like DE.")
@click.option("--city", help="The city there; without it, that stays as it is.")
@click.option("--reason", default="", help="Why; it is in the audit log.")
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def set_(
    merchant: str, name: str, country: str, city: str | None, reason: str, realm: str | None, as_json: bool
) -> None:
    """Write in which country the place NAME of MERCHANT, a slug, is.

    It counts from the next order; placed ones keep what they were charged. A file that states the place writes it anew.
    """
    enter_realm(realm)
    with realm_database():
        changed = set_place(merchant=merchant, name=name, country=country, city=city, reason=reason)
    told = {"merchant": merchant, "place": name, "country": country, "changed": changed}
    click.echo(json.dumps(told) if as_json else "The place is set." if changed else "It was so before.")


def set_place(*, merchant: str, name: str, country: str, city: str | None, reason: str = "") -> bool:
    """Write where a merchant's place is, and return whether it changed; who calls has the realm's database up.

    :raises click.ClickException: it was refused, with the reason in words; nothing changed
    """
    by = By(user_id=None, now=datetime.now(UTC), reason=reason)
    try:
        return edit_place(merchant_id=id_of(merchant), name=name, country=country, city=city, by=by)
    except PlaceImpossible as refusal:
        raise click.ClickException(
            "a country is its two capital letters, and a city has at most 80; nothing changed"
        ) from refusal
    except NoSuchWarehouse as refusal:
        raise click.ClickException(f"{merchant} has no place {name}; nothing changed") from refusal
    except ShopBusy as refusal:
        raise click.ClickException("the sale is busy just now; nothing changed") from refusal


def id_of(slug: str) -> int:
    """Return a merchant's id; who calls has the realm's database up.

    :raises click.ClickException: there is no such merchant
    """
    facts = merchant_facts(slug=slug)
    if facts is None:
        raise click.ClickException(f"there is no merchant {slug}")
    return facts.id


def line_of(place: PlaceSeen) -> str:
    """Return a place in a line, for a person."""
    where = ", ".join(filter(None, (place.city, place.country or "no country stated")))
    return f"{place.name}  ({place.kind}): {where}"
