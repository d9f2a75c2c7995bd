"""An order that a case is about stays where it is until the case is over."""

import pytest

from fairground.aftersales.actions.shopper_steps import withdraw_case
from fairground.checkout.actions.receive_orders import CaseOpen, confirm_receipt, receive_due_orders
from fairground.orders.models import Order
from fairground.orders.rules import Step
from tests.books import hot_rows
from tests.cases import LATER, ask, ship
from tests.factories import make_market
from tests.refunding import LATER_MS, Scene, make_scene


@pytest.fixture
def scene(two_writers: None) -> Scene:
    make_market()
    made = make_scene()
    ship(made.chairs, made.lamps)
    return made


def test_an_order_of_an_open_case_is_completed_neither_by_its_shopper_nor_by_itself(scene: Scene) -> None:
    opened = ask(scene, scene.chairs, 1)
    late = LATER_MS + 60 * 86_400_000

    before = hot_rows()
    with pytest.raises(CaseOpen):
        confirm_receipt(order_id=scene.chairs, shopper_ids=[scene.shopper_id], now_ms=late)
    assert hot_rows() == before
    assert receive_due_orders(now_ms=late) == 1
    steps = dict(Order.objects.values_list("id", "state"))
    assert (steps[scene.chairs], steps[scene.lamps]) == (Step.DELIVERED, Step.COMPLETED)

    withdraw_case(case_id=opened.case_id, shopper_id=scene.shopper_id, now=LATER)
    assert receive_due_orders(now_ms=late) == 1
    assert Order.objects.get(id=scene.chairs).state == Step.COMPLETED
