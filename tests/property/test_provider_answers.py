"""Whatever a provider answers, it is one of the two refusals or an answer; never another exception."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairground.kernel.money import minor_digits
from fairground.payments.providers.alipay_plus import AlipayPlus
from fairground.payments.providers.keys import StripeKeys
from fairground.payments.providers.provider import (
    Asked,
    Provider,
    ProviderRefused,
    ProviderUnreachable,
    Returned,
    Standing,
)
from fairground.payments.providers.stripe import Stripe
from fairground.payments.providers.stripe_amounts import amount_for_stripe, amount_from_stripe
from fairground.payments.providers.wire import Answer, Wire
from tests.payments.alipay_plus_server import AlipayPlusServer

ASKED = Asked(key="p-1", amount_minor=12_90, currency="EUR", description="Purchase 1", return_url="http://127.0.0.1/")
SERVER = AlipayPlusServer(url="http://127.0.0.1:9")
INTENT = {"id": "pi_1", "object": "payment_intent", "status": "succeeded", "amount": 1290, "currency": "eur"}
WORDS = [
    *[
        "object",
        "id",
        "status",
        "amount",
        "currency",
        "metadata",
        "next_action",
        "last_payment_error",
        "data",
        "has_more",
    ],
    *["error", "type", "code", "message", "param", "url", "payment_intent", "amount_received", "amount_total", "_data"],
    *["result", "resultStatus", "resultCode", "paymentId", "paymentAmount", "value", "paymentStatus", "refundAmount"],
]
VALUES = [
    *[
        "succeeded",
        "canceled",
        "open",
        "complete",
        "payment_intent",
        "checkout.session",
        "list",
        "refund",
        "eur",
        "EUR",
    ],
    *[
        "S",
        "F",
        "U",
        "SUCCESS",
        "FAIL",
        "PAYMENT_IN_PROCESS",
        "REFUND_IN_PROCESS",
        "ORDER_NOT_EXIST",
        "idempotency_error",
    ],
    *["javascript:alert(1)", "http://[", "rate_limit", "v2.core.event", "", "1290", "-1"],
]
NO_OBJECTS = [
    b'{"object": ["x"]}',
    b'{"object": {"a": 1}}',
    b'{"object": "list", "data": [{"object": []}]}',
    b'{"a": ' * 65 + b"1" + b"}" * 65,
    b'{"a": ' * 400 + b"1" + b"}" * 400,
    b'{"a": ' + b"[" * 400 + b"]" * 400 + b"}",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(VALUES),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=6), inner, max_size=6)
        | inner.map(lambda changed: {**INTENT, "amount_received": changed})
        | inner.map(lambda changed: {**INTENT, "next_action": changed})
        | inner.map(lambda changed: {"object": "list", "has_more": False, "data": [changed]})
        | inner.map(lambda changed: {"error": {"type": "card_error", "code": changed}})
        | inner.map(
            lambda changed: {"result": {"resultStatus": "S", "resultCode": "SUCCESS"}, "paymentAmount": changed}
        )
    ),
    max_leaves=12,
)
BODIES = st.one_of(
    JSON.map(lambda found: json.dumps(found).encode()),
    JSON.map(lambda found: json.dumps(found).encode()[:-1]),
    st.binary(max_size=64),
    st.sampled_from(
        [
            b"",
            b"null",
            b"[]",
            b"<html>502</html>",
            *NO_OBJECTS,
            b"[" * 100_000,
            b'{"a":' * 100_000,
            b"9" * 5_000,
            b"\xff",
        ]
    ),
)
STATUSES = st.sampled_from([200, 201, 204, 302, 400, 401, 402, 403, 404, 409, 429, 500, 503])


class Says(Wire):
    """A wire on which the same comes back whatever is asked."""

    def __init__(self, status: int, body: bytes, headers: Callable[[str], Mapping[str, str]]) -> None:
        super().__init__()
        self.said = status, body, headers

    def ask(self, *, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """Return what was given."""
        status, said, of_path = self.said
        return Answer(status, of_path(url.removeprefix(SERVER.url).split("?")[0]), said)


def try_everything(provider: Provider) -> None:
    """Ask everything once; what comes back is of the promised kind, or one of the two refusals."""
    asked: list[tuple[Callable[[], Any], type]] = [
        (lambda: provider.authorise(ASKED), Standing),
        (lambda: provider.look(key="p-1", ref="") or Standing, object),
        (lambda: provider.look(key="p-1", ref="pi_1") or Standing, object),
        (lambda: provider.look(key="p-1", ref="cs_1") or Standing, object),
        (lambda: provider.capture(key="p-1", ref="pi_1", amount_minor=12_90, currency="EUR"), Standing),
        (lambda: provider.void(key="p-1", ref="cs_1"), Standing),
        (lambda: provider.refund(refund_key="r-1", ref="pi_1", amount_minor=5_00, currency="EUR"), Returned),
    ]
    for ask, kind in asked:
        try:
            found = ask()
        except (ProviderRefused, ProviderUnreachable) as refused:
            assert refused.facts.keys() == {"provider", "reason"}  # noqa: PT017 - any of both
        else:
            assert isinstance(found, kind)


@given(status=STATUSES, body=BODIES, means=st.sampled_from(["", "klarna", "pm_card_visa"]))
def test_whatever_stripe_answers_is_an_answer_or_a_refusal(status: int, body: bytes, means: str) -> None:
    keys = StripeKeys("sk_test", ("whsec_test",), base_url=SERVER.url, means=means)

    try_everything(Stripe(keys, wire=Says(status, body, lambda _: {}), retries=0))


@pytest.mark.parametrize("body", NO_OBJECTS)
@pytest.mark.parametrize("means", ["", "klarna"])
def test_what_the_library_can_make_no_object_of_is_a_refusal(body: bytes, means: str) -> None:
    keys = StripeKeys("sk_test", ("whsec_test",), base_url=SERVER.url, means=means)

    try_everything(Stripe(keys, wire=Says(200, body, lambda _: {}), retries=0))


@given(status=STATUSES, body=BODIES.filter(lambda body: body.isascii()), signed=st.booleans())
def test_whatever_alipay_plus_answers_is_an_answer_or_a_refusal(status: int, body: bytes, signed: bool) -> None:
    def headers(path: str) -> Mapping[str, str]:
        said = SERVER.signed(path, body).headers if signed else {"response-time": str(int(time.time() * 1000))}
        return {name.lower(): value for name, value in said.items()}

    try_everything(AlipayPlus(SERVER.keys(), wire=Says(status, body, headers)))


@given(
    amount=st.integers(1, 10**12), currency=st.sampled_from(["EUR", "JPY", "KWD", "ISK", "UGX", "MGA", "TND", "HUF"])
)
def test_an_amount_is_the_same_there_and_back_or_refused(amount: int, currency: str) -> None:
    try:
        sent = amount_for_stripe(amount, currency)
    except ProviderRefused:
        assert {"KWD": amount % 10, "TND": amount % 10, "MGA": amount % 100}.get(currency)
    else:
        assert amount_from_stripe(sent, currency) == amount


@pytest.mark.parametrize(
    ("amount", "currency", "sent"),
    [
        (12_90, "EUR", 12_90),
        (500, "JPY", 500),
        (5_120, "KWD", 5_120),
        (5, "ISK", 500),
        (5, "UGX", 500),
        (500, "MGA", 5),
    ],
)
def test_amounts_are_those_of_stripes_documents(amount: int, currency: str, sent: int) -> None:
    assert amount_for_stripe(amount, currency) == sent


@pytest.mark.parametrize("currency", ["CLF", "IQD", "LYD"])
def test_a_currency_that_stripe_counts_in_no_way_is_refused(currency: str) -> None:
    assert minor_digits(currency) > 2

    with pytest.raises(ProviderRefused):
        amount_for_stripe(1_000, currency)
    with pytest.raises(ProviderUnreachable):
        amount_from_stripe(1_000, currency)
