"""Many threads want the last use, the last coupon, the last of a budget: real threads, real commits."""

from collections import Counter
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, transaction

from fairground.kernel.ids import lane_of
from fairground.kernel.writer import slice_lanes, take_turn, writers_of_lanes
from fairground.promotions.actions.coupons import collect_coupons
from fairground.promotions.actions.levelling import level_allowances
from fairground.promotions.actions.uses import PromotionUse, return_uses, take_uses
from fairground.promotions.models import Allowance, Coupon, ShopperUse
from fairground.promotions.queries import open_promotions, read_spending
from fairground.promotions.rules.collecting import Collected, CollectOutcome, CollectRequest, CouponsGone
from fairground.promotions.rules.declaring import MarketTerms
from tests.concurrency.racing import PATIENCE_S, at_once, take_naively, unguarded_shelf, unguarded_units
from tests.factories import NOW, NOW_MS, make_market, make_shopper
from tests.promotion_making import make_coupon, make_promotion

THREADS = 10
LANE = 40


@pytest.fixture(autouse=True)
def _market(transactional_db: None) -> None:
    make_market()


def use(promotion_id: int, shopper_id: int, *, lane: int = LANE, coupon: bool = False, most: int = 0) -> PromotionUse:
    return PromotionUse(promotion_id, "EU", lane, shopper_id, 100, coupon, most)


def take_if_left(one: PromotionUse) -> bool:
    """Take a use as a batch does: under the turn, after a look at what is left."""
    with transaction.atomic():
        lanes = [one.lane, lane_of(one.shopper_id)]
        take_turn(writer_ids=writers_of_lanes(lanes), now_ms=NOW_MS, ids_max=0, outbox_rows=0)
        lane = slice_lanes()[one.lane]
        spending = read_spending(
            slices=[(lane, one.promotion_id, one.market)],
            users=[(one.promotion_id, one.shopper_id)],
            shopper_ids=[one.shopper_id],
        )
        book = open_promotions(markets=[one.market], from_at=NOW, to_at=NOW + timedelta(hours=1))[one.market]
        bounds = spending.may_give_minor(book.platform, lane=lane, market=one.market, shopper_id=one.shopper_id)
        is_left = bounds.get(one.promotion_id, one.amount_minor) >= one.amount_minor
        if one.needs_coupon:
            is_left = is_left and one.promotion_id in spending.coupons_of(one.shopper_id)
        if is_left:
            take_uses([one])
    return is_left


def take_blindly(one: PromotionUse) -> bool:
    """Take a use without turn and without looking, as a program that has forgotten both."""
    try:
        with transaction.atomic():
            take_uses([one])
    except IntegrityError:
        return False
    return True


@pytest.mark.parametrize("take", [take_if_left, take_blindly])
@pytest.mark.parametrize("bound", [{"uses_max": 3, "amount_max_minor": 10_000}, {"amount_max_minor": 399}])
def test_the_last_uses_and_the_last_of_a_budget_are_given_once(
    writer: object, take: object, bound: dict[str, int]
) -> None:
    promotion = make_promotion(terms={"EU": MarketTerms(1_000, 100, **bound)})
    uses = [use(promotion, make_shopper()) for _ in range(THREADS)]
    assert callable(take)

    taken = at_once([lambda one=one: take(one) for one in uses])  # type: ignore[misc]

    assert Counter(taken) == {True: 3, False: THREADS - 3}
    assert Allowance.objects.values_list("taken", "amount_minor").get() == (3, 300)


@pytest.mark.parametrize("take", [take_if_left, take_blindly])
def test_a_voucher_that_one_shopper_sends_from_many_threads_is_used_once(writer: object, take: object) -> None:
    coupon, shopper = make_coupon(shopper_uses_max=1), make_shopper()
    collect_coupons([CollectRequest(coupon, "EU", shopper, True)], now_ms=NOW_MS)
    mine = use(coupon, shopper, coupon=True, most=1)
    assert callable(take)

    taken = at_once([lambda: take(mine)] * THREADS)

    assert Counter(taken) == {True: 1, False: THREADS - 1}
    assert (Coupon.objects.get().used, ShopperUse.objects.get().uses) == (1, 1)


def test_a_shop_that_looks_whether_a_voucher_is_left_and_then_takes_it_gives_it_many_times_here() -> None:
    """The negative control of uses and coupons: all threads look before the first one takes."""
    all_have_looked = Barrier(THREADS, timeout=PATIENCE_S)
    with unguarded_shelf(units=1):
        given = at_once([lambda: take_naively(units=1, between=all_have_looked.wait)] * THREADS)

        assert sum(given) == THREADS
        assert unguarded_units() == 1 - THREADS


def test_the_last_coupons_are_collected_once_each(writer: object) -> None:
    coupon = make_coupon(coupons_max=4)
    requests = [CollectRequest(coupon, "EU", make_shopper(), True) for _ in range(THREADS)]

    found = at_once([lambda one=one: collect_coupons([one], now_ms=NOW_MS) for one in requests])  # type: ignore[misc]

    outcomes: list[CollectOutcome] = [one for some in found for one in some]
    assert Counter(type(one) for one in outcomes) == {Collected: 4, CouponsGone: THREADS - 4}
    assert (Coupon.objects.count(), Allowance.objects.get().taken) == (4, 4)


def test_one_shopper_who_collects_from_many_threads_has_one_coupon(writer: object) -> None:
    coupon, shopper = make_coupon(coupons_max=4), make_shopper()
    request = CollectRequest(coupon, "EU", shopper, True)

    found = at_once([lambda: collect_coupons([request], now_ms=NOW_MS)] * THREADS)

    outcomes = [one for some in found for one in some]
    assert Counter(one == Collected(coupon) for one in outcomes) == {True: 1, False: THREADS - 1}
    assert (Coupon.objects.count(), Allowance.objects.get().taken) == (1, 1)


def test_with_two_writers_uses_returns_and_levelling_at_once_never_give_more_than_there_is(
    committing_writers: None,
) -> None:
    promotion = make_promotion(terms={"EU": MarketTerms(1_000, 100, uses_max=12, amount_max_minor=10_000)})
    shoppers = [make_shopper() for _ in range(4)]

    def buy(lane: int, shopper_id: int) -> int:
        taken = sum(take_if_left(use(promotion, shopper_id, lane=lane)) for _ in range(8))
        if taken:
            with transaction.atomic():
                writer_ids = writers_of_lanes([lane, lane_of(shopper_id)])
                take_turn(writer_ids=writer_ids, now_ms=NOW_MS, ids_max=0, outbox_rows=0)
                return_uses([use(promotion, shopper_id, lane=lane)])
            taken -= 1
        return taken

    def level() -> int:
        for _ in range(10):
            level_allowances(now_ms=NOW_MS)
        return 0

    works = [lambda lane=lane, who=who: buy(lane, who) for lane, who in zip((3, 9, 35, 60), shoppers, strict=True)]
    kept = sum(at_once([*works, level]))

    rows = Allowance.objects.values_list("taken", "taken_max", "amount_minor", "amount_max_minor")
    sums = [sum(column) for column in zip(*rows, strict=True)]
    assert sums == [kept, 12, 100 * kept, 10_000]
    assert kept <= 12
