"""Money back after paying: units in parts, the rest of a cancelled order, and what it was cheaper by."""

import pytest

from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.checkout.rules.placing import Placed
from fairground.checkout.rules.refunding import (
    NoUnits,
    OrderNotRefundable,
    RefundedSince,
    ShopperErased,
    TooManyUnits,
    UnknownLine,
)
from fairground.dashboard.models import TallyKind
from fairground.identity.models import Shopper
from fairground.kernel.models import AuditEntry, Outbox
from fairground.kernel.outbox import OutboxKind
from fairground.kernel.refusal import Refusal
from fairground.ledger.models import Transfer
from fairground.ledger.queries import accounts_that_disagree
from fairground.ledger.rules import TransferKind
from fairground.orders.models import LineDiscount, Order, OrderLine, Purchase, RefundDiscount
from fairground.orders.rules import RefundReason, Step
from fairground.promotions.models import Allowance, Coupon, ShopperUse
from fairground.redpackets.models import Packet
from tests.books import Units, hot_rows, taken_by, tallied, units_of
from tests.factories import BY, NOW_MS, make_market, make_shopper, make_sku, place, place_one, place_request
from tests.refunding import LATER_MS, WALLET, Scene, back, escrow_minor, make_scene, refund_sums, wallet_minor


@pytest.fixture
def scene(two_writers: None) -> Scene:
    make_market()
    return make_scene()


def cancel(*order_ids: int) -> None:
    advance_orders(order_ids=order_ids, then=Step.CANCELLED, now_ms=LATER_MS)


def given_minor(order_id: int, source: str) -> int:
    """Return what an order was cheaper by through a source."""
    return sum(one.amount_minor for one in LineDiscount.objects.filter(order_id=order_id, source=source))


def used() -> tuple[int, int, int, int, int]:
    """Return what is counted: uses and amount of the promotion, the shopper's uses, the coupon's, the packet's."""
    slices = Allowance.objects.filter(kind=1)
    return (
        sum(one.taken for one in slices),
        sum(one.amount_minor for one in slices),
        sum(ShopperUse.objects.values_list("uses", flat=True)),
        sum(Coupon.objects.values_list("used", flat=True)),
        sum(Packet.objects.values_list("used_minor", flat=True)),
    )


def test_of_a_cancelled_order_its_part_of_the_budget_and_of_the_packet_comes_back(scene: Scene) -> None:
    assert scene.placed.total_minor == 34_002 - 4_000 - 1_000 - 777
    assert used() == (1, 4_000, 1, 1, 777)
    ended = given_minor(scene.chairs, f"promotion:{scene.promotion_id}")
    spent = given_minor(scene.chairs, f"packet:{scene.packet_id}")

    cancel(scene.chairs)

    assert (ended, spent) == (2_823, 548)
    assert used() == (1, 4_000 - 2_823, 1, 1, 777 - 548)


def test_with_the_last_order_the_use_and_the_coupon_come_back_and_the_coupon_is_good_again(scene: Scene) -> None:
    cancel(scene.chairs)
    cancel(scene.lamps)

    assert used() == (0, 0, 0, 0, 0)
    assert wallet_minor(scene.shopper_id) == WALLET
    again = place_request(scene.lamp.line(2), shopper_id=scene.shopper_id, coupons=(scene.coupon_id,))
    assert place_one(again).total_minor == 10_002 - 1_000


def test_a_coupon_that_is_over_comes_back_and_is_of_no_use(scene: Scene) -> None:
    cancel(scene.chairs, scene.lamps)

    a_day_later_ms = NOW_MS + 86_400_000
    request = place_request(
        scene.lamp.line(2), shopper_id=scene.shopper_id, coupons=(scene.coupon_id,), arrived_at_ms=a_day_later_ms
    )
    (outcome,) = place([request], now_ms=a_day_later_ms)

    assert used()[3] == 0
    assert not isinstance(outcome, Placed) or outcome.total_minor == 10_002


