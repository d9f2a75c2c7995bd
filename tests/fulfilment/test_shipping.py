"""Shipping in parcels: every kept unit once, twice is once, and nothing of another merchant's."""

import pytest

from fairground.checkout.actions.advance_orders import OrderNotReady, UnknownOrder, advance_orders
from fairground.checkout.actions.ship_orders import ParcelOutcome, ParcelWritten, deliver_order, ship_orders
from fairground.checkout.refunds import read_sold_lines
from fairground.checkout.rules.shipping import (
    NothingToShip,
    ParcelAsked,
    PartlyShipped,
    TooManyToShip,
    TrackingMissing,
    decide_parcel,
)
from fairground.fulfilment.models import AwaitedReceipt, Shipment
from fairground.fulfilment.queries import parcels_of
from fairground.fulfilment.rules import Parcel
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.kernel.models import AuditEntry, Outbox
from fairground.kernel.outbox import OutboxKind
from fairground.orders.models import Order
from fairground.orders.rules import Step
from tests.books import hot_rows
from tests.factories import make_market
from tests.refunding import LATER_MS, Scene, back, make_scene, wallet_minor

BY = By(user_id=None, now=from_unix_ms(LATER_MS))
DAY_MS = 86_400_000


@pytest.fixture
def scene(two_writers: None) -> Scene:
    make_market()
    return make_scene()


def pack(
    order_id: int,
    units: dict[int, int] | None = None,
    *,
    carrier: str = "DHL",
    number: str = "A1",
    merchant_id: int | None = None,
) -> ParcelOutcome:
    """Ask for one parcel."""
    (outcome,) = ship_orders(asked=[ParcelAsked(order_id, carrier, number, units, merchant_id)], by=BY)
    return outcome


def state_of(order_id: int) -> Step:
    return Step(Order.objects.get(id=order_id).state)


def events_of(order_id: int) -> list[OutboxKind]:
    kinds = Outbox.objects.filter(subject_id=order_id).order_by("writer_id", "seq").values_list("kind", flat=True)
    return [OutboxKind(one) for one in kinds]


def test_a_parcel_with_all_of_an_order_ships_it(scene: Scene) -> None:
    assert pack(scene.chairs) == ParcelWritten(scene.chairs, 1, {1: 3}, shipped=True)

    (parcel,) = parcels_of(order_ids=[scene.chairs])[scene.chairs]
    assert (parcel.carrier, parcel.tracking_number, dict(parcel.units)) == ("DHL", "A1", {1: 3})
    assert (parcel.shipped_at, parcel.delivered_at) == (BY.now, None)
    assert (state_of(scene.chairs), state_of(scene.lamps)) == (Step.SHIPPED, Step.PAID)
    assert events_of(scene.chairs) == [OutboxKind.ORDER_SHIPPED]
    assert AwaitedReceipt.objects.get().due_at == from_unix_ms(LATER_MS + 30 * DAY_MS)
    entry = AuditEntry.objects.get(verb="shipped")
    assert (entry.subject_id, entry.facts["units"]) == (str(scene.chairs), [None, 3])


def test_an_order_is_shipped_when_its_last_unit_is(scene: Scene) -> None:
    assert pack(scene.chairs, {1: 1}) == ParcelWritten(scene.chairs, 1, {1: 1}, shipped=False)
    assert state_of(scene.chairs) is Step.PAID

    assert pack(scene.chairs, {1: 2}, number="A2") == ParcelWritten(scene.chairs, 2, {1: 2}, shipped=True)

    assert state_of(scene.chairs) is Step.SHIPPED


def test_the_same_parcel_twice_is_one(scene: Scene) -> None:
    pack(scene.chairs)
    before = (hot_rows(), AuditEntry.objects.count())

    assert pack(scene.chairs) == ParcelWritten(scene.chairs, 1, {1: 3}, shipped=True, replayed=True)

    assert (hot_rows(), AuditEntry.objects.count()) == before
    assert Shipment.objects.count() == 1


def test_the_same_parcel_twice_in_one_batch_is_one(scene: Scene) -> None:
    asked = ParcelAsked(scene.chairs, "DHL", "A1")

    first, second = ship_orders(asked=[asked, asked], by=BY)

    assert isinstance(first, ParcelWritten)
    assert isinstance(second, ParcelWritten)
    assert (first.replayed, second.replayed) == (False, True)
    assert events_of(scene.chairs) == [OutboxKind.ORDER_SHIPPED]


@pytest.mark.parametrize("units", [{1: 4}, {1: 0}, {1: -1}, {2: 1}, {1: 2**40}])
def test_units_that_there_are_not_are_not_shipped(scene: Scene, units: dict[int, int]) -> None:
    before = hot_rows()

    assert isinstance(pack(scene.chairs, units), TooManyToShip)

    assert hot_rows() == before
    assert Shipment.objects.count() == 0


