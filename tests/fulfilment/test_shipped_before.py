"""Orders that were shipped before there were parcels get the parcel that they would have today."""

from importlib import import_module

import pytest
from django.db import connection

from fairground.checkout.actions.advance_orders import advance_orders
from fairground.fulfilment.models import AwaitedReceipt, Shipment, ShipmentLine
from fairground.orders.rules import Step
from tests.factories import make_market
from tests.refunding import LATER_MS, back, make_scene
from tests.rehearsal.damages import run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("writer")]


def rows() -> tuple[object, ...]:
    parcels = Shipment.objects.order_by("order_id").values_list("order_id", "shipment_no", "shipped_at", "delivered_at")
    lines = ShipmentLine.objects.order_by("order_id").values_list("order_id", "shipment_no", "line_no", "units")
    return list(parcels), list(lines), set(AwaitedReceipt.objects.values_list("order_id", flat=True))


def test_they_are_those_that_shipping_writes_and_wait_for_their_receipt() -> None:
    make_market()
    scenes = [make_scene(), make_scene()]
    back(scenes[0].chairs, 1, 1)
    steps = [
        (scenes[0].chairs, [Step.SHIPPED]),
        (scenes[0].lamps, [Step.SHIPPED, Step.DELIVERED]),
        (scenes[1].chairs, [Step.SHIPPED, Step.DELIVERED, Step.COMPLETED]),
    ]
    for order_id, some in steps:
        for step in some:
            advance_orders(order_ids=[order_id], then=step, now_ms=LATER_MS)
    before = rows()
    for table in ("shipmentline", "shipment", "awaitedreceipt"):
        run(f"DELETE FROM fulfilment_{table}")
    assert rows() == ([], [], set())

    with connection.cursor() as cursor:
        cursor.execute(import_module("fairground.fulfilment.migrations.0002_units_beside_parcels").SHIPPED_BEFORE)

    assert rows() == before
