"""Which of the crowd's orders carry a discount, and how much: decided before the opening, so that a wrong one is seen.

Three promotions: a merchant's discount, a threshold across shops, and a platform's coupon. The first two are for goods
at their usual price alone and take part in whatever reaches them; so the merchant and the thresholds are chosen by what
the crowd will ask for, and no more carts reach them than shall. Coupons make up the rest, in the carts that name them.
"""

import random
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction

from fairground.promotions.rules.declaring import AMOUNT_MINOR_MAX, MarketTerms, PromotionRecord
from fairground.promotions.rules.pricing import price_lines
from fairground.promotions.rules.terms import (
    DiscountStep,
    Packet,
    PricedLine,
    Promotion,
    PromotionBook,
    PromotionKind,
    Quote,
    make_book,
)
from fairground.rehearsal.requests import Ask, Expect

# The plan's numbers of its promotions, as it numbers its shoppers.
MERCHANT, CROSS_SHOP, COUPON = 1, 2, 3
NAMES = {MERCHANT: "10 % at this shop", CROSS_SHOP: "A tenth off across shops", COUPON: "Coupon: 8 % off"}
# Of the orders with a discount, those that the merchant's and the thresholds may reach at the most.
MERCHANT_SHARE = Fraction(1, 6)
CROSS_SHOP_SHARE = Fraction(1, 3)
# One in so many of those names a coupon too, so that discounts stack.
STACKED_EACH = 10
MERCHANT_BPS_OFF, COUPON_BPS_OFF = 1_000, 800
# Of each full threshold; a quarter of it is paid by the merchants of the goods.
CROSS_SHOP_OFF, CROSS_SHOP_MERCHANT_BPS = 10, 2_500
# A coupon gives at most a twentieth of the market's threshold, which the dearer carts reach.
CEILING_OF_THRESHOLD = 20
# Budgets are so many times what will be given: counted in each slice, never reached in one.
BUDGET_TIMES = 100
# A threshold must be above what it takes off.
THRESHOLD_MINOR_MIN = 2
_FOREVER_MS = 2**62


@dataclass(slots=True)
class Discounts:
    """The promotions as books by market, with the plan's numbers as their ids, and what thresholds give by market."""

    books: dict[str, PromotionBook] = field(default_factory=dict)
    given_minor: Counter[str] = field(default_factory=Counter)

    def pin(self, ask: Ask, *, coupons: Collection[int] = ()) -> Ask:
        """Return the ask with these coupons and with the discount that it must be given."""
        quote = quote_ask(ask, self.books[ask.market], coupons)
        self.given_minor[ask.market] += quote.used.get(CROSS_SHOP, 0)
        return replace(ask, coupons=tuple(coupons), discount_minor=quote.discount_minor)

    def pin_packet(self, ask: Ask, packet: Packet) -> Ask:
        """Return a pinned ask that spends a red packet too, with the discount that it must be given then."""
        quote = quote_ask(ask, self.books[ask.market], ask.coupons, [packet])
        return replace(ask, packets=(packet.id,), discount_minor=quote.discount_minor)

    def saves(self, ask: Ask, *, coupons: Collection[int] = ()) -> bool:
        """Return whether the ask would cost less."""
        return quote_ask(ask, self.books[ask.market], coupons).discount_minor > 0


def quote_ask(ask: Ask, book: PromotionBook, coupons: Collection[int] = (), packets: Sequence[Packet] = ()) -> Quote:
    """Return what an ask costs with the promotions of a book, reckoned by the engine that the shop has."""
    lines = [
        PricedLine(
            sku_id=line.good.sku_id,
            merchant_id=line.good.merchant_id,
            quantity=line.quantity,
            unit_minor=line.good.prices_minor[ask.market],
            in_deal=line.good.deal_id is not None,
        )
        for line in ask.lines
    ]
    return price_lines(lines, book=book, now_ms=0, coupons=coupons, packets=packets)