def test_units_that_went_back_are_not_shipped(scene: Scene) -> None:
    back(scene.chairs, 1, 1)

    assert isinstance(pack(scene.chairs, {1: 3}), TooManyToShip)
    assert pack(scene.chairs) == ParcelWritten(scene.chairs, 1, {1: 2}, shipped=True)


def test_a_part_without_a_number_is_refused(scene: Scene) -> None:
    assert isinstance(pack(scene.chairs, {1: 1}, number=""), TrackingMissing)

    assert Shipment.objects.count() == 0


def test_what_is_refused_changes_nothing_of_the_others(scene: Scene) -> None:
    asked = [ParcelAsked(1, "DHL", "X"), ParcelAsked(1 << 60, "DHL", "X"), ParcelAsked(scene.lamps, "DHL", "L")]

    nowhere, far, lamps = ship_orders(asked=asked, by=BY)

    assert (type(nowhere), type(far)) == (UnknownOrder, UnknownOrder)
    assert lamps == ParcelWritten(scene.lamps, 1, {1: 2}, shipped=True)


def test_another_merchants_order_is_none(scene: Scene) -> None:
    before = hot_rows()

    assert isinstance(pack(scene.chairs, merchant_id=scene.lamp.merchant.id), UnknownOrder)

    assert hot_rows() == before
    assert isinstance(pack(scene.chairs, merchant_id=scene.chair.merchant.id), ParcelWritten)


def test_an_order_that_is_cancelled_is_not_shipped(scene: Scene) -> None:
    advance_orders(order_ids=[scene.chairs], then=Step.CANCELLED, now_ms=LATER_MS)

    refused = pack(scene.chairs)

    assert isinstance(refused, OrderNotReady)
    assert refused.facts["state"] == "cancelled"


def test_an_order_of_which_a_part_left_can_not_be_cancelled(scene: Scene) -> None:
    pack(scene.chairs, {1: 1})
    before = (hot_rows(), wallet_minor(scene.shopper_id))

    with pytest.raises(PartlyShipped):
        advance_orders(order_ids=[scene.chairs], then=Step.CANCELLED, now_ms=LATER_MS)
    with pytest.raises(PartlyShipped):
        back(scene.chairs, 1, 3)

    assert (hot_rows(), wallet_minor(scene.shopper_id)) == before


def test_an_order_is_shipped_when_what_had_not_left_goes_back(scene: Scene) -> None:
    pack(scene.chairs, {1: 1})

    back(scene.chairs, 1, 1)
    assert state_of(scene.chairs) is Step.PAID
    refunded = back(scene.chairs, 1, 1)

    assert (refunded.restocked, refunded.ended_order) == (True, False)
    assert state_of(scene.chairs) is Step.SHIPPED
    assert events_of(scene.chairs) == [
        OutboxKind.ORDER_PARTLY_REFUNDED,
        OutboxKind.ORDER_PARTLY_REFUNDED,
        OutboxKind.ORDER_SHIPPED,
    ]
    assert isinstance(pack(scene.chairs, number="A2"), OrderNotReady)


def test_what_is_shipped_without_a_word_leaves_in_a_parcel_without_a_carrier(scene: Scene) -> None:
    pack(scene.chairs, {1: 1})
    back(scene.chairs, 1, 1)

    advance_orders(order_ids=[scene.chairs], then=Step.SHIPPED, now_ms=LATER_MS)

    first, second = parcels_of(order_ids=[scene.chairs])[scene.chairs]
    assert (first.carrier, first.tracking_number, dict(first.units)) == ("DHL", "A1", {1: 1})
    assert (second.carrier, second.tracking_number, dict(second.units)) == ("", "", {1: 1})


def test_a_delivered_order_says_when_its_parcels_came_and_waits_for_the_time_of_its_market(scene: Scene) -> None:
    pack(scene.chairs)

    deliver_order(order_id=scene.chairs, by=By(user_id=None, now=from_unix_ms(LATER_MS + 1_000)))

    assert state_of(scene.chairs) is Step.DELIVERED
    assert Shipment.objects.get().delivered_at == from_unix_ms(LATER_MS + 1_000)
    # The market gives no right, so a week: 11 November 2026 and seven days are a Wednesday, which it still is.
    due_at = AwaitedReceipt.objects.get().due_at
    assert due_at is not None
    assert due_at.isoformat() == "2026-11-19T00:00:00+00:00"
    assert AuditEntry.objects.filter(verb="delivered").count() == 1
    with pytest.raises(OrderNotReady):
        deliver_order(order_id=scene.chairs, by=BY)
    with pytest.raises(UnknownOrder):
        deliver_order(order_id=1, by=BY)


def test_who_has_nothing_left_to_ship_is_told_so(scene: Scene) -> None:
    asked = ParcelAsked(scene.chairs, "DHL", "A1")
    lines = read_sold_lines([scene.chairs])[scene.chairs]
    packed = Parcel(1, "GLS", "B", BY.now, None, {1: 3})

    assert isinstance(decide_parcel(asked, lines=lines, parcels=[packed]), NothingToShip)
