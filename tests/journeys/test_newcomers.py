"""Who is nobody yet: a guest is made for goods that there are, and so many an hour from one address."""

from collections.abc import Iterator

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client, override_settings

from fairground.identity.models import Shopper
from fairground.sites.visitor import GUESTS_AN_HOUR_MAX
from tests.factories import make_market, make_sku
from tests.people_making import make_user, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop() -> Iterator[None]:
    cache.clear()
    make_market()
    yield
    cache.clear()


def put(client: Client, sku_id: int, *, come_from: str = "203.0.113.7", to: str = "/cart/add") -> int:
    """Ask for a SKU from an address, and return the status."""
    return client.post(to, {"sku": sku_id, "market": "EU", "seen_minor": 1_000}, REMOTE_ADDR=come_from).status_code


@pytest.mark.parametrize("to", ["/cart/add", "/wishes/add", "/wishes/move"])
def test_a_sku_that_there_is_not_makes_no_guest(to: str) -> None:
    assert put(Client(), 7, to=to) == 303
    assert Shopper.objects.count() == 0


def test_a_quantity_that_is_none_from_nobody_leaves_nothing_behind() -> None:
    assert Client().post("/cart/change", {"sku": 7, "quantity": "x"}).status_code == 303
    assert (Shopper.objects.count(), Session.objects.count()) == (0, 0)


def test_from_one_address_so_many_guests_come_an_hour_and_others_are_told() -> None:
    chair = make_sku().id
    before = [put(Client(), chair, come_from=f"2001:db8:1:2::{number:x}") for number in range(1, GUESTS_AN_HOUR_MAX)]
    before.append(put(Client(), 7, come_from="2001:db8:1:2::ffff"))
    rows = (Shopper.objects.count(), Session.objects.count())
    refused = [put(Client(), sku_id, come_from="2001:db8:1:2:ffff::1") for sku_id in (chair, 7)]

    assert (set(before), refused) == ({303}, [429, 429])
    assert (Shopper.objects.count(), Session.objects.count()) == rows == (GUESTS_AN_HOUR_MAX - 1, GUESTS_AN_HOUR_MAX)
    assert put(Client(), chair, come_from="2001:db8:1:3::1") == 303


def test_who_is_somebody_already_is_not_counted(client: Client) -> None:
    chair, lamp = make_sku().id, make_sku().id
    guest = Client()
    put(guest, chair)
    while put(Client(), chair) == 303:
        pass
    make_user(email="ana@example.org")
    sign_in(client, email="ana@example.org")

    assert (put(guest, lamp), put(client, lamp)) == (303, 303)


def test_over_a_proxy_that_nobody_named_all_would_be_one_so_nobody_is_counted() -> None:
    chair = make_sku().id
    with override_settings(SITE_ADDRESS="https://shop.example", ALLAUTH_TRUSTED_PROXY_COUNT=0):
        asked = {put(Client(), chair) for _ in range(GUESTS_AN_HOUR_MAX + 1)}

    assert asked == {303}