def discount_asks(
    asks: Sequence[Ask], *, wanted: int, markets: Collection[str], chance: random.Random
) -> tuple[Discounts, list[Ask]]:
    """Return promotions and the asks with what each must be given, so that `wanted` of those sure to be placed save.

    All others are pinned to a discount of nothing.
    """
    places = [place for place, ask in enumerate(asks) if ask.expect is Expect.PLACED]
    sure = [asks[place] for place in places]
    own = _merchants_discount(_best_merchant(sure, most=int(wanted * MERCHANT_SHARE)))
    thresholds = _thresholds(sure, own, markets=markets, wanted=wanted)
    discounts = Discounts({market: make_book([*own, *_platforms(thresholds[market])]) for market in markets})
    saving = [place for place in places if discounts.saves(asks[place])]
    others = sorted(set(places) - set(saving))
    with_coupon = set(chance.sample(saving, len(saving) // STACKED_EACH))
    missing = wanted - len(saving)
    for place in chance.sample(others, len(others)):
        if not missing:
            break
        if discounts.saves(asks[place], coupons=(COUPON,)):
            with_coupon.add(place)
            missing -= 1
    assert not missing, f"{missing} more orders should carry a discount than can"
    return discounts, [
        discounts.pin(ask, coupons=(COUPON,) if place in with_coupon else ()) for place, ask in enumerate(asks)
    ]


def _best_merchant(asks: Sequence[Ask], *, most: int) -> int | None:
    """Return who sells goods at their usual price in as many carts as possible, but not in more than `most`."""
    carts = Counter(
        merchant_id
        for ask in asks
        for merchant_id in {line.good.merchant_id for line in ask.lines if line.good.deal_id is None}
    )
    return max((one for one, count in carts.items() if count <= most), key=lambda one: (carts[one], -one), default=None)


def _merchants_discount(merchant_id: int | None) -> list[Promotion]:
    if merchant_id is None:
        return []
    return [
        Promotion(
            id=MERCHANT,
            step=DiscountStep.MERCHANT_DISCOUNT,
            kind=PromotionKind.PERCENT_OFF,
            opens_at_ms=0,
            closes_at_ms=_FOREVER_MS,
            merchant_id=merchant_id,
            excludes_deals=True,
            percent_bps=MERCHANT_BPS_OFF,
            merchant_bps=10_000,
            shopper_uses_max=1,
        )
    ]


def _thresholds(asks: Sequence[Ask], own: list[Promotion], *, markets: Collection[str], wanted: int) -> dict[str, int]:
    """Return by market the lowest threshold that no more of its carts reach than shall."""
    counted: dict[str, list[int]] = {market: [] for market in markets}
    book = make_book(own)
    for ask in asks:
        quote = quote_ask(ask, book)
        counted[ask.market].append(
            sum(
                left.payable_minor
                for line, left in zip(ask.lines, quote.lines, strict=True)
                if line.good.deal_id is None
            )
        )
    share = wanted * CROSS_SHOP_SHARE / max(1, len(asks))
    return {market: lowest_reached_by(some, most=int(len(some) * share)) for market, some in counted.items()}


def lowest_reached_by(amounts_minor: Sequence[int], *, most: int) -> int:
    """Return the lowest of these amounts that at most `most` of them reach; if there is none, one above them all."""
    carts = Counter(amount_minor for amount_minor in amounts_minor if amount_minor >= THRESHOLD_MINOR_MIN)
    threshold_minor, reached = max(carts, default=AMOUNT_MINOR_MAX - 1) + 1, 0
    for amount_minor in sorted(carts, reverse=True):
        reached += carts[amount_minor]
        if reached > most:
            break
        threshold_minor = amount_minor
    return threshold_minor


def _platforms(threshold_minor: int) -> list[Promotion]:
    across = Promotion(
        id=CROSS_SHOP,
        step=DiscountStep.CROSS_SHOP,
        kind=PromotionKind.AMOUNT_OFF,
        opens_at_ms=0,
        closes_at_ms=_FOREVER_MS,
        excludes_deals=True,
        threshold_minor=threshold_minor,
        off_minor=max(1, threshold_minor // CROSS_SHOP_OFF),
        repeats=True,
        merchant_bps=CROSS_SHOP_MERCHANT_BPS,
        limited=True,
    )
    coupon = Promotion(
        id=COUPON,
        step=DiscountStep.PLATFORM_COUPON,
        kind=PromotionKind.PERCENT_OFF,
        opens_at_ms=0,
        closes_at_ms=_FOREVER_MS,
        percent_bps=COUPON_BPS_OFF,
        ceiling_minor=max(1, threshold_minor // CEILING_OF_THRESHOLD),
        needs_coupon=True,
    )
    return [across, coupon]


def promotion_records(discounts: Discounts, *, now: datetime) -> dict[int, PromotionRecord]:
    """Return the promotions by the plan's numbers as the shop declares them, open since an hour and for a day."""
    standing: dict[int, dict[str, Promotion]] = {}
    for market, book in discounts.books.items():
        for promotion in book.promotions():
            standing.setdefault(promotion.id, {})[market] = promotion
    return {number: _record(number, by_market, discounts, now) for number, by_market in sorted(standing.items())}


def _record(number: int, by_market: Mapping[str, Promotion], discounts: Discounts, now: datetime) -> PromotionRecord:
    one = next(iter(by_market.values()))
    opens_at = now - timedelta(hours=1)
    return PromotionRecord(
        step=DiscountStep(one.step),
        kind=PromotionKind(one.kind),
        names={"en": NAMES[number]},
        opens_at=opens_at,
        closes_at=now + timedelta(days=1),
        terms={
            market: MarketTerms(
                threshold_minor=here.threshold_minor,
                off_minor=here.off_minor,
                ceiling_minor=here.ceiling_minor,
                amount_max_minor=_budget_minor(here, discounts.given_minor[market]) if here.limited else None,
            )
            for market, here in by_market.items()
        },
        merchant_id=one.merchant_id,
        excludes_deals=one.excludes_deals,
        repeats=one.repeats,
        percent_bps=one.percent_bps,
        merchant_bps=one.merchant_bps,
        needs_coupon=one.needs_coupon,
        collects_from=opens_at if one.needs_coupon else None,
        shopper_uses_max=one.shopper_uses_max,
    )


def _budget_minor(promotion: Promotion, given_minor: int) -> int:
    return min(AMOUNT_MINOR_MAX, BUDGET_TIMES * max(given_minor, promotion.threshold_minor))
