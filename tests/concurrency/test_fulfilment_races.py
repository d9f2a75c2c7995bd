"""Parcels, receipts and withdrawals at once: no unit leaves and goes back, and everything happens once."""

from collections.abc import Callable
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from fairground.checkout.actions.advance_orders import OrderNotReady, advance_orders
from fairground.checkout.actions.receive_orders import confirm_receipt, receive_due_orders
from fairground.checkout.actions.settle_withdrawals import NoOpenWithdrawal, refund_withdrawn
from fairground.checkout.actions.ship_orders import ParcelWritten, ship_orders
from fairground.checkout.actions.withdraw_orders import match_withdrawals
from fairground.checkout.rules.refunding import OrderNotRefundable, RefundedSince, TooManyUnits
from fairground.checkout.rules.shipping import ParcelAsked, PartlyShipped
from fairground.checkout.tasks import LETTERS_TO_MATCH, take_withdrawals
from fairground.fulfilment.models import AwaitedReceipt, PostedWithdrawal, Shipment, ShipmentLine, Withdrawal
from fairground.fulfilment.queries import WITHDRAWALS
from fairground.fulfilment.rules import WithdrawalEnd
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By, ShopBusy
from fairground.kernel.ids import lane_of
from fairground.kernel.models import Outbox, SetAside
from fairground.kernel.outbox import OutboxKind
from fairground.kernel.rows import try_again
from fairground.ledger.queries import accounts_that_disagree
from fairground.orders.models import Order, Refund
from fairground.orders.rules import Step
from tests.concurrency.racing import at_once, turn_held
from tests.factories import make_market
from tests.fulfilment.withdrawing import Bought, buy, send, state_of
from tests.refunding import LATER_MS, Scene, back, make_scene, refund_sums, wallet_minor

pytestmark = [pytest.mark.django_db(transaction=True)]
DAY_MS = 86_400_000


@pytest.fixture
def scene(committing_writers: None) -> Scene:
    make_market()
    return make_scene()


def pack(scene: Scene, number: str, units: dict[int, int] | None = None) -> bool:
    """Ship chairs, if they can be shipped."""
    by = By(user_id=None, now=from_unix_ms(LATER_MS))
    (outcome,) = ship_orders(asked=[ParcelAsked(scene.chairs, "DHL", number, units)], by=by)
    return isinstance(outcome, ParcelWritten) and not outcome.replayed


def cancel(scene: Scene) -> bool:
    try:
        advance_orders(order_ids=[scene.chairs], then=Step.CANCELLED, now_ms=LATER_MS)
    except (OrderNotReady, PartlyShipped):
        return False
    return True


def refund(scene: Scene, units: int) -> bool:
    try:
        back(scene.chairs, 1, units)
    except (TooManyUnits, OrderNotRefundable, PartlyShipped):
        return False
    return True


def shipped_units(scene: Scene) -> int:
    return sum(ShipmentLine.objects.filter(order_id=scene.chairs).values_list("units", flat=True))


def test_an_order_that_is_shipped_and_cancelled_at_once_is_one_of_both(scene: Scene) -> None:
    done = at_once([lambda: pack(scene, "A1"), lambda: cancel(scene)] * 3)

    assert sum(done) == 1
    state = Order.objects.get(id=scene.chairs).state
    assert (state, shipped_units(scene), sum(done[1::2])) in {(Step.SHIPPED, 3, 0), (Step.CANCELLED, 0, 1)}
    assert accounts_that_disagree() == []


def test_parts_that_are_shipped_while_units_go_back_are_never_more_than_were_ordered(scene: Scene) -> None:
    attempts: list[Callable[[], bool]] = []
    for number in range(3):
        attempts += [lambda at=number: pack(scene, f"A{at}", {1: 1}), lambda: refund(scene, 1)]  # type: ignore[misc]

    at_once(attempts)

    back_units = sum(Refund.objects.filter(order_id=scene.chairs, restocked=True).values_list("units", flat=True))
    assert shipped_units(scene) + back_units == 3
    expected = Step.CANCELLED if back_units == 3 else Step.SHIPPED
    assert Order.objects.get(id=scene.chairs).state == expected
    assert accounts_that_disagree() == []


def test_the_same_parcel_from_many_at_once_is_written_once(scene: Scene) -> None:
    assert sum(at_once([lambda: pack(scene, "A1")] * 6)) == 1

    assert Shipment.objects.count() == 1
    assert Outbox.objects.filter(subject_id=scene.chairs, kind=OutboxKind.ORDER_SHIPPED).count() == 1


def test_an_order_that_is_confirmed_while_it_goes_on_by_itself_and_units_go_back_is_completed_once(
    scene: Scene,
) -> None:
    advance_orders(order_ids=[scene.chairs], then=Step.SHIPPED, now_ms=LATER_MS)
    late_ms = LATER_MS + 30 * DAY_MS

    def confirm() -> bool:
        confirm_receipt(order_id=scene.chairs, shopper_ids=[scene.shopper_id], now_ms=late_ms)
        return True

    at_once([confirm, lambda: bool(receive_due_orders(now_ms=late_ms)), lambda: refund(scene, 3), confirm])

    assert Order.objects.get(id=scene.chairs).state == Step.COMPLETED
    told = Outbox.objects.filter(subject_id=scene.chairs).values_list("kind", flat=True)
    assert sorted(told) == [
        OutboxKind.ORDER_SHIPPED,
        OutboxKind.ORDER_DELIVERED,
        OutboxKind.ORDER_COMPLETED,
        OutboxKind.ORDER_PARTLY_REFUNDED,
    ]
    assert refund_sums(scene.chairs)["units"] == 3
    assert accounts_that_disagree() == []


