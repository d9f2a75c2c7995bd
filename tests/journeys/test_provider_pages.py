"""Paying by a provider as pages and notices do it: over HTTP, with a provider of the tests' own."""

import re
from contextlib import ExitStack
from uuid import uuid4

import pytest
from django.test import Client

from fairground.checkout.actions.end_purchases import expire_purchases
from fairground.checkout.payment_tasks import attend_due_payments
from fairground.checkout.rules.placing import Placed
from fairground.kernel.clock import from_unix_ms
from fairground.orders.models import Purchase
from fairground.orders.rules import Step
from fairground.payments.gift_cards import issue_gift_cards
from fairground.payments.life import PaymentEnd, PaymentState
from fairground.payments.models import Payment, PaymentNotice
from fairground.payments.queries import wallet_balance_minor
from fairground.redpackets.rules import Grabbed
from fairground.sites.storefront.payments.wallet import _typed_minor
from fairground.sites.storefront.provider_calls import ASKED_AT_ONCE_MAX, asking
from tests.factories import GIVER, give_wallet, make_sku
from tests.journeys.paying_on_pages import begin, key_of_newest, look, set_up_provider, step
from tests.payments.local_provider import LocalProvider, sign
from tests.people_making import Guest, make_guest, now_ms
from tests.redpackets.giving import HOUR, grab, grab_request, make_campaign, make_round

pytestmark = pytest.mark.usefixtures("lone_writer")
NOTICES = "/payments/notices/local"


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> LocalProvider:
    return set_up_provider(monkeypatch)


@pytest.fixture
def guest(provider: LocalProvider) -> Guest:
    return make_guest()


@pytest.fixture
def placed(guest: Guest) -> Placed:
    return guest.place(make_sku(price_minor=1_000).line(2))


def test_a_shopper_is_led_to_the_provider_and_comes_back_to_a_paid_purchase(
    provider: LocalProvider, guest: Guest, placed: Placed
) -> None:
    page = guest.client.get(f"/purchases/{placed.number}/pay").content.decode()
    assert 'name="provider" value="local"' in page

    where = begin(guest, placed)
    waiting = guest.client.get(where)
    key = key_of_newest()
    provider.shopper_agrees(key)
    ended = look(guest, placed)

    assert where == f"/purchases/{placed.number}/payment?go=1"
    assert waiting["Refresh"] == f"0; url=https://pay.example/{key}"
    assert ended == f"/purchases/{placed.number}"
    assert step() is Step.PAID


def test_coming_back_proves_nothing(provider: LocalProvider, guest: Guest, placed: Placed) -> None:
    begin(guest, placed)

    ended = look(guest, placed)

    assert ended == f"/purchases/{placed.number}/payment"
    assert step() is Step.PLACED
    page = guest.client.get(ended).content.decode()
    assert "Confirm the payment" in page


