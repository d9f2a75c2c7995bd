"""Verification of a realm in which customs asks: sound books pass, and each damage is seen."""

import pytest

from fairground.orders.models import OrderDuty
from fairground.orders.tasks import follow_purchases
from fairground.rehearsal.verify import Verification, verify_realm
from fairground.settlement.actions.release_orders import release_orders
from tests.factories import make_duty, make_market
from tests.refunding import back, begin_sale, make_scene
from tests.rehearsal.damages import run
from tests.settlement.making import DAY_MS, SETTLED_MS, complete

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("writer")]

# The chairs' duty went back after they were settled, the lamps' is kept with one of them.
KEPT = "order_id NOT IN (SELECT order_id FROM orders_refund WHERE line_no < 0)"
MONEY_BACK = ["duties", "merchant_tallies", "refunds", "releases", "tallies"]
A_ROW = "lane, order_id, -1, 1, 3, 0, duty_minor, 0, 0, tax_minor, false, duty_minor + tax_minor, false, now()"
DAMAGES = [
    (["duties"], f"UPDATE orders_orderduty SET duty_minor = duty_minor + 1, tax_minor = tax_minor - 1 WHERE {KEPT}"),
    (["duties"], f"UPDATE orders_orderduty SET value_minor = value_minor + 1 WHERE {KEPT}"),
    (["duties"], f"UPDATE orders_orderduty SET heading = '940521' WHERE {KEPT}"),
    (["duties"], f"UPDATE orders_orderduty SET place_id = place_id + 1 WHERE {KEPT}"),
    (["duties"], f"UPDATE orders_orderduty SET duty_no = 2 WHERE {KEPT}"),
    (["duties"], f"DELETE FROM orders_orderduty WHERE {KEPT}"),
    (
        ["duties"],
        "UPDATE orders_orderduty SET tax_minor = tax_minor + 1, duty_minor = duty_minor - 1 WHERE NOT (" + KEPT + ")",
    ),
    (["orphans_of_orders"], "INSERT INTO orders_orderduty VALUES (5, 20480, 1, 7, 'CN', '940161', 1, 1, 0)"),
    (
        ["duties", "orders", "releases"],
        "UPDATE orders_order SET duties_minor = duties_minor + 5, goods_minor = goods_minor - 5",
    ),
    (MONEY_BACK, f"INSERT INTO orders_refund SELECT {A_ROW} FROM orders_orderduty WHERE {KEPT}"),
    (MONEY_BACK, "DELETE FROM orders_refund WHERE line_no = -1"),
    (["duties", "orphans_of_orders"], "UPDATE orders_refund SET line_no = -2 WHERE line_no = -1"),
    (["releases"], f"UPDATE settlement_release SET duties_minor = duties_minor + 1 WHERE {KEPT}"),
    (["releases"], f"UPDATE ledger_transfer SET kind = 4 WHERE kind = 31 AND {KEPT}"),
    (
        ["releases"],
        "UPDATE ledger_account SET address = 'platform:customs:EUR' WHERE address = 'platform:duties:EUR'",
    ),
]


def trade() -> None:
    """Release two orders with duties, then take all of the one back and a unit of the other."""
    make_market()
    make_duty(value_max_minor=30_000)
    scene = make_scene(sent=True, abroad=True)
    begin_sale()
    complete(scene.chairs, scene.lamps)
    release_orders(now_ms=SETTLED_MS)
    back(scene.chairs, 1, 3, now_ms=SETTLED_MS + DAY_MS)
    back(scene.lamps, 1, 1, now_ms=SETTLED_MS + DAY_MS)
    follow_purchases()


def red(found: Verification) -> list[str]:
    return sorted(check.key for check in found.checks if not check.ok)


def test_sound_books_with_duties_pass_every_check() -> None:
    trade()

    found = verify_realm(settled=True)

    assert red(found) == []
    (check,) = [check for check in found.checks if check.key == "duties"]
    assert check.rows == OrderDuty.objects.count() == 2


@pytest.mark.parametrize(("keys", "damage"), DAMAGES, ids=[f"{keys[0]}-{at}" for at, (keys, _) in enumerate(DAMAGES)])
def test_damage_turns_the_checks_red_that_look_for_it(keys: list[str], damage: str) -> None:
    trade()
    assert run(damage) > 0

    assert red(verify_realm()) == keys
