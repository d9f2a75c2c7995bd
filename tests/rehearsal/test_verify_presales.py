"""Verification of a realm with presales in every state: sound books pass, and each damage is seen by its check."""

from datetime import timedelta

import pytest

from fairground.catalog.models import Price
from fairground.checkout.actions.end_purchases import break_off_presales, cancel_purchase, expire_purchases
from fairground.checkout.rules.placing import Placed
from fairground.festivals.models import Festival, Phase
from fairground.festivals.phase_plan import PhaseKind
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.markets.rules import DepositMode
from fairground.orders.models import Purchase
from fairground.orders.rules import Step
from fairground.orders.tasks import follow_purchases
from fairground.promotions.actions.coupons import collect_coupons
from fairground.promotions.rules.collecting import CollectRequest
from fairground.promotions.rules.declaring import MarketTerms
from fairground.promotions.rules.terms import DiscountStep
from fairground.rehearsal.verify import Verification, verify_realm
from fairground.settlement.actions.settle_deposits import settle_deposits
from tests.factories import (
    NOW,
    SkuMade,
    give_wallet,
    make_festival,
    make_market,
    make_merchant,
    make_shopper,
    make_sku,
    pay,
    pay_request,
    place_one,
    place_request,
)
from tests.presales import BALANCE, CLOSES_MS, OPENS_MS, ORDERED_MS, make_presale, pay_deposit, place_presale
from tests.promotion_making import make_promotion
from tests.rehearsal.damages import PRESALE_DAMAGES, run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("writer")]


def trade(presale: SkuMade, shopper_id: int) -> None:
    """Order seven: one stays unpaid, and of the others one each comes to every end there is."""
    unpaid, cancelled, broken, paid, cheaper, late, _ = (
        place_presale(presale, shopper_id=shopper_id) for _ in range(7)
    )
    for placed in (cancelled, broken, paid, cheaper, late):
        pay_deposit(placed, shopper_id=shopper_id)
    cancel_purchase(purchase_id=unpaid.purchase_id, shopper_id=shopper_id, now_ms=OPENS_MS)
    cancel_purchase(purchase_id=cancelled.purchase_id, shopper_id=shopper_id, now_ms=OPENS_MS)
    break_off_presales(purchase_ids=[broken.purchase_id], by=By(user_id=None, now=from_unix_ms(OPENS_MS)))
    pay([pay_request(paid, shopper_id=shopper_id, amount_minor=BALANCE)], now_ms=OPENS_MS)
    Price.objects.filter(sku_id=presale.id).update(price_minor=40)
    pay([pay_request(cheaper, shopper_id=shopper_id, amount_minor=0)], now_ms=OPENS_MS)
    expire_purchases(now_ms=CLOSES_MS)
    going = place_presale(presale, shopper_id=shopper_id, now_ms=CLOSES_MS)
    assert going.presale is not None, going


def make_sale() -> None:
    """Make the festival of the deals, with the sale that each has."""
    festival = Festival.objects.get(slug=make_festival())
    Phase.objects.create(
        festival=festival, kind=PhaseKind.SALE, starts_at=festival.opens_at, ends_at=festival.closes_at
    )


def make_trade() -> None:
    make_market()
    make_sale()
    shopper_id = make_shopper()
    give_wallet(shopper_id=shopper_id, amount_minor=50_000)
    for lane, mode in ((20, DepositMode.EARNEST), (40, DepositMode.ADVANCE)):
        trade(make_presale(mode=mode, merchant=make_merchant(lane=lane), units=20), shopper_id)
    settle_deposits(now_ms=CLOSES_MS)
    unsettled = make_presale(mode=DepositMode.EARNEST, merchant=make_merchant(lane=45))
    late = place_presale(unsettled, shopper_id=shopper_id)
    pay_deposit(late, shopper_id=shopper_id)
    cancel_purchase(purchase_id=late.purchase_id, shopper_id=shopper_id, now_ms=OPENS_MS)
    running = make_presale(merchant=make_merchant(lane=50))
    pay_deposit(
        place_presale(running, shopper_id=shopper_id, now_ms=OPENS_MS), shopper_id=shopper_id, now_ms=OPENS_MS + 1
    )
    place_one(place_request(make_sku().line(), shopper_id=shopper_id), now_ms=CLOSES_MS)
    follow_purchases()


