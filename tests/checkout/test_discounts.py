"""Purchases with promotions, coupons and red packets: what is written, what is refused, what comes back."""

import pytest

from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.actions.end_purchases import cancel_purchase, expire_purchases
from fairground.checkout.offer_book import OfferBook
from fairground.checkout.queries import quote_purchase
from fairground.checkout.rules.discounting import CouponNotHeld, DiscountChanged, PacketNotHeld
from fairground.checkout.rules.paying import Paid
from fairground.checkout.rules.placing import Placed, PurchasePlan
from fairground.orders.models import LineDiscount, Order, OrderLine
from fairground.orders.rules import Step
from fairground.promotions.actions.coupons import collect_coupons
from fairground.promotions.models import Allowance, Coupon, ShopperUse
from fairground.promotions.rules.collecting import CollectRequest
from fairground.promotions.rules.declaring import MarketTerms
from fairground.promotions.rules.terms import DiscountStep, PromotionKind
from fairground.redpackets.models import Packet
from tests.books import hot_rows, rolled_back
from tests.factories import (
    NOW_MS,
    SkuMade,
    give_wallet,
    make_market,
    make_merchant,
    make_shopper,
    make_sku,
    pay,
    pay_request,
    place,
    place_one,
    place_request,
)
from tests.promotion_making import make_coupon, make_promotion
from tests.redpackets.giving import grab_one, make_campaign, make_round

EVERY_300 = {"repeats": True, "terms": {"EU": MarketTerms(threshold_minor=30_000, off_minor=4_000)}}
FIFTEEN_MINUTES_MS = 15 * 60_000


@pytest.fixture(autouse=True)
def _market(lone_writer: object) -> None:
    make_market()


def collect(promotion_id: int, shopper_id: int) -> None:
    collect_coupons([CollectRequest(promotion_id, "EU", shopper_id, verified=True)], now_ms=NOW_MS)


def discounts() -> list[tuple[int, int, str, str, int]]:
    """Return (line number, step, source, funder, amount) of every discount."""
    columns = ("line_no", "step", "source", "funder", "amount_minor")
    return list(LineDiscount.objects.order_by("order_id", *columns).values_list(*columns))


def sofa(price_minor: int = 20_000, *, lane: int = 0) -> SkuMade:
    return make_sku(merchant=make_merchant(lane=lane), price_minor=price_minor)


def test_a_discount_across_shops_is_split_over_their_lines_and_by_who_funds_it() -> None:
    promotion = make_promotion(merchant_bps=2_500, **EVERY_300)
    first, second = sofa(20_000, lane=3), sofa(10_001, lane=7)
    shopper_id = make_shopper()

    placed = place_one(place_request(first.line(1), second.line(1), shopper_id=shopper_id, discount_minor=4_000))

    source, step = f"promotion:{promotion}", DiscountStep.CROSS_SHOP
    assert placed.total_minor == 26_001
    assert [one.total_minor for one in placed.orders] == [20_000 - 2_667, 10_001 - 1_333]
    assert discounts() == [
        (1, step, source, f"merchant:{first.merchant.id}", 667),
        (1, step, source, "platform", 2_000),
        (1, step, source, f"merchant:{second.merchant.id}", 333),
        (1, step, source, "platform", 1_000),
    ]
    assert list(Order.objects.order_by("position").values_list("goods_minor", "discount_minor")) == [
        (20_000, 2_667),
        (10_001, 1_333),
    ]


def test_tax_is_due_on_what_the_platform_pays_for_the_goods_and_not_on_what_the_merchant_gives() -> None:
    make_promotion(merchant_bps=5_000, **EVERY_300)
    chair = sofa(35_700)

    place_one(place_request(chair.line(1), shopper_id=make_shopper()))

    # 19 % inside 357.00 less the merchant's half of 40.00: 337.00 * 19 / 119
    assert list(OrderLine.objects.values_list("discount_minor", "tax_minor")) == [(4_000, 5_381)]