def test_without_a_provider_the_page_to_pay_is_as_it_was(
    provider: LocalProvider, guest: Guest, placed: Placed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fairground.payments.providers.configured.configured_providers", dict)

    page = guest.client.get(f"/purchases/{placed.number}/pay").content.decode()

    assert 'name="provider"' not in page
    assert guest.client.post(f"/purchases/{placed.number}/payment", {"provider": "local"}).status_code == 404
    assert Client().post(NOTICES, b"x", content_type="text/plain").status_code == 404


def test_the_wallet_pays_its_part_where_that_is_wished(provider: LocalProvider, guest: Guest, placed: Placed) -> None:
    give_wallet(shopper_id=guest.shopper_id, amount_minor=500, now_ms=now_ms())
    assert "Use €5.00 from the wallet first" in guest.client.get(f"/purchases/{placed.number}/pay").content.decode()

    begin(guest, placed, wallet="1")
    page = guest.client.get(f"/purchases/{placed.number}/payment").content.decode()
    provider.shopper_agrees(key_of_newest())
    look(guest, placed)

    assert "€15.00" in page
    assert "set aside for this" in page
    assert (step(), provider.kept_minor()) == (Step.PAID, 1_500)


def test_a_red_packet_the_wallet_and_a_provider_pay_one_purchase(provider: LocalProvider, guest: Guest) -> None:
    opens_at = from_unix_ms(now_ms()) - HOUR
    campaign_id = make_campaign(opens_at=opens_at, closes_at=opens_at + 24 * HOUR)
    round_id = make_round(
        campaign_id=campaign_id, packets=1, budget_minor=300, opens_at=opens_at, closes_at=opens_at + 24 * HOUR
    )
    asked = grab_request(round_id, shopper_id=guest.shopper_id, arrived_at_ms=now_ms())
    (packet,) = grab([asked], now_ms=now_ms())
    assert isinstance(packet, Grabbed)
    give_wallet(shopper_id=guest.shopper_id, amount_minor=500, now_ms=now_ms())
    placed = guest.place(make_sku(price_minor=1_000).line(2), packets=(packet.packet_id,))
    assert "Use €5.00 from the wallet first" in guest.client.get(f"/purchases/{placed.number}/pay").content.decode()

    begin(guest, placed, due=1_700, wallet="1")
    page = guest.client.get(f"/purchases/{placed.number}/payment").content.decode()
    provider.shopper_agrees(key_of_newest())
    look(guest, placed)

    assert "€12.00" in page
    assert (step(), provider.kept_minor()) == (Step.PAID, 1_200)
    assert wallet_balance_minor(shopper_id=guest.shopper_id, currency="EUR") == 0


def test_the_button_pressed_again_with_the_wallets_part_set_aside_is_the_same_payment(
    provider: LocalProvider, guest: Guest, placed: Placed
) -> None:
    give_wallet(shopper_id=guest.shopper_id, amount_minor=500, now_ms=now_ms())
    begin(guest, placed, wallet="1")
    assert "Use €5.00 from the wallet first" in guest.client.get(f"/purchases/{placed.number}/pay").content.decode()

    begin(guest, placed, wallet="1")

    assert list(Payment.objects.values_list("amount_minor", "wallet_minor")) == [(1_500, 500)]


def test_what_is_not_due_is_refused_in_words_and_nothing_is_begun(
    provider: LocalProvider, guest: Guest, placed: Placed
) -> None:
    assert begin(guest, placed, due=1_999) == f"/purchases/{placed.number}/pay"

    page = guest.client.get(f"/purchases/{placed.number}/pay").content.decode()
    assert "The amount is another one. No money was taken" in page
    assert not Payment.objects.exists()


def test_nobody_elses_purchase_is_paid_or_looked_at(provider: LocalProvider, guest: Guest, placed: Placed) -> None:
    other = make_guest().client

    for answer in (
        other.post(f"/purchases/{placed.number}/payment", {"provider": "local", "due": "2000"}),
        other.get(f"/purchases/{placed.number}/payment"),
        other.get(f"/purchases/{placed.number}/payment/return"),
    ):
        assert answer.status_code == 404
    assert provider.asked == []


def test_a_provider_that_is_down_is_waited_for_and_may_be_tried_again(
    provider: LocalProvider, guest: Guest, placed: Placed
) -> None:
    provider.fail("authorise")
    page = guest.client.get(begin(guest, placed)).content.decode()
    assert "We look how the payment stands" in page

    begin(guest, placed)
    provider.shopper_agrees(key_of_newest())
    look(guest, placed)

    assert (Payment.objects.count(), step()) == (1, Step.PAID)


def test_a_declined_payment_says_so_and_leads_to_another_try(
    provider: LocalProvider, guest: Guest, placed: Placed
) -> None:
    begin(guest, placed)
    provider.shopper_declines(key_of_newest())

    page = guest.client.get(look(guest, placed)).content.decode()

    assert "The payment was declined. No money was taken." in page
    assert f'href="/purchases/{placed.number}/pay"' in page


def tell(body: bytes, *, signature: str | None = None) -> int:
    answer = Client().post(
        NOTICES, body, content_type="text/plain", headers={"signature": sign(body) if signature is None else signature}
    )
    return answer.status_code


def test_a_notice_leads_to_a_look_and_a_replay_to_nothing(
    provider: LocalProvider, guest: Guest, placed: Placed
) -> None:
    begin(guest, placed)
    key = key_of_newest()
    provider.shopper_agrees(key)

    assert [tell(f"n1 {key}".encode()) for _ in range(3)] == [200, 200, 200]
    attend_due_payments()
    asked = list(provider.asked)
    assert tell(f"n1 {key}".encode()) == 200
    attend_due_payments()

    assert step() is Step.PAID
    assert provider.asked == asked
    assert PaymentNotice.objects.count() == 1


@pytest.mark.parametrize("signature", ["", "0" * 64, sign(b"n1 another")])
def test_a_forged_notice_is_refused_and_changes_nothing(
    provider: LocalProvider, guest: Guest, placed: Placed, signature: str
) -> None:
    begin(guest, placed)
    key = key_of_newest()
    before = list(Payment.objects.values_list())

    assert tell(f"n1 {key}".encode(), signature=signature) == 400

    assert list(Payment.objects.values_list()) == before
    assert not PaymentNotice.objects.exists()


@pytest.mark.parametrize("body", [b"n1 nothing-of-ours", b"n1 " + b"0" * 32, b"x" * 300_000])
def test_a_notice_about_nothing_of_ours_is_taken_and_one_that_is_too_long_is_not(
    provider: LocalProvider, body: bytes
) -> None:
    assert tell(body) == (413 if len(body) > 262_144 else 200)
    assert provider.asked == []


def test_late_money_says_on_the_purchase_what_became_of_it(
    provider: LocalProvider, guest: Guest, placed: Placed
) -> None:
    begin(guest, placed)
    provider.takes_at_once = True
    provider.shopper_agrees(key_of_newest())
    Purchase.objects.update(pay_before=from_unix_ms(now_ms() - 1))
    expire_purchases(now_ms=now_ms() + 2 * 3_600_000)
    assert step() is Step.EXPIRED

    look(guest, placed)

    page = guest.client.get(f"/purchases/{placed.number}").content.decode()
    assert Payment.objects.get().end == PaymentEnd.PAID_LATE
    assert "came after the time to pay. Everything was still there: it is yours." in page


def test_the_wallet_is_filled_by_a_provider_once(provider: LocalProvider, guest: Guest) -> None:
    page = guest.client.get("/me/wallet").content.decode()
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found, page
    form = {"provider": "local", "amount": "20,50", "key": found[1]}
    first, again = (guest.client.post("/me/wallet/top-up", form) for _ in range(2))
    provider.shopper_agrees(key_of_newest())

    answer = guest.client.get(f"/me/wallet/payments/{found[1]}/return", follow=True)

    assert first["Location"] == again["Location"] == f"/me/wallet/payments/{found[1]}?go=1"
    assert answer.redirect_chain[-1][0] == "/me/wallet"
    assert wallet_balance_minor(shopper_id=guest.shopper_id, currency="EUR") == 2_050
    assert (Payment.objects.get().end, provider.kept_minor()) == (PaymentEnd.TOPPED_UP, 2_050)
    moved = guest.client.get("/me/wallet/movements").content.decode()
    assert "Payment that came in" in moved
    assert "+€20.50" in moved
    assert make_guest().client.get(f"/me/wallet/payments/{found[1]}").status_code == 404


@pytest.mark.parametrize(
    "amount", ["", "0", "-5", "1e9", "99999999999999999999", "1000000.01", "5.001", "1,000", "1.000", "\u0665"]
)
def test_an_amount_that_can_not_be_fills_no_wallet(provider: LocalProvider, guest: Guest, amount: str) -> None:
    form = {"provider": "local", "amount": amount, "key": "018f3f2e-0000-7000-8000-000000000001"}

    assert guest.client.post("/me/wallet/top-up", form).status_code == 422

    assert not Payment.objects.exists()
    assert provider.asked == []


@pytest.mark.parametrize(
    ("currency", "amount", "minor"),
    [("KWD", "1.250", 1_250), ("KWD", "1,5", 1_500), ("KWD", "1,000", 0), ("EUR", "1,50", 150), ("JPY", "1.000", 0)],
)
def test_a_comma_is_a_point_and_three_digits_behind_it_are_asked_for_again(
    currency: str, amount: str, minor: int
) -> None:
    if minor:
        assert _typed_minor(amount, currency) == minor
    else:
        with pytest.raises(ValueError, match=currency):
            _typed_minor(amount, currency)


def test_only_so_many_payments_that_fill_a_wallet_are_under_way_at_once(provider: LocalProvider, guest: Guest) -> None:
    codes = [
        guest.client.post(
            "/me/wallet/top-up",
            {"provider": "local", "amount": "5", "key": f"018f3f2e-0000-7000-8000-00000000000{number}"},
        ).status_code
        for number in range(4)
    ]

    assert codes == [303, 303, 303, 422]
    assert Payment.objects.filter(state=PaymentState.WAITING).count() == 3


def test_a_gift_card_is_redeemed_on_the_page_and_tries_are_limited(provider: LocalProvider, guest: Guest) -> None:
    (code,) = issue_gift_cards(
        key=uuid4(),
        count=1,
        amount_minor=2_500,
        currency="EUR",
        expires_at=from_unix_ms(now_ms() + 86_400_000),
        is_sold=True,
        by=GIVER,
    )

    wrong = guest.client.post("/me/wallet/gift-card", {"code": "0000-0000-0000-0000"})
    right = guest.client.post("/me/wallet/gift-card", {"code": code}, follow=True)
    codes = [guest.client.post("/me/wallet/gift-card", {"code": "x"}).status_code for _ in range(9)]

    assert wrong.status_code == 422
    assert "No gift card that can be redeemed has this code." in wrong.content.decode()
    assert "€25.00 is in your wallet." in right.content.decode()
    assert codes == [422] * 8 + [429]


def test_a_provider_that_hangs_leaves_pages_to_others(provider: LocalProvider, guest: Guest, placed: Placed) -> None:
    with ExitStack() as others:
        for _ in range(ASKED_AT_ONCE_MAX):
            others.enter_context(asking())
        assert begin(guest, placed) == f"/purchases/{placed.number}/pay"

    page = guest.client.get(f"/purchases/{placed.number}/pay").content.decode()
    assert "Very many people pay at this moment." in page
    assert provider.asked == []