def ship_naively(scene: Scene, number: int, both_have_looked: Barrier) -> bool:
    """Look whether all three are here, and write that they left: past the actions and their turn."""
    is_here = shipped_units(scene) == 0
    both_have_looked.wait()
    if not is_here:
        return False
    try:
        with transaction.atomic():
            ShipmentLine.objects.create(
                lane=lane_of(scene.chairs), order_id=scene.chairs, shipment_no=number, line_no=1, units=3
            )
    except IntegrityError:
        return False
    return True


@pytest.mark.parametrize(("guarded", "done"), [(True, 1), (False, 2)])
def test_who_looks_and_then_ships_is_stopped_by_the_database_alone(scene: Scene, guarded: bool, done: int) -> None:
    switch = "ENABLE" if guarded else "DISABLE"
    both = Barrier(2, timeout=60)
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE fulfilment_shipmentline {switch} TRIGGER inv_32_units_within_line")
        found = at_once([lambda: ship_naively(scene, 1, both), lambda: ship_naively(scene, 2, both)])
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE fulfilment_shipmentline ENABLE TRIGGER inv_32_units_within_line")

    assert (sum(found), shipped_units(scene)) == (done, 3 * done)


def withdraw(bought: Bought) -> int:
    return match_withdrawals(now_ms=LATER_MS + 500)


def test_one_letter_that_many_match_at_once_is_taken_once(committing_writers: None) -> None:
    bought = buy()
    send(bought.placed.number)
    send(bought.placed.number)

    at_once([lambda: withdraw(bought)] * 4)

    assert (Withdrawal.objects.count(), PostedWithdrawal.objects.count()) == (2, 0)
    assert wallet_minor(bought.shopper_id) == 2_500
    assert refund_sums(bought.chairs)["units"] == 2
    assert accounts_that_disagree() == []


def test_a_letter_that_finds_the_sale_busy_stays_aside_and_is_not_told_to_be_done(committing_writers: None) -> None:
    bought = buy(is_paid=False)
    send(bought.placed.number)
    letter = PostedWithdrawal.objects.get()
    aside = {"since": letter.declared_at, "tried_at": letter.declared_at, "next_try_at": letter.declared_at, "tries": 1}
    SetAside.objects.create(chore=WITHDRAWALS, row_key=str(letter.pk), **aside)

    with turn_held(), pytest.raises(ShopBusy):
        try_again([LETTERS_TO_MATCH])
    assert (SetAside.objects.count(), PostedWithdrawal.objects.count()) == (1, 1)
    SetAside.objects.all().delete()
    with turn_held(), pytest.raises(ShopBusy):
        take_withdrawals()

    assert (take_withdrawals(), PostedWithdrawal.objects.count()) == (False, 0)
    assert state_of(bought.chairs) is Step.CANCELLED


def test_an_order_that_is_withdrawn_from_while_it_is_shipped_and_cancelled_is_one_of_these(
    committing_writers: None,
) -> None:
    bought = buy()
    send(f"{bought.placed.number}-1")
    by = By(user_id=None, now=from_unix_ms(LATER_MS))

    def leave() -> int:
        return isinstance(ship_orders(asked=[ParcelAsked(bought.chairs, "DHL", "1")], by=by)[0], ParcelWritten)

    def end() -> int:
        try:
            advance_orders(order_ids=[bought.chairs], then=Step.CANCELLED, now_ms=LATER_MS)
        except (OrderNotReady, PartlyShipped):
            return 0
        return 1

    at_once([lambda: withdraw(bought), leave, end])

    state = Order.objects.get(id=bought.chairs).state
    found = Withdrawal.objects.get()
    shipped = ShipmentLine.objects.filter(order_id=bought.chairs).count()
    if state == Step.SHIPPED:
        assert (found.outcome, shipped, wallet_minor(bought.shopper_id)) == (WithdrawalEnd.NOTED, 1, 0)
        assert AwaitedReceipt.objects.get().due_at is None
    else:
        assert (state, shipped, wallet_minor(bought.shopper_id)) == (Step.CANCELLED, 0, 2_000)
        assert found.outcome == WithdrawalEnd.CANCELLED
    assert accounts_that_disagree() == []


def test_a_withdrawal_that_two_settle_at_once_is_paid_back_once(committing_writers: None) -> None:
    bought = buy()
    advance_orders(order_ids=[bought.chairs], then=Step.SHIPPED, now_ms=LATER_MS)
    send(f"{bought.placed.number}-1")
    withdraw(bought)
    by = By(user_id=None, now=from_unix_ms(LATER_MS + 60_000))

    def settle() -> int:
        try:
            return refund_withdrawn(order_id=bought.chairs, by=by)
        except (NoOpenWithdrawal, RefundedSince, TooManyUnits):
            return 0

    assert sum(at_once([settle] * 4)) == 2_000

    assert wallet_minor(bought.shopper_id) == 2_000
    assert Withdrawal.objects.get().settled_at is not None
