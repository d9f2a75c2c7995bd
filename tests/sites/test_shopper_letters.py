"""Letters to shoppers on their cases: what others did, in the case's language, to the purchase's e-mail alone."""

from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from pytest_django import Settings

from fairground.aftersales.actions.answer_case import Answer, answer_case
from fairground.aftersales.actions.open_case import CaseAsked, open_case
from fairground.aftersales.actions.shopper_steps import write_message
from fairground.aftersales.models import Case
from fairground.aftersales.rules import CaseReason, CaseState, Who, Wish
from fairground.letters.models import Letter
from fairground.markets.models import Market
from fairground.orders.models import Order, OrderAddress
from fairground.sites.storefront.cases.letters import send_to_shoppers
from tests.cases import LATER, by, ship
from tests.fulfilment.withdrawing import Bought, buy

pytestmark = pytest.mark.usefixtures("lone_writer")


@pytest.fixture
def bought(settings: Settings) -> Bought:
    """A purchase with an e-mail, whose chairs have come; the shop has a mail server and an address."""
    settings.MAIL_LEAVES, settings.LINKS_ADDRESS = True, "https://shop.example"
    made = buy()
    ship(made.chairs)
    return made


def opened(
    bought: Bought, order_id: int, *, units: int = 1, reason: CaseReason = CaseReason.FAULTY, language: str = ""
) -> int:
    """Open a case about an order's only line, for money."""
    asked = CaseAsked(
        purchase_id=bought.placed.purchase_id,
        order_id=order_id,
        shopper_id=bought.shopper_id,
        units={1: units},
        reason=reason,
        wish=Wish.MONEY,
        seen=0,
        swaps={},
        text="A leg is loose.",
        language=language,
    )
    return open_case(asked=asked, now=LATER).case_id


def letters(now: datetime = LATER) -> list[EmailMessage]:
    """Send what is due to shoppers, and return it."""
    before = len(mail.outbox)
    send_to_shoppers(now=now)
    return mail.outbox[before:]


def test_an_answer_is_told_to_the_e_mail_of_the_purchase_and_what_was_written_stays_on_the_page(
    bought: Bought,
) -> None:
    case_id = opened(bought, bought.chairs)
    assert letters() == []  # what one did oneself is no news
    answer = Answer(accepted=True, seen=CaseState.OPENED, text="To Ana Olmo, Valencia.")
    answer_case(case_id=case_id, answer=answer, who=Who.MERCHANT, by=by())

    (letter,) = letters()

    number = f"{bought.placed.number}-1-1"
    text = str(letter.body)
    assert (letter.to, letter.subject) == (["Ana@example.org"], f"Your case {number}")
    assert "(UTC): Accepted" in text
    assert "There is a new message for you." in text
    assert "Valencia" not in text
    assert f"\nhttps://shop.example/purchases/{bought.placed.number}/cases/{case_id}\n" in text
    assert "It is broken or doesn't work" in text
    assert letters(LATER + timedelta(days=3)) == []


def test_money_that_goes_back_at_once_is_told_with_its_amount(bought: Bought) -> None:
    opened(bought, bought.lamps, reason=CaseReason.CHANGED_MIND)

    (letter,) = letters()

    assert "Money returned" in str(letter.body)
    assert "€5.00" in str(letter.body)


@pytest.mark.parametrize(
    ("opened_in", "bought_in", "words"),
    [
        ("es", "en", "roto"),
        ("", "es", "roto"),
        ("zh-hans", "en", "坏"),
        ("", "zh", "坏"),
        ("", "tlh", "слом"),
        ("tlh", "en", "слом"),
    ],
)
def test_the_letter_is_in_the_language_of_the_case_else_of_the_purchase_else_the_first_of_the_market(
    bought: Bought, opened_in: str, bought_in: str, words: str
) -> None:
    Market.objects.update(languages=["tlh", "ru", "en"])
    Order.objects.update(language=bought_in)
    case_id = opened(bought, bought.chairs, language=opened_in)
    write_message(case_id=case_id, who=Who.OPERATOR, text="Which of them?", by=by())

    (letter,) = letters()

    assert words in str(letter.body).lower()


def test_the_letter_on_a_case_that_knows_no_language_is_in_the_first_of_its_market(bought: Bought) -> None:
    Market.objects.update(languages=["es", "en"])
    case_id = opened(bought, bought.chairs)
    Case.objects.update(language="")
    write_message(case_id=case_id, who=Who.OPERATOR, text="Which of them?", by=by())

    (letter,) = letters()

    assert "roto" in str(letter.body).lower()


def test_who_was_erased_is_not_written_to(bought: Bought) -> None:
    case_id = opened(bought, bought.chairs)
    answer = Answer(accepted=False, seen=CaseState.OPENED, text="It was worn.")
    answer_case(case_id=case_id, answer=answer, who=Who.MERCHANT, by=by())
    OrderAddress.objects.all().delete()

    assert letters() == []

    assert Case.objects.get().state == CaseState.REFUSED.value
    assert {one.tells for one in Letter.objects.filter(reader=2)} == {1}
