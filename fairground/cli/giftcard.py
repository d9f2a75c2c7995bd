"""`fairground giftcard`: money behind codes."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import click

from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.kernel.edits import By, ShopBusy
from fairground.kernel.money import minor_from_text
from fairground.payments.gift_cards import CARD_MAX_MINOR, CARDS_AT_ONCE_MAX, CardsRefused, issue_gift_cards

EPILOG = """\b
Example, ten gift cards of 25 euros that can be redeemed for three years:
  fairground giftcard issue --count 10 --amount 25 --currency EUR --days 1095 --sold --json
"""
# § 199 of the German civil code: claims lapse three years after the end of their year; nobody is served worse by more.
DAYS = 4 * 366


@click.group(epilog=EPILOG)
def giftcard() -> None:
    """Issue gift cards, which shoppers redeem into their wallets."""


@giftcard.command(epilog=EPILOG)
@click.option("--count", type=click.IntRange(1, CARDS_AT_ONCE_MAX), default=1, show_default=True, help="How many.")
@click.option("--amount", required=True, help="What each is worth, such as 25 or 12.50.")
@click.option("--currency", required=True, help="In which currency of a market, such as EUR.")
@click.option("--days", type=click.IntRange(min=1, max=36_600), default=DAYS, show_default=True, help="For how long.")
@click.option("--sold", is_flag=True, help="They were sold: the money came in outside.")
@click.option("--given", is_flag=True, help="They are given away: the money is the platform's.")
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def issue(
    count: int, amount: str, currency: str, days: int, sold: bool, given: bool, realm: str | None, as_json: bool
) -> None:
    """Issue gift cards and print their codes, which nobody can read again."""
    if sold == given:
        raise click.UsageError("say where the money is from: --sold or --given")
    try:
        amount_minor = minor_from_text(amount, currency=currency)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    enter_realm(realm)
    now = datetime.now(UTC)
    with realm_database():
        try:
            codes = issue_gift_cards(
                key=uuid4(),
                count=count,
                amount_minor=amount_minor,
                currency=currency,
                expires_at=now + timedelta(days=days),
                is_sold=sold,
                by=By(user_id=None, now=now),
            )
        except CardsRefused as refusal:
            words = f"a card is worth more than 0 and at most {CARD_MAX_MINOR} minor units, in a market's currency"
            raise click.ClickException(f"{words}; nothing was issued") from refusal
        except ShopBusy as refusal:
            raise click.ClickException("the sale is busy just now; nothing was issued") from refusal
    told = {"amount_minor": amount_minor, "currency": currency, "is_sold": sold, "codes": list(codes)}
    click.echo(json.dumps(told) if as_json else "\n".join(codes))
