"""Merchants that have something to answer and no contact: who is listed, since when, and who sees it."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from fairground.aftersales.unreached import MerchantUnreached, merchants_unreached
from fairground.merchants.contacts import ContactFacts, erase_contact, write_contact
from fairground.merchants.models import Merchant
from tests.cases import ask, ship
from tests.factories import BY, make_market
from tests.fulfilment.withdrawing import buy, withdraw
from tests.refunding import Scene, make_scene
from tests.sites.back_office.staff import sign_in

pytestmark = pytest.mark.usefixtures("lone_writer")
PAGE = "/back-office/cases/unreached/"
FACTS = ContactFacts("service@olmo.example", "en")


def tile(client: Client) -> tuple[str, bool]:
    (found,) = [
        one for one in client.get("/back-office/").context["tiles"] if one.name == "Merchants nobody can write to"
    ]
    assert found.address == PAGE
    return found.figure, found.is_bad


def with_a_case() -> tuple[Scene, datetime]:
    """Open a case about the chairs, which a merchant without a contact has to answer."""
    make_market()
    scene = make_scene()
    ship(scene.chairs, scene.lamps)
    now = datetime(2026, 11, 12, 8, 30, tzinfo=UTC)
    ask(scene, scene.chairs, 1, now=now)
    return scene, now


def test_who_has_a_case_to_answer_and_no_contact_is_listed_until_there_is_one() -> None:
    scene, since = with_a_case()
    merchant_id = scene.chair.merchant.id
    slug = Merchant.objects.get(id=merchant_id).slug
    client = sign_in("operator")

    assert merchants_unreached() == [MerchantUnreached(merchant_id, slug, "Olmo", 1, 0, since)]
    assert tile(client) == ("1", True)
    page = " ".join(client.get(PAGE).content.decode().split())
    assert f'href="/back-office/merchants/{merchant_id}/contact/"' in page
    assert "2026-11-12 08:30" in page
    write_contact(merchant_id=merchant_id, facts=FACTS, by=BY)
    assert (merchants_unreached(), tile(client)) == ([], ("0", False))
    assert "Every merchant that has something to do can be written to." in client.get(PAGE).content.decode()
    erase_contact(merchant_id=merchant_id, by=BY)
    assert len(merchants_unreached()) == 1


def test_an_open_withdrawal_counts_and_one_that_is_settled_does_not() -> None:
    bought = buy()
    ship(bought.chairs)

    withdraw(bought.placed.number)

    # What had not left was paid back at once: nothing waits for the merchant of the lamp.
    assert [(one.merchant_id, one.cases, one.withdrawals) for one in merchants_unreached()] == [
        (bought.chair.merchant.id, 0, 1)
    ]


def test_support_sees_them_without_a_way_to_their_contacts_and_others_do_not() -> None:
    scene, _ = with_a_case()

    page = sign_in("support").get(PAGE).content.decode()

    assert "Olmo" in page
    assert f"/merchants/{scene.chair.merchant.id}/contact/" not in page
    assert sign_in("accountant").get(PAGE).status_code == 403
