"""A presale over HTTP, at a web process as it is run: ordered, the deposit paid, the balance paid, each asked twice."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from fairground.festivals.models import Presale
from fairground.orders.models import Purchase
from fairground.orders.rules import DepositEnd, Step
from tests.books import hot_rows
from tests.conftest import share_lanes
from tests.factories import SkuMade
from tests.journeys.shop_at_door import ADDRESS, ShopAtDoor, make_shop_at_door, new_key
from tests.journeys.web_processes import web_processes
from tests.journeys.wire_http import Reply
from tests.presales import make_presale
from tests.sweeping import empty_tables

pytestmark = pytest.mark.django_db


@dataclass(frozen=True, slots=True)
class PresalesAtDoor:
    """A shop with two presales that can be ordered: the balance of one is due later, of the other at once."""

    shop: ShopAtDoor
    later: SkuMade
    due: SkuMade
    balance_opens_at: datetime

    def order(self, made: SkuMade, *, key: str, more: list[dict[str, Any]] | None = None) -> Reply:
        line = {"sku": str(made.id), "deal": str(made.deal_id), "quantity": 1, "unit_price_minor": 1_000}
        body = {"market": "EU", "currency": "EUR", "language": "en", "ship_to": ADDRESS}
        return self.shop.send(body=body | {"lines": [line, *(more or [])]}, idempotency_key=key)

    def pay(self, placed: Reply, amount_minor: int, *, key: str) -> Reply:
        body = {"method": "wallet", "amount_minor": amount_minor, "currency": "EUR"}
        return self.shop.send(path=f"/v1/purchases/{placed.json['purchase']}/payment", body=body, idempotency_key=key)


@pytest.fixture(scope="module")
def at_door(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[PresalesAtDoor]:
    """A web process that really commits, in a database that is emptied at the end of the module."""
    with django_db_blocker.unblock():
        share_lanes(0, 64)
        with web_processes(1) as ports:
            opened_at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
            shop = make_shop_at_door(ports)
            later, due = make_presale(opens_at=opened_at), make_presale(opens_at=opened_at)
            Presale.objects.filter(deal_id=due.deal_id or 0).update(balance_opens_at=opened_at)
            yield PresalesAtDoor(shop, later, due, opened_at + timedelta(days=10))
        empty_tables()
        share_lanes(0, 64)


def problem(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.json["type"]


def test_a_presale_is_ordered_and_paid_twice(at_door: PresalesAtDoor) -> None:
    ordering, depositing, balancing = new_key(), new_key(), new_key()

    placed, again = (at_door.order(at_door.due, key=ordering) for _ in range(2))
    deposit, deposit_again = (at_door.pay(placed, 100, key=depositing) for _ in range(2))
    wrong = at_door.pay(placed, 950, key=balancing)
    balance, balance_again = (at_door.pay(placed, 850, key=balancing) for _ in range(2))
    before = hot_rows()
    twice = at_door.pay(placed, 850, key=new_key())

    told = {name: placed.json[name] for name in ("total_minor", "deposit_minor", "balance_minor", "state")}
    assert told == {"total_minor": 950, "deposit_minor": 100, "balance_minor": 850, "state": "placed"}
    assert (again.status, again.body) == (200, placed.body)
    assert (deposit.status, deposit.json["state"], deposit.json["paid_minor"]) == (201, "deposited", 100)
    assert (deposit_again.status, deposit_again.body) == (200, deposit.body)
    assert (problem(wrong), wrong.json["total_minor"]) == ((409, "/problems/wrong-amount"), 850)
    assert (balance.status, balance.json["state"], balance.json["paid_minor"]) == (201, "paid", 850)
    assert (balance_again.status, balance_again.body) == (200, balance.body)
    assert problem(twice) == (409, "/problems/already-paid")
    assert hot_rows() == before
    paid = Purchase.objects.get(id=placed.json["purchase"])
    assert (paid.state, paid.deposit_end, paid.balance_minor) == (Step.PAID, DepositEnd.COUNTED, 850)


def test_a_balance_before_its_window_is_told_when_it_is_due(at_door: PresalesAtDoor) -> None:
    placed = at_door.order(at_door.later, key=new_key())
    at_door.pay(placed, 100, key=new_key())
    before = hot_rows()

    early = at_door.pay(placed, 850, key=new_key())

    assert problem(early) == (409, "/problems/balance-not-open")
    assert datetime.fromisoformat(early.json["opens_at"]) == at_door.balance_opens_at
    assert datetime.fromisoformat(placed.json["balance_opens_at"]) == at_door.balance_opens_at
    assert hot_rows() == before


def test_a_presale_is_not_ordered_with_something_else(at_door: PresalesAtDoor) -> None:
    before = hot_rows()

    reply = at_door.order(at_door.later, key=new_key(), more=[at_door.shop.line()])

    assert problem(reply) == (409, "/problems/presale-alone")
    assert reply.json["deal_id"] == str(at_door.later.deal_id)
    assert hot_rows() == before
