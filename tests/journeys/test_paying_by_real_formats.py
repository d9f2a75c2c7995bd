"""Paying over HTTP by Stripe and by Alipay+, each a local server of its wire format, with its notices."""

from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from fairground.checkout.payment_tasks import attend_due_payments
from fairground.checkout.rules.placing import Placed
from fairground.orders.models import Purchase
from fairground.orders.rules import Step
from fairground.payments.models import Payment, PaymentNotice
from fairground.payments.providers.keys import ProviderKeys, StripeKeys
from tests.factories import make_market, make_sku
from tests.payments.alipay_plus_server import AlipayPlusServer, alipay_plus_server
from tests.payments.stripe_server import SECRET_KEY, WEBHOOK_SECRET, StripeServer, stripe_server
from tests.payments.wire_server import Telling
from tests.people_making import Guest, make_guest


@pytest.fixture(autouse=True)
def _market(lone_writer: object) -> None:
    make_market()


@pytest.fixture
def alipay(settings: Settings) -> Iterator[AlipayPlusServer]:
    with alipay_plus_server(notices_to="http://127.0.0.1:9/payments/notices/alipay_plus") as server:
        settings.PROVIDER_KEYS = ProviderKeys(alipay_plus=server.keys())
        yield server


@pytest.fixture
def stripe(settings: Settings) -> Iterator[StripeServer]:
    with stripe_server() as server:
        keys = StripeKeys(SECRET_KEY, (WEBHOOK_SECRET,), base_url=server.url)
        settings.PROVIDER_KEYS = ProviderKeys(stripe=keys)
        yield server


def place(guest: Guest) -> Placed:
    return guest.place(make_sku(price_minor=1_000).line(2))


def tell(code: str, telling: Telling) -> tuple[int, bytes]:
    """Bring a notice, and return how it is answered."""
    headers = {name: value for name, value in telling.headers.items() if name != "content-type"}
    answer = Client().post(
        f"/payments/notices/{code}",
        data=telling.body,
        content_type=telling.headers["content-type"],
        headers=headers,
    )
    return answer.status_code, answer.content


def go_on(guest: Guest, placed: Placed, code: str) -> str:
    """Press the button, and return the provider's page to which the browser is led."""
    begun = guest.client.post(f"/purchases/{placed.number}/payment", {"provider": code, "due": "2000"})
    assert begun.status_code == 303
    led = guest.client.get(begun["Location"])["Refresh"]
    return led.removeprefix("0; url=")


def press_pay(page: str) -> None:
    """Press the button of the provider's page, without going back to the shop."""
    parts = urlsplit(page)
    with closing(HTTPConnection(parts.netloc)) as browser:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        browser.request("POST", parts.path, body="pay=yes", headers=form)
        led = browser.getresponse()
        led.read()
    assert led.status == 303
    assert str(led.getheader("Location")).startswith("http://testserver/purchases/")


def step() -> Step:
    return Step(Purchase.objects.get().state)


def test_alipay_plus_is_paid_and_its_notice_taken_as_it_wants(alipay: AlipayPlusServer) -> None:
    guest = make_guest()
    placed = place(guest)

    press_pay(go_on(guest, placed, "alipay_plus"))
    answers = [tell("alipay_plus", alipay.told[0]) for _ in range(2)]
    attend_due_payments()

    taken = b'{"result": {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "success"}}'
    assert answers == [(200, taken), (200, taken)]
    assert (step(), Payment.objects.get().captured_minor, PaymentNotice.objects.count()) == (Step.PAID, 2_000, 1)


def test_stripe_is_paid_and_its_webhooks_come_in_any_order(stripe: StripeServer) -> None:
    guest = make_guest()
    placed = place(guest)

    press_pay(go_on(guest, placed, "stripe"))
    answers = [tell("stripe", telling) for telling in [*stripe.told, *stripe.told][::-1]]
    attend_due_payments()

    assert answers == [(200, b"")] * 4
    assert (step(), Payment.objects.get().captured_minor, PaymentNotice.objects.count()) == (Step.PAID, 2_000, 2)


def test_who_comes_back_from_stripe_before_its_webhook_is_paid_too(stripe: StripeServer) -> None:
    guest = make_guest()
    placed = place(guest)

    press_pay(go_on(guest, placed, "stripe"))
    cache.clear()
    guest.client.get(f"/purchases/{placed.number}/payment/return")

    assert step() is Step.PAID


def test_a_forged_notice_of_either_is_refused_and_nothing_is_looked_at(
    alipay: AlipayPlusServer, stripe: StripeServer, settings: Settings
) -> None:
    settings.PROVIDER_KEYS = ProviderKeys(
        alipay_plus=alipay.keys(), stripe=StripeKeys(SECRET_KEY, ("whsec_another",), base_url=stripe.url)
    )
    guest = make_guest()
    go_on(guest, place(guest), "alipay_plus")
    alipay.finish(Payment.objects.get().key.hex, paid=True)
    true, asked = alipay.told[0], len(alipay.asked)
    forged = Telling(true.headers, true.body.replace(b"SUCCESS", b"SUCCESs"))

    assert tell("alipay_plus", forged) == (400, b"")
    assert tell("stripe", Telling({**true.headers}, true.body)) == (400, b"")
    assert tell("nobody", true)[0] == 404

    assert (step(), len(alipay.asked), PaymentNotice.objects.count()) == (Step.PLACED, asked, 0)
