"""Withdrawing as HTTP: two steps without signing in, one answer for everybody, and a letter."""

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from smtplib import SMTPException
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from pytest_django import Settings

from fairground.checkout.actions.withdraw_orders import match_withdrawals
from fairground.fulfilment.models import PostedWithdrawal, Withdrawal
from fairground.fulfilment.rules import WithdrawalEnd
from fairground.letters.rules import TELLS_MAX
from fairground.markets.models import Market
from fairground.orders.models import OrderAddress
from fairground.orders.rules import Step
from fairground.sites.moment import forget_everything
from fairground.sites.storefront.withdrawal.letters import acknowledge_withdrawals
from fairground.sites.storefront.withdrawal.tries import TRIES_AN_HOUR_MAX
from tests.books import hot_rows
from tests.fulfilment.withdrawing import Bought, buy, outcomes, state_of
from tests.people_making import now_ms

pytestmark = pytest.mark.usefixtures("lone_writer")
NOWHERE = "0" * 20


@pytest.fixture
def bought(settings: Settings) -> Bought:
    settings.MAIL_LEAVES = True
    return buy()


def fields(asked: str, **more: str) -> dict[str, str]:
    return {"number": asked, "email": "ana@example.org", "name": "Ana", "statement": "", **more}


def confirm(number: str, client: Client | None = None, **more: Any) -> Any:
    """Press the second button."""
    return (client or Client()).post("/withdraw/confirm", fields(number, **more))


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def tell(*, later: timedelta = timedelta()) -> list[EmailMessage]:
    """Match what was sent, send what is due, and return the letters of it."""
    before = len(mail.outbox)
    match_withdrawals(now_ms=now_ms())
    acknowledge_withdrawals(now=datetime.now(UTC) + later)
    return mail.outbox[before:]


def test_every_page_of_a_market_with_the_right_leads_there_and_no_other(bought: Bought) -> None:
    for path in ("/", "/search", "/cart", "/purchases", "/withdraw", "/withdraw/sent"):
        assert 'href="/withdraw">Withdraw from contract here</a>' in Client().get(path).content.decode(), path
    Market.objects.update(withdrawal_days=0)
    forget_everything()

    assert "Withdraw from contract here" not in Client().get("/search").content.decode()


def test_it_is_withdrawn_from_in_two_steps_and_the_letter_says_when(bought: Bought) -> None:
    client = Client()
    number = bought.placed.number
    assert "Withdraw from a contract" in text_of(client.get(f"/withdraw?number={number}"))

    second = client.post("/withdraw", fields(number))

    assert second.status_code == 200
    assert PostedWithdrawal.objects.count() == 0
    assert ">Confirm withdrawal</button>" in second.content.decode()
    assert "Number " + number + " E-mail ana@example.org Name Ana What of it All of it" in text_of(second)
    answer = confirm(number, client)
    assert (answer.status_code, answer["Location"]) == (303, "/withdraw/sent")
    (letter,) = tell()
    assert letter.to == ["Ana@example.org"]
    assert letter.subject == f"Your withdrawal from purchase {number}"
    declared = Withdrawal.objects.first()
    assert declared is not None
    day = declared.declared_at
    assert f"Received: {day:%A, %B} {day.day}, {day.year}, {day:%H:%M} (UTC)" in letter.body
    assert "Name: Ana\n" in letter.body
    assert f"Order {number}-1\n  2 \N{MULTIPLICATION SIGN} Oak chair\nYou withdrew on " in letter.body
    assert "Nothing had left: what you paid is back." in letter.body
    assert set(outcomes().values()) == {WithdrawalEnd.CANCELLED}
    assert state_of(bought.chairs) is Step.CANCELLED
    assert tell() == []


