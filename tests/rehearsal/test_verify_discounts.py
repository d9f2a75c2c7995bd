"""A small rehearsal with discounts: the shop gives what the crowd expects, the books agree, and damage is seen."""

from collections.abc import Sequence

import msgspec
import pytest
from django.db.models import Sum

from fairground.checkout.actions.end_purchases import cancel_purchase
from fairground.checkout.rules.discounting import DiscountChanged
from fairground.checkout.rules.placing import Placed, PlaceRequest
from fairground.festivals.models import Festival, Phase, Transition
from fairground.festivals.phase_plan import Edge, PhaseKind
from fairground.intake.codec import read_place
from fairground.orders.models import LineDiscount, Purchase
from fairground.orders.tasks import follow_purchases
from fairground.promotions.models import Allowance, Coupon, ShopperUse
from fairground.rehearsal.goods import read_goods
from fairground.rehearsal.plan import Plan, Planner
from fairground.rehearsal.requests import Ask, Expect, RequestWriter, new_key
from fairground.rehearsal.staging import set_promotions, set_stage
from fairground.rehearsal.verify import Verification, verify_realm
from tests.factories import NOW, NOW_MS, make_market, make_merchant, make_sku, place
from tests.rehearsal.damages import DISCOUNT_DAMAGES, run

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("writer")]

ORDERS = 60
DISCOUNTED = 20


def quiet(_: str) -> None:
    """Say nothing of what is being done."""


def red(found: Verification) -> list[str]:
    return [check.key for check in found.checks if not check.ok]


def make_shop() -> None:
    """Eight merchants with two goods each, one of which is a deal too at half of its price."""
    make_market()
    for number in range(8):
        merchant = make_merchant(lane=number * 7)
        for price_minor in (1_000 + 300 * number, 9_000 - 700 * number):
            make_sku(merchant=merchant, price_minor=price_minor)
        make_sku(merchant=merchant, price_minor=2_000 + number, deal_price_minor=1_000 + number, deal_units=1_000)
    fair = Festival.objects.get()
    Phase.objects.create(festival=fair, kind=PhaseKind.SALE, starts_at=fair.opens_at, ends_at=fair.closes_at)
    Transition.objects.create(
        festival=fair, kind=PhaseKind.SALE, edge=Edge.BEGINS, due_at=fair.opens_at, tried_at=NOW, done_at=NOW
    )


def rehearse() -> tuple[list[Ask], list[PlaceRequest]]:
    """Set the stage, and return what will be placed with the requests as the door passes them on."""
    make_shop()
    goods = read_goods()
    planner = Planner(goods=goods, countries={"DE": 1.0}, seed=3)
    plan: Plan = planner.plan(orders=ORDERS, arrivals_s=1.0, discounted_percent=33)
    shopper_ids = set_stage(plan=plan, goods=goods, now_ms=NOW_MS, say=quiet)
    promotion_ids = set_promotions(plan=plan, shopper_ids=shopper_ids, now=NOW, say=quiet)
    writer = RequestWriter(
        host="localhost",
        port=80,
        goods=goods,
        shopper_ids=shopper_ids,
        sign=lambda *_: "pass",
        promotion_ids=promotion_ids,
    )
    asks = [ask for ask in plan.asks if ask.expect is Expect.PLACED and ask.first is None]
    return asks, [_passed_on(writer, ask, shopper_ids) for ask in asks]


def _passed_on(writer: RequestWriter, ask: Ask, shopper_ids: Sequence[int]) -> PlaceRequest:
    key = new_key(NOW_MS)
    body = writer.place(ask, key=key).partition(b"\r\n\r\n")[2]
    return read_place(body, shopper_id=shopper_ids[ask.shopper], verified=True, key=key.bytes, arrived_at_ms=NOW_MS)


def trade() -> None:
    """Place all, cancel one of the discounted, and let "my purchases" follow."""
    asks, requests = rehearse()
    outcomes = place(requests)
    cancelled = next(at for at, ask in enumerate(asks) if ask.coupons)
    outcome = outcomes[cancelled]
    assert isinstance(outcome, Placed), outcome
    cancel_purchase(purchase_id=outcome.purchase_id, shopper_id=requests[cancelled].shopper_id, now_ms=NOW_MS + 1_000)
    follow_purchases()


def test_the_shop_gives_each_order_what_the_crowd_expects() -> None:
    asks, requests = rehearse()

    outcomes = place(requests)

    assert {type(outcome) for outcome in outcomes} == {Placed}
    assert sum(1 for ask in asks if ask.discount_minor) == DISCOUNTED
    given = LineDiscount.objects.aggregate(minor=Sum("amount_minor"))["minor"]
    assert given == sum(ask.discount_minor or 0 for ask in asks)
    assert Coupon.objects.filter(used=1).count() == sum(1 for ask in asks if ask.coupons) == Coupon.objects.count()
    assert Allowance.objects.filter(taken__gt=0, amount_minor__gt=0).exists()
    assert ShopperUse.objects.exists()


def test_a_discount_that_is_off_by_one_is_refused_and_nothing_changes() -> None:
    asks, requests = rehearse()
    at = next(at for at, ask in enumerate(asks) if ask.coupons)
    seen_minor = asks[at].discount_minor
    assert seen_minor is not None

    (outcome,) = place([msgspec.structs.replace(requests[at], discount_minor=seen_minor + 1)])

    assert outcome == DiscountChanged(seen_minor=seen_minor + 1, discount_minor=seen_minor)
    assert Purchase.objects.count() == 0
    assert Coupon.objects.filter(used=1).count() == 0


def test_an_order_without_a_discount_that_is_given_one_is_refused() -> None:
    asks, requests = rehearse()
    at = next(at for at, ask in enumerate(asks) if ask.discount_minor)

    (outcome,) = place([msgspec.structs.replace(requests[at], discount_minor=0)])

    assert outcome == DiscountChanged(seen_minor=0, discount_minor=asks[at].discount_minor)
    assert Purchase.objects.count() == 0


def test_a_rehearsal_with_discounts_leaves_sound_books() -> None:
    trade()

    found = verify_realm(settled=True)

    assert red(found) == []
    (check,) = [check for check in found.checks if check.key == "discounts"]
    used = {(one.order_id, one.source) for one in LineDiscount.objects.all()}
    assert 0 < check.rows <= len(used)
    assert found.figures["uses_that_differ"] == 0


@pytest.mark.parametrize(("key", "damage"), DISCOUNT_DAMAGES, ids=[f"{at}" for at, _ in enumerate(DISCOUNT_DAMAGES)])
def test_damage_turns_the_check_red_that_looks_for_it_and_no_other(key: str, damage: str) -> None:
    trade()
    assert run(damage) > 0

    assert red(verify_realm()) == [key]
