"""Placing and paying from a page's thread."""

import json

import pytest

from fairground.checkout.rules.placing import PlaceRequest
from fairground.identity.models import Shopper
from fairground.intake.codec import BadBody, new_key, parse_key, read_pay, read_place
from fairground.intake.counter import counter_here
from fairground.intake.door import ShopperBlocked
from fairground.kernel.clock import from_unix_ms
from fairground.orders.models import Purchase
from tests.counters import counter_open
from tests.factories import SkuMade, give_wallet, make_market, make_shopper, make_sku

pytestmark = pytest.mark.usefixtures("writer")


def _body(sku: SkuMade, quantity: int = 1) -> bytes:
    return json.dumps(
        {
            "market": sku.market,
            "currency": sku.currency,
            "language": "en",
            "channel": "web",
            "ship_to": {"name": "Ada", "country": "DE", "lines": ["1 Lantern Street"], "email": "ada@example.org"},
            "lines": [{"sku": str(sku.id), "quantity": quantity, "unit_price_minor": sku.price_minor}],
        }
    ).encode()


def _place(body: bytes, *, shopper_id: int, key: str) -> tuple[int, dict[str, object]]:
    counter = counter_here()
    now_ms = counter.clock.now_ms()
    parsed = parse_key(key, now_ms=now_ms)

    def read() -> PlaceRequest:
        return read_place(body, shopper_id=shopper_id, verified=False, key=parsed, arrived_at_ms=now_ms)

    status, answer, _ = counter.ask(shopper_id=shopper_id, key=parsed, read=read)
    return status, json.loads(answer)


def test_a_page_places_and_pays_and_the_same_key_is_one_purchase() -> None:
    make_market()
    sku, shopper_id = make_sku(), make_shopper(verified=False)
    with counter_open() as counter:
        now_ms = counter.clock.now_ms()
        key = new_key(now_ms=now_ms)
        status, placed = _place(_body(sku, 2), shopper_id=shopper_id, key=key)
        again = _place(_body(sku, 2), shopper_id=shopper_id, key=key)
        give_wallet(shopper_id=shopper_id, amount_minor=2_000, now_ms=now_ms)
        paying = parse_key(new_key(now_ms=now_ms), now_ms=now_ms)
        purchase_id = int(str(placed["purchase"]))
        body = b'{"method":"wallet","amount_minor":2000,"currency":"EUR"}'
        paid = counter.ask(
            shopper_id=shopper_id,
            key=paying,
            read=lambda: read_pay(body, purchase_id=purchase_id, shopper_id=shopper_id, key=paying),
        )
    assert (status, placed["total_minor"], again[0], again[1]["number"]) == (201, 2_000, 200, placed["number"])
    assert (paid[0], json.loads(paid[1])["state"]) == (201, "paid")
    assert Purchase.objects.count() == 1


def test_what_the_door_refuses_is_raised_in_the_page_and_nothing_is_placed() -> None:
    make_market()
    sku = make_sku()
    blocked = make_shopper(blocked_at=from_unix_ms(0))
    with counter_open() as counter:
        now_ms = counter.clock.now_ms()
        with pytest.raises(ShopperBlocked):
            _place(_body(sku), shopper_id=blocked, key=new_key(now_ms=now_ms))
        with pytest.raises(BadBody):
            _place(b"{}", shopper_id=Shopper.objects.create(id=1 << 40, lane=0).id, key=new_key(now_ms=now_ms))
    assert not Purchase.objects.exists()


def test_a_process_without_a_door_answers_no_page_that_places() -> None:
    with pytest.raises(AssertionError, match="no door is open"):
        counter_here()
