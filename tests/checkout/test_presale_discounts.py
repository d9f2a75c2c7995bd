"""Promotions, coupons and red packets with a presale: pinned when it is ordered, off the balance alone, given back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from fairground.catalog.models import Price
from fairground.checkout.actions.end_purchases import break_off_presales, cancel_purchase, expire_purchases
from fairground.checkout.queries import quote_purchase
from fairground.checkout.rules.discounting import CouponNotHeld, DiscountChanged
from fairground.checkout.rules.paying import Paid
from fairground.checkout.rules.placing import Placed, PlaceRequest, PurchasePlan
from fairground.dashboard.models import TallyKind
from fairground.festivals.models import PresalePrice
from fairground.kernel.edits import By
from fairground.ledger.queries import accounts_that_disagree
from fairground.markets.rules import DepositMode
from fairground.orders.models import LineDiscount, Order, OrderLine, Purchase
from fairground.orders.rules import Step
from fairground.promotions.actions.coupons import collect_coupons
from fairground.promotions.models import Allowance, Coupon, Promotion, ShopperUse
from fairground.promotions.rules.collecting import CollectRequest
from fairground.promotions.rules.declaring import MarketTerms
from fairground.promotions.rules.terms import DiscountStep
from fairground.redpackets.models import Packet
from tests.books import hot_rows, tallied
from tests.factories import (
    SkuMade,
    give_wallet,
    make_market,
    make_merchant,
    make_shopper,
    pay,
    pay_request,
    place,
    place_one,
    place_request,
)
from tests.presales import (
    BALANCE_OPENS,
    CLOSES_MS,
    OPENS_MS,
    ORDERED_MS,
    make_presale,
    pay_deposit,
    wallet_of,
)
from tests.promotion_making import make_coupon, make_promotion
from tests.redpackets.giving import grab_one, make_round

LANE = 30
MINUTE_MS = 60_000
BY = By(user_id=None, now=BALANCE_OPENS, reason="out of goods")
# A price of 100.00, a deposit of 10.00 that is worth 15.00: 95.00 in all, of which 85.00 are paid later.
MONEY: dict[str, Any] = {"price_minor": 10_000, "deposit_minor": 1_000, "inflation_minor": 500, "usual_minor": 12_000}


@dataclass(frozen=True, slots=True)
class Scene:
    """A presale, and a shopper with 200.00, a coupon of 10.00 at 50.00 and a red packet of 3.00.

    Beside them "every 40.00, 4.00 off" is on across shops: twice of 95.00, 8.00.
    """

    presale: SkuMade
    shopper_id: int
    coupon: int
    packet_id: int

    def request(self, **changes: Any) -> PlaceRequest:
        """Return an order of one unit with all that the shopper has."""
        asked = {"coupons": (self.coupon,), "packets": (self.packet_id,), "arrived_at_ms": ORDERED_MS, **changes}
        return place_request(self.presale.deal_line(), shopper_id=self.shopper_id, **asked)

    def ordered(self) -> Placed:
        """Order it and pay the deposit."""
        placed = place_one(self.request(), now_ms=ORDERED_MS)
        pay_deposit(placed, shopper_id=self.shopper_id)
        return placed

    def pays(self, placed: Placed, amount_minor: int) -> object:
        """Return what comes of paying so much when the balance opens."""
        asked = pay_request(placed, shopper_id=self.shopper_id, amount_minor=amount_minor)
        (outcome,) = pay([asked], now_ms=OPENS_MS)
        return outcome


@pytest.fixture
def scene(lone_writer: object) -> Scene:
    make_market(tax_rates_bps={"DE": 0})
    shopper_id = make_shopper(lane=5)
    give_wallet(shopper_id=shopper_id, amount_minor=20_000)
    make_promotion(repeats=True, merchant_bps=2_500, terms={"EU": MarketTerms(4_000, 400, uses_max=5)})
    coupon = make_coupon(uses_max=9, shopper_uses_max=2)
    collect_coupons([CollectRequest(coupon, "EU", shopper_id, verified=True)], now_ms=ORDERED_MS)
    packet = grab_one(make_round(packets=1, budget_minor=300), shopper_id=shopper_id)
    return Scene(make_presale(merchant=make_merchant(lane=LANE), **MONEY), shopper_id, coupon, packet.packet_id)


def given() -> list[tuple[int, str, int]]:
    """Return (step, funder, amount) of what was taken off."""
    rows = LineDiscount.objects.order_by("step", "funder").values_list("step", "funder", "amount_minor")
    return [(step, funder.partition(":")[0], amount_minor) for step, funder, amount_minor in rows]


def used() -> tuple[list[tuple[int, int]], list[int], list[int], list[int]]:
    """Return what was used of promotions (times, amount), of the shopper's own limits, of coupons and of packets."""
    return (
        sorted(Allowance.objects.filter(kind=1).values_list("taken", "amount_minor")),
        list(ShopperUse.objects.values_list("uses", flat=True)),
        list(Coupon.objects.values_list("used", flat=True)),
        list(Packet.objects.values_list("used_minor", flat=True)),
    )


