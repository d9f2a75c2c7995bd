"""The door over HTTP, at web processes as they are run: every refusal is clear and exact, and writes nothing."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from fairground.orders.models import OrderAddress, Purchase
from tests.books import hot_rows
from tests.conftest import share_lanes
from tests.journeys.refused_at_door import REFUSED
from tests.journeys.shop_at_door import ShopAtDoor, make_shop_at_door, new_key, pass_of
from tests.journeys.web_processes import web_processes
from tests.journeys.wire_http import Reply
from tests.sweeping import empty_tables

pytestmark = pytest.mark.django_db

# Whole, a request takes the door's own way through HTTP; in pieces, uvicorn's parser and ASGI.
WAYS = [pytest.param(1, id="whole"), pytest.param(3, id="in pieces")]


@pytest.fixture(scope="module")
def shop(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[ShopAtDoor]:
    """A shop with two web processes that really commit, in a database that is emptied at the end of the module."""
    with django_db_blocker.unblock():
        share_lanes(0, 64)
        with web_processes(2) as ports:
            yield make_shop_at_door(ports)
        empty_tables()
        share_lanes(0, 64)


def assert_problem(reply: Reply, *, status: int, code: str) -> None:
    assert (reply.status, reply.json["type"]) == (status, f"/problems/{code}"), reply
    assert reply.json["status"] == status
    assert reply.json["title"].endswith(".")
    assert reply.headers["content-type"] == "application/problem+json"
    assert_bare(reply)


def assert_bare(reply: Reply) -> None:
    """No cookie, nothing for other sites' scripts, nothing to be kept."""
    assert reply.headers["cache-control"] == "no-store"
    assert not [name for name in reply.headers if name.startswith(("set-cookie", "access-control", "vary", "server"))]


@pytest.mark.parametrize("pieces", WAYS)
@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_clearly_and_nothing_is_written(name: str, pieces: int, shop: ShopAtDoor) -> None:
    send, status, code, facts = REFUSED[name]
    before = hot_rows()

    reply = send(shop, pieces)

    assert_problem(reply, status=status, code=code)
    if facts is not None:
        told = {key: value for key, value in reply.json.items() if key not in {"type", "title", "status"}}
        assert told == facts(shop)
    assert hot_rows() == before


@pytest.mark.parametrize("pieces", WAYS)
def test_a_purchase_is_placed_and_paid_and_asking_again_says_so_again(pieces: int, shop: ShopAtDoor) -> None:
    key, paying = new_key(), new_key()
    placed, again = (shop.send(idempotency_key=key, pieces=pieces, port=port) for port in shop.ports)
    payment = {"method": "wallet", "amount_minor": 1_000, "currency": "EUR"}
    path = f"/v1/purchases/{placed.json['purchase']}/payment"
    paid, paid_again = (
        shop.send(path=path, body=payment, idempotency_key=paying, pieces=pieces, port=port) for port in shop.ports
    )

    assert (placed.status, again.status, paid.status, paid_again.status) == (201, 200, 201, 200)
    assert [one.headers.get("idempotency-replayed") for one in (placed, again, paid, paid_again)] == [
        None,
        "true",
        None,
        "true",
    ]
    assert (again.body, paid_again.body) == (placed.body, paid.body)
    assert placed.json["total_minor"] == paid.json["paid_minor"] == 1_000
    assert Purchase.objects.filter(id=placed.json["purchase"]).count() == 1
    for reply in (placed, again, paid, paid_again):
        assert reply.headers["content-type"] == "application/json"
        assert_bare(reply)


@pytest.mark.parametrize("pieces", WAYS)
@pytest.mark.parametrize("path", ["/v1/purchases?utm_source=x", "/v1/%70urchases"])
def test_an_address_may_be_written_as_addresses_may(path: str, pieces: int, shop: ShopAtDoor) -> None:
    assert shop.send(path=path, pieces=pieces).status == 201


@pytest.mark.parametrize("pieces", WAYS)
def test_a_key_used_again_for_other_content_is_refused(pieces: int, shop: ShopAtDoor) -> None:
    key = new_key()
    shop.send(idempotency_key=key)
    before = hot_rows()

    reply = shop.send(body=shop.purchase(language="es"), idempotency_key=key, pieces=pieces)

    assert_problem(reply, status=422, code="key-reused")
    assert hot_rows() == before


PAYMENTS: dict[str, tuple[dict[str, Any], int, str]] = {
    "too little": ({"amount_minor": 999}, 409, "wrong-amount"),
    "in another currency": ({"currency": "USD"}, 409, "wrong-currency"),
    "by card": ({"method": "card"}, 400, "bad-body"),
}


@pytest.mark.parametrize("name", PAYMENTS)
def test_a_wrong_payment_is_refused_and_moves_nothing(name: str, shop: ShopAtDoor) -> None:
    changes, status, code = PAYMENTS[name]
    path = f"/v1/purchases/{shop.send().json['purchase']}/payment"
    before = hot_rows()

    reply = shop.send(path=path, body={"method": "wallet", "amount_minor": 1_000, "currency": "EUR", **changes})

    assert_problem(reply, status=status, code=code)
    assert hot_rows() == before


def test_anothers_purchase_is_unknown_and_an_empty_wallet_pays_nothing(shop: ShopAtDoor) -> None:
    other = f"Bearer {pass_of(77)}"
    mine, theirs = shop.send(), shop.send(authorization=other)
    payment = {"method": "wallet", "amount_minor": 1_000, "currency": "EUR"}
    before = hot_rows()

    unknown = shop.send(path=f"/v1/purchases/{mine.json['purchase']}/payment", body=payment, authorization=other)
    unpaid = shop.send(path=f"/v1/purchases/{theirs.json['purchase']}/payment", body=payment, authorization=other)

    assert_problem(unknown, status=404, code="unknown-purchase")
    assert_problem(unpaid, status=402, code="insufficient-funds")
    assert hot_rows() == before


@pytest.mark.parametrize("pieces", WAYS)
def test_an_address_of_four_lines_in_any_script_is_stored_whole(pieces: int, shop: ShopAtDoor) -> None:
    address = {
        "name": "Zoë Müller-Łukasz 张伟 🎎",
        "country": "ES",
        "lines": [
            "Calle de la Lechuga, 3º izq.",
            "北京市朝阳区建国路93号",
            "ул. Пушкина, д. 10",
            'c/o "Ünal" \\ \u2028 O\'Brien',
        ],
        "city": "Москва",
        "region": "ES-M",
        "postal_code": "28001",
        "phone": "+34 600 000 000",
    }

    reply = shop.send(body=shop.purchase(ship_to=address), pieces=pieces)

    assert reply.status == 201
    assert OrderAddress.objects.get(order_id=reply.json["orders"][0]["order"]).address == address


def test_the_same_key_at_two_processes_at_once_is_one_purchase(shop: ShopAtDoor) -> None:
    before = Purchase.objects.count()
    key = new_key()
    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda n: shop.send(idempotency_key=key, port=shop.ports[n % 2]), range(24)))

    assert sorted(reply.status for reply in replies) == [200] * 23 + [201]
    assert len({reply.body for reply in replies}) == 1
    assert Purchase.objects.count() == before + 1


def test_anybody_may_ask_how_the_line_stands(shop: ShopAtDoor) -> None:
    reply = shop.send(path="/v1/line", method="GET", body=b"", authorization=None)

    assert (reply.status, list(reply.json)) == (200, ["admitted", "now"])
    assert_bare(reply)
