"""The crowd's discounts: as many orders carry one as shall, and each knows beforehand how much it is."""

import random
from collections import Counter
from datetime import timedelta

import pytest

from fairground.promotions.rules.declaring import AMOUNT_MINOR_MAX, declaration_wrong
from fairground.rehearsal.discounts import (
    COUPON,
    CROSS_SHOP,
    MERCHANT,
    discount_asks,
    lowest_reached_by,
    promotion_records,
    quote_ask,
)
from fairground.rehearsal.goods import Good, Goods
from fairground.rehearsal.plan import Plan, Planner
from fairground.rehearsal.requests import Ask, AskedLine, Expect
from tests.factories import NOW

ORDERS = 1_000


def make_goods() -> Goods:
    """Return sixty goods of twelve merchants in two markets, a third of them deals."""
    chance = random.Random(5)  # noqa: S311 - the same goods each time
    prices = [chance.randint(500, 90_000) for _ in range(60)]
    return Goods(
        all=[
            Good(
                number, number + 1_000 if number % 3 == 0 else None, number % 12, number, 0, {"EU": minor, "US": minor}
            )
            for number, minor in enumerate(prices, 1)
        ],
        currency_of_market={"EU": "EUR", "US": "USD"},
        language_of_market={"EU": "en", "US": "en"},
        market_of_country={"DE": "EU", "US": "US"},
    )


def make_plan(*, discounted_percent: int, seed: int = 7, orders: int = ORDERS) -> Plan:
    planner = Planner(goods=make_goods(), countries={"DE": 2.0, "US": 1.0}, seed=seed)
    plan = planner.plan(orders=orders, arrivals_s=1.0, discounted_percent=discounted_percent)
    plan.warm_up = planner.warm_up(plan, orders=20, arrivals_s=1.0)
    return plan


def make_ask(unit_minor: int, *, expect: Expect = Expect.PLACED, deal_id: int | None = None, sku_id: int = 1) -> Ask:
    good = Good(sku_id, deal_id, 1, sku_id, 0, {"EU": unit_minor})
    return Ask(1, "DE", "EU", "mobile", "app", (AskedLine(good, 1),), 0.0, expect)


def placed_once(plan: Plan) -> list[Ask]:
    return [ask for ask in plan.asks if ask.expect is Expect.PLACED and ask.first is None]


@pytest.mark.parametrize("percent", [1, 33, 90])
def test_exactly_the_share_of_the_orders_carries_a_discount(percent: int) -> None:
    plan = make_plan(discounted_percent=percent)

    assert sum(1 for ask in placed_once(plan) if ask.discount_minor) == ORDERS * percent // 100


def test_without_a_share_nobody_speaks_of_a_discount() -> None:
    plan = make_plan(discounted_percent=0)

    assert plan.discounts is None
    assert {(ask.coupons, ask.discount_minor) for ask in plan.asks + plan.warm_up} == {((), None)}


def test_all_that_may_be_placed_is_pinned_to_what_the_engine_says() -> None:
    plan = make_plan(discounted_percent=33)
    assert plan.discounts is not None
    books = plan.discounts.books

    for ask in plan.asks + plan.warm_up:
        if ask.expect in {Expect.PLACED, Expect.PLACED_OR_SOLD_OUT}:
            assert ask.discount_minor == quote_ask(ask, books[ask.market], ask.coupons).discount_minor


def test_deals_that_sell_out_carry_no_discount_so_that_the_share_does_not_depend_on_who_gets_one() -> None:
    plan = make_plan(discounted_percent=33)

    hot = [ask for ask in plan.asks if ask.expect is Expect.PLACED_OR_SOLD_OUT]
    assert {(ask.coupons, ask.discount_minor) for ask in hot} == {((), 0)}


def test_every_promotion_takes_part_and_some_stack() -> None:
    plan = make_plan(discounted_percent=33)
    assert plan.discounts is not None

    used = Counter(
        tuple(sorted(quote_ask(ask, plan.discounts.books[ask.market], ask.coupons).used)) for ask in placed_once(plan)
    )
    by_promotion = {one: sum(count for some, count in used.items() if one in some) for one in (1, 2, 3)}

    assert all(by_promotion[one] for one in (MERCHANT, CROSS_SHOP, COUPON)), used
    assert used[CROSS_SHOP, COUPON] > 0
    assert by_promotion[MERCHANT] <= 330 / 6
    assert by_promotion[CROSS_SHOP] <= 330 / 3


def test_the_same_seed_makes_the_same_discounts() -> None:
    first, second = (make_plan(discounted_percent=33) for _ in range(2))

    assert [(ask.coupons, ask.discount_minor) for ask in first.asks] == [
        (ask.coupons, ask.discount_minor) for ask in second.asks
    ]


def test_who_comes_back_for_more_names_no_coupon_and_pins_nothing() -> None:
    ask = make_ask(1_000)
    _, [pinned] = discount_asks([ask], wanted=1, markets=["EU"], chance=random.Random(1))  # noqa: S311
    assert (pinned.coupons, pinned.discount_minor) == ((COUPON,), 50)

    more = pinned.more(1.0)

    assert (more.coupons, more.discount_minor) == ((), None)


def test_more_discounts_than_orders_that_can_have_one_are_an_error_of_the_plan() -> None:
    asks = [make_ask(1_000), make_ask(1_000, expect=Expect.PLACED_OR_SOLD_OUT, deal_id=5)]

    with pytest.raises(AssertionError, match="1 more orders should carry a discount than can"):
        discount_asks(asks, wanted=2, markets=["EU"], chance=random.Random(1))  # noqa: S311


@pytest.mark.parametrize(
    ("amounts_minor", "most", "threshold_minor"),
    [
        ([100, 200, 300, 400], 2, 300),
        ([100, 300, 300, 400], 2, 400),
        ([100, 400, 400], 1, 401),
        ([100, 200], 5, 100),
        ([0, 1, 200], 3, 200),
        ([0, 1], 2, AMOUNT_MINOR_MAX),
        ([], 0, AMOUNT_MINOR_MAX),
    ],
)
def test_a_threshold_is_reached_by_no_more_carts_than_shall(
    amounts_minor: list[int], most: int, threshold_minor: int
) -> None:
    assert lowest_reached_by(amounts_minor, most=most) == threshold_minor


def test_the_shop_can_declare_what_the_plan_made_with_a_budget_that_is_never_reached() -> None:
    plan = make_plan(discounted_percent=33)
    assert plan.discounts is not None

    records = promotion_records(plan.discounts, now=NOW)

    assert [declaration_wrong(record) for record in records.values()] == [None, None, None]
    assert records[MERCHANT].shopper_uses_max == 1
    assert (records[CROSS_SHOP].merchant_bps, records[CROSS_SHOP].repeats) == (2_500, True)
    assert {market: terms.amount_max_minor for market, terms in records[CROSS_SHOP].terms.items()} == {
        market: 100 * minor for market, minor in plan.discounts.given_minor.items()
    }
    assert records[COUPON].collects_from == NOW - timedelta(hours=1)
