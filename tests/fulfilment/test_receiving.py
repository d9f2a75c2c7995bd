"""What a shipped order comes to: confirmed by its shopper, or by itself when nobody says anything."""

import pytest

from fairground.checkout.actions.advance_orders import OrderNotReady, UnknownOrder, advance_orders
from fairground.checkout.actions.receive_orders import confirm_receipt, receive_due_orders
from fairground.fulfilment.models import AwaitedReceipt, Shipment
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.models import Outbox
from fairground.kernel.outbox import OutboxKind
from fairground.markets.models import Market
from fairground.orders.models import Order
from fairground.orders.rules import Step
from tests.books import hot_rows
from tests.factories import make_market, make_shopper
from tests.refunding import LATER_MS, Scene, make_scene

DAY_MS = 86_400_000


@pytest.fixture
def scene(two_writers: None) -> Scene:
    make_market()
    Market.objects.update(withdrawal_days=14, time_zone="Europe/Madrid")
    return make_scene()


def state_of(order_id: int) -> Step:
    return Step(Order.objects.get(id=order_id).state)


def events_of(order_id: int) -> list[OutboxKind]:
    kinds = Outbox.objects.filter(subject_id=order_id).order_by("writer_id", "seq").values_list("kind", flat=True)
    return [OutboxKind(one) for one in kinds]


def test_who_confirms_a_shipped_order_says_that_it_came_and_completes_it(scene: Scene) -> None:
    advance_orders(order_ids=[scene.chairs], then=Step.SHIPPED, now_ms=LATER_MS)

    confirm_receipt(order_id=scene.chairs, shopper_ids=[scene.shopper_id], now_ms=LATER_MS + 5)

    order = Order.objects.get(id=scene.chairs)
    assert order.state == Step.COMPLETED
    assert (order.delivered_at, order.ended_at) == (from_unix_ms(LATER_MS + 5), from_unix_ms(LATER_MS + 5))
    assert Shipment.objects.get().delivered_at == from_unix_ms(LATER_MS + 5)
    assert events_of(scene.chairs) == [
        OutboxKind.ORDER_SHIPPED,
        OutboxKind.ORDER_DELIVERED,
        OutboxKind.ORDER_COMPLETED,
    ]
    assert AwaitedReceipt.objects.count() == 0


def test_who_confirms_twice_confirms_once(scene: Scene) -> None:
    advance_orders(order_ids=[scene.chairs], then=Step.SHIPPED, now_ms=LATER_MS)
    confirm_receipt(order_id=scene.chairs, shopper_ids=[scene.shopper_id], now_ms=LATER_MS + 5)
    before = hot_rows()

    confirm_receipt(order_id=scene.chairs, shopper_ids=[scene.shopper_id], now_ms=LATER_MS + 9)

    assert hot_rows() == before


def test_nobody_confirms_what_did_not_leave_nor_what_another_one_ordered(scene: Scene) -> None:
    advance_orders(order_ids=[scene.lamps], then=Step.SHIPPED, now_ms=LATER_MS)
    before = hot_rows()

    with pytest.raises(OrderNotReady):
        confirm_receipt(order_id=scene.chairs, shopper_ids=[scene.shopper_id], now_ms=LATER_MS)
    for order_id, shopper_id in ((scene.lamps, make_shopper()), (1, scene.shopper_id), (1 << 60, scene.shopper_id)):
        with pytest.raises(UnknownOrder):
            confirm_receipt(order_id=order_id, shopper_ids=[shopper_id], now_ms=LATER_MS)

    assert hot_rows() == before


def test_a_shipped_order_of_which_nobody_says_anything_counts_as_delivered_after_thirty_days(scene: Scene) -> None:
    advance_orders(order_ids=[scene.chairs], then=Step.SHIPPED, now_ms=LATER_MS)

    assert receive_due_orders(now_ms=LATER_MS + 30 * DAY_MS - 1) == 0
    assert receive_due_orders(now_ms=LATER_MS + 30 * DAY_MS) == 1

    assert state_of(scene.chairs) is Step.DELIVERED
    assert events_of(scene.chairs) == [OutboxKind.ORDER_SHIPPED, OutboxKind.ORDER_DELIVERED]
    assert receive_due_orders(now_ms=LATER_MS + 30 * DAY_MS) == 0


def test_a_delivered_order_is_completed_when_it_can_not_be_withdrawn_from_any_more(scene: Scene) -> None:
    for step in (Step.SHIPPED, Step.DELIVERED):
        advance_orders(order_ids=[scene.chairs, scene.lamps], then=step, now_ms=LATER_MS)
    # 11 November 2026 and fourteen days are Wednesday the 25th; it ends when that day does in Madrid, at 23:00 in UTC.
    assert {one.due_at.isoformat() for one in AwaitedReceipt.objects.all() if one.due_at} == {
        "2026-11-25T23:00:00+00:00"
    }
    due_ms = LATER_MS + 14 * DAY_MS + 22 * 3_600_000

    assert receive_due_orders(now_ms=due_ms - 1) == 0
    assert receive_due_orders(now_ms=due_ms) == 2

    assert (state_of(scene.chairs), state_of(scene.lamps)) == (Step.COMPLETED, Step.COMPLETED)
    assert AwaitedReceipt.objects.count() == 0


def test_what_was_stopped_goes_on_with_what_is_left(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fairground.checkout.actions.receive_orders.RECEIVED_A_BATCH_MAX", 1)
    advance_orders(order_ids=[scene.chairs, scene.lamps], then=Step.SHIPPED, now_ms=LATER_MS)

    assert receive_due_orders(now_ms=LATER_MS + 30 * DAY_MS) == 2
    assert receive_due_orders(now_ms=LATER_MS + 31 * DAY_MS) == 0
