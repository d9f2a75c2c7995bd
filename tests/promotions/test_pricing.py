"""What a cart costs: each kind of promotion, each step, and how they meet. Amounts are exact."""

import pytest

from fairground.promotions.rules.pricing import price_lines
from fairground.promotions.rules.terms import DiscountStep, Packet, PromotionKind, Scope
from tests.factories import NOW_MS
from tests.promotion_making import DAY_MS, book, discounts, every_300_40_off, line, promotion

PLATFORM = "platform"


def test_without_promotions_a_cart_costs_what_its_lines_ask() -> None:
    quote = price_lines([line(1_290, 2), line(500, merchant_id=2)], book=book(), now_ms=NOW_MS)

    assert [(one.goods_minor, one.payable_minor, one.discounts) for one in quote.lines] == [
        (2_580, 2_580, []),
        (500, 500, []),
    ]
    assert (quote.goods_minor, quote.discount_minor, quote.payable_minor) == (3_080, 0, 3_080)
    assert {who: one.payable_minor for who, one in quote.merchants.items()} == {1: 2_580, 2: 500}


def test_every_full_threshold_counts_across_shops_and_is_split_by_what_each_line_costs() -> None:
    across = every_300_40_off(id=7)
    lines = [line(40_000, merchant_id=1), line(20_000, merchant_id=2), line(5_000, merchant_id=2)]

    quote = price_lines(lines, book=book(across), now_ms=NOW_MS)

    assert quote.used == {7: 8_000}
    assert [one.payable_minor for one in quote.lines] == [40_000 - 4_923, 20_000 - 2_462, 5_000 - 615]
    assert discounts(quote) == [
        [("promotion:7", PLATFORM, 4_923)],
        [("promotion:7", PLATFORM, 2_462)],
        [("promotion:7", PLATFORM, 615)],
    ]
    assert {who: one.discount_minor for who, one in quote.merchants.items()} == {1: 4_923, 2: 3_077}


def test_a_threshold_that_does_not_repeat_is_used_once() -> None:
    once = promotion(threshold_minor=30_000, off_minor=4_000)

    assert price_lines([line(90_000)], book=book(once), now_ms=NOW_MS).discount_minor == 4_000
    assert price_lines([line(29_999)], book=book(once), now_ms=NOW_MS).discount_minor == 0


def test_a_discount_is_split_between_who_funds_it_once_a_merchant() -> None:
    shared = every_300_40_off(id=7, merchant_bps=3_333)
    lines = [line(10_000, merchant_id=1, sku_id=number) for number in (1, 2)] + [line(10_000, merchant_id=2, sku_id=3)]

    quote = price_lines(lines, book=book(shared), now_ms=NOW_MS)

    assert discounts(quote) == [
        [("promotion:7", "merchant:1", 445), ("promotion:7", PLATFORM, 889)],
        [("promotion:7", "merchant:1", 444), ("promotion:7", PLATFORM, 889)],
        [("promotion:7", "merchant:2", 444), ("promotion:7", PLATFORM, 889)],
    ]


def test_a_percentage_is_of_what_is_left_and_stops_at_its_ceiling() -> None:
    sale = promotion(PromotionKind.PERCENT_OFF, DiscountStep.MERCHANT_DISCOUNT, id=1, merchant_id=1, percent_bps=4_000,
                     merchant_bps=10_000)  # fmt: skip
    voucher = promotion(PromotionKind.PERCENT_OFF, DiscountStep.PLATFORM_COUPON, id=2, percent_bps=7_000,
                        ceiling_minor=4_000, needs_coupon=True)  # fmt: skip

    small = price_lines([line(5_000)], book=book(sale, voucher), now_ms=NOW_MS, coupons={2})
    large = price_lines([line(50_000)], book=book(sale, voucher), now_ms=NOW_MS, coupons={2})

    assert discounts(small) == [[("promotion:1", "merchant:1", 2_000), ("coupon:2", PLATFORM, 2_100)]]
    assert small.payable_minor == 900
    assert discounts(large) == [[("promotion:1", "merchant:1", 20_000), ("coupon:2", PLATFORM, 4_000)]]


@pytest.mark.parametrize(("unit_minor", "off_minor"), [(1_005, 101), (1_004, 100), (1, 0), (5, 1)])
def test_a_percentage_is_rounded_half_up_to_the_minor_unit(unit_minor: int, off_minor: int) -> None:
    tenth = promotion(PromotionKind.PERCENT_OFF, percent_bps=1_000)

    assert price_lines([line(unit_minor)], book=book(tenth), now_ms=NOW_MS).discount_minor == off_minor


