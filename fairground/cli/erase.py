"""`fairground erase`: what a person asks for by letter instead of on the page."""

from datetime import UTC, datetime

import click

from fairground.checkout.actions.erase_person import OrderNotShipped, WalletNotEmpty, erase_person
from fairground.cli.realm import enter_realm
from fairground.config.realm import Realm
from fairground.identity.queries import user_of_email

EPILOG = """\b
Example:
  fairground erase ana@example.org --yes
"""


@click.command(epilog=EPILOG)
@click.argument("email")
@click.option("--realm", default=None, help="The realm; else that of FAIRGROUND_REALM, else the real one.")
@click.option("--yes", is_flag=True, help="Don't ask once more.")
def erase(email: str, realm: str | None, yes: bool) -> None:
    """Erase the user who signs in with EMAIL, as the page "Your data" does; it can't be undone.

    The addresses of running orders go when these end; purchases stay in the books under a number.
    """
    enter_realm(realm or Realm.current().name)
    user_id = user_of_email(email=email)
    if user_id is None:
        raise click.ClickException("nobody signs in with that e-mail")
    if not yes:
        click.confirm("Erase this user for good?", abort=True)
    try:
        erase_person(user_id=user_id, now=datetime.now(UTC))
    except WalletNotEmpty as refusal:
        raise click.ClickException("there is money in the wallet; nothing was erased") from refusal
    except OrderNotShipped as refusal:
        raise click.ClickException("a paid order is not shipped yet; nothing was erased") from refusal
    click.echo("Erased.")
