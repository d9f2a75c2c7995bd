"""`fairground merchants`: where merchants are told of what happens to their orders and their money."""

import json
from dataclasses import asdict
from datetime import UTC, datetime

import click

from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.kernel.edits import By
from fairground.merchants.contacts import (
    ContactFacts,
    ContactWrong,
    NoSuchContact,
    contact_of,
    erase_contact,
    write_contact,
)
from fairground.merchants.queries import merchant_facts

GROUP_EPILOG = """\b
Examples:
  fairground merchants contact set olmo --email service@olmo.example --language es
  fairground merchants contact show olmo
"""
SET_EPILOG = """\b
Examples, one address for all, and another one for money:
  fairground merchants contact set olmo --email service@olmo.example --language es
  fairground merchants contact set olmo --email service@olmo.example --language es \\
    --money-email books@olmo.example --money-language en
"""
SHOW_EPILOG = """\b
Examples:
  fairground merchants contact show olmo
  fairground merchants contact show olmo --json
"""
ERASE_EPILOG = """\b
Examples:
  fairground merchants contact erase olmo --reason "asked for it"
"""
_WRONG = {
    "email": "that is no e-mail address",
    "language": "the shop's pages have no such language",
    "money_email": "the address for money is no e-mail address",
    "money_language": "an address for money comes with a language of the shop's pages, and no language without one",
}


@click.group(epilog=GROUP_EPILOG)
def merchants() -> None:
    """Where merchants are told of what happens."""


@merchants.group(epilog=GROUP_EPILOG)
def contact() -> None:
    """A merchant's e-mail addresses, for after-sale and for money; personal data where it is a person's."""


@contact.command("set", epilog=SET_EPILOG)
@click.argument("merchant")
@click.option("--email", required=True, help="Where letters on withdrawals and cases go.")
@click.option("--language", required=True, help="The language of these letters: en, es, …")
@click.option("--money-email", default="", help="Where letters on payouts go; else the same.")
@click.option("--money-language", default="", help="The language of these.")
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def set_(
    merchant: str,
    email: str,
    language: str,
    money_email: str,
    money_language: str,
    realm: str | None,
    as_json: bool,
) -> None:
    """Write where MERCHANT, a slug, is told; links of letters that were sent before do not open any more."""
    facts = ContactFacts(email, language, money_email, money_language)
    enter_realm(realm)
    with realm_database():
        try:
            changed = write_contact(merchant_id=_id_of(merchant), facts=facts, by=_by())
        except ContactWrong as refusal:
            raise click.ClickException(_WRONG[str(refusal.facts["wrong"])]) from refusal
    if as_json:
        click.echo(json.dumps({"merchant": merchant, "changed": list(changed)}))
    else:
        click.echo("Written." if changed else "It was so before.")


@contact.command(epilog=SHOW_EPILOG)
@click.argument("merchant")
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(merchant: str, realm: str | None, as_json: bool) -> None:
    """Show where MERCHANT, a slug, is told."""
    enter_realm(realm)
    with realm_database():
        found = contact_of(merchant_id=_id_of(merchant))
    if as_json:
        click.echo(json.dumps({"merchant": merchant, "contact": asdict(found) if found else None}))
    elif found is None:
        click.echo(f"Nobody wrote down where {merchant} is told anything: fairground merchants contact set {merchant}")
    else:
        click.echo(f"{found.email} ({found.language})")
        if found.money_email:
            click.echo(f"{found.money_email} ({found.money_language}), for money")


@contact.command(epilog=ERASE_EPILOG)
@click.argument("merchant")
@click.option("--reason", default="", help="Why; it is in the audit log.")
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def erase(merchant: str, reason: str, realm: str | None, as_json: bool) -> None:
    """Forget where MERCHANT, a slug, is told; no letter goes to it any more."""
    enter_realm(realm)
    with realm_database():
        try:
            erase_contact(merchant_id=_id_of(merchant), by=_by(reason))
        except NoSuchContact as refusal:
            raise click.ClickException(f"nobody wrote down where {merchant} is told anything") from refusal
    click.echo(json.dumps({"merchant": merchant, "erased": True}) if as_json else "Erased.")


def _by(reason: str = "") -> By:
    return By(user_id=None, now=datetime.now(UTC), reason=reason)


def _id_of(slug: str) -> int:
    facts = merchant_facts(slug=slug)
    if facts is None:
        raise click.ClickException(f"there is no merchant {slug}")
    return facts.id