def test_steps_follow_each_other_and_each_tests_its_threshold_on_what_is_left() -> None:
    own = promotion(step=DiscountStep.MERCHANT_DISCOUNT, id=1, merchant_id=1, off_minor=1_000, merchant_bps=10_000)
    mine = promotion(step=DiscountStep.MERCHANT_COUPON, id=2, merchant_id=1, threshold_minor=30_000, off_minor=500,
                     needs_coupon=True, merchant_bps=10_000)  # fmt: skip
    across = every_300_40_off(id=3)
    platform = promotion(step=DiscountStep.PLATFORM_COUPON, id=4, threshold_minor=26_000, off_minor=700,
                         needs_coupon=True)  # fmt: skip

    quote = price_lines(
        [line(31_000)],
        book=book(platform, across, mine, own),
        now_ms=NOW_MS,
        coupons={2, 4},
        packets=[Packet(9, 300)],
    )

    # 30,000 are left for the merchant's coupon, 29,500 for what is across shops: too little.
    assert discounts(quote) == [
        [
            ("promotion:1", "merchant:1", 1_000),
            ("coupon:2", "merchant:1", 500),
            ("coupon:4", PLATFORM, 700),
            ("packet:9", PLATFORM, 300),
        ]
    ]
    assert quote.payable_minor == 31_000 - 2_500


def test_a_coupon_that_is_not_held_and_a_promotion_that_is_not_open_do_nothing() -> None:
    coupon = promotion(step=DiscountStep.PLATFORM_COUPON, off_minor=100, needs_coupon=True)
    tomorrow = promotion(off_minor=100, opens_at_ms=NOW_MS + 1)
    yesterday = promotion(off_minor=100, opens_at_ms=NOW_MS - DAY_MS, closes_at_ms=NOW_MS)

    assert price_lines([line(900)], book=book(coupon, tomorrow, yesterday), now_ms=NOW_MS).payable_minor == 900


def test_in_a_step_what_saves_most_comes_first_and_a_line_takes_part_once() -> None:
    both = promotion(id=1, off_minor=500, scope=Scope(sku_ids=frozenset({11, 12})))
    second = promotion(id=2, off_minor=700, scope=Scope(sku_ids=frozenset({12})))
    lines = [line(1_000, sku_id=11), line(1_000, sku_id=12)]

    quote = price_lines(lines, book=book(both, second), now_ms=NOW_MS)

    assert discounts(quote) == [[("promotion:1", PLATFORM, 500)], [("promotion:2", PLATFORM, 700)]]


def test_of_two_that_save_the_same_the_older_is_taken() -> None:
    quote = price_lines(
        [line(1_000)], book=book(promotion(id=9, off_minor=5), promotion(id=8, off_minor=5)), now_ms=NOW_MS
    )

    assert quote.used == {8: 5}


def test_lines_that_another_promotion_took_do_not_count_to_a_threshold_of_the_same_step() -> None:
    great = promotion(id=1, off_minor=900, scope=Scope(sku_ids=frozenset({11})))
    threshold = promotion(id=2, threshold_minor=1_500, off_minor=800)
    lines = [line(1_000, sku_id=11), line(1_000, sku_id=12)]

    assert price_lines(lines, book=book(great, threshold), now_ms=NOW_MS).used == {1: 900}


def test_nothing_costs_less_than_nothing() -> None:
    huge = promotion(off_minor=5_000)
    quote = price_lines([line(700), line(300)], book=book(huge), now_ms=NOW_MS, packets=[Packet(1, 10)])

    assert [one.payable_minor for one in quote.lines] == [0, 0]
    assert (quote.discount_minor, quote.packets) == (1_000, {})


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        (None, [1, 2, 3]),
        (Scope(merchant_ids=frozenset({2})), [3]),
        (Scope(hall_ids=frozenset({5})), [2]),
        (Scope(categories=frozenset({"sports"})), [1, 2]),
        (Scope(categories=frozenset({"sports.cycling"})), [1]),
        (Scope(sku_ids=frozenset({3}), hall_ids=frozenset({5})), [2, 3]),
    ],
)
def test_a_promotion_is_for_what_its_scope_names(scope: Scope | None, covered: list[int]) -> None:
    half = promotion(PromotionKind.PERCENT_OFF, percent_bps=5_000, scope=scope)
    lines = [
        line(100, sku_id=1, categories=frozenset({"sports", "sports.cycling"})),
        line(100, sku_id=2, hall_id=5, categories=frozenset({"sports"})),
        line(100, sku_id=3, merchant_id=2, categories=frozenset({"home"})),
    ]

    quote = price_lines(lines, book=book(half), now_ms=NOW_MS)

    assert [one.sku_id for one in quote.lines if one.discounts] == covered


