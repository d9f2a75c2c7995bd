"""`fairground erase`: what a person asks for by letter instead of on the page."""

from datetime import UTC, datetime

import click

from fairground.aftersales.actions.erase_words import CaseStillOpen, erase_words_of
from fairground.checkout.actions.erase_person import (
    OrderNotShipped,
    PaymentNotOver,
    WalletNotEmpty,
    WithdrawalNotSettled,
    erase_person,
)
from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.identity.queries import user_of_email

EPILOG = """\b
Example:
  fairground erase ana@example.org --yes
"""


@click.command(epilog=EPILOG)
@click.argument("email")
@realm_option
@click.option("--yes", is_flag=True, help="Don't ask once more.")
def erase(email: str, realm: str | None, yes: bool) -> None:
    """Erase the user who signs in with EMAIL, as the page "Your data" does; it can't be undone.

    The addresses of running orders go when these end; purchases stay in the books under a number.
    """
    enter_realm(realm)
    with realm_database():
        erase_by_letter(email=email, is_sure=yes)


def erase_by_letter(*, email: str, is_sure: bool) -> None:
    """Erase the user who signs in with an e-mail; who calls has the realm's database up.

    :raises click.ClickException: there is no such user, or their wallet holds money; nothing was erased
    :raises click.Abort: it was asked once more, as it is unless `is_sure`, and the answer is no
    """
    user_id = user_of_email(email=email)
    if user_id is None:
        raise click.ClickException("nobody signs in with that e-mail")
    if not is_sure:
        click.confirm("Erase this user for good?", abort=True)
    try:
        erase_person(user_id=user_id, now=datetime.now(UTC), besides=erase_words_of)
    except WalletNotEmpty as refusal:
        raise click.ClickException("there is money in the wallet; nothing was erased") from refusal
    except OrderNotShipped as refusal:
        raise click.ClickException("a paid order is not shipped yet; nothing was erased") from refusal
    except WithdrawalNotSettled as refusal:
        raise click.ClickException("an order is withdrawn from and not settled; nothing was erased") from refusal
    except CaseStillOpen as refusal:
        raise click.ClickException("an after-sale case is open; nothing was erased") from refusal
    except PaymentNotOver as refusal:
        raise click.ClickException("a payment is under way; nothing was erased") from refusal
    click.echo("Erased.")