@pytest.mark.parametrize("statement", ["", "One chair of two"])
def test_the_answer_is_the_same_to_the_byte_whether_or_not_anything_matches(bought: Bought, statement: str) -> None:
    answers = []
    for number, email in (
        (bought.placed.number, "ana@example.org"),
        (bought.placed.number, "eve@example.org"),
        (NOWHERE, "ana@example.org"),
    ):
        client = Client()
        answer = confirm(number, client, email=email, statement=statement)
        page = client.get(answer["Location"])
        # The page's clock alone is another one in each moment.
        shown = re.sub(rb'data-now="\d+"', b"", page.content)
        answers.append((answer.status_code, answer["Location"], answer.content, page.status_code, shown))
        assert answer.cookies.output() == ""

    assert answers[0] == answers[1] == answers[2]


def test_the_pages_write_and_read_the_same_whether_or_not_anything_matches(
    bought: Bought, django_assert_num_queries: Any
) -> None:
    confirm(NOWHERE)
    with django_assert_num_queries(count_of(NOWHERE.replace("0", "1", 1))):
        confirm(bought.placed.number)


def count_of(number: str) -> int:
    """Return how many statements a number takes that there is not."""
    with CaptureQueriesContext(connection) as captured:
        confirm(number)
    return len(captured)


def test_no_page_shows_what_was_bought_or_by_whom(bought: Bought) -> None:
    client = Client()
    pages = [
        client.get(f"/withdraw?number={bought.placed.number}"),
        client.post("/withdraw", fields(bought.placed.number)),
        confirm(bought.placed.number, client),
        client.get("/withdraw/sent"),
    ]

    for page in pages:
        for secret in ("Oak chair", "Hauptstr", "Ana@example.org", "25.00", str(bought.shopper_id)):
            assert secret not in page.content.decode()


def test_the_sixth_try_for_a_number_is_said_not_to_be_taken_and_has_no_effect(bought: Bought) -> None:
    for at in range(TRIES_AN_HOUR_MAX):
        confirm(bought.placed.number, Client(REMOTE_ADDR=f"198.51.100.{at}"), email="eve@example.org")
    spelt = bought.placed.number.lower()

    answer = confirm(f"{spelt[:5]}-{spelt[5:]}", Client(REMOTE_ADDR="198.51.100.99"))

    assert answer.status_code == 429
    assert "It was not taken: this was sent too often within an hour" in text_of(answer)
    assert PostedWithdrawal.objects.count() == TRIES_AN_HOUR_MAX


def test_what_is_said_of_too_many_tries_is_the_same_to_the_byte_whether_or_not_anything_matches(bought: Bought) -> None:
    answers = []
    for number in (bought.placed.number, NOWHERE):
        for at in range(TRIES_AN_HOUR_MAX):
            confirm(number, Client(REMOTE_ADDR=f"198.51.100.{at}"), email="eve@example.org")
        answer = confirm(number, Client(REMOTE_ADDR="198.51.100.99"))
        said = re.sub(rb'data-now="\d+"', b"", answer.content).replace(number.encode(), b"")
        answers.append((answer.status_code, said, answer.cookies.output()))

    assert answers[0] == answers[1]
    assert answers[0][0] == 429


@pytest.mark.parametrize("address", ["198.51.100.7", "2001:db8:1:2::{at}"])
def test_the_sixth_try_from_an_address_or_its_network_is_said_not_to_be_taken_and_has_no_effect(
    bought: Bought, address: str
) -> None:
    for at in range(TRIES_AN_HOUR_MAX):
        confirm(f"{at + 1:020d}", Client(REMOTE_ADDR=address.format(at=at)))

    answer = confirm(bought.placed.number, Client(REMOTE_ADDR=address.format(at="ffff")))

    assert answer.status_code == 429
    assert PostedWithdrawal.objects.filter(number=bought.placed.number).count() == 0
    confirm(bought.placed.number, Client(REMOTE_ADDR="203.0.113.1"))
    assert PostedWithdrawal.objects.filter(number=bought.placed.number).count() == 1


