"""The threads that wait for others outside: they do what stands still, hold up no chore, and end when told to."""

import threading
from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from fairground.checkout.payment_tasks import attend_due_payments
from fairground.config import outside
from fairground.config.background import CHORES
from fairground.config.rota import Chore
from fairground.letters.models import Letter
from fairground.merchants.contacts import ContactFacts, write_contact
from fairground.payments.life import PaymentEnd
from fairground.payments.models import Payment
from fairground.sites.merchant_desk.letters import send_to_merchants
from tests.factories import BY
from tests.fulfilment.withdrawing import buy, withdraw
from tests.mail_server import serving_mail
from tests.payments.paying import Till, make_till


@pytest.fixture
def till(writer: object) -> Till:
    return make_till()


def test_what_stands_still_is_taken_on_by_the_thread_which_ends_when_told(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = till.begin()
    till.ask(payment)
    till.provider.takes_at_once = True
    till.provider.shopper_agrees(payment.key.hex)
    Payment.objects.update(look_at=payment.begun_at)
    monkeypatch.setattr("fairground.checkout.payment_tasks.configured_providers", lambda: till.providers)
    stopping = threading.Event()
    booked = threading.Event()

    def attend() -> bool:
        more = attend_due_payments()
        booked.set()
        return more

    (thread,) = outside.start(stopping=stopping, threads={"payments": [Chore(attend, every_s=0.01)]})
    assert booked.wait(60)
    stopping.set()
    thread.join(60)

    assert not thread.is_alive()
    assert till.read(payment).end is PaymentEnd.PAID_LATE


def test_a_mail_server_that_never_answers_holds_up_no_chore_and_the_letters_leave_once_when_it_is_back(
    writer: object, settings: Settings
) -> None:
    bought = buy()
    for sku in (bought.chair, bought.lamp):
        write_contact(merchant_id=sku.merchant.id, facts=ContactFacts("service@olmo.example", "en"), by=BY)
    withdraw(bought.placed.number)
    stopping = threading.Event()
    with serving_mail() as server:
        server.use(settings, timeout_s=100)
        server.hangs = True
        (thread,) = outside.start(stopping=stopping, threads={"letters": outside.LETTERS})
        assert server.met.wait(60)

        for chore in CHORES:
            chore.do()

        assert server.connections == 1
        assert server.taken == []
        server.hangs = False
        stopping.set()
        server.let_go.set()
        thread.join(60)
        assert not thread.is_alive()
        for _ in range(2):
            assert send_to_merchants(now=datetime.now(UTC)) is False
        assert [to for to, _ in server.taken] == ["service@olmo.example"] * 2
        assert set(Letter.objects.values_list("tells", flat=True)) == {0}
