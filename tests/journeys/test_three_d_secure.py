"""3-D Secure through the shop's own pages: by Stripe's page and by a PaymentIntent, paid, failed and given up."""

from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from pytest_django import Settings

from fairground.checkout.actions.end_purchases import expire_purchases
from fairground.checkout.rules.placing import Placed
from fairground.ledger.queries import accounts_that_disagree
from fairground.orders.models import Purchase
from fairground.orders.rules import Step
from fairground.payments.life import PaymentState
from fairground.payments.models import Payment
from fairground.payments.providers.keys import ProviderKeys, StripeKeys
from tests.factories import make_market, make_sku
from tests.payments.paying import balance_of
from tests.payments.stripe_server import CARD_WITH_A_STEP, SECRET_KEY, WEBHOOK_SECRET, StripeServer, stripe_server
from tests.people_making import Guest, make_guest, now_ms

pytestmark = pytest.mark.usefixtures("lone_writer")


@pytest.fixture
def server() -> Iterator[StripeServer]:
    with stripe_server() as running:
        yield running


@pytest.fixture
def guest(server: StripeServer, settings: Settings) -> Guest:
    """Return who buys where Stripe's page asks for everything."""
    make_market()
    keys = StripeKeys(SECRET_KEY, (WEBHOOK_SECRET,), base_url=server.url)
    settings.PROVIDER_KEYS = ProviderKeys(stripe=keys)
    return make_guest()


@pytest.fixture
def placed(guest: Guest) -> Placed:
    return guest.place(make_sku(price_minor=1_000).line(2))


def pay_straight(server: StripeServer, settings: Settings) -> None:
    """Let every payment be a PaymentIntent of a card that asks for a step."""
    keys = StripeKeys(SECRET_KEY, (WEBHOOK_SECRET,), base_url=server.url, means=CARD_WITH_A_STEP)
    settings.PROVIDER_KEYS = ProviderKeys(stripe=keys)


def go_on(guest: Guest, placed: Placed) -> str:
    """Press the shop's button, and return the page outside to which the browser is led."""
    begun = guest.client.post(f"/purchases/{placed.number}/payment", {"provider": "stripe", "due": "2000"})
    assert begun.status_code == 303
    return guest.client.get(begun["Location"])["Refresh"].removeprefix("0; url=")


def press(page: str, button: str) -> str:
    """Press a button of a page outside, and return where that leads."""
    parts = urlsplit(page)
    with closing(HTTPConnection(parts.netloc)) as browser:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        browser.request("POST", parts.path, body=f"pay={button}", headers=form)
        led = browser.getresponse()
        led.read()
    assert led.status == 303
    return str(led.getheader("Location"))


def come_back(guest: Guest, page: str) -> str:
    """Follow a page outside back into the shop, and return what is shown there."""
    assert page.startswith("http://testserver/purchases/"), page
    cache.clear()
    return guest.client.get(page, follow=True).content.decode()


def statuses(server: StripeServer, kind: str) -> list[str]:
    return [one["status"] for one in server.objects.values() if one["object"] == kind]


def standing() -> tuple[Step, PaymentState, int]:
    """Return where the purchase and its payment stand, and what the provider has for us."""
    state = PaymentState(Payment.objects.get().state)
    return Step(Purchase.objects.get().state), state, -balance_of("provider:stripe:clearing:EUR")


def test_a_card_with_a_step_pays_over_stripes_page(server: StripeServer, guest: Guest, placed: Placed) -> None:
    page = go_on(guest, placed)

    bank = press(page, "step")
    assert statuses(server, "payment_intent") == ["requires_action"]
    come_back(guest, f"http://testserver/purchases/{placed.number}/payment/return")
    assert standing() == (Step.PLACED, PaymentState.WAITING, 0), "the step is not over, so nothing is promised"
    come_back(guest, press(bank, "yes"))

    assert standing() == (Step.PAID, PaymentState.TAKEN, 2_000)
    assert accounts_that_disagree() == []


def test_who_fails_the_step_is_on_stripes_page_again_and_may_pay_there(
    server: StripeServer, guest: Guest, placed: Placed
) -> None:
    page = go_on(guest, placed)

    again = press(press(page, "step"), "no")
    assert again == page
    assert statuses(server, "payment_intent") == ["requires_payment_method"]
    come_back(guest, press(press(again, "step"), "yes"))

    assert standing() == (Step.PAID, PaymentState.TAKEN, 2_000)
    assert statuses(server, "payment_intent") == ["succeeded"]


def test_who_fails_the_step_and_goes_has_paid_nothing_when_the_time_is_over(
    server: StripeServer, guest: Guest, placed: Placed
) -> None:
    page = go_on(guest, placed)
    come_back(guest, press(press(press(page, "step"), "no"), "no"))
    assert standing() == (Step.PLACED, PaymentState.WAITING, 0)

    expire_purchases(now_ms=now_ms() + 3_600_000)
    come_back(guest, f"http://testserver/purchases/{placed.number}/payment/return")

    assert standing() == (Step.EXPIRED, PaymentState.ENDED, 0)
    assert statuses(server, "checkout.session") == ["expired"]
    assert statuses(server, "payment_intent") == ["canceled"]


def test_a_payment_intent_leads_to_the_step_and_is_paid(
    server: StripeServer, settings: Settings, guest: Guest, placed: Placed
) -> None:
    pay_straight(server, settings)

    bank = go_on(guest, placed)
    assert (statuses(server, "payment_intent"), statuses(server, "checkout.session")) == (["requires_action"], [])
    come_back(guest, press(bank, "yes"))

    assert standing() == (Step.PAID, PaymentState.TAKEN, 2_000)


def test_a_payment_intent_whose_step_fails_is_said_to_be_declined_and_another_one_pays(
    server: StripeServer, settings: Settings, guest: Guest, placed: Placed
) -> None:
    pay_straight(server, settings)

    shown = come_back(guest, press(go_on(guest, placed), "no"))

    assert "The payment was declined. No money was taken." in shown
    assert f'href="/purchases/{placed.number}/pay"' in shown
    assert standing() == (Step.PLACED, PaymentState.ENDED, 0)
    come_back(guest, press(go_on(guest, placed), "yes"))
    assert Step(Purchase.objects.get().state) is Step.PAID
    assert sorted(Payment.objects.values_list("captured_minor", flat=True)) == [0, 2_000]
    assert balance_of("provider:stripe:clearing:EUR") == -2_000
