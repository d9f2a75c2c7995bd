"""The same key twice: one effect and one answer for the same content, a refusal for any other."""

import pytest
from msgspec.structs import replace

from fairground.checkout.rules.placing import KeyReused, Placed, SoldOut
from fairground.orders.models import Purchase
from tests.books import Units, hot_rows, units_of
from tests.factories import (
    NOW_MS,
    make_market,
    make_merchant,
    make_shopper,
    make_sku,
    next_key,
    place,
    place_one,
    place_request,
)


@pytest.fixture(autouse=True)
def _market(lone_writer: object) -> None:
    make_market()


def test_the_same_request_twice_in_a_batch_is_one_effect_and_one_answer() -> None:
    chair = make_sku()
    request = place_request(chair.line(2), shopper_id=make_shopper())

    first, second = place([request, request])

    assert isinstance(first, Placed)
    assert second == replace(first, replayed=True)
    assert Purchase.objects.count() == 1
    assert units_of(chair.stock_id) == Units(100, reserved=2, sold=0)


def test_the_same_request_later_answers_with_the_same_number_and_changes_nothing() -> None:
    chair, lamp = make_sku(merchant=make_merchant(lane=6)), make_sku(merchant=make_merchant(lane=2))
    request = place_request(chair.line(2), lamp.line(), shopper_id=make_shopper())
    placed = place_one(request)
    before = hot_rows()

    again = place_one(request, now_ms=NOW_MS + 60_000)

    assert again == Placed(
        placed.purchase_id,
        placed.number,
        placed.state,
        placed.currency,
        placed.total_minor,
        placed.pay_before_ms,
        placed.orders,
        replayed=True,
    )
    assert hot_rows() == before


@pytest.mark.parametrize("other_lane", [5, 40], ids=["same lane", "other lane"])
def test_a_key_used_again_for_other_content_is_refused(other_lane: int) -> None:
    chair = make_sku(merchant=make_merchant(lane=5))
    other = make_sku(merchant=make_merchant(lane=other_lane))
    shopper_id, key = make_shopper(), next_key()
    place_one(place_request(chair.line(), shopper_id=shopper_id, key=key))
    before = hot_rows()

    outcomes = place([place_request(other.line(), shopper_id=shopper_id, key=key)])

    assert outcomes == [KeyReused()]
    assert hot_rows() == before


def test_a_key_used_again_for_other_content_within_its_batch_is_refused() -> None:
    chair, key, shopper_id = make_sku(), next_key(), make_shopper()

    first, second = place([place_request(chair.line(n), shopper_id=shopper_id, key=key) for n in (1, 2)])

    assert isinstance(first, Placed)
    assert second == KeyReused()
    assert Purchase.objects.count() == 1


def test_two_shoppers_may_have_the_same_key() -> None:
    chair, key = make_sku(), next_key()

    outcomes = place([place_request(chair.line(), shopper_id=make_shopper(), key=key) for _ in range(2)])

    assert [type(one) for one in outcomes] == [Placed, Placed]
    assert Purchase.objects.count() == 2


def test_a_refusal_uses_up_no_key() -> None:
    chair, key, shopper_id = make_sku(units=1), next_key(), make_shopper()
    refused = place([place_request(chair.line(2), shopper_id=shopper_id, key=key)])

    placed = place_one(place_request(chair.line(1), shopper_id=shopper_id, key=key))

    assert refused == [SoldOut(sku_id=chair.id, asked=2, left=1)]
    assert placed.replayed is False
