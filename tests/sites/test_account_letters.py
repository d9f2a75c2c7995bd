"""Letters to accounts on withdrawals: to the proved e-mail where it is not the purchase's, once, without contents."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import connection
from pytest_django import Settings

from fairground.identity.models import Shopper, User
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.sql import load_sql
from fairground.letters.models import Letter
from fairground.letters.rules import Reader
from fairground.sites.storefront.cases.letters import send_to_shoppers
from tests.factories import make_shopper
from tests.fulfilment.withdrawing import Bought, buy, withdraw
from tests.people_making import make_user
from tests.refunding import LATER_MS

pytestmark = pytest.mark.usefixtures("lone_writer")
SOON = from_unix_ms(LATER_MS) + timedelta(days=1)


@pytest.fixture
def bought(settings: Settings) -> Bought:
    settings.MAIL_LEAVES, settings.LINKS_ADDRESS = True, "https://shop.example"
    return buy()


def letters() -> list[EmailMessage]:
    """Send what is due to shoppers, and return it."""
    before = len(mail.outbox)
    send_to_shoppers(now=SOON)
    return mail.outbox[before:]


def to_shoppers() -> int:
    return Letter.objects.filter(reader=Reader.SHOPPER.value).count()


def test_an_account_with_another_e_mail_is_told_once_and_reads_no_contents(bought: Bought) -> None:
    make_user(email="account@example.net", shopper_id=bought.shopper_id)
    number = bought.placed.number
    for _ in range(2):
        withdraw(number, statement="the chair of two")

    (letter,) = letters()

    assert (letter.to, letter.subject) == (["account@example.net"], f"A withdrawal from purchase {number}")
    text = str(letter.body)
    assert f"withdrew from purchase {number} in your account" in text
    assert "Received: " in text
    assert f"https://shop.example/purchases/{number}\n" in text
    for secret in ("Oak chair", "chair of two", "Ana", "example.org", "Olmo"):
        assert secret not in text
    assert (letters(), to_shoppers()) == ([], 1)
    with connection.cursor() as cursor:
        cursor.execute(load_sql("rehearsal", "check_letters"))
        assert cursor.fetchone() == (3, 0, 0, []), "of a letter a merchant, and one to the account"


@pytest.mark.parametrize(
    ("email", "verified"), [("ana@example.org", True), ("account@example.net", False)], ids=["the same", "not proved"]
)
def test_who_has_the_purchases_e_mail_or_proved_none_gets_no_second_letter(
    bought: Bought, email: str, verified: bool
) -> None:
    make_user(email=email, verified=verified, shopper_id=bought.shopper_id)

    withdraw(bought.placed.number)

    assert (letters(), to_shoppers()) == ([], 0)


def test_a_guest_has_no_account_and_one_that_went_into_a_users_shopper_has_that_users(bought: Bought) -> None:
    withdraw(f"{bought.placed.number}-1")
    assert to_shoppers() == 0
    user_shopper = make_shopper()
    make_user(email="account@example.net", shopper_id=user_shopper)
    Shopper.objects.filter(id=bought.shopper_id).update(merged_into_id=user_shopper)

    withdraw(f"{bought.placed.number}-2")

    assert [one.to for one in letters()] == [["account@example.net"]]


def test_who_withdraws_from_what_is_not_paid_is_told_to_the_account_too(settings: Settings) -> None:
    settings.MAIL_LEAVES = True
    bought = buy(is_paid=False)
    make_user(email="account@example.net", language="es", shopper_id=bought.shopper_id)

    withdraw(bought.placed.number)

    (letter,) = letters()
    assert letter.to == ["account@example.net"]
    assert "https://" not in str(letter.body)


def test_an_account_that_is_gone_when_its_letter_is_due_gets_none(bought: Bought) -> None:
    make_user(email="account@example.net", shopper_id=bought.shopper_id)
    withdraw(bought.placed.number)
    User.objects.all().delete()

    assert letters() == []
    assert Letter.objects.get(reader=Reader.SHOPPER.value).tells == 1
