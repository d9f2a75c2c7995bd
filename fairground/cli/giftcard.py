"""`fairground giftcard`: money behind codes."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import click

from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.kernel.edits import By, ShopBusy
from fairground.kernel.money import decimal_text, minor_from_text
from fairground.payments.gift_cards import CARDS_AT_ONCE_MAX, CardsRefused, issue_gift_cards
from fairground.payments.rules import CARD_MAX_CENTS, GIVEN_A_DAY_MAX_CENTS, REASON_MAX, SOLD_A_DAY_MAX_CENTS
from fairground.payments.staff_days import StaffDayFull

EPILOG = """\b
Example, ten gift cards of 25 euros that can be redeemed for three years:
  fairground giftcard issue --count 10 --amount 25 --currency EUR --days 1095 --sold --reason "invoice 4711" --json
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
@click.option("--reason", required=True, help="Why, or the invoice under which they were sold; it is in the audit log.")
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def issue(
    count: int,
    amount: str,
    currency: str,
    days: int,
    sold: bool,
    given: bool,
    reason: str,
    realm: str | None,
    as_json: bool,
) -> None:
    """Issue gift cards and print their codes, which nobody can read again.

    What the command line gives away on a day, and what it issues as sold, has the limits of one of the staff.
    """
    if sold == given:
        raise click.UsageError("say where the money is from: --sold or --given")
    try:
        amount_minor = minor_from_text(amount, currency=currency)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    enter_realm(realm)
    with realm_database():
        codes = issue_cards(
            count=count, amount_minor=amount_minor, currency=currency, days=days, is_sold=sold, reason=reason
        )
    told = {"amount_minor": amount_minor, "currency": currency, "is_sold": sold, "codes": codes}
    click.echo(json.dumps(told) if as_json else "\n".join(codes))


def issue_cards(*, count: int, amount_minor: int, currency: str, days: int, is_sold: bool, reason: str) -> list[str]:
    """Issue gift cards and return their codes; the realm's database is up.

    :raises click.ClickException: it was refused, with the reason in words; nothing was issued
    """
    now = datetime.now(UTC)
    try:
        codes = issue_gift_cards(
            key=uuid4(),
            count=count,
            amount_minor=amount_minor,
            currency=currency,
            expires_at=now + timedelta(days=days),
            is_sold=is_sold,
            by=By(user_id=None, now=now, reason=reason),
        )
    except CardsRefused as refusal:
        most = decimal_text(CARD_MAX_CENTS, "EUR")
        raise click.ClickException(
            f"a card is worth more than 0 and at most {most} EUR, in a market's currency, and a reason has 1 to"
            f" {REASON_MAX} letters; nothing was issued"
        ) from refusal
    except StaffDayFull as refusal:
        most = decimal_text(SOLD_A_DAY_MAX_CENTS if is_sold else GIVEN_A_DAY_MAX_CENTS, "EUR")
        words = "issues as sold" if is_sold else "gives away"
        raise click.ClickException(
            f"one {words} at most {most} EUR a day: somebody else in the back office, or tomorrow; nothing was issued"
        ) from refusal
    except ShopBusy as refusal:
        raise click.ClickException("the sale is busy just now; nothing was issued") from refusal
    return list(codes)
