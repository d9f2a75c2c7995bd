"""What of Stripe's objects is read, and where a payment stands by them.

Source: https://docs.stripe.com/api/payment_intents/object, https://docs.stripe.com/api/checkout/sessions/object,
https://docs.stripe.com/payments/paymentintents/lifecycle.
"""

from dataclasses import replace
from typing import Annotated, Any

from msgspec import Meta, Raw, Struct, field

from fairground.payments.providers.addresses import is_safe_address
from fairground.payments.providers.provider import At, ProviderUnreachable, Returned, Standing
from fairground.payments.providers.stripe_amounts import amount_from_stripe

Id = Annotated[str, Meta(min_length=1, max_length=255)]
Amount = Annotated[int, Meta(ge=0, le=10**15)]
Currency = Annotated[str, Meta(pattern="^[A-Za-z]{3}$")]


class Redirect(Struct, frozen=True):
    """Where the shopper goes on."""

    url: str


class NextAction(Struct, frozen=True):
    """What the shopper has to do."""

    type: str
    redirect_to_url: Redirect | None = None


class Declined(Struct, frozen=True):
    """Why the last try failed."""

    code: str | None = None
    decline_code: str | None = None


class Intent(Struct, frozen=True):
    """A PaymentIntent."""

    id: Id
    status: str
    amount: Amount
    currency: Currency
    amount_capturable: Amount = 0
    amount_received: Amount = 0
    metadata: dict[str, str] = field(default_factory=dict)
    next_action: NextAction | None = None
    last_payment_error: Declined | None = None


class Session(Struct, frozen=True):
    """A Checkout Session, asked for with its PaymentIntent; the intent is there once somebody has tried to pay."""

    id: Id
    status: str
    amount_total: Amount
    currency: Currency
    client_reference_id: str | None = None
    url: str | None = None
    payment_intent: Intent | None = None


class Refund(Struct, frozen=True):
    """A refund."""

    id: Id
    amount: Amount
    currency: Currency
    status: str
    payment_intent: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)


class Page(Struct, frozen=True):
    """Part of a list, newest first, each line still to be read."""

    data: list[dict[str, Any]]
    has_more: bool


class EventData(Struct, frozen=True):
    """What an event is about, not yet read."""

    object: Raw


class Event(Struct, frozen=True):
    """A notice."""

    id: Id
    type: str
    data: EventData


class Told(Struct, frozen=True):
    """What of an event's object is believed: which one it is. How it stands is asked for."""

    object: str
    id: Id
    client_reference_id: str | None = None
    payment_intent: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)


_REFUND_STATUSES = frozenset({"pending", "requires_action", "succeeded", "failed", "canceled"})
_STANDS_AT = {
    "requires_confirmation": At.WAITING,
    "requires_action": At.WAITING,
    "processing": At.WAITING,
    "requires_capture": At.AUTHORISED,
    "succeeded": At.CAPTURED,
    "canceled": At.VOIDED,
}


def standing_of_intent(intent: Intent) -> Standing:
    """Return how a payment stands by its PaymentIntent.

    One whose means was declined is over: nobody but us could try another, and we ask under another key.

    :raises ProviderUnreachable: it makes no sense
    """
    currency = intent.currency.upper()
    at = _STANDS_AT.get(intent.status)
    error = intent.last_payment_error
    if intent.status == "requires_payment_method":
        at = At.WAITING if error is None else At.FAILED
    if at is None:
        raise ProviderUnreachable(provider="stripe", reason="status")
    amount = {At.AUTHORISED: intent.amount_capturable, At.CAPTURED: intent.amount_received}.get(at, intent.amount)
    return Standing(
        ref=intent.id,
        at=at,
        amount_minor=amount_from_stripe(amount, currency),
        currency=currency,
        redirect_url=_redirect(intent) if at is At.WAITING else "",
        reason=(error.decline_code or error.code or "") if error and at is At.FAILED else "",
    )


def standing_of_session(session: Session) -> Standing:
    """Return how a payment stands by its session: while it is open, the shopper may try as often as there is time.

    :raises ProviderUnreachable: it makes no sense
    """
    if session.status == "complete" and session.payment_intent:
        return replace(standing_of_intent(session.payment_intent), ref=session.id)
    at = {"open": At.WAITING, "expired": At.VOIDED}.get(session.status)
    if at is None:
        raise ProviderUnreachable(provider="stripe", reason="status")
    currency = session.currency.upper()
    return Standing(
        ref=session.id,
        at=at,
        amount_minor=amount_from_stripe(session.amount_total, currency),
        currency=currency,
        redirect_url=_safe(session.url or "") if at is At.WAITING else "",
    )


def returned(refund: Refund) -> Returned:
    """Return how a refund stands.

    :raises ProviderUnreachable: it makes no sense
    """
    if refund.status not in _REFUND_STATUSES:
        raise ProviderUnreachable(provider="stripe", reason="status")
    currency = refund.currency.upper()
    return Returned(
        ref=refund.id,
        amount_minor=amount_from_stripe(refund.amount, currency),
        currency=currency,
        done=refund.status == "succeeded",
        failed=refund.status in ("failed", "canceled"),
    )


def _redirect(intent: Intent) -> str:
    action = intent.next_action
    return _safe(action.redirect_to_url.url) if action and action.redirect_to_url else ""


def _safe(url: str) -> str:
    if url and not is_safe_address(url):
        raise ProviderUnreachable(provider="stripe", reason="redirect")
    return url
