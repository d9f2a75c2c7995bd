"""The profile, and what follows somebody from device to device."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fairground.identity.actions import create_guest
from fairground.identity.models import Shopper, User
from fairground.payments.queries import wallet_balance_minor, wallets_of
from fairground.sites.moment import forget_everything
from fairground.sites.visitor import SHOPPER
from tests.factories import NOW_MS, give_wallet, make_market, make_shopper
from tests.people_making import make_guest, make_user, sign_in

EMAIL = "ana@example.org"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _counted_anew() -> None:
    cache.clear()


def test_what_is_chosen_in_the_profile_is_there_on_the_next_device(client: Client) -> None:
    make_market(code="US", currency="USD", tax_rates_bps={"US": 0})
    make_user(email=EMAIL)
    sign_in(client, email=EMAIL)
    kept = client.post("/me/", {"name": " Ana ", "market": "US", "lang": "es"})
    other = sign_in(Client(), email=EMAIL)

    assert (kept.status_code, kept["Location"]) == (303, "/me/?kept=1")
    assert (other.cookies["fairground_market"].value, other.cookies["fairground_language"].value) == ("US", "es")
    assert User.objects.values_list("name", "market", "language").get() == ("Ana", "US", "es")


def test_what_was_chosen_before_signing_in_is_kept_where_nothing_was(client: Client) -> None:
    make_user(email=EMAIL, language="ru")
    client.cookies["fairground_market"], client.cookies["fairground_language"] = "US", "es"
    answer = sign_in(client, email=EMAIL)

    assert User.objects.values_list("market", "language").get() == ("US", "ru")
    assert answer.cookies["fairground_language"].value == "ru"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, ("US", "vi")),
        ({"Sec-Fetch-Site": "none"}, ("US", "vi")),
        ({"Referer": "http://testserver/halls/home"}, ("US", "vi")),
        ({"Sec-Fetch-Site": "cross-site", "Referer": "http://testserver/"}, ("", "")),
        ({"Sec-Fetch-Site": "same-site"}, ("", "")),
        ({"Referer": "http://elsewhere.example/"}, ("", "")),
        ({}, ("", "")),
    ],
)
def test_a_choice_at_the_foot_of_a_page_is_kept_with_the_user_unless_another_site_led_to_it(
    client: Client, said: dict[str, str], kept: tuple[str, str]
) -> None:
    make_market(code="US", currency="USD", tax_rates_bps={"US": 0})
    make_user(email=EMAIL)
    sign_in(client, email=EMAIL)
    before = User.objects.values_list("market", "language").get()
    answer = client.get("/choice?market=US&lang=vi&next=/", headers=said)

    assert (before, User.objects.values_list("market", "language").get()) == (("", ""), kept)
    assert answer.cookies["fairground_market"].value == "US"


@pytest.mark.parametrize("wrong", [{"market": "XX"}, {"lang": "tlh"}, {"name": "x" * 121}])
def test_what_there_is_not_is_told_beside_its_field(client: Client, wrong: dict[str, str]) -> None:
    make_user(email=EMAIL, name="Ana")
    sign_in(client, email=EMAIL)
    answer = client.post("/me/", {"name": "Ana", "market": "", "lang": "", **wrong})

    assert answer.status_code == 422
    assert answer.content.count(b'aria-invalid="true"') == 1
    assert User.objects.values_list("name", "market", "language").get() == ("Ana", "", "")


def test_a_guest_who_signs_in_is_the_user_from_then_on(client: Client) -> None:
    make_user(email=EMAIL)
    guest = make_guest(client).shopper_id
    before = client.session.session_key
    sign_in(client, email=EMAIL)

    assert User.objects.get().shopper_id == guest
    assert Shopper.objects.get().verified
    assert (SHOPPER in client.session, client.session.session_key == before) == (False, False)


def test_a_guest_goes_into_the_shopper_that_the_user_was_and_signing_out_leaves_nobody(client: Client) -> None:
    mine = create_guest(now_ms=NOW_MS)
    make_user(email=EMAIL, shopper_id=mine)
    guest = make_guest(client).shopper_id
    sign_in(client, email=EMAIL)
    client.post("/sign/logout/")

    assert Shopper.objects.get(id=guest).merged_into_id == mine
    assert SHOPPER not in client.session


def test_what_guests_had_in_their_wallets_is_the_users_after_signing_in(client: Client, lone_writer: object) -> None:
    make_market()
    mine, earlier = make_shopper(lane=7), make_shopper(lane=8)
    make_user(email=EMAIL, shopper_id=mine)
    give_wallet(shopper_id=earlier, amount_minor=30)
    Shopper.objects.filter(id=earlier).update(merged_into_id=mine)
    guest = make_guest(client).shopper_id
    give_wallet(shopper_id=guest, amount_minor=400)
    sign_in(client, email=EMAIL)

    assert wallet_balance_minor(shopper_id=mine, currency="EUR") == 430
    assert [one.balance_minor for one in wallets_of(shopper_ids=[guest, earlier])] == [0, 0]


def test_other_devices_are_signed_out_and_this_one_stays(client: Client) -> None:
    make_user(email=EMAIL)
    other = Client(headers={"User-Agent": "Phone/1"})
    sign_in(other, email=EMAIL)
    sign_in(client, email=EMAIL)
    listed = client.get("/sign/sessions/").content
    client.post("/sign/sessions/")

    assert b"Phone/1" in listed
    assert (client.get("/me/").status_code, other.get("/me/").status_code) == (200, 302)


def test_a_page_without_a_session_asks_nobody_who_it_is_and_one_with_it_greets(client: Client) -> None:
    make_market()
    make_user(email=EMAIL, name="Ana")
    signed_in = Client()
    sign_in(signed_in, email=EMAIL)
    client.get("/search")
    forget_everything()
    with CaptureQueriesContext(
        connection,
    ) as alone:
        anonymous = client.get("/search").content.decode()
    forget_everything()
    with CaptureQueriesContext(connection) as known:
        greeted = signed_in.get("/search").content.decode()

    assert 'href="/sign/login/?next=%2Fsearch"' in anonymous
    assert "Ana" in greeted
    # A prepared statement, such as that of cards, is counted without its text.
    asked = " ".join(query["sql"] or "" for query in alone)
    assert "session" not in asked
    assert "identity" not in asked
    assert len(known) == len(alone) + 2
