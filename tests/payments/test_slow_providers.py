"""Providers that take long to answer: what they say is booked when they said it, not when they were asked."""

import pytest

from fairground.checkout.actions.attend_payments import attend_payment
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.checkout.actions.return_payments import attend_refund
from fairground.kernel.clock import from_unix_ms
from fairground.orders.rules import RefundReason, Step
from fairground.payments.life import PaymentState
from fairground.payments.models import PaymentRefund
from fairground.payments.providers.provider import Returned, Standing
from tests.factories import BY, NOW_MS
from tests.payments.local_provider import LocalProvider
from tests.payments.paying import MINUTE_MS, Till, make_till

SLOW_MS = 15 * MINUTE_MS


class SlowProvider(LocalProvider):
    """A provider that answers a quarter of an hour after it was asked."""

    now_ms: int = NOW_MS

    def clock_ms(self) -> int:
        return self.now_ms

    def look(self, *, key: str, ref: str) -> Standing | None:
        self.now_ms += SLOW_MS
        return super().look(key=key, ref=ref)

    def refund(self, *, refund_key: str, ref: str, amount_minor: int, currency: str) -> Returned:
        self.now_ms += SLOW_MS
        return super().refund(refund_key=refund_key, ref=ref, amount_minor=amount_minor, currency=currency)


@pytest.fixture
def slow(two_writers: None) -> tuple[Till, SlowProvider]:
    made = make_till()
    provider = SlowProvider()
    return Till(made.sku, made.shopper_id, made.placed, provider), provider


def test_what_was_taken_and_what_went_back_is_booked_when_the_provider_said_so(slow: tuple[Till, SlowProvider]) -> None:
    till, provider = slow
    payment = till.begin()
    till.ask(payment)
    provider.takes_at_once = True
    provider.shopper_agrees(payment.key.hex)

    attend_payment(key=payment.key, providers=till.providers, clock_ms=provider.clock_ms)
    refund_lines(units={(till.placed.orders[0].order_id, 1): 1}, reason=RefundReason.FAULTY, by=BY)
    back = PaymentRefund.objects.get()
    attend_refund(refund_id=back.id, providers=till.providers, clock_ms=provider.clock_ms)

    taken = till.read(payment)
    assert (taken.state, till.step()) == (PaymentState.TAKEN, Step.PAID)
    assert taken.ended_at == from_unix_ms(NOW_MS + SLOW_MS)
    assert PaymentRefund.objects.get().ended_at == from_unix_ms(NOW_MS + 2 * SLOW_MS)
