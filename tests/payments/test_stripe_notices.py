"""Stripe's webhooks: what true ones say, and which are refused."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import pytest

from fairground.payments.providers.keys import StripeKeys
from fairground.payments.providers.provider import Asked, At, Notice, NoticeForged, Standing
from fairground.payments.providers.stripe import Stripe
from tests.payments.stripe_server import (
    CARD_FINE,
    SECRET_KEY,
    WEBHOOK_SECRET,
    StripeServer,
    signed_notice,
    stripe_server,
)

ASKED = Asked(
    key="p-1", amount_minor=12_90, currency="EUR", description="Purchase 1", return_url="http://127.0.0.1/back"
)
NOW = datetime(2026, 11, 11, 12, tzinfo=UTC)
NOW_S = int(NOW.timestamp())


@pytest.fixture
def server() -> Iterator[StripeServer]:
    with stripe_server() as running:
        yield running


@pytest.fixture
def stripe(server: StripeServer) -> Stripe:
    keys = StripeKeys(secret_key=SECRET_KEY, webhook_secrets=("whsec_old", WEBHOOK_SECRET), base_url=server.url)
    return Stripe(keys, retries=0)


def event(kind: str, about: Mapping[str, object]) -> bytes:
    return json.dumps({"id": "evt_1", "object": "event", "type": kind, "data": {"object": about}}).encode()


PAID = event("payment_intent.succeeded", {"id": "pi_1", "object": "payment_intent", "metadata": {"key": "p-1"}})


def test_a_signed_notice_says_which_payment_it_is_about(server: StripeServer, stripe: Stripe) -> None:
    session = {"id": "cs_1", "object": "checkout.session", "client_reference_id": "p-1"}
    refund = {"id": "re_1", "object": "refund", "payment_intent": "pi_1", "metadata": {"key": "r-1"}}
    others = {"id": "pi_2", "object": "payment_intent", "metadata": {}}
    notices = []
    for body in [
        PAID,
        event("checkout.session.completed", session),
        event("refund.updated", refund),
        event("payment_intent.succeeded", others),
        event("customer.created", {"id": "cus_1", "object": "customer", "metadata": {"key": "p-1"}}),
        b"[]",
    ]:
        telling = signed_notice(body, at_s=NOW_S)
        notices.append(stripe.read_notice(headers=telling.headers, body=telling.body, now=NOW))

    assert notices == [
        Notice("evt_1", "p-1", "pi_1"),
        Notice("evt_1", "p-1", "cs_1"),
        Notice("evt_1", "", "pi_1", refund_key="r-1"),
        None,
        None,
        None,
    ]
    assert stripe.notice_taken(headers={}, now=NOW) == (b"", {})


def test_notices_in_any_order_and_twice_say_the_same(server: StripeServer, stripe: Stripe) -> None:
    keys = StripeKeys(SECRET_KEY, (WEBHOOK_SECRET,), base_url=server.url, means=CARD_FINE)
    ref = Stripe(keys, retries=0).authorise(ASKED).ref
    stripe.capture(key="p-1", ref=ref, amount_minor=12_90, currency="EUR")
    now = datetime.now(tz=UTC)

    read = [stripe.read_notice(headers=one.headers, body=one.body, now=now) for one in server.told]
    back = [
        stripe.read_notice(headers=one.headers, body=one.body, now=now) for one in [*server.told, *server.told][::-1]
    ]

    assert [notice.notice_id for notice in read if notice] == ["evt_00000001", "evt_00000002"]
    assert {notice.key for notice in read if notice} == {"p-1"}
    assert back == [*read, *read][::-1]
    assert stripe.look(key="p-1", ref=ref) == Standing(ref, At.CAPTURED, 12_90, "EUR")


def forgeries() -> dict[str, tuple[dict[str, str], bytes]]:
    """Return headers and bodies that Stripe did not send, or not now."""
    true = signed_notice(PAID, at_s=NOW_S)
    signature = true.headers["stripe-signature"]
    old = signed_notice(PAID, at_s=NOW_S - 301).headers["stripe-signature"]
    return {
        "no signature": ({}, PAID),
        "empty": ({"stripe-signature": ""}, PAID),
        "another secret": (dict(signed_notice(PAID, at_s=NOW_S, secret="whsec_guessed").headers), PAID),
        "no secret": (dict(signed_notice(PAID, at_s=NOW_S, secret="").headers), PAID),
        "another body": (dict(true.headers), PAID.replace(b"pi_1", b"pi_2")),
        "another time": ({"stripe-signature": signature.replace(str(NOW_S), str(NOW_S + 1))}, PAID),
        "too old": ({"stripe-signature": old}, PAID),
        "from the future": (dict(signed_notice(PAID, at_s=NOW_S + 301).headers), PAID),
        "an old time before a new one": ({"stripe-signature": f"{old.replace('t=', 't= ')},t={NOW_S}"}, PAID),
        "a new time with a signature of nothing behind": (
            {"stripe-signature": f"{old.replace('t=', 't= ')},t={NOW_S},v1={'0' * 64}"},
            PAID,
        ),
        "two times": ({"stripe-signature": f"{old},t={NOW_S}"}, PAID),
        "only the scheme of tests": ({"stripe-signature": signature.replace("v1=", "v0=")}, PAID),
        "letters of elsewhere": ({"stripe-signature": f"t={NOW_S},v1=é"}, PAID),
        "no text": (dict(true.headers), b"\xff"),
    }


@pytest.mark.parametrize("name", list(forgeries()))
def test_a_forged_or_replayed_notice_is_refused(server: StripeServer, stripe: Stripe, name: str) -> None:
    headers, body = forgeries()[name]

    with pytest.raises(NoticeForged):
        stripe.read_notice(headers=headers, body=body, now=NOW)


def test_a_notice_is_good_to_the_last_second_of_its_tolerance(stripe: Stripe) -> None:
    telling = signed_notice(PAID, at_s=NOW_S - 300)

    assert stripe.read_notice(headers=telling.headers, body=telling.body, now=NOW) == Notice("evt_1", "p-1", "pi_1")
