"""The upgrade of orders that were cancelled before there were refunds: what they used is nobody's use any more."""

from importlib import import_module

import pytest
from django.db import connection

from fairground.checkout.actions.advance_orders import advance_orders
from fairground.orders.rules import Step
from fairground.promotions.models import Allowance, Coupon, ShopperUse
from fairground.redpackets.models import Packet
from tests.books import hot_rows
from tests.factories import make_market
from tests.refunding import LATER_MS, Scene, back, make_scene


@pytest.fixture
def scene(two_writers: None) -> Scene:
    make_market()
    return make_scene()


def upgrade() -> None:
    """Run what the migration runs."""
    with connection.cursor() as cursor:
        cursor.execute(import_module("fairground.orders.migrations.0009_cancelled_orders_use_nothing_up").COUNTERS)


def count_as_before(scene: Scene) -> None:
    """Let the counters say what they said when both orders were paid, as a cancelled order once left them."""
    taken = Allowance.objects.get(kind=1, lane=0, promotion_id=scene.promotion_id)
    Allowance.objects.filter(pk=taken.pk).update(taken=1, amount_minor=4_000)
    ShopperUse.objects.update(uses=1)
    Coupon.objects.update(used=1)
    Packet.objects.update(used_minor=777)


@pytest.mark.parametrize("cancelled", [("chairs",), ("chairs", "lamps")])
def test_what_cancelled_orders_used_is_free_again(scene: Scene, cancelled: tuple[str, ...]) -> None:
    advance_orders(order_ids=[getattr(scene, one) for one in cancelled], then=Step.CANCELLED, now_ms=LATER_MS)
    today = hot_rows()
    count_as_before(scene)
    assert hot_rows() != today

    upgrade()

    assert hot_rows() == today


def test_counters_that_are_right_stay_as_they_are(scene: Scene) -> None:
    back(scene.chairs, 1, 1)
    before = hot_rows()

    upgrade()

    assert hot_rows() == before