def test_a_coupon_is_used_once_and_its_next_use_is_refused_and_changes_nothing() -> None:
    coupon, shopper_id = make_coupon(), make_shopper(lane=9)
    collect(coupon, shopper_id)
    chair = sofa(6_000)

    placed = place_one(place_request(chair.line(1), shopper_id=shopper_id, coupons=(coupon,), discount_minor=1_000))
    before = hot_rows()
    again = place([place_request(chair.line(1), shopper_id=shopper_id, coupons=(coupon,))])

    assert placed.total_minor == 5_000
    assert list(Coupon.objects.values_list("held", "used")) == [(1, 1)]
    assert again == [CouponNotHeld(promotion_id=coupon)]
    assert hot_rows() == before


def test_a_coupon_of_somebody_else_is_refused() -> None:
    coupon, chair = make_coupon(), sofa(6_000)
    collect(coupon, make_shopper())

    assert place([place_request(chair.line(1), shopper_id=make_shopper(), coupons=(coupon,))]) == [
        CouponNotHeld(promotion_id=coupon)
    ]


def test_discounts_that_are_others_than_were_seen_are_refused_and_told() -> None:
    make_promotion(**EVERY_300)
    chair, before = sofa(35_000), hot_rows()

    outcomes = place(
        [
            place_request(chair.line(1), shopper_id=make_shopper(), discount_minor=seen_minor)
            for seen_minor in (0, 3_999, 4_001)
        ]
    )

    assert outcomes == [DiscountChanged(seen_minor=seen, discount_minor=4_000) for seen in (0, 3_999, 4_001)]
    assert hot_rows() == before


def test_what_was_promised_where_nothing_is_given_is_refused() -> None:
    outcomes = place([place_request(sofa().line(1), shopper_id=make_shopper(), discount_minor=1)])

    assert outcomes == [DiscountChanged(seen_minor=1, discount_minor=0)]


def test_the_last_use_of_a_promotion_goes_to_who_came_first_in_the_batch() -> None:
    make_promotion(repeats=True, terms={"EU": MarketTerms(threshold_minor=30_000, off_minor=4_000, uses_max=1)})
    chair = sofa(30_000)

    first, second = place(
        [place_request(chair.line(1), shopper_id=make_shopper(), discount_minor=4_000) for _ in range(2)]
    )

    assert isinstance(first, Placed)
    assert second == DiscountChanged(seen_minor=4_000, discount_minor=0)
    assert list(Allowance.objects.values_list("taken", "amount_minor")) == [(1, 4_000)]


def test_a_promotion_that_is_bounded_a_shopper_gives_no_more_to_the_same_one() -> None:
    make_promotion(shopper_uses_max=1, **EVERY_300)
    chair, shopper_id = sofa(30_000), make_shopper(lane=20)

    outcomes = place(
        [place_request(chair.line(1), shopper_id=one) for one in (shopper_id, shopper_id, make_shopper(lane=20))]
    )

    assert [one.total_minor for one in outcomes if isinstance(one, Placed)] == [26_000, 30_000, 26_000]
    assert list(ShopperUse.objects.values_list("uses", flat=True)) == [1, 1]


def test_red_packets_pay_what_is_left_and_keep_what_is_not_needed() -> None:
    make_promotion(**EVERY_300)
    chair, shopper_id = sofa(30_000), make_shopper(lane=5)
    packet = grab_one(make_round(packets=1, budget_minor=30_000), shopper_id=shopper_id)

    placed = place_one(
        place_request(chair.line(1), shopper_id=shopper_id, packets=(packet.packet_id,), discount_minor=30_000)
    )

    assert placed.total_minor == 0
    assert list(Packet.objects.values_list("amount_minor", "used_minor")) == [(30_000, 26_000)]
    assert [one[1:] for one in discounts()][1] == (
        DiscountStep.RED_PACKET,
        f"packet:{packet.packet_id}",
        "platform",
        26_000,
    )


def test_a_purchase_that_red_packets_pay_in_full_needs_no_wallet() -> None:
    chair, shopper_id = sofa(500), make_shopper()
    packet = grab_one(make_round(packets=1, budget_minor=600), shopper_id=shopper_id)
    placed = place_one(place_request(chair.line(1), shopper_id=shopper_id, packets=(packet.packet_id,)))

    (paid,) = pay([pay_request(placed, shopper_id=shopper_id)])

    assert isinstance(paid, Paid)
    assert list(Order.objects.values_list("state", "total_minor")) == [(Step.PAID, 0)]


