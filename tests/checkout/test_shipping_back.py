"""What becomes of an order's shipping when goods go back: it follows the last of them, whole, and once."""

import pytest
from django.db import IntegrityError, connection, transaction

from fairground.catalog.models import Price
from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.actions.protect_prices import return_difference
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.checkout.rules.refunding import TooManyUnits, UnknownLine
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.kernel.sql import load_sql
from fairground.orders.models import LineDiscount, Order, Refund, RefundDiscount
from fairground.orders.rules import RefundReason, Step
from fairground.promotions.models import Allowance
from fairground.settlement.rules.parting import NOTHING
from tests.books import hot_rows
from tests.factories import make_market
from tests.refunding import LATER_MS, WALLET, Scene, back, escrow_minor, make_scene, refund_sums, wallet_minor
from tests.settlement.making import SETTLED_MS, parts_of, settle

BY_STAFF = By(user_id=None, now=from_unix_ms(LATER_MS))


@pytest.fixture
def scene(two_writers: None) -> Scene:
    make_market()
    return make_scene(sent=True)


def shipping_back(order_id: int) -> list[tuple[int, int, int, int, int]]:
    """Return (number, units, goods, discount, paid) of what went back of an order's shipping."""
    names = ("refund_no", "units", "goods_minor", "discount_minor", "paid_minor")
    return list(Refund.objects.filter(order_id=order_id, line_no=0).values_list(*names))


def no_faults() -> bool:
    found = []
    for key in ("orders", "shipping", "refunds", "discounts", "escrow", "releases", "tallies", "orphans_of_orders"):
        with connection.cursor() as cursor:
            cursor.execute(load_sql("rehearsal", f"check_{key}"))
            found += [(key, row) for row in cursor.fetchall() if row[1]]
    assert found == []
    return True


def test_a_part_keeps_the_shipping_and_the_last_units_give_it_back(scene: Scene) -> None:
    back(scene.chairs, 1, 1)
    back(scene.chairs, 1, 1)
    assert shipping_back(scene.chairs) == []

    back(scene.chairs, 1, 1)

    order = Order.objects.get(id=scene.chairs)
    assert shipping_back(scene.chairs) == [(1, 0, 490, 245, 245)]
    assert (order.state, refund_sums(scene.chairs)["paid_minor"]) == (Step.CANCELLED, order.total_minor)
    lamps = Order.objects.get(id=scene.lamps)
    assert wallet_minor(scene.shopper_id) == WALLET - lamps.total_minor
    assert no_faults()


@pytest.mark.parametrize(
    "reason", [RefundReason.WITHDRAWN, RefundReason.FAULTY, RefundReason.MISSING, RefundReason.GOODWILL]
)
def test_of_a_shipped_order_of_which_nothing_is_kept_shipping_goes_back_too(scene: Scene, reason: RefundReason) -> None:
    advance_orders(order_ids=[scene.lamps], then=Step.SHIPPED, now_ms=LATER_MS)

    back(scene.lamps, 1, 2, reason=reason)

    assert shipping_back(scene.lamps) == [(1, 0, 690, 345, 345)]
    assert escrow_minor(scene.lamp) == 0
    assert no_faults()


def test_a_cancelled_order_gives_all_of_it_back_and_the_promotion_its_budget(scene: Scene) -> None:
    shipping = LineDiscount.objects.filter(line_no=0)
    source = shipping.values_list("source", flat=True).distinct().get()
    promotion_id = int(source.split(":")[1])

    advance_orders(order_ids=[scene.chairs, scene.lamps], then=Step.CANCELLED, now_ms=LATER_MS)

    assert wallet_minor(scene.shopper_id) == WALLET
    ended = RefundDiscount.objects.filter(line_no=0)
    assert sum(ended.values_list("amount_minor", flat=True)) == 245 + 345
    assert {(one.taken, one.amount_minor) for one in Allowance.objects.filter(promotion_id=promotion_id)} == {(0, 0)}
    assert no_faults()


def test_price_protection_leaves_shipping_alone(scene: Scene) -> None:
    Price.objects.filter(sku_id=scene.lamp.id).update(price_minor=4_001)

    return_difference(purchase_id=scene.placed.purchase_id, shopper_id=scene.shopper_id, now_ms=LATER_MS)

    assert shipping_back(scene.lamps) == []
    assert no_faults()


def test_nobody_gets_shipping_back_twice(scene: Scene) -> None:
    advance_orders(order_ids=[scene.lamps], then=Step.SHIPPED, now_ms=LATER_MS)
    back(scene.lamps, 1, 2)
    before = hot_rows()

    with pytest.raises(TooManyUnits):
        back(scene.lamps, 1, 1)
    with pytest.raises(UnknownLine):
        refund_lines(units={(scene.lamps, 0): 1}, reason=RefundReason.FAULTY, by=BY_STAFF)

    assert hot_rows() == before


def test_a_merchant_gets_shipping_whole_without_commission_and_what_the_platform_gave_of_it(scene: Scene) -> None:
    settle(scene.lamps)

    order = Order.objects.get(id=scene.lamps)
    by_merchant = LineDiscount.objects.filter(order_id=scene.lamps, line_no=1).exclude(funder="platform")
    by_platform = LineDiscount.objects.filter(order_id=scene.lamps, funder="platform")
    price_minor = order.goods_minor - sum(by_merchant.values_list("amount_minor", flat=True))
    parts = parts_of(scene.lamps)
    assert order.shipping_minor == 345
    assert by_platform.get(line_no=0).amount_minor in {172, 173}
    assert parts.escrow_minor == order.total_minor
    assert parts.discounts_minor == sum(by_platform.values_list("amount_minor", flat=True))
    assert parts.commission_minor == (price_minor * 500 + 5_000) // 10_000
    assert no_faults()

    back(scene.lamps, 1, 2, reason=RefundReason.FAULTY, now_ms=SETTLED_MS + 1)

    assert parts_of(scene.lamps) == NOTHING
    assert no_faults()


def damaged(**facts: object) -> Refund:
    """Return a refund of the lamps' shipping as it would be, but for these facts."""
    row = Refund.objects.get(line_no=0)
    return Refund(**{name: getattr(row, name) for name in _COLUMNS} | facts)


_COLUMNS = (
    *("lane", "order_id", "line_no", "refund_no", "reason", "units", "goods_minor", "discount_minor", "ahead_minor"),
    *("tax_minor", "tax_included", "paid_minor", "restocked", "at"),
)


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"refund_no": 2}, "inv_25_units_price_or_charges"),
        ({}, "orders_refund_pkey"),
        ({"order": "kept"}, "inv_37_shipping_back_whole"),
    ],
)
def test_the_database_refuses_shipping_twice_or_of_an_order_that_is_kept(
    scene: Scene, facts: dict[str, object], constraint: str
) -> None:
    advance_orders(order_ids=[scene.lamps], then=Step.SHIPPED, now_ms=LATER_MS)
    back(scene.lamps, 1, 2)
    kept = Order.objects.get(id=scene.chairs)
    if facts.pop("order", None):
        facts = {"order_id": kept.id, "lane": kept.lane, "goods_minor": 490, "discount_minor": 245, "paid_minor": 245}

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Refund.objects.bulk_create([damaged(**facts)])
