"""`fairground giftcard`: money behind codes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import click

from fairground.cli.payouts import by_option, json_option, of_staff
from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.identity.operators import list_operators
from fairground.kernel.edits import REASON_MAX, By, ReasonMissing, ShopBusy
from fairground.kernel.money import decimal_text, minor_from_text
from fairground.payments.asked_cards import (
    AskedBySame,
    AskerUnknown,
    NotAskedFor,
    ask_for_gift_cards,
    asked_cards,
    decline_asked_cards,
    issue_asked_cards,
)
from fairground.payments.gift_cards import CARDS_AT_ONCE_MAX, CardsRefused, SoldByTwo, issue_gift_cards
from fairground.payments.rules import CARD_MAX_CENTS, GIVEN_A_DAY_MAX_CENTS, SOLD_A_DAY_MAX_CENTS
from fairground.payments.staff_days import MoreThanADay, StaffDayFull

GROUP_EPILOG = """\b
Examples:
  fairground giftcard issue --count 10 --amount 25 --currency EUR --given --reason "the anniversary"
  fairground giftcard asked
"""
EPILOG = """\b
Example, ten gift cards of 25 euros that can be redeemed for three years:
  fairground giftcard issue --count 10 --amount 25 --currency EUR --days 1095 --sold --reason "invoice 4711" --json
"""
ASKED_EPILOG = """\b
Example, where two people issue cards that were sold, what the second one does:
  fairground giftcard asked
  fairground giftcard issue-asked 0198f3f2-5b1c-7c3e-9d55-0f3a5f0e8a11 --by another@shop.example
  fairground giftcard decline 0198f3f2-5b1c-7c3e-9d55-0f3a5f0e8a11 --by another@shop.example --json
