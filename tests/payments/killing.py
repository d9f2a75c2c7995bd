"""Processes that die while a provider is asked, and the background that finds what they left standing."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from fairground.checkout.actions import attend_payments
from fairground.checkout.actions.attend_payments import attend_payment
from fairground.checkout.actions.book_payments import book_answer
from fairground.checkout.actions.end_purchases import expire_purchases
from fairground.checkout.actions.return_payments import attend_refund
from fairground.kernel.clock import from_unix_ms
from fairground.ledger.queries import accounts_that_disagree
from fairground.payments.models import Payment, PaymentRefund
from fairground.payments.reading import payments_due, refunds_due
from tests.factories import NOW_MS
from tests.payments.paying import MINUTE_MS, Till, stopped_at


class Killed(BaseException):
    """The process is gone: nothing of it runs any more."""


@contextmanager
def killed_at(monkeypatch: pytest.MonkeyPatch, *, call: int, after: bool) -> Iterator[None]:
    """Die in the `call`-th writing of an answer: before its transaction, or once it is committed."""
    count = 0

    def book(**arguments: object) -> object:
        nonlocal count
        count += 1
        if count == call and not after:
            raise Killed
        booked = book_answer(**arguments)  # type: ignore[arg-type]
        if count == call:
            raise Killed
        return booked

    with monkeypatch.context() as patch:
        patch.setattr(attend_payments, "book_answer", book)
        yield


def do_chores(till: Till, *, from_ms: int = NOW_MS) -> None:
    """Do what the background does, at the moments at which it is due, until nothing is due for an hour."""
    for minute in range(0, 90, 3):
        now_ms = from_ms + minute * MINUTE_MS
        expire_purchases(now_ms=now_ms)
        for key in payments_due(now=from_unix_ms(now_ms), payments_max=100):
            attend_payment(key=key, providers=till.providers, clock_ms=stopped_at(now_ms))
        for refund_id in refunds_due(now=from_unix_ms(now_ms), refunds_max=100):
            attend_refund(refund_id=refund_id, providers=till.providers, clock_ms=stopped_at(now_ms))
    assert not Payment.objects.filter(look_at__isnull=False).exists()
    assert not PaymentRefund.objects.filter(look_at__isnull=False).exists()


def assert_money_is_in_one_place(till: Till, *, given_minor: int = 500) -> None:
    """What the provider kept is in its account, and with what was given to the wallet in wallet and escrow."""
    money = till.money()
    assert money["clearing"] == till.provider.kept_minor()
    assert money["wallet"] + money["escrow"] == given_minor + money["clearing"]
    assert till.available_minor() == money["wallet"]
    assert accounts_that_disagree() == []
