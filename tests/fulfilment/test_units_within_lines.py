"""INV-32 in the database: what is written past the actions is refused all the same."""

from contextlib import nullcontext
from datetime import datetime

import pytest
from django.db import IntegrityError, connection, transaction

from fairground.checkout.actions.ship_orders import ship_orders
from fairground.checkout.rules.shipping import ParcelAsked
from fairground.fulfilment.models import Shipment, ShipmentLine
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.kernel.ids import lane_of
from fairground.orders.models import Refund
from fairground.orders.rules import RefundReason
from tests.factories import make_market
from tests.refunding import LATER_MS, Scene, back, make_scene

AT = from_unix_ms(LATER_MS)


@pytest.fixture
def scene(lone_writer: object) -> Scene:
    make_market()
    return make_scene()


def write_line(order_id: int, units: int, *, parcel: int = 1) -> None:
    with transaction.atomic():
        ShipmentLine.objects.create(
            lane=lane_of(order_id), order_id=order_id, shipment_no=parcel, line_no=1, units=units
        )


def write_parcel(order_id: int, parcel: int, *, carrier: str = "DHL", number: str = "A1") -> None:
    with transaction.atomic():
        Shipment.objects.create(
            lane=lane_of(order_id),
            order_id=order_id,
            shipment_no=parcel,
            carrier=carrier,
            tracking_number=number,
            shipped_at=AT,
        )


def write_back(order_id: int, *, at: datetime) -> None:
    with transaction.atomic():
        Refund.objects.create(
            lane=lane_of(order_id),
            order_id=order_id,
            line_no=1,
            refund_no=1,
            reason=RefundReason.FAULTY,
            units=1,
            goods_minor=5_001,
            discount_minor=0,
            ahead_minor=0,
            tax_minor=0,
            tax_included=True,
            paid_minor=5_001,
            restocked=True,
            at=at,
        )


def test_units_up_to_those_that_were_ordered_are_written(scene: Scene) -> None:
    write_line(scene.chairs, 2)
    write_line(scene.chairs, 1, parcel=2)

    assert ShipmentLine.objects.count() == 2


@pytest.mark.parametrize("units", [4, 2**31 - 1])
def test_more_units_than_were_ordered_are_refused(scene: Scene, units: int) -> None:
    with pytest.raises(IntegrityError, match="INV-32"):
        write_line(scene.chairs, units)

    assert ShipmentLine.objects.count() == 0


def test_units_beside_those_in_another_parcel_and_those_that_went_back_are_refused(scene: Scene) -> None:
    write_line(scene.chairs, 1)
    back(scene.chairs, 1, 1)

    with pytest.raises(IntegrityError, match="INV-32"):
        write_line(scene.chairs, 2, parcel=2)


def test_a_line_that_there_is_not_is_refused(scene: Scene) -> None:
    with pytest.raises(IntegrityError, match="INV-32"):
        write_line(scene.chairs + (1 << 20), 1)


def test_units_that_are_in_a_parcel_do_not_go_back_on_the_shelf(scene: Scene) -> None:
    write_line(scene.lamps, 2)

    with pytest.raises(IntegrityError, match="INV-32"):
        write_back(scene.lamps, at=AT)


@pytest.mark.parametrize(("after_ms", "is_refused"), [(-1, True), (0, True), (1, False)])
def test_what_left_comes_back_on_the_shelf_only_after_it_left(scene: Scene, after_ms: int, *, is_refused: bool) -> None:
    ship_orders(asked=[ParcelAsked(scene.lamps, "DHL", "A1")], by=By(user_id=None, now=AT))

    with pytest.raises(IntegrityError, match="INV-32") if is_refused else nullcontext():
        write_back(scene.lamps, at=from_unix_ms(LATER_MS + after_ms))

    assert Refund.objects.count() == (0 if is_refused else 1)


@pytest.mark.parametrize("units", [0, -1])
def test_a_line_of_a_parcel_has_units(scene: Scene, units: int) -> None:
    with pytest.raises(IntegrityError, match="shipmentline_positive"):
        write_line(scene.chairs, units)


def test_what_is_in_a_parcel_never_changes(scene: Scene) -> None:
    ship_orders(asked=[ParcelAsked(scene.chairs, "DHL", "A1")], by=By(user_id=None, now=AT))

    for statement in ("UPDATE fulfilment_shipmentline SET units = 1", "DELETE FROM fulfilment_shipmentline"):
        with pytest.raises(IntegrityError, match="INV-32"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_parcel_is_written_once_by_its_carrier_and_number(scene: Scene) -> None:
    write_parcel(scene.chairs, 1)

    with pytest.raises(IntegrityError, match="inv_32_parcel_written_once"):
        write_parcel(scene.chairs, 2)
    with pytest.raises(IntegrityError, match="shipment_number_has_carrier"):
        write_parcel(scene.chairs, 2, carrier="")
    with pytest.raises(IntegrityError, match="shipment_numbered_from_1"):
        write_parcel(scene.chairs, 0, number="A2")
