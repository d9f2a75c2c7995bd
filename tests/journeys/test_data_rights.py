"""What a person may ask of what is kept: all of it in a file, and that it is erased."""

import json
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from click import ClickException
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fairground.aftersales.actions.erase_words import erase_due_words, erase_words_of
from fairground.aftersales.actions.open_case import CaseAsked, open_case
from fairground.aftersales.actions.shopper_steps import withdraw_case
from fairground.aftersales.models import Case, CaseMessage
from fairground.aftersales.rules import CaseReason, CaseState, Wish
from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.actions.end_purchases import cancel_purchase
from fairground.checkout.actions.erase_person import OrderNotShipped, erase_person
from fairground.cli.erase import erase_by_letter
from fairground.identity.models import Shopper, User
from fairground.kernel.clock import from_unix_ms
from fairground.orders.models import OrderAddress
from fairground.orders.personal_data import erase_due_addresses
from fairground.orders.rules import ADDRESS_KEPT_MS, Step
from fairground.orders.tasks import follow_purchases
from fairground.payments.actions import move_wallets
from fairground.sites.people.own_data import _reading
from tests.factories import NOW_MS, give_wallet, make_market, make_shopper, make_sku, pay, pay_request, place_one
from tests.factories import place_request as asked
from tests.people_making import PASSWORD, make_user, sign_in
from tests.redpackets.giving import grab_one, make_round

NAME, EMAIL, STREET = "Ottilie Wunderlich", "ottilie@example.org", "Lindwurmstr. 77"
ADDRESS = json.dumps({"name": NAME, "country": "DE", "lines": [STREET]}).encode()

pytestmark = pytest.mark.usefixtures("writer")


@pytest.fixture
def shopper_id() -> int:
    """A shopper in a shop with one market."""
    cache.clear()
    make_market()
    return make_shopper(lane=3)


@pytest.fixture
def ottilie(client: Client, shopper_id: int) -> Client:
    """Who signed in, and has bought as a guest before."""
    user = make_user(email=EMAIL, name=NAME, shopper_id=shopper_id)
    sign_in(client, email=EMAIL)
    client.post("/sign/reauthenticate/", {"password": PASSWORD})
    Authenticator.objects.create(user=user, type="webauthn", data={"name": f"Key of {NAME}", "credential": {}})
    return client


def buy(*, shopper_id: int, paid: bool = False) -> Any:
    """Let the shopper buy a chair that goes to the street."""
    placed = place_one(asked(make_sku().line(), shopper_id=shopper_id, address=ADDRESS))
    if paid:
        give_wallet(shopper_id=shopper_id, amount_minor=placed.total_minor)
        pay([pay_request(placed, shopper_id=shopper_id)])
    while follow_purchases():
        pass
    return placed