def test_the_confirmation_sent_again_has_one_effect_and_one_letter(bought: Bought) -> None:
    for _ in range(3):
        confirm(bought.placed.number)
    assert len(tell()) == 1
    before = hot_rows()

    confirm(bought.placed.number)

    assert tell() == []
    assert hot_rows() == before


def test_another_sites_form_is_refused(bought: Bought) -> None:
    for path in ("/withdraw", "/withdraw/confirm"):
        answer = Client().post(path, fields(bought.placed.number), headers={"sec-fetch-site": "cross-site"})
        assert answer.status_code == 403
    assert Client().get("/withdraw/confirm").status_code == 405
    assert PostedWithdrawal.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("number", "12", "A number has 20 letters and digits"),
        ("number", "", "A number has 20 letters and digits"),
        ("number", "9" * 400, "A number has 20 letters and digits"),
        ("email", "ana", "Enter an address such as ana@example.org."),
        ("email", "ana@example.org\r\nBcc: eve@example.org", "Enter an address such as ana@example.org."),
        ("email", "ana@example.org,eve@example.org", "Enter an address such as ana@example.org."),
        ("name", "x" * 121, "This name is too long"),
        ("name", "Ana\x07", "This name is too long"),
        ("statement", "x" * 1_001, "Say it in at most 1000 letters."),
    ],
)
def test_what_is_written_wrongly_is_told_on_both_pages_and_nothing_is_sent(
    bought: Bought, field: str, value: str, words: str
) -> None:
    for path in ("/withdraw", "/withdraw/confirm"):
        page = Client().post(path, fields(bought.placed.number, **{field: value}))
        assert page.status_code == 200
        assert words in text_of(page)
    assert PostedWithdrawal.objects.count() == 0


def test_what_was_typed_is_kept_when_it_is_changed_and_shown_as_text(bought: Bought) -> None:
    typed = fields(bought.placed.number, statement="<script>alert(1)</script>")

    page = Client().post("/withdraw", {**typed, "change": "1"}).content.decode()
    second = Client().post("/withdraw", typed).content.decode()

    assert "<script>alert(1)" not in page + second
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert ">Continue</button>" in page


def test_a_letter_that_was_not_taken_is_sent_later_and_one_without_an_address_never_stops_the_others(
    bought: Bought, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = buy(address=b'{"name":"Bo","country":"DE","lines":["x"],"email":"bo@example.org"}')
    confirm(bought.placed.number)
    confirm(other.placed.number, email="bo@example.org")
    match_withdrawals(now_ms=now_ms())
    OrderAddress.objects.filter(order_id__in=[other.chairs, other.lamps]).update(
        address={"email": "bo@example.org\nBcc: eve@example.org"}
    )

    def refuse(_: EmailMessage) -> int:
        raise SMTPException

    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", refuse)
        assert tell() == []
    assert tell() == []

    (letter,) = tell(later=timedelta(minutes=3))
    assert letter.to == ["Ana@example.org"]
    assert Withdrawal.objects.filter(told_at__isnull=True, tells=2).count() == 2
    Withdrawal.objects.filter(told_at__isnull=True).update(tells=TELLS_MAX)
    assert tell(later=timedelta(days=9)) == []


def test_who_is_stopped_between_the_letter_and_its_mark_sends_it_again_and_loses_nothing(
    bought: Bought, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirm(bought.placed.number)

    def killed(order_ids: Collection[int], *, at: datetime) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("fairground.sites.storefront.withdrawal.letters.mark_acknowledged", killed)
        with pytest.raises(KeyboardInterrupt):
            tell()

    assert len(mail.outbox) == 1
    assert len(tell()) == 1
    assert tell() == []


def test_the_letter_is_in_the_language_of_who_sent_it(bought: Bought) -> None:
    with translation.override("en"):
        Client().post("/withdraw/confirm?lang=es", fields(bought.placed.number))

    assert PostedWithdrawal.objects.get().language == "es"
    assert len(tell()) == 1