def test_one_unit_that_was_not_shipped_goes_back_with_its_money_its_place_on_the_shelf_and_its_discounts(
    scene: Scene,
) -> None:
    paid_minor = Order.objects.get(id=scene.chairs).total_minor
    before = wallet_minor(scene.shopper_id)

    refunded = back(scene.chairs, 1, 1)

    # 80.00 of 240.00 that were 28.23 cheaper across shops, 7.06 by the coupon and 5.48 by the packet.
    assert (refunded.paid_minor, refunded.units, refunded.restocked, refunded.ended_order) == (6_641, 1, True, False)
    assert wallet_minor(scene.shopper_id) == before + 6_641
    assert escrow_minor(scene.chair) == paid_minor - 6_641
    assert units_of(scene.chair.deal_stock_id) == Units(5, reserved=0, sold=2)
    assert taken_by(deal_id=scene.chair.deal_id, shopper_id=scene.shopper_id) == 2
    assert tallied(TallyKind.REFUNDED) == (0, 1, 6_641)
    assert used() == (1, 4_000 - 941, 1, 1, 777 - 183)
    ended = RefundDiscount.objects.order_by("step", "funder").values_list("source", "funder", "amount_minor")
    assert list(ended) == [
        (f"promotion:{scene.promotion_id}", f"merchant:{scene.chair.merchant.id}", 471),
        (f"promotion:{scene.promotion_id}", "platform", 470),
        (f"coupon:{scene.coupon_id}", "platform", 235),
        (f"packet:{scene.packet_id}", "platform", 183),
    ]
    assert list(Outbox.objects.filter(kind=OutboxKind.ORDER_PARTLY_REFUNDED).values_list("subject_id", flat=True)) == [
        scene.chairs
    ]
    moved = Transfer.objects.filter(kind=TransferKind.REFUND).values_list("order_id", "amount_minor")
    assert list(moved) == [(scene.chairs, 6_641)]
    entry = AuditEntry.objects.get(verb="refunded")
    assert (entry.subject_id, entry.facts["paid_minor"], entry.facts["reason"]) == (
        str(scene.chairs),
        [None, 6_641],
        [None, "faulty"],
    )
    assert accounts_that_disagree() == []


def test_a_unit_that_was_shipped_is_paid_back_and_stays_sold(scene: Scene) -> None:
    advance_orders(order_ids=[scene.chairs], then=Step.SHIPPED, now_ms=LATER_MS)

    refunded = back(scene.chairs, 1, 3)

    assert (refunded.restocked, refunded.ended_order) == (False, False)
    assert units_of(scene.chair.deal_stock_id) == Units(5, reserved=0, sold=3)
    assert taken_by(deal_id=scene.chair.deal_id, shopper_id=scene.shopper_id) == 3
    assert escrow_minor(scene.chair) == 0
    assert Order.objects.get(id=scene.chairs).state == Step.SHIPPED


def test_a_cancel_after_part_refunds_returns_the_rest_exactly(scene: Scene) -> None:
    back(scene.chairs, 1, 1)
    cancel(scene.chairs)

    line = OrderLine.objects.get(order_id=scene.chairs)
    total_minor = Order.objects.get(id=scene.chairs).total_minor
    assert refund_sums(scene.chairs) == {
        "units": 3,
        "goods_minor": line.goods_minor,
        "discount_minor": line.discount_minor,
        "ahead_minor": 0,
        "tax_minor": line.tax_minor,
        "paid_minor": total_minor,
    }
    assert escrow_minor(scene.chair) == 0
    assert units_of(scene.chair.deal_stock_id) == Units(5, reserved=0, sold=0)
    assert tallied(TallyKind.REFUNDED) == (1, 3, total_minor)
    assert used() == (1, 4_000 - 2_823, 1, 1, 777 - 548)


def test_the_last_unit_that_was_not_shipped_cancels_its_order_and_then_its_purchase(scene: Scene) -> None:
    back(scene.chairs, 1, 2)
    first = back(scene.chairs, 1, 1)
    assert Purchase.objects.get().state == Step.PAID
    second = back(scene.lamps, 1, 2)

    assert (first.ended_order, second.ended_order) == (True, True)
    assert set(Order.objects.values_list("state", flat=True)) == {Step.CANCELLED}
    assert Purchase.objects.get().state == Step.CANCELLED
    assert Outbox.objects.filter(kind=OutboxKind.ORDER_REFUNDED).count() == 2
    assert Outbox.objects.filter(kind=OutboxKind.PURCHASE_CANCELLED).count() == 1
    assert tallied(TallyKind.REFUNDED) == (2, 5, scene.placed.total_minor)
    assert used() == (0, 0, 0, 0, 0)
    assert wallet_minor(scene.shopper_id) == WALLET