def places_with(word: str) -> list[str]:
    """Return every column of text or JSON in which a row holds the word."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND data_type IN ('text', 'character varying', 'character', 'jsonb', 'json', 'ARRAY', 'bytea', 'inet')"
        )
        for table, column in cursor.fetchall():
            cursor.execute(
                f'SELECT EXISTS (SELECT FROM "{table}" WHERE strpos(lower("{column}"::text), lower(%s)) > 0)', [word]
            )
            if cursor.fetchone()[0]:
                found.append(f"{table}.{column}")
    return found


def test_the_file_holds_all_that_is_kept(ottilie: Client, shopper_id: int) -> None:
    buy(shopper_id=shopper_id, paid=True)
    packet = grab_one(make_round(), shopper_id=shopper_id)
    answer = ottilie.get("/me/data/export")
    said = json.loads(b"".join(answer))

    assert answer["Content-Disposition"] == 'attachment; filename="fairground-data.json"'
    assert (said["user"]["email"], said["user"]["name"]) == (EMAIL, NAME)
    assert said["e_mail_addresses"] == [{"email": EMAIL, "verified": True, "primary": True}]
    assert [key["name"] for key in said["keys_to_sign_in"]] == [f"Key of {NAME}"]
    assert [one["ip"] for one in said["sessions"]] == ["127.0.0.1"]
    assert said["shopper_numbers"] == [str(shopper_id)]
    [purchase] = said["purchases"]
    [order] = purchase["orders"]
    assert (purchase["state"], order["address"]["lines"]) == ("paid", [STREET])
    assert [line["title"] for line in order["lines"]] == ["Oak chair"]
    assert [line["kind"] for line in said["wallets"][0]["lines"]] == ["top_up", "purchase"]
    assert said["coupons"] == []
    [red_packet] = said["red_packets"]
    assert (red_packet["packet_id"], red_packet["amount_minor"]) == (str(packet.packet_id), packet.amount_minor)


def test_the_wallets_of_all_who_one_was_are_read_in_one_pass(ottilie: Client, shopper_id: int) -> None:
    make_market(code="US", currency="USD", tax_rates_bps={"US": 0})
    guest = make_shopper(lane=5)
    give_wallet(shopper_id=guest, amount_minor=40)
    give_wallet(shopper_id=shopper_id, amount_minor=3, currency="USD")
    Shopper.objects.filter(id=guest).update(merged_into_id=shopper_id)
    move_wallets(source_ids=[guest], target_id=shopper_id, now_ms=NOW_MS + 1)
    with CaptureQueriesContext(connection) as seen:
        said = json.loads(b"".join(ottilie.get("/me/data/export")))

    told = [
        (one["currency"], [line["kind"] for line in one["lines"]], one["closing_balance_minor"])
        for one in said["wallets"]
    ]
    assert sorted(told) == [("EUR", ["merge"], 40), ("EUR", ["top_up", "merge"], 0), ("USD", ["top_up"], 3)]
    assert sum("ledger_transferend" in one["sql"] for one in seen) == 1


def test_one_file_at_a_time_is_written(ottilie: Client) -> None:
    assert _reading.acquire(blocking=False)
    try:
        refused = ottilie.get("/me/data/export")
    finally:
        _reading.release()

    assert (refused.status_code, refused["Retry-After"]) == (503, "30")
    assert ottilie.get("/me/data/export").status_code == 200


def test_the_file_and_the_erasure_ask_who_it_is_again(client: Client, shopper_id: int) -> None:
    make_user(email=EMAIL, shopper_id=shopper_id)
    sign_in(client, email=EMAIL)

    for path in ("/me/data/export", "/me/data/erase"):
        assert client.get(path)["Location"] == f"/sign/reauthenticate/?next=%2Fme%2Fdata%2F{path.rpartition('/')[2]}"
    assert client.post("/me/data/erase", {"email": EMAIL}).status_code == 302
    assert User.objects.count() == 1


def test_who_is_erased_is_found_nowhere_and_the_books_still_hold(ottilie: Client, shopper_id: int) -> None:
    guest = make_shopper(lane=5)
    Shopper.objects.filter(id=guest).update(merged_into_id=shopper_id)
    for one in (shopper_id, guest):
        ended = buy(shopper_id=one)
        cancel_purchase(purchase_id=ended.purchase_id, shopper_id=one, now_ms=NOW_MS + 1)
    words = (NAME, EMAIL, "ottilie", STREET, "Wunderlich")
    assert all(places_with(word) for word in words)

    done = ottilie.post("/me/data/erase", {"email": EMAIL})

    assert (done.status_code, done["Location"]) == (303, "/me/erased")
    assert ottilie.get("/me/erased").status_code == 200
    assert [place for word in words for place in places_with(word)] == []
    assert ottilie.get("/me/").status_code == 302
    assert Shopper.objects.filter(erased_at__isnull=False).count() == 2


def test_the_address_of_a_running_order_goes_when_it_ends(ottilie: Client, shopper_id: int) -> None:
    running = buy(shopper_id=shopper_id)
    ottilie.post("/me/data/erase", {"email": EMAIL})
    now = from_unix_ms(NOW_MS + 1)

    assert not erase_due_addresses(now=now)
    assert [one.address["lines"] for one in OrderAddress.objects.all()] == [[STREET]]
    cancel_purchase(purchase_id=running.purchase_id, shopper_id=shopper_id, now_ms=NOW_MS + 1)
    erase_due_addresses(now=now)

    assert places_with(STREET) == []


def test_an_address_is_erased_when_its_time_is_over_and_its_order_has_ended(shopper_id: int) -> None:
    ended, running = buy(shopper_id=shopper_id), buy(shopper_id=shopper_id)
    cancel_purchase(purchase_id=ended.purchase_id, shopper_id=shopper_id, now_ms=NOW_MS + 1)

    erase_due_addresses(now=from_unix_ms(NOW_MS + ADDRESS_KEPT_MS - 1))
    assert OrderAddress.objects.count() == 2
    erase_due_addresses(now=from_unix_ms(NOW_MS + ADDRESS_KEPT_MS + 60_000))

    [left] = OrderAddress.objects.all()
    assert left.order_id in _order_ids(running.purchase_id)


def test_money_in_the_wallet_keeps_a_person_from_being_erased(ottilie: Client, shopper_id: int) -> None:
    give_wallet(shopper_id=shopper_id, amount_minor=1)
    before = places_with(NAME)
    refused = ottilie.post("/me/data/erase", {"email": EMAIL})

    assert refused.status_code == 409
    assert b"still money in your wallet" in refused.content
    assert (places_with(NAME), Shopper.objects.get(id=shopper_id).erased_at) == (before, None)
    assert ottilie.get("/me/").status_code == 200


def test_a_paid_order_that_is_not_shipped_keeps_a_person_from_being_erased(ottilie: Client, shopper_id: int) -> None:
    guest = make_shopper(lane=5)
    placed = buy(shopper_id=guest, paid=True)
    Shopper.objects.filter(id=guest).update(merged_into_id=shopper_id)
    before = places_with(STREET)
    refused = ottilie.post("/me/data/erase", {"email": EMAIL})

    assert refused.status_code == 409
    assert b"A purchase that you paid is not shipped yet." in refused.content
    assert (places_with(STREET), Shopper.objects.get(id=shopper_id).erased_at) == (before, None)
    with pytest.raises(ClickException, match="not shipped yet"):
        erase_by_letter(email=EMAIL, is_sure=True)

    advance_orders(order_ids=_order_ids(placed.purchase_id), then=Step.SHIPPED, now_ms=NOW_MS + 1)
    assert ottilie.post("/me/data/erase", {"email": EMAIL}).status_code == 303


def test_an_order_just_paid_that_no_list_has_yet_counts_too(shopper_id: int) -> None:
    user = make_user(email=EMAIL, shopper_id=shopper_id)
    give_wallet(shopper_id=shopper_id, amount_minor=1_000)
    placed = place_one(asked(make_sku().line(), shopper_id=shopper_id))
    pay([pay_request(placed, shopper_id=shopper_id)])

    with pytest.raises(OrderNotShipped):
        erase_person(user_id=user.id, now=from_unix_ms(NOW_MS), besides=erase_words_of)
    assert User.objects.count() == 1


def test_erasing_locks_the_user_and_the_shoppers_before_anything_else(shopper_id: int) -> None:
    user = make_user(email=EMAIL, shopper_id=shopper_id)
    with CaptureQueriesContext(connection) as seen:
        erase_person(user_id=user.id, now=from_unix_ms(NOW_MS), besides=erase_words_of)
    locking = [
        min((table for table in _LOCKED if table in one["sql"]), key=one["sql"].index)
        for one in seen
        if "FOR UPDATE" in one["sql"] or one["sql"].startswith(("UPDATE", "DELETE"))
        if any(table in one["sql"] for table in _LOCKED)
    ]

    first = list(dict.fromkeys(locking))
    assert first == ["identity_user", "identity_shopper", "carts_cartentry", "carts_wish", "identity_savedaddress"]


def test_another_e_mail_than_ones_own_erases_nothing(ottilie: Client) -> None:
    refused = ottilie.post("/me/data/erase", {"email": "somebody@example.org"})

    assert refused.status_code == 422
    assert b'aria-invalid="true"' in refused.content
    assert User.objects.count() == 1


def test_the_operator_erases_who_asks_by_letter(shopper_id: int) -> None:
    make_user(email=EMAIL, name=NAME, shopper_id=shopper_id)
    with pytest.raises(ClickException, match="nobody signs in with that e-mail"):
        erase_by_letter(email="nobody@example.org", is_sure=True)
    assert User.objects.count() == 1

    erase_by_letter(email=EMAIL, is_sure=True)

    assert places_with(NAME) == []


_LOCKED = ("carts_cartentry", "carts_wish", "identity_savedaddress", "identity_shopper", "identity_user")


def _order_ids(purchase_id: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT order_ids FROM orders_purchase WHERE id = %s", [purchase_id])
        row = cursor.fetchone()
    assert row
    return list(row[0])


def test_words_of_cases_are_in_the_file_and_go_when_their_time_or_the_person_does(
    ottilie: Client, shopper_id: int
) -> None:
    placed = buy(shopper_id=shopper_id, paid=True)
    order_id = placed.orders[0].order_id
    for then in (Step.SHIPPED, Step.DELIVERED):
        advance_orders(order_ids=[order_id], then=then, now_ms=NOW_MS)
    asked_about = CaseAsked(
        purchase_id=placed.purchase_id,
        order_id=order_id,
        shopper_id=shopper_id,
        units={1: 1},
        reason=CaseReason.FAULTY,
        wish=Wish.MONEY,
        seen=0,
        swaps={},
        text=f"{NAME} is not amused.",
    )
    opened = open_case(asked=asked_about, now=from_unix_ms(NOW_MS))
    said = json.loads(b"".join(ottilie.get("/me/data/export")))
    assert said["returns_and_claims"][0]["messages"][0]["text"] == f"{NAME} is not amused."
    assert said["returns_and_claims"][0]["language"] == "en"
    refused = ottilie.post("/me/data/erase", {"email": EMAIL})
    assert (refused.status_code, places_with("not amused")) == (409, ["aftersales_casemessage.text"])

    withdraw_case(case_id=opened.case_id, shopper_id=shopper_id, now=from_unix_ms(NOW_MS))
    assert erase_due_words(now=from_unix_ms(NOW_MS) + timedelta(days=731)) == 0
    assert ottilie.post("/me/data/erase", {"email": EMAIL}).status_code == 303

    assert places_with("not amused") == []


def test_words_of_a_case_go_two_years_after_it_ended(shopper_id: int) -> None:
    case = Case.objects.create(
        id=1,
        order_id=1,
        case_no=1,
        purchase_id=1,
        shopper_id=shopper_id,
        merchant_id=1,
        market="EU",
        reason=CaseReason.OTHER,
        wish=Wish.MONEY,
        state=CaseState.CLOSED,
        needs_return=False,
        opened_at=from_unix_ms(NOW_MS),
        closed_at=from_unix_ms(NOW_MS),
        erase_after=from_unix_ms(NOW_MS) + timedelta(days=732),
        tracking="1Z-77",
    )
    CaseMessage.objects.create(case=case, at=from_unix_ms(NOW_MS), who=1, text=STREET)

    assert erase_due_words(now=from_unix_ms(NOW_MS) + timedelta(days=732)) == 1

    assert places_with(STREET) + places_with("1Z-77") == []
