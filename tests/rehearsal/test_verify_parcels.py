"""Verification of a realm in which orders left in parcels: sound books pass, and each damage is seen."""

import pytest

from fairground.aftersales.rules import CaseState
from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.actions.receive_orders import confirm_receipt
from fairground.checkout.actions.ship_orders import ship_orders
from fairground.checkout.rules.shipping import ParcelAsked
from fairground.festivals.models import Festival, Phase, Transition
from fairground.festivals.phase_plan import Edge, PhaseKind
from fairground.fulfilment.models import Shipment
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.orders.rules import Step
from fairground.orders.tasks import follow_purchases
from fairground.rehearsal.verify import Verification, verify_realm
from tests.cases import accept, ask, receive, send
from tests.factories import NOW, make_market
from tests.refunding import LATER_MS, Scene, back, make_scene
from tests.rehearsal.damages import PARCEL_DAMAGES, run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("writer")]


def trade() -> Scene:
    """Ship an order in two parcels, one to which the last unit went back, one confirmed; leave one as it is.

    Return the purchase of which the chairs came.
    """
    make_market()
    first, second = make_scene(), make_scene()
    fair = Festival.objects.get()
    Phase.objects.create(festival=fair, kind=PhaseKind.SALE, starts_at=fair.opens_at, ends_at=fair.closes_at)
    Transition.objects.create(
        festival=fair, kind=PhaseKind.SALE, edge=Edge.BEGINS, due_at=fair.opens_at, tried_at=NOW, done_at=NOW
    )
    by = By(user_id=None, now=from_unix_ms(LATER_MS))
    parcels = [
        ParcelAsked(first.chairs, "DHL", "A1", {1: 1}),
        ParcelAsked(first.chairs, "DHL", "A2"),
        ParcelAsked(first.lamps, "DHL", "P1", {1: 1}),
    ]
    ship_orders(asked=parcels, by=by)
    back(first.lamps, 1, 1)
    advance_orders(order_ids=[second.chairs], then=Step.SHIPPED, now_ms=LATER_MS)
    confirm_receipt(order_id=second.chairs, shopper_ids=[second.shopper_id], now_ms=LATER_MS)
    follow_purchases()
    return second


def red(found: Verification) -> list[str]:
    return [check.key for check in found.checks if not check.ok]


def test_sound_books_with_parcels_pass_every_check() -> None:
    trade()

    found = verify_realm(settled=True)

    assert red(found) == []
    (check,) = [check for check in found.checks if check.key == "parcels"]
    assert check.rows == Shipment.objects.count() == 4


def test_what_was_shipped_and_came_back_as_new_passes_every_check() -> None:
    scene = trade()
    opened = ask(scene, scene.chairs, 2)
    accept(opened.case_id)
    send(scene, opened.case_id)

    later = from_unix_ms(LATER_MS + 1)
    assert receive(opened.case_id, 2, sellable=2, now=later) is CaseState.REFUNDED

    assert red(verify_realm()) == []


@pytest.mark.parametrize(("key", "damage"), PARCEL_DAMAGES, ids=range(len(PARCEL_DAMAGES)))
def test_damage_turns_the_check_of_parcels_red_and_no_other(key: str, damage: str) -> None:
    trade()
    assert run(damage) > 0

    assert red(verify_realm()) == [key]