def make_discounted_trade() -> None:
    """Order four with a coupon and a promotion: each comes to another end, and one is paid at the price of the day."""
    make_market()
    make_sale()
    make_promotion(repeats=True, merchant_bps=2_500, terms={"EU": MarketTerms(300, 40, uses_max=9)})
    coupon = make_promotion(
        step=DiscountStep.PLATFORM_COUPON,
        needs_coupon=True,
        collects_from=NOW - timedelta(days=1),
        terms={"EU": MarketTerms(100, 30, coupons_max=9)},
    )
    presale = make_presale(mode=DepositMode.EARNEST, merchant=make_merchant(lane=20), units=20)

    def order(shopper_id: int) -> Placed:
        give_wallet(shopper_id=shopper_id, amount_minor=5_000)
        collect_coupons([CollectRequest(coupon, "EU", shopper_id, verified=True)], now_ms=ORDERED_MS)
        line = presale.deal_line()
        asked = place_request(line, shopper_id=shopper_id, arrived_at_ms=ORDERED_MS, coupons=(coupon,))
        return place_one(asked, now_ms=ORDERED_MS)

    who = [make_shopper(lane=lane) for lane in (1, 2, 3, 4)]
    unpaid, late, paid, cheaper = map(order, who)
    for placed, shopper_id in zip((late, paid, cheaper), who[1:], strict=True):
        pay_deposit(placed, shopper_id=shopper_id)
    cancel_purchase(purchase_id=unpaid.purchase_id, shopper_id=who[0], now_ms=ORDERED_MS)
    pay([pay_request(paid, shopper_id=who[2], amount_minor=700)], now_ms=OPENS_MS)
    Price.objects.filter(sku_id=presale.id).update(price_minor=900)
    pay([pay_request(cheaper, shopper_id=who[3], amount_minor=650)], now_ms=OPENS_MS)
    expire_purchases(now_ms=CLOSES_MS)
    states = [Purchase.objects.get(id=one.purchase_id).state for one in (unpaid, late, paid, cheaper)]
    assert states == [Step.CANCELLED, Step.EXPIRED, Step.PAID, Step.PAID]
    place_one(place_request(make_sku().line(), shopper_id=who[0]), now_ms=CLOSES_MS)
    follow_purchases()


def red(found: Verification) -> list[str]:
    return [f"{check.key}: {check.detail}" for check in found.checks if not check.ok]


def test_presales_in_every_state_are_sound() -> None:
    make_trade()

    found = verify_realm(settled=True)

    assert red(found) == []
    rows = {check.key: check.rows for check in found.checks}
    assert (rows["deposits"], rows["presales"]) == (18, 22)


def test_presales_with_discounts_are_sound_and_one_that_did_not_come_back_is_seen() -> None:
    make_discounted_trade()

    found = verify_realm(settled=True)

    assert red(found) == []
    assert {check.key: check.rows for check in found.checks}["discounts"] == 4
    assert run("UPDATE promotions_coupon SET used = 1 - used") > 0
    assert [line.partition(":")[0] for line in red(verify_realm())] == ["discounts"]


@pytest.mark.parametrize(("key", "damage"), PRESALE_DAMAGES, ids=[f"{at}" for at, _ in enumerate(PRESALE_DAMAGES)])
def test_damage_turns_the_check_red_that_looks_for_it_and_no_other(key: str, damage: str) -> None:
    make_trade()
    assert run(damage) > 0

    assert [line.partition(":")[0] for line in red(verify_realm())] == [key]
