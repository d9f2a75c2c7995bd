"""What a cart costs with its promotions, and why; what more of something would save more."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from fairground.carts.queries import CartLine
from fairground.catalog.rules import category_path
from fairground.checkout.borders import GoodsWanted, orders_at_border
from fairground.checkout.giving import held_by, quote_goods
from fairground.checkout.rules.discounting import Given
from fairground.identity.queries import shopper_is_verified
from fairground.merchants.queries import shipping_rates
from fairground.promotions.rules.terms import Hint, PricedLine, Promotion
from fairground.sites.languages import in_language
from fairground.sites.storefront.customs_words import CustomsShown, Destination, customs_of_plans
from fairground.sites.storefront.reader import Reader
from fairground.sites.wording import money_text


@dataclass(frozen=True, slots=True)
class CartSums:
    """What is off: (why, amount below zero), in the order in which it comes off; `hints` say what would save more.

    `goods` and `shipping` are before that; `shipping` is empty where no merchant asks for any. `customs` is None where
    it asks nothing; what it asks is in the total.
    """

    discounts: list[tuple[str, str]]
    hints: list[str]
    total: str
    goods: str = ""
    shipping: str = ""
    customs: CustomsShown | None = None


def cart_sums(
    lines: Sequence[CartLine], reader: Reader, *, shopper_id: int | None, to: Destination | None
) -> CartSums | None:
    """Return what the lines that can be bought now cost with promotions and the coupons that the shopper holds.

    `to` is where it would go, where what customs asks there counts. None where there is nothing to buy. Red packets are
    not spent here: the checkout asks for them.
    """
    market = reader.market
    all_priced = [(line, _priced(line, reader)) for line in lines if not line.aside]
    bought = [(line, one) for line, one in all_priced if one is not None]
    if market is None or not bought:
        return None
    priced = [one for _, one in bought]
    coupons: tuple[int, ...] = ()
    if shopper_id is not None and shopper_is_verified(shopper_id=shopper_id):
        coupons = held_by(shopper_id=shopper_id, currency=market.currency, now=reader.now).coupons
    asked = _shipping_asked(priced, market.code)
    quoted = quote_goods(priced, market=market.code, now=reader.now, coupons=coupons, shipping_minor=asked)
    customs = _customs(bought, reader, quoted.given, to) if to else None
    total_minor = quoted.given.quote.payable_minor + (customs.total_minor if customs else 0)
    return CartSums(
        discounts=[
            (why, money_text(-amount_minor, market.currency))
            for why, amount_minor in promotion_words(quoted.given, reader.language)
        ],
        hints=[_hint(promotion, hint, reader) for promotion, hint in quoted.hints],
        total=money_text(total_minor, market.currency),
        goods=money_text(quoted.given.quote.goods_minor, market.currency),
        shipping=money_text(sum(asked.values()), market.currency) if asked else "",
        customs=customs,
    )


def _customs(
    bought: Sequence[tuple[CartLine, PricedLine]], reader: Reader, given: Given, to: Destination
) -> CustomsShown | None:
    """What customs asks of the orders that these lines would be."""
    assert reader.market, "what is sent somewhere is of a market"
    orders = orders_at_border(
        [GoodsWanted(one.sku_id, line.deal_id if one.in_deal else None, one.quantity) for line, one in bought],
        market=reader.market,
        rule=to.rule,
        country=to.country,
        given=given,
    )
    names = {line.merchant_id: line.merchant_name for line, _ in bought}
    return customs_of_plans(orders, reader.market, country=to.country, language=reader.language, merchants=names)


def _shipping_asked(priced: Sequence[PricedLine], market: str) -> dict[int, int]:
    """What merchants ask for shipping, by merchant; one that asks nothing is left out."""
    goods: dict[int, int] = {}
    for line in priced:
        goods[line.merchant_id] = goods.get(line.merchant_id, 0) + line.quantity * line.unit_minor
    rates = shipping_rates(merchant_ids=goods, market=market)
    asked = {merchant_id: rate.asked_minor(goods[merchant_id]) for merchant_id, rate in rates.items()}
    return {merchant_id: minor for merchant_id, minor in asked.items() if minor}


def promotion_words(given: Given, language: str) -> list[tuple[str, int]]:
    """Return the promotions and coupons that a quote uses, by name, and how many minor units each takes off."""
    named = sorted(given.used, key=lambda one: (one[0].step, one[0].id))
    return [(_name(promotion, language), amount_minor) for promotion, amount_minor in named]


def _name(promotion: Promotion, language: str) -> str:
    return in_language(promotion.names, language) or ""


def _hint(promotion: Promotion, hint: Hint, reader: Reader) -> str:
    assert reader.market, "a hint is seen in a market"
    return gettext("{promotion}: add {more} more to save {saves}.").format(
        promotion=_name(promotion, reader.language),
        more=money_text(hint.more_minor, reader.market.currency),
        saves=money_text(hint.saves_minor, reader.market.currency),
    )


def _priced(line: CartLine, reader: Reader) -> PricedLine | None:
    """A line as promotions see it; None where nothing of it can be bought now."""
    asking, units = line.asking(now=reader.now), line.buyable(now=reader.now)
    if asking is None or units <= 0:
        return None
    in_deal = line.at_deal(now=reader.now)
    return PricedLine(
        sku_id=line.sku_id,
        merchant_id=line.merchant_id,
        quantity=units,
        unit_minor=asking.price_minor,
        in_deal=in_deal,
        hall_id=line.hall_id if in_deal else None,
        categories=frozenset(category_path(line.category)) if line.category else frozenset(),
    )
