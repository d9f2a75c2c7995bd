"""Coupons are collected in the warm-up: once a shopper, by verified ones, as many as there are."""

from datetime import timedelta

import pytest

from fairground.promotions.actions.coupons import collect_coupons
from fairground.promotions.actions.declare import edit_promotion
from fairground.promotions.models import Allowance, Coupon
from fairground.promotions.queries import coupons_left, coupons_of, personal_coupons
from fairground.promotions.rules.collecting import (
    Collected,
    CollectOutcome,
    CollectRequest,
    CouponNeedsVerified,
    CouponNotOpen,
    CouponOver,
    CouponsGone,
    UnknownCoupon,
)
from tests.factories import BY, NOW, NOW_MS, make_market, make_shopper
from tests.promotion_making import DAY_MS, make_coupon, make_promotion

pytestmark = pytest.mark.usefixtures("writer")


@pytest.fixture(autouse=True)
def _market(writer: object) -> None:
    make_market()


def ask(promotion_id: int, shopper_id: int, *, verified: bool = True, market: str = "EU") -> CollectRequest:
    return CollectRequest(promotion_id, market, shopper_id, verified)


def collect(*requests: CollectRequest, now_ms: int = NOW_MS) -> list[CollectOutcome]:
    return collect_coupons(requests, now_ms=now_ms)


def test_a_coupon_is_collected_once_however_often_it_is_asked_for() -> None:
    coupon, shopper = make_coupon(coupons_max=5), make_shopper(lane=7)

    first = collect(ask(coupon, shopper), ask(coupon, shopper))
    later = collect(ask(coupon, shopper))

    assert first == [Collected(coupon), Collected(coupon, again=True)]
    assert later == [Collected(coupon, again=True)]
    assert list(Coupon.objects.values_list("lane", "shopper_id", "held", "used")) == [(7, shopper, 1, 0)]
    assert Allowance.objects.get().taken == 1
    assert coupons_left(shopper_ids=[shopper]) == {shopper: {coupon: 1}}


def test_when_all_are_collected_the_next_is_refused_in_the_same_batch_and_in_a_later_one() -> None:
    coupon, shoppers = make_coupon(coupons_max=2), [make_shopper() for _ in range(4)]

    outcomes = collect(*[ask(coupon, one) for one in shoppers[:3]]) + collect(ask(coupon, shoppers[3]))

    assert outcomes == [Collected(coupon)] * 2 + [CouponsGone(promotion_id=coupon)] * 2
    assert (Coupon.objects.count(), Allowance.objects.get().taken) == (2, 2)


def test_a_coupon_without_a_bound_is_for_everybody() -> None:
    coupon = make_coupon()

    assert collect(*[ask(coupon, make_shopper()) for _ in range(3)]) == [Collected(coupon)] * 3


def test_who_may_not_have_a_coupon_gets_none() -> None:
    coupon, shopper = make_coupon(coupons_max=5), make_shopper()
    plain = make_promotion()
    off = make_coupon()
    edit_promotion(promotion_id=off, by=BY, is_on=False)
    day_before_ms = NOW_MS - DAY_MS

    assert collect(ask(coupon, shopper, verified=False)) == [CouponNeedsVerified(promotion_id=coupon)]
    assert collect(ask(coupon, shopper), now_ms=day_before_ms - 1) == [
        CouponNotOpen(promotion_id=coupon, opens_at_ms=day_before_ms)
    ]
    assert collect(ask(coupon, shopper), now_ms=NOW_MS + DAY_MS) == [CouponOver(promotion_id=coupon)]
    assert collect(ask(coupon, shopper, market="US")) == [UnknownCoupon(promotion_id=coupon)]
    assert collect(ask(plain, shopper), ask(off, shopper), ask(1, shopper)) == [
        UnknownCoupon(promotion_id=one) for one in (plain, off, 1)
    ]
    assert (Coupon.objects.count(), Allowance.objects.get().taken) == (0, 0)


def test_a_batch_of_two_equals_two_batches_of_one() -> None:
    coupons = [make_coupon(coupons_max=1), make_coupon(coupons_max=1)]
    shoppers = [make_shopper(), make_shopper()]

    together = collect(*[ask(coupons[0], one) for one in shoppers])
    apart = [*collect(ask(coupons[1], shoppers[0])), *collect(ask(coupons[1], shoppers[1]))]

    assert [type(one) for one in together] == [type(one) for one in apart] == [Collected, CouponsGone]


def test_my_coupons_are_shown_in_the_market_where_one_is() -> None:
    soon, late, shopper = make_coupon(), make_coupon(closes_at=NOW + timedelta(days=3)), make_shopper(lane=9)
    collect(ask(late, shopper), ask(soon, shopper))

    shown = coupons_of(shopper_id=shopper, market="EU")

    assert [(one.promotion.id, one.currency, one.is_used) for one in shown] == [
        (soon, "EUR", False),
        (late, "EUR", False),
    ]
    assert [one.promotion.off_minor for one in shown] == [1_000, 1_000]
    assert coupons_of(shopper_id=shopper, market="US") == []


def test_the_file_of_what_is_kept_on_a_person_has_the_coupons() -> None:
    coupon, shopper, guest = make_coupon(), make_shopper(lane=9), make_shopper(lane=3)
    collect(ask(coupon, shopper))

    assert personal_coupons(shopper_ids=[shopper, guest]) == [
        {"promotion": str(coupon), "names": {"en": "Every 300, 40 off"}, "collected_at": NOW, "used": False}
    ]
