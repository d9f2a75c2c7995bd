"""Stripe's webhooks: whose signature is true, and what they are about.

Source: https://docs.stripe.com/webhooks#verify-manually, https://docs.stripe.com/api/events/types.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
import stripe

from fairground.payments.providers.provider import Notice, NoticeForged
from fairground.payments.providers.stripe_objects import Event, Told

# The library's own tolerance, here also for what comes from the future.
TOLERANCE_S = 300
_SIGNATURE = re.compile(r"t=([0-9]{1,12})(?:,v[0-9]{1,2}=[0-9a-f]{1,128}){1,10}")


def read_stripe_notice(
    *, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime
) -> Notice | None:
    """Return what a webhook is about, None where it is about nothing of ours. `headers` in small letters.

    :raises NoticeForged: it is not from Stripe, or was sent more than five minutes ago
    """
    header = headers.get("stripe-signature", "")
    # The library takes the first `t` it finds, however it is written: it is shown headers with one alone.
    found = _SIGNATURE.fullmatch(header)
    if not found or abs(int(found[1]) - now.timestamp()) > TOLERANCE_S:
        raise NoticeForged(provider="stripe")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise NoticeForged(provider="stripe") from None
    if not any(_signed(text, header, secret) for secret in secrets):
        raise NoticeForged(provider="stripe")
    try:
        event = msgspec.json.decode(text, type=Event)
        told = msgspec.json.decode(event.data.object, type=Told)
    except (msgspec.DecodeError, RecursionError):
        return None
    if told.object == "dispute":
        return Notice(notice_id=event.id, key="", ref=told.payment_intent or "", dispute_ref=told.id)
    key = told.client_reference_id or told.metadata.get("key") or ""
    if not key:
        return None
    match told.object:
        case "payment_intent" | "checkout.session":
            return Notice(notice_id=event.id, key=key, ref=told.id)
        case "refund":
            return Notice(notice_id=event.id, key="", ref=told.payment_intent or "", refund_key=key)
    return None


def _signed(text: str, header: str, secret: str) -> bool:
    """Return whether the library finds a signature true; its age was compared with the caller's clock."""
    try:
        stripe.WebhookSignature.verify_header(text, header, secret, None)
    except stripe.SignatureVerificationError:
        return False
    return True
