"""What becomes of duties when goods go back: each follows the last of the goods it was asked for, whole, and once."""

import pytest
from django.db import IntegrityError, transaction

from fairground.catalog.models import Price
from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.actions.protect_prices import return_difference
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.checkout.rules.refunding import TooManyUnits, UnknownLine
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.orders.models import Order, OrderDuty, Refund
from fairground.orders.rules import RefundReason, Step
from tests.books import hot_rows
from tests.duties import DUTY, DUTY_TAX, TOTAL, WALLET, Imported, customs_minor, duties_back, make_import, no_faults
from tests.factories import make_duty, make_market
from tests.refunding import LATER_MS, back, escrow_minor, make_scene, refund_sums, wallet_minor

BY_STAFF = By(user_id=None, now=from_unix_ms(LATER_MS))
CHAIRS_BACK, LAMPS_BACK = (-1, DUTY, DUTY_TAX, 357), (-2, DUTY, DUTY_TAX, 357)


@pytest.fixture
def bought(two_writers: None) -> Imported:
    make_market()
    return make_import()


def test_a_duty_stays_until_the_last_goods_of_its_heading_go_back(bought: Imported) -> None:
    back(bought.order_id, 1, 1)
    back(bought.order_id, 2, 1)
    assert duties_back(bought.order_id) == []
    assert no_faults()

    back(bought.order_id, 1, 1)

    assert duties_back(bought.order_id) == [CHAIRS_BACK]
    assert Order.objects.get().state == Step.PAID
    assert wallet_minor(bought.shopper_id) == WALLET - 500 - 357
    assert no_faults()

    back(bought.order_id, 3, 1)

    assert duties_back(bought.order_id) == [CHAIRS_BACK, LAMPS_BACK]
    assert (Order.objects.get().state, refund_sums(bought.order_id)["paid_minor"]) == (Step.CANCELLED, TOTAL)
    assert wallet_minor(bought.shopper_id) == WALLET
    assert no_faults()


def test_goods_of_several_headings_go_back_at_once_with_the_duties_of_all(bought: Imported) -> None:
    order_id = bought.order_id

    found = refund_lines(
        units={(order_id, 3): 1, (order_id, 1): 2, (order_id, 2): 1}, reason=RefundReason.WITHDRAWN, by=BY_STAFF
    )

    charges = [(one.line_no, one.units, one.paid_minor, one.tax_minor) for one in found if one.line_no < 0]
    assert charges == [(-1, 0, 357, DUTY_TAX), (-2, 0, 357, DUTY_TAX)]
    assert sum(one.paid_minor for one in found) == TOTAL
    assert no_faults()


@pytest.mark.parametrize(
    "reason", [RefundReason.WITHDRAWN, RefundReason.FAULTY, RefundReason.MISSING, RefundReason.GOODWILL]
)
def test_of_goods_that_were_shipped_duties_go_back_too(bought: Imported, reason: RefundReason) -> None:
    advance_orders(order_ids=[bought.order_id], then=Step.SHIPPED, now_ms=LATER_MS)

    back(bought.order_id, 3, 1, reason=reason)

    assert duties_back(bought.order_id) == [LAMPS_BACK]
    assert escrow_minor(bought.lamp) == TOTAL - 500 - 357
    assert no_faults()


def test_a_cancelled_order_gives_all_duties_back(bought: Imported) -> None:
    advance_orders(order_ids=[bought.order_id], then=Step.CANCELLED, now_ms=LATER_MS)

    assert duties_back(bought.order_id) == [CHAIRS_BACK, LAMPS_BACK]
    assert (wallet_minor(bought.shopper_id), escrow_minor(bought.lamp), customs_minor()) == (WALLET, 0, 0)
    assert no_faults()


def test_discounts_shipping_and_duties_go_back_each_by_its_own(two_writers: None) -> None:
    make_market()
    make_duty(value_max_minor=30_000)
    scene = make_scene(sent=True, abroad=True)
    duties = OrderDuty.objects.filter(order_id__in=[scene.chairs, scene.lamps])
    assert list(duties.values_list("duty_minor", "tax_minor")) == [(300, 57)] * 2

    back(scene.chairs, 1, 2)
    assert duties_back(scene.chairs) == []
    back(scene.chairs, 1, 1)
    advance_orders(order_ids=[scene.lamps], then=Step.CANCELLED, now_ms=LATER_MS)

    assert duties_back(scene.chairs) == duties_back(scene.lamps) == [CHAIRS_BACK]
    assert set(Refund.objects.filter(line_no=0).values_list("goods_minor", "paid_minor")) == {(490, 245), (690, 345)}
    assert no_faults()