def test_a_red_packet_that_is_spent_or_over_or_of_another_is_refused() -> None:
    chair, shopper_id = sofa(500), make_shopper()
    packet = grab_one(make_round(packets=1, budget_minor=500), shopper_id=shopper_id)
    request = place_request(chair.line(1), shopper_id=shopper_id, packets=(packet.packet_id,))
    other = place_request(chair.line(1), shopper_id=make_shopper(), packets=(packet.packet_id,))
    late_ms = packet.valid_until_ms

    refused = PacketNotHeld(packet_id=packet.packet_id)
    assert place([other]) == [refused]
    assert place([request], now_ms=late_ms) == [refused]
    assert isinstance(place([request])[0], Placed)
    assert place([place_request(chair.line(2), shopper_id=shopper_id, packets=(packet.packet_id,))]) == [refused]


@pytest.mark.parametrize("ending", ["expired", "cancelled"])
def test_what_a_purchase_used_comes_back_when_it_ends_unpaid(ending: str) -> None:
    make_promotion(shopper_uses_max=3, repeats=True, terms={"EU": MarketTerms(30_000, 4_000, uses_max=5)})
    coupon, chair, shopper_id = make_coupon(uses_max=9), sofa(40_000), make_shopper(lane=33)
    collect(coupon, shopper_id)
    packet = grab_one(make_round(packets=1, budget_minor=700), shopper_id=shopper_id)
    tables = ("Allowance", "ShopperUse", "Coupon", "Packet")
    place_one(place_request(chair.line(1), shopper_id=shopper_id))
    before = {name: hot_rows()[name] for name in tables}

    placed = place_one(
        place_request(
            chair.line(1),
            shopper_id=shopper_id,
            coupons=(coupon,),
            packets=(packet.packet_id,),
            discount_minor=5_700,
        )
    )
    assert all(hot_rows()[name] != before[name] for name in tables)
    if ending == "cancelled":
        cancel_purchase(purchase_id=placed.purchase_id, shopper_id=shopper_id, now_ms=NOW_MS + 1)
    else:
        Order.objects.exclude(purchase_id=placed.purchase_id).update(state=Step.PLACED)
        expire_purchases(now_ms=NOW_MS + FIFTEEN_MINUTES_MS)

    after = {name: hot_rows()[name] for name in tables}
    assert after["Coupon"] == before["Coupon"]
    assert after["Packet"] == before["Packet"]
    used = 1 if ending == "cancelled" else 0  # the first purchase expires too
    assert list(ShopperUse.objects.values_list("uses", flat=True)) == [used]
    assert sorted(Allowance.objects.values_list("taken", "amount_minor")) == sorted([(0, 0), (used, used * 4_000)])


def test_a_batch_gives_what_its_requests_one_by_one_would() -> None:
    make_promotion(repeats=True, terms={"EU": MarketTerms(30_000, 4_000, amount_max_minor=9_000)})
    coupon = make_coupon(uses_max=2)
    chair, lamp = sofa(31_000), sofa(7_000, lane=40)
    shoppers = [make_shopper(lane=lane) for lane in range(6)]
    for shopper_id in shoppers[:4]:
        collect(coupon, shopper_id)
    requests = [
        place_request(
            chair.line(1 + number % 2), lamp.line(1), shopper_id=shopper_id, coupons=(coupon,) if number < 4 else ()
        )
        for number, shopper_id in enumerate(shoppers)
    ]

    def totals(batches: list[list[int]]) -> list[object]:
        with rolled_back():
            outcomes = [one for batch in batches for one in place([requests[at] for at in batch])]
            return [one.total_minor if isinstance(one, Placed) else one for one in outcomes] + [
                sorted(Allowance.objects.values_list("promotion_id", "taken", "amount_minor"))
            ]

    together = totals([[0, 1, 2, 3, 4, 5]])

    assert totals([[0], [1], [2], [3], [4], [5]]) == together
    assert sum(isinstance(one, int) for one in together) == 6