def test_a_merchants_own_is_for_its_goods_alone_and_may_leave_deals_out() -> None:
    own = promotion(PromotionKind.PERCENT_OFF, DiscountStep.MERCHANT_DISCOUNT, merchant_id=1, percent_bps=5_000,
                    merchant_bps=10_000, excludes_deals=True)  # fmt: skip
    lines = [line(100), line(100, in_deal=True), line(100, merchant_id=2)]

    assert [one.payable_minor for one in price_lines(lines, book=book(own), now_ms=NOW_MS).lines] == [50, 100, 100]


def test_what_a_line_keeps_counts_to_thresholds_and_percentages_and_is_paid_whatever_comes_off() -> None:
    coupon = promotion(threshold_minor=1_000, off_minor=200)
    tenth = promotion(PromotionKind.PERCENT_OFF, DiscountStep.PLATFORM_COUPON, percent_bps=1_000)
    packets = [Packet(1, 500), Packet(2, 500), Packet(3, 500)]

    quote = price_lines([line(1_000, kept_minor=101)], book=book(coupon, tenth), now_ms=NOW_MS, packets=packets[:2])
    wholly = price_lines([line(1_000, kept_minor=1_000)], book=book(coupon, tenth), now_ms=NOW_MS, packets=packets)

    assert quote.used == {coupon.id: 200, tenth.id: 80}
    assert (quote.packets, quote.payable_minor) == ({1: 500, 2: 119}, 101)
    assert (wholly.used, wholly.packets, wholly.payable_minor) == ({}, {}, 1_000)


def test_a_coupon_takes_what_a_line_does_not_keep_and_no_more() -> None:
    coupon = promotion(off_minor=200)
    lines = [line(150, kept_minor=100, sku_id=1), line(50, sku_id=2)]

    assert [one.payable_minor for one in price_lines(lines, book=book(coupon), now_ms=NOW_MS).lines] == [100, 0]


def test_three_for_twenty_takes_the_dearest_and_leaves_what_would_save_nothing() -> None:
    three = promotion(PromotionKind.BUNDLE_FOR_PRICE, DiscountStep.MERCHANT_DISCOUNT, id=1, merchant_id=1,
                      bundle_units=3, bundle_minor=2_000, merchant_bps=10_000)  # fmt: skip
    lines = [line(600, 5, sku_id=1), line(900, 2, sku_id=2)]

    quote = price_lines(lines, book=book(three), now_ms=NOW_MS)

    # The dearest three are 900 + 900 + 600; three of 600 cost 1,800 as they are.
    assert quote.used == {1: 400}
    assert [one.payable_minor for one in quote.lines] == [3_000 - 100, 1_800 - 300]


def test_three_for_the_price_of_two_gives_the_cheapest_of_each_three() -> None:
    fewer = promotion(PromotionKind.BUNDLE_FOR_FEWER, id=1, bundle_units=3, bundle_paid_units=2)
    lines = [line(900, 2, sku_id=1), line(500, 3, sku_id=2), line(100, 2, sku_id=3)]

    quote = price_lines(lines, book=book(fewer), now_ms=NOW_MS)

    # 900 900 [500] · 500 500 [100] · 100 stands alone.
    assert quote.used == {1: 600}
    assert sum(one.payable_minor for one in quote.lines) == 3_500 - 600


def test_lines_outside_of_all_bundles_are_free_for_another_promotion_of_the_step() -> None:
    pair = promotion(PromotionKind.BUNDLE_FOR_FEWER, id=1, bundle_units=2, bundle_paid_units=1)
    little = promotion(id=2, off_minor=10)
    lines = [line(900, 2, sku_id=1), line(100, sku_id=2)]

    assert price_lines(lines, book=book(pair, little), now_ms=NOW_MS).used == {1: 900, 2: 10}