def test_lines_of_several_orders_go_back_at_once(scene: Scene) -> None:
    wanted = {(scene.chairs, 1): 3, (scene.lamps, 1): 1}

    refunded = refund_lines(units=wanted, reason=RefundReason.WITHDRAWN, by=BY)

    assert {(one.order_id, one.units, one.ended_order) for one in refunded} == {
        (scene.chairs, 3, True),
        (scene.lamps, 1, False),
    }
    assert wallet_minor(scene.shopper_id) == WALLET - escrow_minor(scene.lamp)
    assert accounts_that_disagree() == []


def test_more_units_than_are_left_or_a_line_that_is_not_there_are_refused_and_nothing_changes(scene: Scene) -> None:
    back(scene.chairs, 1, 2)
    before = hot_rows()

    with pytest.raises(TooManyUnits) as refused:
        refund_lines(units={(scene.lamps, 1): 1, (scene.chairs, 1): 2}, reason=RefundReason.FAULTY, by=BY)
    with pytest.raises(UnknownLine):
        back(scene.chairs, 2, 1)
    with pytest.raises(OrderNotRefundable):
        back(scene.chairs + 1, 1, 1)
    with pytest.raises(OrderNotRefundable):
        back(900 << 12, 1, 1)  # in no lane of orders

    assert refused.value.facts == {"order_id": scene.chairs, "line_no": 1, "left": 1, "asked": 2}
    assert hot_rows() == before


@pytest.mark.parametrize(
    ("units", "refusal"), [(-1, NoUnits), (-(10**20), NoUnits), (0, NoUnits), (10**20, TooManyUnits)]
)
def test_no_units_less_than_none_and_more_than_there_are_numbers_for_are_refused(
    scene: Scene, units: int, refusal: type[Refusal]
) -> None:
    before = hot_rows()

    with pytest.raises(refusal) as refused:
        refund_lines(units={(scene.lamps, 1): 1, (scene.chairs, 1): units}, reason=RefundReason.FAULTY, by=BY)

    assert (refused.value.facts["line_no"], refused.value.facts["asked"]) == (1, units)
    with pytest.raises(NoUnits):
        refund_lines(units={}, reason=RefundReason.FAULTY, by=BY)
    for order_id in (-1, 0, 10**20):
        with pytest.raises(OrderNotRefundable):
            back(order_id, 1, 1)
    assert hot_rows() == before
    assert not AuditEntry.objects.filter(verb="refunded").exists()


def test_what_is_not_paid_or_was_cancelled_is_not_refunded(scene: Scene) -> None:
    unpaid = place_one(place_request(make_sku().line(), shopper_id=make_shopper()))
    cancel(scene.chairs)
    before = hot_rows()

    for order_id in (unpaid.orders[0].order_id, scene.chairs):
        with pytest.raises(OrderNotRefundable):
            back(order_id, 1, 1)

    assert hot_rows() == before


def test_other_units_than_were_seen_are_refused(scene: Scene) -> None:
    back(scene.chairs, 1, 1)
    before = hot_rows()

    with pytest.raises(RefundedSince) as refused:
        refund_lines(units={(scene.chairs, 1): 1}, reason=RefundReason.FAULTY, by=BY, seen={(scene.chairs, 1): 3})

    assert refused.value.facts == {"order_id": scene.chairs, "line_no": 1, "left": 2}
    assert hot_rows() == before


def test_nothing_goes_into_the_wallet_of_somebody_who_was_erased(scene: Scene) -> None:
    advance_orders(order_ids=[scene.chairs, scene.lamps], then=Step.SHIPPED, now_ms=LATER_MS)
    Shopper.objects.filter(id=scene.shopper_id).update(erased_at=BY.now)
    before = hot_rows()

    with pytest.raises(ShopperErased):
        back(scene.chairs, 1, 1)

    assert hot_rows() == before
