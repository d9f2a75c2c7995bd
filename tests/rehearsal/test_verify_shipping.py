"""Verification of a realm in which shipping is charged: sound books pass, and each damage is seen."""

import pytest

from fairground.orders.models import Order
from fairground.orders.tasks import follow_purchases
from fairground.rehearsal.verify import Verification, verify_realm
from tests.factories import make_market
from tests.refunding import back, begin_sale, make_scene
from tests.rehearsal.damages import run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("writer")]

# Of one order nothing is kept, so its shipping went back; the other one is kept.
KEPT = "order_id NOT IN (SELECT order_id FROM orders_refund)"
A_ROW = "lane, order_id, 0, 1, 2, 0, 690, 345, 0, 83, tax_included, 345, false, now()"
DAMAGES = [
    ("shipping", "UPDATE orders_order SET shipping_tax_minor = shipping_tax_minor - 1 WHERE state = 2"),
    ("shipping", f"UPDATE orders_linediscount SET step = 4 WHERE line_no = 0 AND {KEPT}"),
    ("orders", "UPDATE orders_order SET shipping_minor = shipping_minor + 5, goods_minor = goods_minor - 5"),
    ("refunds", f"INSERT INTO orders_refund SELECT {A_ROW} FROM orders_orderline WHERE {KEPT}"),
    (
        "orphans_of_orders",
        "INSERT INTO orders_linediscount (lane, order_id, line_no, step, source, funder, amount_minor)"
        " VALUES (5, 20480, 0, 7, 'deal:1', 'platform', 1)",
    ),
    ("refunds", "DELETE FROM orders_refund WHERE line_no = 0"),
]


def trade() -> None:
    make_market()
    scene = make_scene(sent=True)
    begin_sale()
    back(scene.chairs, 1, 3)
    follow_purchases()


def red(found: Verification) -> list[str]:
    return [check.key for check in found.checks if not check.ok]


def test_sound_books_with_shipping_pass_every_check() -> None:
    trade()

    found = verify_realm(settled=True)

    assert red(found) == []
    (check,) = [check for check in found.checks if check.key == "shipping"]
    assert check.rows == Order.objects.count() == 2


@pytest.mark.parametrize(("key", "damage"), DAMAGES, ids=[f"{key}-{at}" for at, (key, _) in enumerate(DAMAGES)])
def test_damage_turns_the_check_red_that_looks_for_it(key: str, damage: str) -> None:
    trade()
    assert run(damage) > 0

    found = red(verify_realm())

    assert key in found
    assert "shipping" in found or key in {"orders", "orphans_of_orders"}
