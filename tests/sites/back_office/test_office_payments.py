"""Payments in the back office: read as they stand; gift cards whose codes are shown once; credit, once a form."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import Settings

from fairground.identity.models import User
from fairground.identity.operators import add_operator
from fairground.kernel.edits import By
from fairground.payments.gift_cards import issue_gift_cards, redeem_gift_card
from fairground.payments.models import Credit, GiftCard, GiftCardIssue
from fairground.payments.queries import wallet_balance_minor
from tests.factories import make_market, make_shopper
from tests.payments.paying import balance_of, make_till
from tests.sites.back_office.staff import EARLY, PASSWORD, sign_in

pytestmark = pytest.mark.usefixtures("lone_writer")
PAGES = ("/back-office/payments/", "/back-office/payments/gift-cards/", "/back-office/payments/credit/")


def hidden_key(client: Client, address: str) -> str:
    found = re.search(r'name="form_key" value="([^"]+)"', client.get(address).content.decode())
    assert found, address
    return found[1]


def test_who_may_see_payments_and_who_may_give() -> None:
    assert [sign_in("operator").get(page).status_code for page in PAGES] == [200, 200, 200]
    assert [sign_in("support").get(page).status_code for page in PAGES] == [200, 403, 403]
    assert [sign_in("editor").get(page).status_code for page in PAGES] == [403, 403, 403]


def test_payments_are_listed_with_how_they_stand() -> None:
    till = make_till()
    till.agree(till.begin())
    client = sign_in("support")

    page = client.get(PAGES[0]).content.decode()

    assert "20.00 EUR" in page
    assert "paid" in page
    assert str(till.shopper_id) in page
    assert f'href="/back-office/purchases/{till.placed.number}/"' in page
    assert "There are none." in client.get(f"{PAGES[0]}?open=1").content.decode()


def test_gift_cards_are_issued_once_a_form_and_their_codes_shown_once() -> None:
    make_market()
    client = sign_in("operator")
    form = {
        "form_key": hidden_key(client, PAGES[1]),
        "amount": "12.50",
        "currency": "EUR",
        "count": "3",
        "until": "2099-01-01T00:00:00",
        "source": "given",
        "reason": "the anniversary",
    }

    assert "Such cards are not issued" in client.post(PAGES[1], {**form, "amount": "10000.01"}).content.decode()
    assert "This field is required." in client.post(PAGES[1], {**form, "source": ""}).content.decode()
    assert client.post(PAGES[1], {**form, "source": "stolen"}).status_code == 200
    assert "This field is required." in client.post(PAGES[1], {**form, "reason": ""}).content.decode()
    for key, words in (("", "without its number"), ("damaged", "Enter a valid UUID.")):
        assert words in client.post(PAGES[1], {**form, "form_key": key}).content.decode()
    assert (
        "so much on one day: do it in parts"
        in client.post(PAGES[1], {**form, "count": "6", "amount": "10000"}).content.decode()
    )
    assert not GiftCard.objects.exists()
    page, again = (client.post(PAGES[1], form).content.decode() for _ in range(2))

    codes = re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", page)
    assert len(set(codes)) == 3
    assert list(GiftCard.objects.values_list("amount_minor", "currency")) == [(1_250, "EUR")] * 3
    assert "This form was sent before." in again
    assert (balance_of("platform:goodwill:EUR"), balance_of("platform:giftcards:EUR")) == (-3_750, 3_750)


@pytest.mark.parametrize("amount", ["-1", "0", "1e3", "10000.01", "12.505"])
def test_cards_that_can_not_be_are_refused_beside_their_field(amount: str) -> None:
    make_market()
    client = sign_in("operator")
    key = hidden_key(client, PAGES[1])
    form = {
        "form_key": key,
        "amount": amount,
        "currency": "EUR",
        "count": "1",
        "until": "2099-01-01T00:00:00",
        "source": "sold",
        "reason": "invoice 4711",
    }

    assert client.post(PAGES[1], form).status_code == 200

    assert not GiftCard.objects.exists()


def test_credit_is_granted_once_a_form() -> None:
    make_market()
    shopper_id = make_shopper()
    client = sign_in("operator")
    form = {
        "form_key": hidden_key(client, PAGES[2]),
        "shopper": str(shopper_id),
        "amount": "7",
        "currency": "EUR",
        "reason": "a parcel came late",
    }

    for _ in range(2):
        assert client.post(PAGES[2], form)["Location"] == PAGES[0]
    unnumbered = client.post(PAGES[2], {**form, "form_key": ""}).content.decode()
    form["shopper"], form["form_key"] = "12345", hidden_key(client, PAGES[2])
    nobody = client.post(PAGES[2], form).content.decode()

    assert wallet_balance_minor(shopper_id=shopper_id, currency="EUR") == 700
    assert Credit.objects.count() == 1
    assert "There is no such shopper" in nobody
    assert "without its number" in unnumbered
    listed = client.get("/back-office/money/credit/").content.decode()
    assert '<bdi dir="ltr">operator@shop.example</bdi>' in listed


def test_gift_cards_are_listed_with_how_each_stands() -> None:
    make_market()
    now = datetime.now(UTC)
    used, _ = issue_gift_cards(
        key=uuid4(),
        count=2,
        amount_minor=1_250,
        currency="EUR",
        expires_at=now + timedelta(days=1),
        is_sold=True,
        by=By(user_id=None, now=now, reason="invoice 4711"),
    )
    redeem_gift_card(code=used, shopper_id=make_shopper(), now=now)
    client = sign_in("accountant")
    address = "/back-office/money/gift-cards/"

    states = re.findall(r"<td>(open|redeemed|ended)</td>", client.get(address).content.decode())
    GiftCard.objects.filter(redeemed_at=None).update(issued_at=now - timedelta(days=2), expires_at=now)
    later = re.findall(r"<td>(open|redeemed|ended)</td>", client.get(address).content.decode())

    assert (sorted(states), sorted(later)) == (["open", "redeemed"], ["ended", "redeemed"])


def test_cards_that_were_sold_are_asked_for_by_one_and_issued_by_another_one(settings: Settings) -> None:
    settings.FOUR_EYES = True
    make_market()
    first, address = sign_in("operator"), "/back-office/payments/asked-cards/"
    second = Client()
    second.force_login(
        User.objects.get(id=add_operator(email="two@shop.example", role="operator", password=PASSWORD, by=EARLY))
    )
    form = {
        "form_key": hidden_key(first, PAGES[1]),
        "amount": "12.50",
        "currency": "EUR",
        "count": "3",
        "until": "2099-01-01T00:00:00",
        "source": "sold",
        "reason": "invoice 4711",
    }

    assert first.post(PAGES[1], form)["Location"] == address
    assert "This form was sent before." in first.post(PAGES[1], form).content.decode()
    asked, deed = first.get(address).content.decode(), {"key": form["form_key"], "deed": "issue"}
    refused = first.post(address, deed, follow=True).content.decode()

    assert "Somebody else issues them." in asked
    assert ('value="issue"' in asked, "invoice 4711" in asked) == (False, True)
    assert "You asked for them, so somebody else issues them. Who runs" in refused
    assert not GiftCard.objects.exists()
    assert 'value="issue"' in second.get(address).content.decode()
    page = second.post(address, deed).content.decode()
    codes = re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", page)
    assert len(set(codes)) == GiftCard.objects.count() == 3
    assert "issued or declined meanwhile" in second.post(address, deed, follow=True).content.decode()
    assert second.post(address, {"key": "none", "deed": "issue"})["Location"] == address
    assert GiftCard.objects.count() == 3


def asked_form(client: Client, **other: str) -> dict[str, str]:
    """Return a form that asks for three cards, of which it is said that they were sold."""
    form = {"form_key": hidden_key(client, PAGES[1]), "amount": "12.50", "currency": "EUR", "count": "3"}
    return {**form, "until": "2099-01-01T00:00:00", "source": "sold", "reason": "invoice 4711", **other}


@pytest.mark.parametrize("deed", ["", "delete"])
def test_a_deed_that_there_is_not_leaves_cards_as_they_are_asked_for(settings: Settings, deed: str) -> None:
    settings.FOUR_EYES = True
    make_market()
    client, address = sign_in("operator"), "/back-office/payments/asked-cards/"
    form = asked_form(client)
    client.post(PAGES[1], form)

    told = client.post(address, {"key": form["form_key"], "deed": deed}, follow=True).content.decode()

    assert "Nothing was changed: choose what to do." in told
    assert (GiftCardIssue.objects.count(), GiftCard.objects.count()) == (1, 0)


def test_who_asks_for_more_cards_than_anybody_may_issue_is_told_to_ask_in_parts(settings: Settings) -> None:
    settings.FOUR_EYES = True
    make_market()
    client = sign_in("operator")

    told = client.post(PAGES[1], asked_form(client, amount="10000", count="11")).content.decode()

    assert "Nobody may give away, or issue as sold, so much on one day: do it in parts." in told
    assert not GiftCardIssue.objects.exists()


def test_cards_that_are_asked_for_may_be_declined(settings: Settings) -> None:
    settings.FOUR_EYES = True
    make_market()
    client, address = sign_in("operator"), "/back-office/payments/asked-cards/"
    form = {"form_key": hidden_key(client, PAGES[1]), "amount": "12.50", "currency": "EUR", "count": "3"}
    client.post(PAGES[1], {**form, "until": "2099-01-01T00:00:00", "source": "sold", "reason": "invoice 4711"})

    told = client.post(address, {"key": form["form_key"], "deed": "decline"}, follow=True).content.decode()

    assert ("They are declined" in told, "There are none." in told) == (True, True)
    assert not GiftCardIssue.objects.exists()
