"""`price_lines`: what a cart costs with the promotions of its market, and why.

Between steps there is sequence (a step takes from what those before it left, and tests its thresholds on that), inside
a step there is conflict (`stacking.stack`).
"""

from collections.abc import Collection, Mapping, Sequence

from fairground.promotions.rules.goods import BUNDLES, Goods
from fairground.promotions.rules.hints import nearest_hint
from fairground.promotions.rules.shipping import Shipping
from fairground.promotions.rules.stacking import stack
from fairground.promotions.rules.terms import (
    DiscountStep,
    Hint,
    LineQuote,
    MerchantQuote,
    Packet,
    PricedLine,
    Promotion,
    PromotionBook,
    Quote,
)

_GOODS_STEPS = (
    DiscountStep.MERCHANT_DISCOUNT.value,
    DiscountStep.MERCHANT_COUPON.value,
    DiscountStep.CROSS_SHOP.value,
    DiscountStep.PLATFORM_COUPON.value,
)
_SHIPPING = DiscountStep.SHIPPING.value
_NO_COUPONS: frozenset[int] = frozenset()
_NOTHING: Mapping[int, int] = {}


def price_lines(
    lines: Sequence[PricedLine],
    *,
    book: PromotionBook,
    now_ms: int,
    coupons: Collection[int] = _NO_COUPONS,
    packets: Sequence[Packet] = (),
    shipping_minor: Mapping[int, int] = _NOTHING,
    may_give_minor: Mapping[int, int] = _NOTHING,
    with_hints: bool = False,
) -> Quote:
    """Return what these lines cost at `now_ms` with the promotions of their market.

    `coupons` are the ids of the promotions whose coupons the shopper holds; `packets` pay in their order;
    `shipping_minor` is what merchants ask for shipping, by merchant. `may_give_minor` says what promotions with
    limits may still give, by id: 0 is nothing, absent is no bound, and one that can not give its whole saving gives
    nothing. Sums are exact, no line falls below zero, and the order of the lines changes no sum.
    """
    assert lines, "nothing to price"
    by_step = _open_now(lines, book, now_ms, coupons)
    goods = Goods(lines, may_give_minor)
    hints: list[Hint] = []
    if by_step:
        for step in _GOODS_STEPS:
            promotions = by_step.get(step)
            if promotions is not None:
                _take_step(promotions, goods, hints if with_hints else None)
    packets_used = goods.take_packets(packets) if packets else {}
    shipping = Shipping(goods, shipping_minor) if shipping_minor else None
    if shipping is not None and _SHIPPING in by_step:
        _take_step(by_step[_SHIPPING], shipping, hints if with_hints else None)
    quotes = [
        LineQuote(line.sku_id, asked_minor, left_minor, given)
        for line, asked_minor, left_minor, given in zip(lines, goods.asked, goods.left, goods.given, strict=True)
    ]
    return Quote(quotes, _by_merchant(goods, shipping, shipping_minor), goods.used, packets_used, hints)


def may_save(book: PromotionBook, *, merchant_ids: Collection[int], goods_minor: int, usual_minor: int) -> bool:
    """Return whether any promotion without a coupon could take something off such a cart; if not, none does.

    `goods_minor` is the whole cart, `usual_minor` what of it is not in a deal. It is for an opening, in which most
    carts reach no threshold and pricing one costs as much as deciding about its stock.
    """
    shelves = [book.platform]
    if book.of_merchants:
        shelves += [book.of_merchants.get(merchant_id, ()) for merchant_id in merchant_ids]
    for shelf in shelves:
        for promotion in shelf:
            if promotion.needs_coupon:
                continue
            reached_minor = usual_minor if promotion.excludes_deals else goods_minor
            if reached_minor and (reached_minor >= promotion.threshold_minor or promotion.kind in BUNDLES):
                return True
    return False


def _open_now(
    lines: Sequence[PricedLine], book: PromotionBook, now_ms: int, coupons: Collection[int]
) -> dict[int, list[Promotion]]:
    """Return the promotions that are open to this cart, by step, in the order of their ids a merchant."""
    by_step: dict[int, list[Promotion]] = {}
    shelves = [book.platform]
    if book.of_merchants:
        of_merchants = book.of_merchants
        shelves += [of_merchants[who] for who in {line.merchant_id for line in lines} if who in of_merchants]
    for shelf in shelves:
        for promotion in shelf:
            if promotion.opens_at_ms <= now_ms < promotion.closes_at_ms and (
                not promotion.needs_coupon or promotion.id in coupons
            ):
                there = by_step.get(promotion.step)
                if there is None:
                    by_step[promotion.step] = [promotion]
                else:
                    there.append(promotion)
    return by_step


def _take_step(promotions: Sequence[Promotion], base: Goods | Shipping, hints: list[Hint] | None) -> None:
    """Apply a step; where hints are wanted, add the nearest threshold that the cart did not reach in it."""
    if hints is None:
        stack(promotions, base)
        return
    before = base.left.copy()
    covered = [(promotion, places) for promotion in promotions if (places := base.covered(promotion))]
    stood = [base.standing(promotion, places) for promotion, places in covered]
    stack(promotions, base)
    standings = [
        (promotion, counted_minor, due_minor, sum(before[place] - base.left[place] for place in places))
        for (promotion, places), (counted_minor, due_minor) in zip(covered, stood, strict=True)
    ]
    hint = nearest_hint(standings, base.may_give_minor)
    if hint is not None:
        hints.append(hint)


def _by_merchant(
    goods: Goods, shipping: Shipping | None, shipping_minor: Mapping[int, int]
) -> dict[int, MerchantQuote]:
    sums: dict[int, tuple[int, int]] = {}
    for who, asked_minor, left_minor in zip(goods.merchant_ids, goods.asked, goods.left, strict=True):
        so_far = sums.get(who)
        if so_far is None:
            sums[who] = asked_minor, asked_minor - left_minor
        else:
            sums[who] = so_far[0] + asked_minor, so_far[1] + asked_minor - left_minor
    if shipping is None:
        return {who: MerchantQuote(asked, off, 0, 0, []) for who, (asked, off) in sums.items()}
    places = {who: place for place, who in enumerate(shipping.merchant_ids)}
    return {
        who: MerchantQuote(
            asked, off, shipping_minor.get(who, 0), shipping.left[places[who]], shipping.given[places[who]]
        )
        for who, (asked, off) in sums.items()
    }
