"""Refunds at once: of a line that several pay back, no more units and no more money go back than there are."""

from collections.abc import Iterator
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from fairground.catalog.models import Price
from fairground.checkout.actions.advance_orders import OrderNotReady, advance_orders
from fairground.checkout.actions.end_purchases import NotCancellable, cancel_purchase
from fairground.checkout.actions.protect_prices import return_difference
from fairground.checkout.rules.refunding import DifferenceGiven, OrderNotRefundable, PriceNotFallen, TooManyUnits
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import ShopBusy
from fairground.kernel.ids import lane_of
from fairground.ledger.queries import accounts_that_disagree
from fairground.orders.models import Order, Refund
from fairground.orders.rules import RefundReason, Step
from tests.concurrency.racing import at_once, turn_held
from tests.factories import make_market
from tests.refunding import LATER_MS, Scene, back, escrow_minor, make_scene, refund_sums

pytestmark = [pytest.mark.django_db(transaction=True)]
AT_ONCE = 6


@pytest.fixture
def scene(committing_writers: None) -> Scene:
    make_market()
    return make_scene()


def refund_one(scene: Scene) -> bool:
    """Pay back one chair of three, if there still is one."""
    try:
        back(scene.chairs, 1, 1)
    except (TooManyUnits, OrderNotRefundable):
        return False
    return True


def test_of_three_units_that_six_pay_back_at_once_three_go_back(scene: Scene) -> None:
    done = at_once([lambda: refund_one(scene)] * AT_ONCE)

    assert sum(done) == 3
    order = Order.objects.get(id=scene.chairs)
    assert (refund_sums(scene.chairs)["units"], order.state) == (3, Step.CANCELLED)
    assert refund_sums(scene.chairs)["paid_minor"] == order.total_minor
    assert escrow_minor(scene.chair) == 0
    assert accounts_that_disagree() == []


def test_a_fall_that_many_ask_for_while_units_go_back_and_the_order_is_cancelled_is_paid_once(scene: Scene) -> None:
    Price.objects.filter(sku_id=scene.lamp.id).update(price_minor=4_501)

    def ask() -> bool:
        try:
            return_difference(purchase_id=scene.placed.purchase_id, shopper_id=scene.shopper_id, now_ms=LATER_MS)
        except (DifferenceGiven, PriceNotFallen):
            return False
        return True

    def cancel() -> bool:
        try:
            advance_orders(order_ids=[scene.lamps], then=Step.CANCELLED, now_ms=LATER_MS)
        except OrderNotReady:
            return False
        return True

    at_once([ask, cancel, ask, cancel, ask])

    sums = refund_sums(scene.lamps)
    assert (sums["units"], sums["ahead_minor"]) == (2, 0)
    assert sums["paid_minor"] == Order.objects.get(id=scene.lamps).total_minor
    assert escrow_minor(scene.lamp) == 0
    assert accounts_that_disagree() == []


@pytest.mark.usefixtures("impatient")
def test_who_asks_where_nothing_fell_is_refused_without_a_turn_and_who_asks_where_it_did_waits_for_it(
    scene: Scene,
) -> None:
    purchase_id, shopper_id = scene.placed.purchase_id, scene.shopper_id
    with turn_held():
        with pytest.raises(PriceNotFallen):
            return_difference(purchase_id=purchase_id, shopper_id=shopper_id, now_ms=LATER_MS)
        Price.objects.filter(sku_id=scene.lamp.id).update(price_minor=4_501)
        with pytest.raises(ShopBusy):
            return_difference(purchase_id=purchase_id, shopper_id=shopper_id, now_ms=LATER_MS)


@pytest.mark.usefixtures("impatient")
def test_who_cancels_what_was_seen_to_be_paid_is_refused_without_a_turn(scene: Scene) -> None:
    purchase_id, shopper_id = scene.placed.purchase_id, scene.shopper_id
    with turn_held():
        with pytest.raises(NotCancellable):
            cancel_purchase(purchase_id=purchase_id, shopper_id=shopper_id, now_ms=LATER_MS, seen=Step.PAID)
        with pytest.raises(ShopBusy):
            cancel_purchase(purchase_id=purchase_id, shopper_id=shopper_id, now_ms=LATER_MS, seen=Step.PLACED)


def insert_naively(scene: Scene, refund_no: int, both_have_looked: Barrier) -> bool:
    """Look whether all three are there, and write that they went back: past the actions and their turn."""
    kept = 3 - sum(Refund.objects.filter(order_id=scene.chairs).values_list("units", flat=True))
    both_have_looked.wait()
    if kept < 3:
        return False
    try:
        with transaction.atomic():
            Refund.objects.create(
                lane=lane_of(scene.chairs),
                order_id=scene.chairs,
                line_no=1,
                refund_no=refund_no,
                reason=RefundReason.FAULTY,
                units=3,
                goods_minor=9_000,
                discount_minor=0,
                ahead_minor=0,
                tax_minor=0,
                tax_included=True,
                paid_minor=9_000,
                restocked=False,
                at=from_unix_ms(LATER_MS),
            )
    except IntegrityError:
        return False
    return True


def race_naively(scene: Scene) -> int:
    """Let two write at once without a turn, and return how many units they paid back of three."""
    both_have_looked = Barrier(2, timeout=60)
    at_once([lambda: insert_naively(scene, 1, both_have_looked), lambda: insert_naively(scene, 2, both_have_looked)])
    return sum(Refund.objects.filter(order_id=scene.chairs).values_list("units", flat=True))


def test_whoever_writes_without_a_turn_is_stopped_by_the_database(scene: Scene) -> None:
    assert race_naively(scene) == 3


@pytest.fixture
def unguarded_refunds(scene: Scene) -> Iterator[Scene]:
    """Refunds without the triggers: the second counts what open cases hold of the line, too."""
    triggers = ("inv_25_refund_within_line", "inv_31_units_within_line")
    with connection.cursor() as cursor:
        for name in triggers:
            cursor.execute(f"ALTER TABLE orders_refund DISABLE TRIGGER {name}")
    yield scene
    with connection.cursor() as cursor:
        for name in triggers:
            cursor.execute(f"ALTER TABLE orders_refund ENABLE TRIGGER {name}")


def test_without_turn_and_trigger_more_goes_back_than_there_is(unguarded_refunds: Scene) -> None:
    """The negative control: both look before either writes, as nothing keeps them from it."""
    assert race_naively(unguarded_refunds) == 6


def test_of_six_that_pay_units_back_at_once_one_gives_the_shipping_back(committing_writers: None) -> None:
    make_market()
    scene = make_scene(sent=True)

    done = at_once([lambda: refund_one(scene)] * AT_ONCE)

    assert sum(done) == 3
    assert Refund.objects.get(line_no=0).paid_minor == 245
    assert refund_sums(scene.chairs)["paid_minor"] == Order.objects.get(id=scene.chairs).total_minor
    assert escrow_minor(scene.chair) == 0
