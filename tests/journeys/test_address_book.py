"""The addresses that somebody keeps: added, begun with, removed, and nobody else's business."""

import pytest
from django.test import Client

from fairground.identity.models import SavedAddress
from tests.factories import make_market
from tests.journeys.test_checkout import ADDRESS
from tests.people_making import make_guest

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _market() -> None:
    """A market that sends to Germany and Spain."""
    make_market(tax_rates_bps={"DE": 1900, "ES": 2100})


def page(client: Client) -> str:
    """Return the page of addresses."""
    answer = client.get("/me/addresses")
    assert answer.status_code == 200
    return answer.content.decode()


def add(client: Client, **changed: str) -> int:
    """Add an address and return its id."""
    assert client.post("/me/addresses/add", ADDRESS | changed).status_code == 303
    return SavedAddress.objects.latest("id").id


def test_who_keeps_none_is_told_and_gets_a_form(client: Client) -> None:
    assert "No saved addresses yet" in page(client)
    assert "Save this address" in page(client)


def test_an_address_is_added_begun_with_and_removed(client: Client) -> None:
    first, second = add(client), add(client, line1="Ringstr. 7", city="Köln", postal_code="50667")

    client.post("/me/addresses/default", {"address": second})
    assert SavedAddress.objects.get(is_default=True).id == second
    assert "50667 Köln" in page(client)
    client.post("/me/addresses/remove", {"address": second})

    assert list(SavedAddress.objects.values_list("id", "is_default")) == [(first, True)]
    assert "Ringstr. 7" not in page(client)


def test_one_address_too_many_is_refused_with_how_many_there_may_be(client: Client) -> None:
    for number in range(20):
        add(client, line1=f"Hauptstr. {number}")

    answer = client.post("/me/addresses/add", ADDRESS | {"line1": "Hauptstr. 20"})

    assert "You can keep 20 addresses. Remove one first." in answer.content.decode()
    assert SavedAddress.objects.count() == 20


def test_what_is_wrong_is_told_and_nothing_is_kept(client: Client) -> None:
    answer = client.post("/me/addresses/add", ADDRESS | {"postal_code": "1"})

    assert 'id="postal_code-error"' in answer.content.decode()
    assert not SavedAddress.objects.exists()


@pytest.mark.parametrize("deed", ["default", "remove"])
@pytest.mark.parametrize("asked", ["theirs", "", "x", "9223372036854775808"])
def test_nobody_touches_anothers(client: Client, deed: str, asked: str) -> None:
    theirs = add(Client())
    make_guest(client)

    answer = client.post(f"/me/addresses/{deed}", {"address": str(theirs) if asked == "theirs" else asked})

    assert answer.status_code == 404
    assert SavedAddress.objects.filter(id=theirs, is_default=True).exists()
    assert "Hauptstr. 1" not in page(client)
