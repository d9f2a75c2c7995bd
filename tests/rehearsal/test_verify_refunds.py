"""Verification of a realm in which money went back in every way: sound books pass, and each damage is seen."""

import pytest

from fairground.catalog.models import Price
from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.actions.protect_prices import return_difference
from fairground.orders.models import Refund
from fairground.orders.rules import RefundReason, Step
from fairground.orders.tasks import follow_purchases
from fairground.rehearsal.verify import Verification, verify_realm
from tests.factories import make_market
from tests.refunding import LATER_MS, back, begin_sale, make_scene
from tests.rehearsal.damages import REFUND_DAMAGES, run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("writer")]


def trade() -> None:
    """Refund a unit before it is shipped, one after, cancel an order, and pay the difference of a price that fell."""
    make_market()
    first, second = make_scene(), make_scene()
    begin_sale()
    back(first.chairs, 1, 1, reason=RefundReason.WITHDRAWN)
    advance_orders(order_ids=[first.lamps], then=Step.SHIPPED, now_ms=LATER_MS)
    back(first.lamps, 1, 1)
    back(second.chairs, 1, 1, reason=RefundReason.GOODWILL)
    advance_orders(order_ids=[second.chairs], then=Step.CANCELLED, now_ms=LATER_MS)
    Price.objects.filter(sku_id=second.lamp.id).update(price_minor=4_001)
    return_difference(purchase_id=second.placed.purchase_id, shopper_id=second.shopper_id, now_ms=LATER_MS)
    follow_purchases()


def red(found: Verification) -> list[str]:
    return [check.key for check in found.checks if not check.ok]


def test_sound_books_with_refunds_pass_every_check() -> None:
    trade()

    found = verify_realm(settled=True)

    assert red(found) == []
    (check,) = [check for check in found.checks if check.key == "refunds"]
    assert check.rows == Refund.objects.count() == 5


@pytest.mark.parametrize(
    ("key", "damage"), REFUND_DAMAGES, ids=[f"{key}-{at}" for at, (key, _) in enumerate(REFUND_DAMAGES)]
)
def test_damage_turns_the_check_red_that_looks_for_it_and_no_other(key: str, damage: str) -> None:
    trade()
    assert run(damage) > 0

    assert red(verify_realm()) == [key]


def test_money_left_in_escrow_of_a_cancelled_order_turns_the_check_of_escrow_red() -> None:
    trade()
    run(
        "UPDATE ledger_transfer SET kind = 1, order_id = NULL WHERE id ="
        " (SELECT max(t.id) FROM ledger_transfer AS t"
        " JOIN orders_order AS o ON o.lane = t.lane AND o.id = t.order_id WHERE t.kind = 3 AND o.state = 7)"
    )

    assert red(verify_realm()) == ["escrow", "refunds"]