"""
# § 199 of the German civil code: claims lapse three years after the end of their year; nobody is served worse by more.
DAYS = 4 * 366
_ALONE = "who runs the platform alone sets FAIRGROUND_FOUR_EYES=off"
key_argument = click.argument("key", type=click.UUID, metavar="KEY")


@click.group(epilog=GROUP_EPILOG)
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
@by_option
@realm_option
@json_option
def issue(
    count: int,
    amount: str,
    currency: str,
    days: int,
    sold: bool,
    given: bool,
    reason: str,
    email: str,
    realm: str | None,
    as_json: bool,
) -> None:
    """Issue gift cards and print their codes, which nobody can read again.

    Of cards that were sold where two people issue these (FAIRGROUND_FOUR_EYES), ask for them and print by which key
    somebody else issues them. Without --by the limits of a day are those of the command line.
    """
    if sold == given:
        raise click.UsageError("say where the money is from: --sold or --given")
    try:
        amount_minor = minor_from_text(amount, currency=currency)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    enter_realm(realm)
    key = uuid4()
    with realm_database():
        codes = issue_cards(
            key=key,
            count=count,
            amount_minor=amount_minor,
            currency=currency,
            days=days,
            is_sold=sold,
            reason=reason,
            email=email,
        )
    if as_json:
        told = {"key": str(key), "amount_minor": amount_minor, "currency": currency, "is_sold": sold, "codes": codes}
        click.echo(json.dumps(told))
    elif codes:
        click.echo("\n".join(codes))
    else:
        click.echo(f"They are asked for. Somebody else: fairground giftcard issue-asked {key} --by ...")


@giftcard.command(epilog=ASKED_EPILOG)
@realm_option
@json_option
def asked(realm: str | None, as_json: bool) -> None:
    """List the cards that somebody asks another one to issue."""
    enter_realm(realm)
    with realm_database():
        waiting = asked_cards()
        emails = {one.user_id: one.email for one in list_operators()}
    for one in waiting:
        by = emails.get(one.asked_by, str(one.asked_by))
        told = {
            "key": str(one.key),
            "count": one.count,
            "amount_minor": one.amount_minor,
            "currency": one.currency,
            "expires_at": one.expires_at.isoformat(),
            "reason": one.reason,
            "asked_by": by,
        }
        amount = f"{one.count} of {decimal_text(one.amount_minor, one.currency)} {one.currency}"
        click.echo(json.dumps(told) if as_json else f"{one.key}  {amount}  {by}  {one.reason}")


@giftcard.command("issue-asked", epilog=ASKED_EPILOG)
@key_argument
@by_option
@realm_option
@json_option
def issue_asked(key: UUID, email: str, realm: str | None, as_json: bool) -> None:
    """Issue the cards KEY, for which somebody else asked, and print their codes, which nobody can read again."""
    enter_realm(realm)
    with realm_database():
        codes = decide_asked(key=key, email=email, is_wanted=True)
    click.echo(json.dumps({"key": str(key), "codes": codes}) if as_json else "\n".join(codes))


@giftcard.command(epilog=ASKED_EPILOG)
@key_argument
@by_option
@realm_option
@json_option
def decline(key: UUID, email: str, realm: str | None, as_json: bool) -> None:
    """Decline the cards KEY that somebody asked for; nothing is issued."""
    enter_realm(realm)
    with realm_database():
        decide_asked(key=key, email=email, is_wanted=False)
    click.echo(json.dumps({"key": str(key), "declined": True}) if as_json else "They are declined.")


def issue_cards(
    *,
    key: UUID,
    count: int,
    amount_minor: int,
    currency: str,
    days: int,
    is_sold: bool,
    reason: str,
    email: str = "",
) -> list[str]:
    """Issue gift cards and return their codes, none where somebody else has to; the realm's database is up.

    :raises click.ClickException: it was refused, with the reason in words; nothing was issued
    """
    now = datetime.now(UTC)
    wanted: dict[str, Any] = {
        "key": key,
        "count": count,
        "amount_minor": amount_minor,
        "currency": currency,
        "expires_at": now + timedelta(days=days),
        "by": By(user_id=of_staff(email) if email else None, now=now, reason=reason),
    }
    with _told(is_sold=is_sold):
        try:
            return list(issue_gift_cards(**wanted, is_sold=is_sold))
        except SoldByTwo:
            ask_for_gift_cards(**wanted)
    return []


def decide_asked(*, key: UUID, email: str, is_wanted: bool) -> list[str]:
    """Issue cards that were asked for and return their codes, or decline them; the realm's database is up.

    :raises click.ClickException: it was refused, with the reason in words; nothing changed
    """
    by = By(user_id=of_staff(email) if email else None, now=datetime.now(UTC))
    with _told(is_sold=True):
        if is_wanted:
            return list(issue_asked_cards(key=key, by=by))
        decline_asked_cards(key=key, by=by)
    return []


@contextmanager
def _told(*, is_sold: bool) -> Iterator[None]:
    """Say why cards were refused.

    :raises click.ClickException: they were
    """
    try:
        yield
    except CardsRefused as refusal:
        most = decimal_text(CARD_MAX_CENTS, "EUR")
        raise click.ClickException(
            f"a card is worth more than 0 and at most {most} EUR, in a market's currency, and its end is to come;"
            " nothing was issued"
        ) from refusal
    except ReasonMissing as refusal:
        raise click.ClickException(f"a reason has 1 to {REASON_MAX} letters; nothing was issued") from refusal
    except StaffDayFull as refusal:
        most = decimal_text(SOLD_A_DAY_MAX_CENTS if is_sold else GIVEN_A_DAY_MAX_CENTS, "EUR")
        words = "issues as sold" if is_sold else "gives away"
        if isinstance(refusal, MoreThanADay):
            raise click.ClickException(
                f"one {words} at most {most} EUR on any day: ask for it in parts; nothing was issued"
            ) from refusal
        raise click.ClickException(
            f"one {words} at most {most} EUR a day: somebody else, or tomorrow; nothing was issued"
        ) from refusal
    except AskerUnknown as refusal:
        raise click.ClickException(f"two people issue cards that were sold: say who you are with --by; {_ALONE}") from (
            refusal
        )
    except AskedBySame as refusal:
        raise click.ClickException(f"who asked for them does not issue them: --by somebody else; {_ALONE}") from refusal
    except NotAskedFor as refusal:
        raise click.ClickException(
            "nobody asks for them: they were issued or declined, or never asked for"
        ) from refusal
    except ShopBusy as refusal:
        raise click.ClickException("the sale is busy just now; nothing was issued") from refusal