def test_price_protection_leaves_duties_alone(bought: Imported) -> None:
    Price.objects.filter(sku_id=bought.lamp.id).update(price_minor=400)

    return_difference(purchase_id=bought.placed.purchase_id, shopper_id=bought.shopper_id, now_ms=LATER_MS)
    assert duties_back(bought.order_id) == []
    assert no_faults()

    back(bought.order_id, 3, 1)

    assert duties_back(bought.order_id) == [LAMPS_BACK]
    assert wallet_minor(bought.shopper_id) == WALLET - TOTAL + 500 + 357
    assert no_faults()


def test_nobody_gets_a_duty_back_twice(bought: Imported) -> None:
    back(bought.order_id, 3, 1)
    before = hot_rows()

    with pytest.raises(TooManyUnits):
        back(bought.order_id, 3, 1)
    with pytest.raises(UnknownLine):
        refund_lines(units={(bought.order_id, -1): 1}, reason=RefundReason.FAULTY, by=BY_STAFF)

    assert hot_rows() == before


_COLUMNS = (
    *("lane", "order_id", "line_no", "refund_no", "reason", "units", "goods_minor", "discount_minor", "ahead_minor"),
    *("tax_minor", "tax_included", "paid_minor", "restocked", "at"),
)


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({}, "orders_refund_pkey"),
        ({"refund_no": 2}, "inv_25_units_price_or_charges"),
        ({"units": 1}, "inv_25_units_price_or_charges"),
        ({"restocked": True}, "INV-32"),
        ({"discount_minor": 1, "paid_minor": 356}, "inv_25_units_price_or_charges"),
        ({"ahead_minor": 1, "paid_minor": 356}, "inv_25_units_price_or_charges"),
        ({"reason": RefundReason.PRICE_FELL}, "inv_25_units_price_or_charges"),
        ({"tax_included": True, "paid_minor": 300}, "inv_25_units_price_or_charges"),
        ({"paid_minor": 356}, "inv_25_refund_adds_up"),
        ({"line_no": -1}, "inv_40_duty_back_whole"),
        ({"line_no": -3}, "inv_40_duty_back_whole"),
        ({"order_id": 5 << 12, "lane": 5}, "inv_40_duty_back_whole"),
    ],
)
def test_the_database_refuses_a_duty_twice_or_of_goods_that_are_kept(
    bought: Imported, facts: dict[str, object], constraint: str
) -> None:
    back(bought.order_id, 3, 1)
    row = Refund.objects.get(line_no=-2)
    before = hot_rows()

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Refund.objects.bulk_create([Refund(**{name: getattr(row, name) for name in _COLUMNS} | facts)])

    assert hot_rows() == before


@pytest.mark.parametrize("facts", [{"goods_minor": 299, "paid_minor": 356}, {"tax_minor": 56, "paid_minor": 356}])
def test_the_database_refuses_a_part_of_a_duty(bought: Imported, facts: dict[str, object]) -> None:
    back(bought.order_id, 3, 1)
    row = Refund.objects.get(line_no=-2)
    # The constraint speaks before the key does: triggers come first.
    with pytest.raises(IntegrityError, match="inv_40_duty_back_whole"), transaction.atomic():
        Refund.objects.bulk_create([Refund(**{name: getattr(row, name) for name in _COLUMNS} | facts)])


def test_the_database_refuses_a_duty_from_a_country_that_nobody_stated(bought: Imported) -> None:
    with pytest.raises(IntegrityError, match="inv_40_duty_from_a_stated_country"), transaction.atomic():
        OrderDuty.objects.filter(duty_no=1).update(country="")


@pytest.mark.parametrize("facts", [{"duty_minor": 0}, {"tax_minor": -1}, {"value_minor": -1}])
def test_the_database_refuses_a_duty_of_nothing(bought: Imported, facts: dict[str, int]) -> None:
    with pytest.raises(IntegrityError, match="inv_40_duty_in_range"), transaction.atomic():
        OrderDuty.objects.filter(duty_no=1).update(**facts)