def test_red_packets_pay_in_their_order_until_nothing_is_left() -> None:
    quote = price_lines(
        [line(600, sku_id=1), line(300, sku_id=2)],
        book=book(),
        now_ms=NOW_MS,
        packets=[Packet(1, 500), Packet(2, 0), Packet(3, 500), Packet(4, 5)],
    )

    assert quote.packets == {1: 500, 3: 400}
    assert [one.payable_minor for one in quote.lines] == [0, 0]
    assert [one.step for one in quote.lines[0].discounts] == [DiscountStep.RED_PACKET] * 2


def test_shipping_comes_last_and_its_threshold_is_what_the_goods_still_cost() -> None:
    across = every_300_40_off(id=1)
    free = promotion(PromotionKind.SHIPPING_OFF, DiscountStep.SHIPPING, id=2, merchant_id=1, percent_bps=10_000,
                     threshold_minor=26_000, merchant_bps=10_000)  # fmt: skip
    coupon = promotion(PromotionKind.SHIPPING_OFF, DiscountStep.SHIPPING, id=3, percent_bps=10_000, ceiling_minor=300,
                       needs_coupon=True)  # fmt: skip
    lines = [line(30_000, merchant_id=1), line(900, merchant_id=2)]

    quote = price_lines(
        lines, book=book(across, free, coupon), now_ms=NOW_MS, coupons={3}, shipping_minor={1: 490, 2: 490}
    )

    first, second = quote.merchants[1], quote.merchants[2]
    assert (first.shipping_minor, first.shipping_payable_minor) == (490, 0)
    assert [(one.source, one.funder, one.amount_minor) for one in first.shipping_discounts] == [
        ("promotion:2", "merchant:1", 490)
    ]
    assert (second.shipping_payable_minor, second.shipping_discounts[0].source) == (190, "coupon:3")
    assert quote.payable_minor == 30_900 - 4_000 + 190


def test_a_promotion_that_may_not_give_its_whole_saving_gives_nothing_and_leaves_the_line_to_another() -> None:
    great = promotion(id=1, off_minor=900, limited=True)
    little = promotion(id=2, off_minor=100)

    assert price_lines([line(1_000)], book=book(great, little), now_ms=NOW_MS, may_give_minor={1: 899}).used == {2: 100}
    assert price_lines([line(1_000)], book=book(great, little), now_ms=NOW_MS, may_give_minor={1: 900}).used == {1: 900}


def test_a_hint_says_how_much_more_saves_how_much_more() -> None:
    across = every_300_40_off(id=1)

    def hints(*units: int) -> list[tuple[int, int]]:
        quote = price_lines([line(one) for one in units], book=book(across), now_ms=NOW_MS, with_hints=True)
        return [(one.more_minor, one.saves_minor) for one in quote.hints]

    assert hints(26_300) == [(3_700, 4_000)]
    assert hints(30_000, 100) == [(29_900, 4_000)]


def test_the_nearest_threshold_of_each_step_is_hinted_at_where_it_saves_more_than_is_saved_now() -> None:
    near = promotion(id=1, threshold_minor=2_000, off_minor=100)
    far = promotion(id=2, threshold_minor=3_000, off_minor=500)
    now = promotion(id=3, off_minor=200)
    free = promotion(PromotionKind.SHIPPING_OFF, DiscountStep.SHIPPING, id=4, percent_bps=10_000, threshold_minor=2_000)

    quote = price_lines(
        [line(1_700)], book=book(near, far, now, free), now_ms=NOW_MS, shipping_minor={1: 490}, with_hints=True
    )

    assert [(one.promotion_id, one.step, one.more_minor, one.saves_minor) for one in quote.hints] == [
        (2, DiscountStep.CROSS_SHOP, 1_300, 300),
        (4, DiscountStep.SHIPPING, 500, 490),
    ]


def test_nothing_is_hinted_at_that_is_for_other_goods_or_can_not_be_given_any_more() -> None:
    others = promotion(threshold_minor=2_000, off_minor=100, scope=Scope(sku_ids=frozenset({10**9})))
    empty = promotion(id=77, threshold_minor=2_000, off_minor=100, limited=True)

    quote = price_lines(
        [line(1_700)], book=book(others, empty), now_ms=NOW_MS, may_give_minor={77: 99}, with_hints=True
    )

    assert quote.hints == []