ALL_USED = ([(1, 800), (1, 1_000)], [1], [1], [300])
NONE_USED = ([(0, 0), (0, 0)], [0], [0], [0])


def test_discounts_are_pinned_when_it_is_ordered_and_lower_the_balance_alone(scene: Scene) -> None:
    placed = place_one(scene.request(discount_minor=2_100), now_ms=ORDERED_MS)

    assert placed.presale is not None
    assert (placed.total_minor, placed.presale.deposit_minor) == (7_400, 1_000)
    assert given() == [
        (DiscountStep.DEAL, "merchant", 500),
        (DiscountStep.CROSS_SHOP, "merchant", 200),
        (DiscountStep.CROSS_SHOP, "platform", 600),
        (DiscountStep.PLATFORM_COUPON, "platform", 1_000),
        (DiscountStep.RED_PACKET, "platform", 300),
    ]
    assert Order.objects.values_list("goods_minor", "discount_minor", "total_minor").get() == (10_000, 2_600, 7_400)
    assert used() == ALL_USED


def test_what_the_shopper_saw_is_charged_though_the_promotions_are_over(scene: Scene) -> None:
    placed = scene.ordered()
    assert Promotion.objects.get(needs_coupon=True).closes_at < BALANCE_OPENS

    outcome = scene.pays(placed, 6_400)

    assert isinstance(outcome, Paid)
    row = Purchase.objects.get()
    assert (row.state, row.total_minor, row.balance_minor) == (Step.PAID, 7_400, 6_400)
    assert wallet_of(scene.shopper_id, lane=5) == 20_000 - 7_400
    assert used() == ALL_USED
    assert tallied(TallyKind.PAID) == (1, 1, 7_400)
    assert accounts_that_disagree() == []


def test_a_quote_of_a_presale_is_what_placing_it_writes(scene: Scene) -> None:
    plan = quote_purchase(scene.request())

    assert isinstance(plan, PurchasePlan)
    assert plan.given is not None
    assert (plan.total_minor, plan.given.quote.discount_minor) == (7_400, 2_100)


def test_a_threshold_is_tested_against_the_price_without_what_the_deposit_is_worth_more(lone_writer: object) -> None:
    make_market(tax_rates_bps={"DE": 0})
    make_promotion(terms={"EU": MarketTerms(threshold_minor=9_501, off_minor=900)})
    presale = make_presale(**MONEY)
    first = place_one(place_request(presale.deal_line(), shopper_id=make_shopper()), now_ms=ORDERED_MS)
    make_promotion(terms={"EU": MarketTerms(threshold_minor=9_500, off_minor=700)})
    second = place_one(place_request(presale.deal_line(), shopper_id=make_shopper()), now_ms=ORDERED_MS)

    assert (first.total_minor, second.total_minor) == (9_500, 8_800)