def test_a_quote_is_what_placing_it_writes() -> None:
    make_promotion(
        kind=PromotionKind.BUNDLE_FOR_FEWER, bundle_units=3, bundle_paid_units=2, terms={"EU": MarketTerms()}
    )
    chair, shopper_id = sofa(10_000), make_shopper()
    request = place_request(chair.line(4), shopper_id=shopper_id)

    plan = quote_purchase(request)
    placed = place_one(request)

    assert isinstance(plan, PurchasePlan)
    assert plan.total_minor == placed.total_minor == 30_000


def test_a_promotion_that_opens_between_two_batches_is_seen() -> None:
    chair, book = sofa(30_000), OfferBook()
    outcomes = place([place_request(chair.line(1), shopper_id=make_shopper())], book=book)
    make_promotion(**EVERY_300)
    outcomes += place([place_request(chair.line(1), shopper_id=make_shopper())], book=book)

    assert [one.total_minor for one in outcomes if isinstance(one, Placed)] == [30_000, 26_000]


def test_a_wallet_pays_what_is_left_and_no_cent_more() -> None:
    make_promotion(**EVERY_300)
    chair, shopper_id = sofa(30_000), make_shopper()
    give_wallet(shopper_id=shopper_id, amount_minor=26_000)
    placed = place_one(place_request(chair.line(1), shopper_id=shopper_id))

    (paid,) = pay([pay_request(placed, shopper_id=shopper_id)])

    assert isinstance(paid, Paid)


def test_a_red_packet_pays_in_its_own_currency_alone_whoever_else_is_in_the_batch() -> None:
    make_market(code="VN", currency="VND", tax_rates_bps={"VN": 1_000})
    round_id = make_round(campaign_id=make_campaign(market="VN"), packets=1, budget_minor=50_000)
    chair, shopper_id = sofa(60_000), make_shopper()
    packet = grab_one(round_id, shopper_id=shopper_id)
    mine = place_request(chair.line(1), shopper_id=shopper_id, packets=(packet.packet_id,))
    decoy = place_request(chair.line(1), shopper_id=shopper_id, packets=(packet.packet_id,), currency="VND")

    assert place([mine, decoy])[0] == PacketNotHeld(packet_id=packet.packet_id)
    assert list(Packet.objects.values_list("used_minor", flat=True)) == [0]


def test_an_order_that_red_packets_paid_in_full_can_be_cancelled() -> None:
    chair, shopper_id = sofa(500), make_shopper()
    packet = grab_one(make_round(packets=1, budget_minor=600), shopper_id=shopper_id)
    placed = place_one(place_request(chair.line(1), shopper_id=shopper_id, packets=(packet.packet_id,)))
    pay([pay_request(placed, shopper_id=shopper_id)])

    advance_orders(order_ids=[placed.orders[0].order_id], then=Step.CANCELLED, now_ms=NOW_MS + 1)

    assert list(Order.objects.values_list("state", flat=True)) == [Step.CANCELLED]


def test_what_a_paid_purchase_used_comes_back_when_it_is_cancelled_whole() -> None:
    coupon, chair, shopper_id = make_coupon(uses_max=9), sofa(6_000), make_shopper()
    collect(coupon, shopper_id)
    packet = grab_one(make_round(packets=1, budget_minor=600), shopper_id=shopper_id)
    request = place_request(chair.line(1), shopper_id=shopper_id, coupons=(coupon,), packets=(packet.packet_id,))
    placed = place_one(request)
    give_wallet(shopper_id=shopper_id, amount_minor=placed.total_minor)
    pay([pay_request(placed, shopper_id=shopper_id)])

    advance_orders(order_ids=[placed.orders[0].order_id], then=Step.CANCELLED, now_ms=NOW_MS + 1)

    assert list(Coupon.objects.values_list("held", "used")) == [(1, 0)]
    assert list(Packet.objects.values_list("used_minor", flat=True)) == [0]
    assert list(Allowance.objects.filter(kind=1).values_list("taken", "amount_minor")) == [(0, 0)]
