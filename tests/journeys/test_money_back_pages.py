"""Where money is said to be that a provider took and that went back, and giving up a payment, over HTTP."""

import re

import pytest
from django.core.cache import cache
from pytest_django import Settings

from fairground.checkout.payment_tasks import attend_due_payments
from fairground.checkout.rules.placing import Placed
from fairground.orders.rules import Step
from fairground.payments.life import PaymentState
from fairground.payments.models import Payment
from fairground.payments.queries import wallet_balance_minor
from tests.factories import give_wallet, make_sku
from tests.journeys.paying_on_pages import begin, key_of_newest, look, set_up_provider, step
from tests.payments.local_provider import LocalProvider
from tests.people_making import Guest, make_guest, now_ms

pytestmark = pytest.mark.usefixtures("lone_writer")


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> LocalProvider:
    return set_up_provider(monkeypatch)


@pytest.fixture
def guest(provider: LocalProvider) -> Guest:
    return make_guest()


@pytest.fixture
def placed(guest: Guest) -> Placed:
    return guest.place(make_sku(price_minor=1_000).line(2))


def words_of(guest: Guest, path: str) -> str:
    """Return what a page says, without its marks."""
    page = guest.client.get(path).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def ask_for_one(guest: Guest, placed: Placed, case_no: int) -> str:
    """Ask for the money of one chair that was not shipped, and return what the page says then."""
    form = {"units-1": "1", "reason": "changed_mind", "wish": "money", "case_no": str(case_no)}
    answer = guest.client.post(f"/purchases/{placed.number}/1/problem", form, follow=True)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_money_that_a_provider_took_is_said_to_go_back_there_and_the_rest_to_be_in_the_wallet(
    provider: LocalProvider, guest: Guest, placed: Placed
) -> None:
    give_wallet(shopper_id=guest.shopper_id, amount_minor=500, now_ms=now_ms())
    begin(guest, placed, wallet="1")
    provider.shopper_agrees(key_of_newest())
    look(guest, placed)

    first = ask_for_one(guest, placed, 1)
    attend_due_payments()
    second = ask_for_one(guest, placed, 2)

    assert "€10.00 is on its way back to where you paid from (Local)." in first
    assert "in your wallet" not in first
    assert "€5.00 is on its way back to where you paid from (Local). €5.00 is back in your wallet." in second
    page = words_of(guest, f"/purchases/{placed.number}")
    assert "Back to where you paid from €15.00 Back in your wallet €5.00" in page
    cancelled = "€10.00 is back where you paid from (Local). €5.00 is on its way back to where you paid from (Local)."
    assert f"This order is cancelled. {cancelled} €5.00 is back in your wallet." in page
    assert "It is cancelled €10.00 is back where" in words_of(guest, "/purchases")


def test_money_that_a_provider_failed_to_return_is_said_to_be_in_the_wallet(
    provider: LocalProvider, guest: Guest, placed: Placed
) -> None:
    begin(guest, placed)
    provider.shopper_agrees(key_of_newest())
    look(guest, placed)
    provider.refunds_fail = True

    ask_for_one(guest, placed, 1)
    attend_due_payments()

    assert "Back in your wallet €10.00" in words_of(guest, f"/purchases/{placed.number}")
    assert wallet_balance_minor(shopper_id=guest.shopper_id, currency="EUR") == 1_000


@pytest.mark.parametrize(("proxies", "refused"), [(1, 429), (0, 422)])
def test_gift_cards_are_tried_by_address_only_where_addresses_are_known(
    guest: Guest, settings: Settings, proxies: int, refused: int
) -> None:
    cache.clear()
    settings.SITE_ADDRESS, settings.ALLAUTH_TRUSTED_PROXY_COUNT = "https://shop.example", proxies
    forwarded = {"x-forwarded-for": "203.0.113.7"}
    shoppers = [make_guest() for _ in range(6)]
    for shopper in shoppers:
        for _ in range(10):
            assert shopper.client.post("/me/wallet/gift-card", {"code": "x"}, headers=forwarded).status_code == 422

    assert guest.client.post("/me/wallet/gift-card", {"code": "x"}, headers=forwarded).status_code == refused
    cache.clear()


def test_paying_otherwise_gives_the_payment_up_and_frees_what_the_wallet_set_aside(
    provider: LocalProvider, guest: Guest, placed: Placed
) -> None:
    give_wallet(shopper_id=guest.shopper_id, amount_minor=500, now_ms=now_ms())
    begin(guest, placed, wallet="1")
    page = guest.client.get(f"/purchases/{placed.number}/payment").content.decode()
    address = f"/purchases/{placed.number}/payment/give-up"
    assert f'<form method="post" action="{address}">' in page
    assert wallet_balance_minor(shopper_id=guest.shopper_id, currency="EUR") == 0
    cache.clear()

    answers = [guest.client.post(address) for _ in range(2)]

    assert [(one.status_code, one["Location"]) for one in answers] == [(303, f"/purchases/{placed.number}/pay")] * 2
    assert wallet_balance_minor(shopper_id=guest.shopper_id, currency="EUR") == 500
    assert [one.state for one in Payment.objects.all()] == [PaymentState.ENDED]
    assert (step(), provider.kept_minor()) == (Step.PLACED, 0)
    assert guest.client.get(address).status_code == 405
    assert make_guest().client.post(address).status_code == 404


def test_a_payment_that_is_being_taken_is_not_given_up_and_the_page_says_so(
    provider: LocalProvider, guest: Guest, placed: Placed
) -> None:
    begin(guest, placed)
    provider.shopper_agrees(key_of_newest())
    provider.fail("capture")
    look(guest, placed)
    assert Payment.objects.get().state == PaymentState.CAPTURING

    page = guest.client.post(f"/purchases/{placed.number}/payment/give-up", follow=True).content.decode()

    assert "A payment is being taken at this moment." in page
    assert Payment.objects.get().state == PaymentState.CAPTURING
