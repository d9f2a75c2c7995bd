"""Stripe: PaymentIntents that are captured by us, paid on Stripe's own page or with the one means that keys name.

Without that the shopper goes to a Checkout Session, Stripe's page, which asks for a card and its 3-D Secure step and
makes the PaymentIntent; so no card's number and no script of Stripe's comes to our pages. With it (a type such as
`paypal`, or in a sandbox a PaymentMethod `pm_…`) the PaymentIntent is made and confirmed at once, and says where the
shopper goes on.

Source: https://docs.stripe.com/payments/place-a-hold-on-a-payment-method,
https://docs.stripe.com/payments/3d-secure/authentication-flow, https://docs.stripe.com/webhooks,
https://docs.stripe.com/api/idempotent_requests, https://docs.stripe.com/api/errors.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar, cast

import msgspec
import stripe
from stripe.params import PaymentIntentCreateParams

from fairground.payments.providers.keys import StripeKeys
from fairground.payments.providers.provider import (
    Asked,
    At,
    Disputed,
    FileLine,
    Notice,
    ProviderRefused,
    ProviderUnreachable,
    Returned,
    Standing,
)
from fairground.payments.providers.stripe_amounts import amount_for_stripe
from fairground.payments.providers.stripe_asking import asking, read
from fairground.payments.providers.stripe_books import BalanceTransaction, book_lines
from fairground.payments.providers.stripe_disputes import Dispute, disputed_of
from fairground.payments.providers.stripe_http import StripeHttp
from fairground.payments.providers.stripe_notices import read_stripe_notice
from fairground.payments.providers.stripe_objects import (
    Intent,
    Page,
    Refund,
    Session,
    returned,
    standing_of_intent,
    standing_of_session,
)
from fairground.payments.providers.wire import Wire

# Once more under the same key: what didn't come back then is asked again later, when nobody waits.
RETRIES = 1
PAGE_LINES = 100
# Of payments asked for in a day and of refunds of one payment: a thousand.
PAGES_MAX = 10
# Of a day's books: a million lines.
BOOK_PAGES_MAX = 10_000
# A key without a ref is one whose asking was cut off, so it is new.
_LOOKED_BACK = timedelta(days=1)
_MISSING = "resource_missing"
_NOT_TAKEN = "not-taken"
_ID = re.compile(r"[A-Za-z0-9_]{1,255}")
_Item = TypeVar("_Item", Session, Intent, Refund, BalanceTransaction)


@dataclass(frozen=True, slots=True)
class _Found:
    standing: Standing
    intent_id: str


def _utc_now() -> datetime:
    return datetime.now(tz=UTC)


class Stripe:
    """The provider `stripe`; see `provider.Provider` for what each of its words promises."""

    code = "stripe"

    def __init__(
        self,
        keys: StripeKeys,
        *,
        wire: Wire | None = None,
        retries: int = RETRIES,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._keys = keys
        self._now = now
        self._client = stripe.StripeClient(
            keys.secret_key,
            base_addresses={"api": keys.base_url},
            max_network_retries=retries,
            http_client=StripeHttp(wire or Wire()),
        )

    def authorise(self, asked: Asked) -> Standing:
        """Ask for a payment and return how it stands; the same key again returns the same payment for a day.

        :raises ProviderRefused: it will never be: declined, or no amount that Stripe takes
        """
        amount = amount_for_stripe(asked.amount_minor, asked.currency)
        try:
            return self._confirm(asked, amount) if self._keys.means else self._open(asked, amount)
        except ProviderRefused as refused:
            # Asked before in other words, as another way back: it is the same payment if it is the same money.
            found = self._newest_by_key(asked.key) if refused.facts["reason"] == "IdempotencyError" else None
            if found is None or (found.amount_minor, found.currency) != (asked.amount_minor, asked.currency):
                raise
            return found

    def _open(self, asked: Asked, amount: int) -> Standing:
        with asking():
            session = self._client.v1.checkout.sessions.create(
                params={
                    "mode": "payment",
                    # Else Stripe may ask in a currency that it chooses.
                    "adaptive_pricing": {"enabled": False},
                    "client_reference_id": asked.key,
                    "line_items": [
                        {
                            "quantity": 1,
                            "price_data": {
                                "currency": asked.currency.lower(),
                                "unit_amount": amount,
                                "product_data": {"name": asked.description},
                            },
                        }
                    ],
                    "payment_intent_data": {
                        "capture_method": "manual",
                        "description": asked.description,
                        "metadata": {"key": asked.key},
                    },
                    "success_url": asked.return_url,
                    "cancel_url": asked.return_url,
                    "expand": ["payment_intent"],
                },
                options={"idempotency_key": f"{asked.key}:authorise"},
            )
            return standing_of_session(read(session, Session))

    def _confirm(self, asked: Asked, amount: int) -> Standing:
        params: PaymentIntentCreateParams = {
            "amount": amount,
            "currency": asked.currency.lower(),
            "capture_method": "manual",
            "confirm": True,
            "description": asked.description,
            "metadata": {"key": asked.key},
            "return_url": asked.return_url,
        }
        means = self._keys.means
        if means.startswith("pm_"):
            params["payment_method"] = means
        else:
            # Which there are is Stripe's to know: another word is refused there.
            params["payment_method_data"] = {"type": cast(Any, means)}
        with asking():
            made = self._client.v1.payment_intents.create(
                params=params, options={"idempotency_key": f"{asked.key}:authorise"}
            )
            return standing_of_intent(read(made, Intent))

    def look(self, *, key: str, ref: str) -> Standing | None:
        """Return how a payment stands; None: it never came.

        By `key` alone it goes through what was asked in the last day, newest first.
        """
        try:
            return self._find(ref).standing if ref else self._newest_by_key(key)
        except ProviderRefused as refused:
            if refused.facts["reason"] == _MISSING:
                return None
            raise ProviderUnreachable(**refused.facts) from None

    def _find(self, ref: str) -> _Found:
        if not _ID.fullmatch(ref):
            raise ProviderRefused(provider=self.code, reason=_MISSING)
        with asking():
            if _is_session(ref):
                made = self._client.v1.checkout.sessions.retrieve(ref, params={"expand": ["payment_intent"]})
                session = read(made, Session)
                return _Found(standing_of_session(session), session.payment_intent.id if session.payment_intent else "")
            intent = read(self._client.v1.payment_intents.retrieve(ref), Intent)
            return _Found(standing_of_intent(intent), intent.id)

    def _newest_by_key(self, key: str) -> Standing | None:
        since = {"gte": int((self._now() - _LOOKED_BACK).timestamp())}
        expanded = ["data.payment_intent"]
        for session in self._listed("checkout/sessions", Session, {"created": since, "expand": expanded}):
            if session.client_reference_id == key:
                return standing_of_session(session)
        for intent in self._listed("payment_intents", Intent, {"created": since}):
            if intent.metadata.get("key") == key:
                return standing_of_intent(intent)
        return None

    def _listed(
        self, what: str, kind: type[_Item], params: dict[str, Any], *, pages_max: int = PAGES_MAX
    ) -> Iterator[_Item]:
        """Yield what Stripe lists, newest first, page after page."""
        after: dict[str, str] = {}
        for _ in range(pages_max):
            with asking():
                answer = self._client.raw_request("get", f"/v1/{what}", limit=PAGE_LINES, **params, **after)
                page = msgspec.convert(answer.data, Page)
                lines = [msgspec.convert(line, kind) for line in page.data]
            yield from lines
            if not page.has_more or not lines:
                return
            after = {"starting_after": lines[-1].id}
        # Not all was seen, so nobody can say what is not there.
        raise ProviderUnreachable(provider=self.code, reason="too-many")

    def capture(self, *, key: str, ref: str, amount_minor: int, currency: str) -> Standing:
        """Take what is authorised; one that is captured already, or still waits for the shopper, returns as it stands.

        It goes without an idempotency key: Stripe takes a promise once, but would repeat a failure of its own for a
        day under the same key.

        :raises ProviderRefused: the promise is over
        """
        amount = amount_for_stripe(amount_minor, currency)
        found = self._find(ref)
        if found.standing.currency != currency:
            raise ProviderRefused(provider=self.code, reason="currency")
        if found.standing.at is At.AUTHORISED:
            try:
                with asking():
                    intent = self._client.v1.payment_intents.capture(
                        found.intent_id, params={"amount_to_capture": amount}
                    )
                    return replace(standing_of_intent(read(intent, Intent)), ref=ref)
            except ProviderRefused:
                # It moved meanwhile, or will not be: how it stands now is the answer, if it is one.
                found = self._find(ref)
                if found.standing.at is At.AUTHORISED:
                    raise
        if found.standing.at in (At.VOIDED, At.FAILED):
            raise ProviderRefused(provider=self.code, reason=found.standing.at.name.lower())
        return found.standing

    def void(self, *, key: str, ref: str) -> Standing:
        """Give up a payment that was not taken, and return how it stands: CAPTURED where that was faster.

        :raises ProviderRefused: Stripe knows none
        """
        found = self._find(ref)
        if found.standing.at in (At.CAPTURED, At.VOIDED):
            return found.standing
        try:
            with asking():
                if _is_session(ref) and found.standing.at is At.WAITING:
                    self._client.v1.checkout.sessions.expire(ref)
                else:
                    self._client.v1.payment_intents.cancel(found.intent_id)
        except ProviderRefused:
            # It moved meanwhile: how it stands now is the answer, if it is one.
            found = self._find(ref)
            if found.standing.at in (At.CAPTURED, At.VOIDED):
                return found.standing
            raise ProviderUnreachable(provider=self.code, reason="moving") from None
        return self._find(ref).standing

    def refund(self, *, refund_key: str, ref: str, amount_minor: int, currency: str) -> Returned:
        """Give back so much of what was taken; the same refund key again returns the same refund, for good.

        Stripe forgets idempotency keys after a day, so what was refunded of this payment is looked through first. It
        is told no currency, so that is compared here.

        :raises ProviderRefused: it will never be, such as more than was taken
        """
        amount = amount_for_stripe(amount_minor, currency)
        found = self._find(ref)
        if found.standing.at is not At.CAPTURED or found.standing.currency != currency:
            raise ProviderRefused(provider=self.code, reason=_NOT_TAKEN)
        for refund in self._listed("refunds", Refund, {"payment_intent": found.intent_id}):
            if refund.metadata.get("key") == refund_key:
                return returned(refund)
        with asking():
            made = self._client.v1.refunds.create(
                params={"payment_intent": found.intent_id, "amount": amount, "metadata": {"key": refund_key}},
                options={"idempotency_key": f"{refund_key}:refund"},
            )
            return returned(read(made, Refund))

    def read_notice(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice | None:
        """Return what a notice is about, None where it is about nothing of ours.

        :raises NoticeForged: it is not from Stripe, or was sent more than five minutes ago
        """
        return read_stripe_notice(secrets=self._keys.webhook_secrets, headers=headers, body=body, now=now)

    def notice_taken(self, *, headers: Mapping[str, str], now: datetime) -> tuple[bytes, Mapping[str, str]]:
        """Return nothing: that it was taken (200) is enough for Stripe."""
        return b"", {}

    def dispute(self, *, ref: str) -> Disputed | None:
        """Return how a dispute stands, with what it moved; None: Stripe knows none."""
        if not _ID.fullmatch(ref):
            return None
        try:
            with asking():
                dispute = read(self._client.v1.disputes.retrieve(ref), Dispute)
                intent_id = dispute.payment_intent or ""
                intent = read(self._client.v1.payment_intents.retrieve(intent_id), Intent) if intent_id else None
        except ProviderRefused as refused:
            if refused.facts["reason"] == _MISSING:
                return None
            raise ProviderUnreachable(**refused.facts) from None
        return disputed_of(dispute, key=intent.metadata.get("key", "") if intent else "")

    def file_of(self, *, day: date) -> Iterator[FileLine]:
        """Yield what moved on a day of UTC, by Stripe's balance transactions."""
        starts = datetime.combine(day, time(), tzinfo=UTC)
        between = {"gte": int(starts.timestamp()), "lt": int((starts + timedelta(days=1)).timestamp())}
        listed = self._listed(
            "balance_transactions", BalanceTransaction, {"created": between, "expand": ["data.source"]}
        )
        for transaction in listed:
            yield from book_lines(transaction)


def _is_session(ref: str) -> bool:
    return ref.startswith("cs_")
