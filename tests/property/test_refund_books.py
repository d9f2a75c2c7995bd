"""Whatever goes back, in any parts and order: the sums end at what was paid, and no minor unit appears or is lost."""

from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from fairground.catalog.models import Price
from fairground.checkout.actions.advance_orders import OrderNotReady, advance_orders
from fairground.checkout.actions.protect_prices import return_difference
from fairground.checkout.rules.refunding import DifferenceGiven, OrderNotRefundable, PriceNotFallen, TooManyUnits
from fairground.dashboard.models import TallyKind
from fairground.ledger.queries import accounts_that_disagree
from fairground.orders.models import LineDiscount, Order, OrderLine, RefundDiscount
from fairground.orders.rules import Step
from fairground.promotions.models import Allowance, Coupon, ShopperUse
from fairground.redpackets.models import Packet
from tests.books import Units, rolled_back, tallied, units_of
from tests.conftest import share_lanes
from tests.factories import make_market
from tests.refunding import LATER_MS, WALLET, back, escrow_minor, make_scene, refund_sums, wallet_minor


@dataclass
class Modelled:
    """An order as plain arithmetic has it: units still kept, units on the shelf again, and whether it was shipped."""

    order_id: int
    units: int
    step: Step = Step.PAID
    kept: int = field(init=False)
    shelved: int = 0

    def __post_init__(self) -> None:
        self.kept = self.units


class RefundMachine(RuleBasedStateMachine):
    """Refunds units, ships and cancels orders of a purchase with a coupon, a limited promotion and a red packet."""

    tax_included = True

    def __init__(self) -> None:
        super().__init__()
        self.example = rolled_back()
        self.example.__enter__()
        share_lanes(0, 64)
        make_market(tax_included=self.tax_included)
        self.scene = make_scene()
        self.known = [Modelled(self.scene.chairs, 3), Modelled(self.scene.lamps, 2)]

    def teardown(self) -> None:
        self.example.__exit__(None, None, None)

    @rule(which=st.integers(0, 1), units=st.integers(1, 3))
    def refund(self, which: int, units: int) -> None:
        one = self.known[which]
        try:
            refunded = back(one.order_id, 1, units)
        except OrderNotRefundable:
            assert one.step is Step.CANCELLED
        except TooManyUnits:
            assert units > one.kept
        else:
            one.kept -= units
            if one.step is Step.PAID:
                one.shelved += units
                if not one.kept:
                    one.step = Step.CANCELLED
            assert refunded.ended_order == (one.step is Step.CANCELLED)

    @rule(which=st.integers(0, 1), then=st.sampled_from([Step.SHIPPED, Step.CANCELLED]))
    def advance(self, which: int, then: Step) -> None:
        one = self.known[which]
        try:
            advance_orders(order_ids=[one.order_id], then=then, now_ms=LATER_MS)
        except OrderNotReady:
            assert one.step is not Step.PAID
        else:
            assert one.step is Step.PAID
            one.step = then
            if then is Step.CANCELLED:
                one.shelved += one.kept
                one.kept = 0

    @rule(which=st.integers(0, 1), percent=st.integers(1, 120))
    def price_changes(self, which: int, percent: int) -> None:
        sku = (self.scene.chair, self.scene.lamp)[which]
        Price.objects.filter(sku_id=sku.id).update(price_minor=sku.price_minor * percent // 100)

    @rule()
    def ask(self) -> None:
        try:
            return_difference(
                purchase_id=self.scene.placed.purchase_id, shopper_id=self.scene.shopper_id, now_ms=LATER_MS
            )
        except OrderNotRefundable:
            assert not any(one.kept for one in self.known)
        except (PriceNotFallen, DifferenceGiven):
            return

    @invariant()
    def what_went_back_is_of_what_was_paid(self) -> None:
        total_minor = refunded_minor = 0
        for one in self.known:
            line, sums = OrderLine.objects.get(order_id=one.order_id), refund_sums(one.order_id)
            order = Order.objects.get(id=one.order_id)
            assert Step(order.state) is one.step
            assert sums["units"] == one.units - one.kept
            assert sums["goods_minor"] == sums["units"] * line.unit_price_minor
            if not one.kept:
                parts = (sums["discount_minor"], sums["tax_minor"], sums["ahead_minor"])
                assert parts == (line.discount_minor, line.tax_minor, 0)
                assert sums["paid_minor"] == order.total_minor
            total_minor += order.total_minor
            refunded_minor += sums["paid_minor"]
        assert wallet_minor(self.scene.shopper_id) == WALLET - total_minor + refunded_minor
        escrow = escrow_minor(self.scene.chair) + escrow_minor(self.scene.lamp)
        assert escrow == total_minor - refunded_minor
        assert accounts_that_disagree() == []
        cancelled = sum(one.step is Step.CANCELLED for one in self.known)
        units = sum(one.units - one.kept for one in self.known)
        assert tallied(TallyKind.REFUNDED) == (cancelled, units, refunded_minor)

    @invariant()
    def units_are_where_they_went(self) -> None:
        chairs, lamps = self.known
        assert units_of(self.scene.chair.deal_stock_id) == Units(5, reserved=0, sold=3 - chairs.shelved)
        assert units_of(self.scene.lamp.stock_id) == Units(100, reserved=0, sold=2 - lamps.shelved)

    @invariant()
    def what_it_was_cheaper_by_is_counted_as_kept(self) -> None:
        kept = {word: self.kept_minor(word) for word in ("promotion", "coupon", "packet")}
        slices = Allowance.objects.filter(kind=1)
        assert sum(one.amount_minor for one in slices) == kept["promotion"]
        assert sum(one.taken for one in slices) == int(kept["promotion"] > 0)
        assert ShopperUse.objects.get().uses == int(kept["promotion"] > 0)
        assert Coupon.objects.get().used == int(kept["coupon"] > 0)
        assert Packet.objects.get().used_minor == kept["packet"]

    def kept_minor(self, word: str) -> int:
        given = LineDiscount.objects.filter(source__startswith=word)
        ended = RefundDiscount.objects.filter(source__startswith=word)
        return sum(one.amount_minor for one in given) - sum(one.amount_minor for one in ended)


class TaxOnTopMachine(RefundMachine):
    """The same where tax comes on top of prices."""

    tax_included = False


@pytest.mark.django_db
@pytest.mark.parametrize("machine", [RefundMachine, TaxOnTopMachine])
def test_the_books_add_up_whatever_goes_back(machine: type[RefundMachine]) -> None:
    run_state_machine_as_test(machine, settings=settings(max_examples=15, stateful_step_count=8))
