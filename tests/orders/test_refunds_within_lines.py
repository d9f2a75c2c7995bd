"""INV-25 in the database: what is written past the actions is refused all the same."""

from importlib import import_module
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from fairground.checkout.actions.advance_orders import advance_orders
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import lane_of
from fairground.orders.models import OrderLine, Refund, RefundDiscount
from fairground.orders.rules import RefundReason, Step
from tests.books import hot_rows
from tests.factories import make_market, make_shopper, make_sku, place_one, place_request
from tests.refunding import LATER_MS, Scene, back, make_scene


@pytest.fixture
def scene(lone_writer: object) -> Scene:
    make_market()
    return make_scene()


def write_refund(order_id: int, refund_no: int, **changes: Any) -> None:
    """Write a row that would be sound but for the changes: a unit of 50.01 without any discount."""
    row = {
        "reason": RefundReason.FAULTY,
        "units": 1,
        "goods_minor": 5_001,
        "discount_minor": 0,
        "ahead_minor": 0,
        "tax_minor": 0,
        "tax_included": True,
        "restocked": True,
        "at": from_unix_ms(LATER_MS),
        **changes,
    }
    paid_minor = row["goods_minor"] - row["discount_minor"] - row["ahead_minor"]
    with transaction.atomic():
        Refund.objects.create(
            lane=lane_of(order_id),
            order_id=order_id,
            line_no=1,
            refund_no=refund_no,
            **{"paid_minor": paid_minor} | row,
        )


def test_a_sound_row_is_written(scene: Scene) -> None:
    write_refund(scene.lamps, 1)

    assert Refund.objects.get().paid_minor == 5_001


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"units": 3}, "inv_25_refund_within_line"),
        ({"goods_minor": 10_003}, "inv_25_refund_within_line"),
        ({"units": 2, "goods_minor": 10_002}, "inv_25_refund_within_line"),  # above what was paid
        ({"tax_minor": 2_000}, "inv_25_refund_within_line"),
        ({"ahead_minor": 1}, "inv_25_refund_within_line"),
        ({"tax_included": False}, "inv_25_refund_within_line"),
        ({"paid_minor": 5_000}, "inv_25_refund_adds_up"),
        ({"units": 0}, "inv_25_units_price_or_charges"),
        ({"units": -1}, "inv_25_units_price_or_charges"),
        ({"ahead_minor": -1}, "inv_25_units_price_or_charges"),
        ({"reason": RefundReason.PRICE_FELL}, "inv_25_units_price_or_charges"),
    ],
)
def test_a_row_that_a_line_does_not_allow_is_refused(scene: Scene, changes: dict[str, Any], constraint: str) -> None:
    before = hot_rows()

    with pytest.raises(IntegrityError, match=constraint.replace("inv_25_refund_within_line", "INV-25")):
        write_refund(scene.lamps, 1, **changes)

    assert hot_rows() == before


def test_refunds_of_a_line_are_summed(scene: Scene) -> None:
    paid_minor = back(scene.lamps, 1, 1).paid_minor
    line = OrderLine.objects.get(order_id=scene.lamps)
    left_minor = line.goods_minor - line.discount_minor - paid_minor

    with pytest.raises(IntegrityError, match="INV-25"):
        write_refund(scene.lamps, 2, goods_minor=left_minor + 1)
    with pytest.raises(IntegrityError, match="INV-25"):
        write_refund(scene.lamps, 2, units=2, goods_minor=left_minor)
    write_refund(scene.lamps, 2, goods_minor=left_minor)

    assert Refund.objects.count() == 2


def test_an_order_that_is_not_paid_has_no_refund(scene: Scene) -> None:
    unpaid = place_one(place_request(make_sku().line(), shopper_id=make_shopper()))

    with pytest.raises(IntegrityError, match="INV-25"):
        write_refund(unpaid.orders[0].order_id, 1, goods_minor=1_000)

    assert not Refund.objects.exists()


def test_a_refund_never_changes_and_never_goes(scene: Scene) -> None:
    back(scene.lamps, 1, 1)

    for table in (Refund, RefundDiscount):
        with pytest.raises(IntegrityError, match="only ever added to"), transaction.atomic():
            table._default_manager.update(line_no=2)
        with pytest.raises(IntegrityError, match="only ever added to"), transaction.atomic():
            table._default_manager.all().delete()

    assert Refund.objects.count() == 1


def test_orders_cancelled_before_there_were_refunds_get_the_rows_that_they_would_have_today(scene: Scene) -> None:
    advance_orders(order_ids=[scene.chairs], then=Step.CANCELLED, now_ms=LATER_MS)
    written = hot_rows()
    migration = import_module("fairground.orders.migrations.0008_refunds_within_lines")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM orders_refund; DELETE FROM orders_refunddiscount")
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute(migration.CANCELLED_BEFORE)

    assert hot_rows() == written
