"""The commission of a line and the share of an order's creator are as they were when it was placed (INV-34)."""

import pytest
from django.db import IntegrityError, connection, transaction

from fairground.orders.models import Order, OrderLine
from tests.books import hot_rows
from tests.factories import make_market
from tests.refunding import Scene, make_scene


@pytest.fixture
def scene(two_writers: None) -> Scene:
    make_market()
    return make_scene(creator_bps=300)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("orders_orderline", "commission_bps = commission_bps - 1"),
        ("orders_orderline", "commission_bps = 0, discount_minor = discount_minor"),
        ("orders_order", "creator_bps = creator_bps + 1"),
        ("orders_order", "creator_bps = 0, state = state"),
    ],
)
def test_the_database_refuses_another_rate_and_nothing_changes(scene: Scene, table: str, change: str) -> None:
    rows = hot_rows()

    with pytest.raises(IntegrityError, match="INV-34"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {change}")

    assert hot_rows() == rows


@pytest.mark.parametrize("bps", [-1, 10_001])
def test_a_rate_that_cannot_be_is_refused(scene: Scene, bps: int) -> None:
    line, order = OrderLine.objects.get(order_id=scene.lamps), Order.objects.get(id=scene.lamps)

    line.line_no, line.commission_bps = 9, bps
    with pytest.raises(IntegrityError, match="inv_34_commission_in_range"), transaction.atomic():
        line.save(force_insert=True)
    order.id, order.creator_bps = order.id + 1, bps
    with pytest.raises(IntegrityError, match="inv_34_share_of_a_creator"), transaction.atomic():
        order.save(force_insert=True)

    assert (OrderLine.objects.count(), Order.objects.count()) == (2, 2)


def test_without_a_creator_nobody_is_promised_a_share(scene: Scene) -> None:
    with pytest.raises(IntegrityError, match="inv_34_share_of_a_creator"), transaction.atomic():
        Order.objects.filter(id=scene.chairs).update(creator_id=None)

    assert Order.objects.get(id=scene.chairs).creator_id == 7


def test_what_else_changes_of_an_order_and_its_lines_may(scene: Scene) -> None:
    OrderLine.objects.filter(order_id=scene.chairs).update(commission_bps=500, title="Stool")
    Order.objects.filter(id=scene.chairs).update(creator_bps=300, store_id=1)

    assert OrderLine.objects.get(order_id=scene.chairs).title == "Stool"
