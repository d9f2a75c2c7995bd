"""The price engine alone: a cart of the opening second, the largest one under most promotions, a long listing."""

import time
from collections.abc import Callable
from statistics import median

from bench.records import Goal, Result
from fairground.promotions.rules.listing import ListedProduct, promotions_touching
from fairground.promotions.rules.pricing import price_lines
from fairground.promotions.rules.terms import (
    DiscountStep,
    PricedLine,
    Promotion,
    PromotionBook,
    PromotionKind,
    Scope,
    make_book,
)

NOW_MS = 1_794_355_200_000
LISTED_PRODUCTS = 20_000
LISTED_PROMOTIONS = 100


def run_pricing(*, quick: bool) -> Result:
    """Price carts over and over in this process, each time anew, and take the median time of a cart."""
    times = 20 if quick else 2_000
    usual_us = _median_us(lambda: price_lines(_usual_cart(), book=USUAL_BOOK, now_ms=NOW_MS), times=10 * times)
    large = _cart(lines=50, merchants=5)
    coupons = {one.id for one in LARGE_BOOK.promotions()}
    large_us = _median_us(
        lambda: price_lines(large, book=LARGE_BOOK, now_ms=NOW_MS, coupons=coupons, with_hints=True), times=times // 10
    )
    products = _products()
    listing_us = _median_us(
        lambda: promotions_touching(products, book=LISTING_BOOK, now_ms=NOW_MS), times=2 if quick else 10
    )
    figures = {
        "usual_cart_us": round(usual_us, 2),
        "large_cart_ms": round(large_us / 1000, 3),
        "listing_ms": round(listing_us / 1000, 1),
    }
    return Result(
        "pricing",
        figures,
        (
            Goal("µs for three lines and five promotions", figures["usual_cart_us"], at_most=15),
            Goal("ms for 50 lines, each under 20 promotions, with hints", figures["large_cart_ms"], at_most=5),
            Goal("ms for a listing of 20,000 products, 100 promotions", figures["listing_ms"]),
        ),
    )


def _median_us(work: Callable[[], object], *, times: int) -> float:
    for _ in range(3):
        work()
    taken = []
    for _ in range(times):
        started = time.perf_counter_ns()
        work()
        taken.append(time.perf_counter_ns() - started)
    return median(taken) / 1000


def _usual_cart() -> tuple[PricedLine, ...]:
    """A cart of three lines at two merchants, made anew, as each of a batch is."""
    return (
        PricedLine(11, 1, 1, 12_900, True, 3),
        PricedLine(12, 1, 2, 4_990, False, None),
        PricedLine(13, 2, 1, 21_000, True, 3),
    )


def _cart(*, lines: int, merchants: int) -> list[PricedLine]:
    return [
        PricedLine(
            sku_id=number + 1,
            merchant_id=number % merchants,
            quantity=1 + number % 4,
            unit_minor=1_990 + 137 * number,
            in_deal=number % 2 == 0,
            hall_id=number % 3,
            categories=frozenset({"home", f"home.{number % 4}"}),
        )
        for number in range(lines)
    ]


def _promotion(number: int, step: DiscountStep, kind: PromotionKind, **terms: object) -> Promotion:
    return Promotion(number, step, kind, 0, NOW_MS + 1, **terms)  # type: ignore[arg-type]


USUAL_BOOK = make_book(
    [
        _promotion(1, DiscountStep.MERCHANT_DISCOUNT, PromotionKind.PERCENT_OFF, merchant_id=1, percent_bps=500,
                   merchant_bps=10_000),
        _promotion(2, DiscountStep.MERCHANT_DISCOUNT, PromotionKind.AMOUNT_OFF, merchant_id=2, threshold_minor=20_000,
                   off_minor=1_000, merchant_bps=10_000),
        _promotion(3, DiscountStep.CROSS_SHOP, PromotionKind.AMOUNT_OFF, threshold_minor=30_000, off_minor=4_000,
                   repeats=True),
        _promotion(4, DiscountStep.CROSS_SHOP, PromotionKind.AMOUNT_OFF, threshold_minor=90_000, off_minor=9_000,
                   scope=Scope(hall_ids=frozenset({3}))),
        _promotion(5, DiscountStep.PLATFORM_COUPON, PromotionKind.AMOUNT_OFF, threshold_minor=5_000, off_minor=500,
                   needs_coupon=True),
    ]
)  # fmt: skip


def _large_book() -> PromotionBook:
    """Twenty promotions of the platform, each of them for every line: five of every kind, over the steps there are."""
    kinds = (
        (PromotionKind.AMOUNT_OFF, {"threshold_minor": 30_000, "off_minor": 4_000, "repeats": True}),
        (PromotionKind.PERCENT_OFF, {"percent_bps": 1_000, "ceiling_minor": 50_000}),
        (PromotionKind.BUNDLE_FOR_PRICE, {"bundle_units": 3, "bundle_minor": 9_900}),
        (PromotionKind.BUNDLE_FOR_FEWER, {"bundle_units": 4, "bundle_paid_units": 3}),
    )
    steps = (DiscountStep.CROSS_SHOP, DiscountStep.PLATFORM_COUPON)
    return make_book(
        _promotion(
            number + 1,
            steps[number % 2],
            kinds[number % 4][0],
            needs_coupon=number % 2 == 1,
            merchant_bps=3_000,
            scope=Scope(categories=frozenset({"home"})),
            **kinds[number % 4][1],
        )
        for number in range(20)
    )


def _listing_book() -> PromotionBook:
    return make_book(
        _promotion(
            number + 1,
            DiscountStep.CROSS_SHOP,
            PromotionKind.PERCENT_OFF,
            percent_bps=100,
            scope=Scope(categories=frozenset({f"home.{number % 20}"})) if number % 2 else None,
        )
        for number in range(LISTED_PROMOTIONS)
    )


def _products() -> list[ListedProduct]:
    return [
        ListedProduct(number + 1, number % 500, f"home.{number % 20}", (2 * number, 2 * number + 1), {2 * number: 3})
        for number in range(LISTED_PRODUCTS)
    ]


LARGE_BOOK = _large_book()
LISTING_BOOK = _listing_book()
