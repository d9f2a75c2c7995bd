"""The thread that waits for payment providers: it looks after what stands still, and ends when it is told to."""

import threading

import pytest

from fairground.checkout.payment_tasks import attend_due_payments
from fairground.config import outside
from fairground.payments.life import PaymentEnd
from fairground.payments.models import Payment
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

    monkeypatch.setattr(outside, "attend_due_payments", attend)
    monkeypatch.setattr(outside, "EVERY_S", 0.01)

    thread = outside.start(stopping=stopping)
    assert booked.wait(60)
    stopping.set()
    thread.join(60)

    assert not thread.is_alive()
    assert till.read(payment).end is PaymentEnd.PAID_LATE
