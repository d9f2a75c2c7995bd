"""Asking providers about payments, outside of any transaction, and writing what they answer, until nothing moves."""

import logging
from collections.abc import Callable, Mapping
from uuid import UUID

from django.db.models import F

from fairground.checkout.actions.book_payments import book_answer
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import lane_of
from fairground.payments.life import PaymentState, is_sound, next_look_ms
from fairground.payments.models import Payment
from fairground.payments.providers.provider import (
    Asked,
    At,
    Provider,
    ProviderRefused,
    ProviderUnreachable,
    Standing,
)
from fairground.payments.reading import PaymentFacts, payment_by_id, payment_of_key

logger = logging.getLogger(__name__)

# Asked, authorised, captured: what is authorised too late is given up instead. One more where two are at it.
STEPS_MAX = 4


def ask_provider(
    *,
    payment_id: int,
    providers: Mapping[str, Provider],
    description: str,
    return_url: str,
    clock_ms: Callable[[], int],
) -> PaymentFacts:
    """Ask a provider for a payment that was written down, go on with it as far as it goes, and return it.

    Asked again, it is the same payment there. Where it waits, `redirect_url` is where the shopper goes on. A provider
    may take long: what it answered is booked at the moment that `clock_ms` tells then.

    :raises ProviderUnreachable: nobody knows yet; it is looked after in the background
    """
    payment = payment_by_id(payment_id=payment_id)
    provider = providers.get(payment.provider)
    if provider is None:
        raise ProviderUnreachable(provider=payment.provider)
    if payment.state is PaymentState.ASKING:
        asked = Asked(payment.key.hex, payment.amount_minor, payment.currency, description, return_url)
        try:
            standing = provider.authorise(asked)
        except ProviderRefused:
            standing = _failed(payment)
        _require_sound(standing)
        payment = book_answer(payment=payment, standing=standing, now_ms=clock_ms())
    return _go_on(payment, provider, clock_ms)


def attend_payment(*, key: UUID, providers: Mapping[str, Provider], clock_ms: Callable[[], int]) -> PaymentFacts | None:
    """Look how a payment stands at its provider, and go on with it as far as it goes; None: there is none of this key.

    Whatever told us to look is believed nothing: a notice, somebody who came back, or time that passed. Each answer is
    booked at the moment that `clock_ms` tells after it.
    """
    payment = payment_of_key(key=key)
    if payment is None or payment.state is PaymentState.TAKEN:
        return payment
    provider = providers.get(payment.provider)
    if provider is None:
        _put_off(payment, clock_ms())
        return payment
    try:
        return _go_on(payment, provider, clock_ms, look=True)
    except (ProviderUnreachable, ProviderRefused):
        _put_off(payment, clock_ms())
        return payment_by_id(payment_id=payment.id)


def put_off_payment(*, key: UUID, now_ms: int) -> None:
    """Let a payment be due later, before it is attended: so what kills its process is not tried again at once."""
    payment = payment_of_key(key=key)
    if payment is not None:
        _put_off(payment, now_ms)


def _go_on(
    payment: PaymentFacts, provider: Provider, clock_ms: Callable[[], int], *, look: bool = False
) -> PaymentFacts:
    for _ in range(STEPS_MAX):
        if not look and payment.state not in {PaymentState.CAPTURING, PaymentState.VOIDING}:
            return payment
        if payment.state is PaymentState.TAKEN:
            return payment
        look = False
        standing = _ask(payment, provider)
        if standing is not None:
            _require_sound(standing)
        after = book_answer(payment=payment, standing=standing, now_ms=clock_ms())
        if after.state is payment.state:
            return after
        payment = after
    return payment


def _ask(payment: PaymentFacts, provider: Provider) -> Standing | None:
    """Ask for what the payment's state wants: to take it, to give it up, or how it stands."""
    key, ref = payment.key.hex, payment.ref
    try:
        if payment.state is PaymentState.CAPTURING:
            return provider.capture(key=key, ref=ref, amount_minor=payment.amount_minor, currency=payment.currency)
        if payment.state is PaymentState.VOIDING and ref:
            return provider.void(key=key, ref=ref)
        standing = provider.look(key=key, ref=ref)
        if (
            payment.state is PaymentState.VOIDING
            and standing is not None
            and standing.at in {At.WAITING, At.AUTHORISED}
        ):
            return provider.void(key=key, ref=standing.ref)
    except ProviderRefused:
        # Its no is about what we asked: how the payment stands is another question.
        standing = provider.look(key=key, ref=ref)
        if payment.state is PaymentState.CAPTURING and standing is not None and standing.at is not At.CAPTURED:
            return _failed(payment)
    return standing


def _failed(payment: PaymentFacts) -> Standing:
    return Standing(payment.ref, At.FAILED, payment.amount_minor, payment.currency, reason="refused")


def _require_sound(standing: Standing) -> None:
    if standing.at in {At.CAPTURED, At.AUTHORISED} and not is_sound(standing):
        logger.error("a provider says of %s what can't be true", standing.ref)
        raise ProviderUnreachable(ref=standing.ref)


def _put_off(payment: PaymentFacts, now_ms: int) -> None:
    still = Payment.objects.filter(pk=(lane_of(payment.id), payment.id), state=payment.state.value)
    again = from_unix_ms(next_look_ms(now_ms=now_ms, tries=payment.tries))
    still.update(look_at=None if payment.state is PaymentState.TAKEN else again)
    still.filter(tries__lt=100).update(tries=F("tries") + 1)