REFUSED: dict[str, tuple[dict[str, Any], Callable[[Scene], object]]] = {
    "the discount is not what was seen": (
        {"discount_minor": 2_101},
        lambda _: DiscountChanged(seen_minor=2_101, discount_minor=2_100),
    ),
    "a coupon that is another's": (
        {"coupons": (4711,)},
        lambda _: CouponNotHeld(promotion_id=4711),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_order_with_discounts_that_are_none_is_refused_and_nothing_changes(name: str, scene: Scene) -> None:
    changes, refusal = REFUSED[name]
    before = hot_rows()

    assert place([scene.request(**changes)], now_ms=ORDERED_MS) == [refusal(scene)]

    assert hot_rows() == before


def test_a_coupon_must_be_good_when_the_presale_is_ordered(scene: Scene) -> None:
    Promotion.objects.filter(needs_coupon=True).update(closes_at=BALANCE_OPENS, opens_at=BALANCE_OPENS.replace(day=20))
    before = hot_rows()

    refused = place([scene.request(discount_minor=2_100)], now_ms=ORDERED_MS)

    assert refused == [DiscountChanged(seen_minor=2_100, discount_minor=1_100)]
    assert hot_rows() == before


def not_paid(scene: Scene, placed: Placed) -> None:
    assert expire_purchases(now_ms=CLOSES_MS) == 1


def cancelled(scene: Scene, placed: Placed) -> None:
    cancel_purchase(purchase_id=placed.purchase_id, shopper_id=scene.shopper_id, now_ms=OPENS_MS)


def broken_off(scene: Scene, placed: Placed) -> None:
    break_off_presales(purchase_ids=[placed.purchase_id], by=BY)


@pytest.mark.parametrize("mode", DepositMode)
@pytest.mark.parametrize("fails", [not_paid, cancelled, broken_off])
def test_however_a_presale_fails_all_that_it_used_comes_back(
    mode: DepositMode, fails: Callable[[Scene, Placed], None], scene: Scene
) -> None:
    PresalePrice.objects.update(deposit_mode=mode.value)
    placed = scene.ordered()
    assert used() == ALL_USED

    fails(scene, placed)

    assert used() == NONE_USED
    assert tallied(TallyKind.VOIDED) == (1, 1, 7_400)
    assert accounts_that_disagree() == []


def test_an_order_whose_deposit_nobody_pays_gives_all_of_it_back_too(scene: Scene) -> None:
    place_one(scene.request(), now_ms=ORDERED_MS)

    assert expire_purchases(now_ms=ORDERED_MS + 15 * MINUTE_MS) == 1
    assert used() == NONE_USED


@pytest.mark.parametrize(
    ("deposit_max_bps", "total_minor"),
    [pytest.param(10_000, 1_001, id="a balance of one is left"), pytest.param(2_000, 5_000, id="a fifth is a deposit")],
)
def test_no_discount_takes_the_deposit_or_more_than_the_law_leaves(
    deposit_max_bps: int, total_minor: int, scene: Scene
) -> None:
    PresalePrice.objects.update(deposit_max_bps=deposit_max_bps)
    packet = grab_one(make_round(packets=1, budget_minor=50_000), shopper_id=scene.shopper_id)

    placed = place_one(scene.request(packets=(packet.packet_id,)), now_ms=ORDERED_MS)

    assert placed.total_minor == total_minor
    assert Packet.objects.get(id=packet.packet_id).used_minor == 7_700 - total_minor


@pytest.mark.parametrize(
    ("today_minor", "total_minor", "balance_minor"), [(9_500, 7_400, 6_400), (9_000, 6_900, 5_900), (1_500, 0, -1_000)]
)
def test_the_price_guarantee_comes_off_beside_what_was_given(
    today_minor: int, total_minor: int, balance_minor: int, scene: Scene
) -> None:
    placed = scene.ordered()
    Price.objects.update(price_minor=today_minor)

    assert isinstance(scene.pays(placed, max(0, balance_minor)), Paid)

    row = Purchase.objects.get()
    assert (row.total_minor, row.balance_minor) == (total_minor, balance_minor)
    assert wallet_of(scene.shopper_id, lane=5) == 20_000 - total_minor
    order = Order.objects.get()
    assert (order.goods_minor - order.discount_minor, order.total_minor) == (total_minor, total_minor)
    assert accounts_that_disagree() == []


def test_tax_is_due_on_what_the_platform_pays_for_the_goods_before_and_after_the_guarantee(
    lone_writer: object,
) -> None:
    make_market(code="US", currency="USD", tax_included=False, tax_rates_bps={"DE": 1_000})
    make_promotion(merchant_bps=2_500, terms={"US": MarketTerms(4_000, 800)})
    shopper_id = make_shopper()
    give_wallet(shopper_id=shopper_id, amount_minor=20_000, currency="USD")
    presale = make_presale(market="US", **MONEY)
    line = presale.deal_line()
    placed = place_one(
        place_request(line, shopper_id=shopper_id, market="US", currency="USD", arrived_at_ms=ORDERED_MS),
        now_ms=ORDERED_MS,
    )
    assert placed.total_minor == 8_700 + 930  # of 8700 and the platform's 600
    pay_deposit(placed, shopper_id=shopper_id)
    Price.objects.update(price_minor=9_000)

    asked = pay_request(placed, shopper_id=shopper_id, amount_minor=8_200 + 880 - 1_000)
    (outcome,) = pay([asked], now_ms=OPENS_MS)

    assert isinstance(outcome, Paid)
    assert OrderLine.objects.values_list("discount_minor", "tax_minor").get() == (500 + 800 + 500, 880)


def test_the_database_holds_who_takes_more_off_than_the_balance(scene: Scene) -> None:
    scene.ordered()

    with pytest.raises(IntegrityError, match="inv_23_discounts_leave_a_balance"), transaction.atomic():
        Purchase.objects.update(total_minor=1_000)
