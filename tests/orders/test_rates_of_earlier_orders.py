"""The upgrade of orders that were placed when an order had one commission, and a release the share of its creator."""

from importlib import import_module

import pytest
from django.db import connection

from fairground.orders.models import Order, OrderLine
from tests.factories import make_market
from tests.refunding import Scene, make_scene
from tests.settlement.making import make_terms, settle

MIGRATION = import_module("fairground.orders.migrations.0012_frozen_rates")


@pytest.fixture
def scene(two_writers: None) -> Scene:
    make_market()
    return make_scene(creator_bps=300)


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def look_as_before(scene: Scene) -> None:
    """Give orders the commissions that they had, 4.44 % and 6.66 %, and releases a creator's share of 1.11 %."""
    run(MIGRATION.UNDO_STAYS)
    run("ALTER TABLE orders_order ADD commission_bps smallint NOT NULL DEFAULT 444")
    run(f"UPDATE orders_order SET commission_bps = 666 WHERE id = {scene.lamps}")
    run("ALTER TABLE settlement_release ADD creator_bps smallint NOT NULL DEFAULT 111")
    run("UPDATE orders_orderline SET commission_bps = 0; UPDATE orders_order SET creator_bps = 0")


def test_lines_have_the_commission_of_their_order_and_creators_what_was_promised_or_released(scene: Scene) -> None:
    settle(scene.lamps)
    make_terms(scene.chair.merchant.id, creator_bps=222)
    look_as_before(scene)

    run(MIGRATION.BEFORE)

    assert dict(OrderLine.objects.values_list("order_id", "commission_bps")) == {scene.chairs: 444, scene.lamps: 666}
    assert dict(Order.objects.values_list("id", "creator_bps")) == {scene.chairs: 222, scene.lamps: 111}


def test_of_orders_without_a_creator_nobody_is_promised_a_share(two_writers: None) -> None:
    make_market()
    scene = make_scene()
    make_terms(scene.chair.merchant.id, creator_bps=222)
    look_as_before(scene)

    run(MIGRATION.BEFORE)

    assert set(Order.objects.values_list("creator_bps", flat=True)) == {0}


def test_who_goes_back_has_the_commission_of_each_order_again(scene: Scene) -> None:
    look_as_before(scene)
    run(MIGRATION.BEFORE)
    run("UPDATE orders_order SET commission_bps = 0")

    run(MIGRATION.UNDO_BEFORE)

    with connection.cursor() as cursor:
        cursor.execute("SELECT id, commission_bps FROM orders_order")
        assert dict(cursor.fetchall()) == {scene.chairs: 444, scene.lamps: 666}
