"""What customs would ask of goods that nobody has ordered yet, by the very rules of placing them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fairground.checkout.queries import read_offers, read_tax_rates_bps
from fairground.checkout.rules.customs import border_of
from fairground.checkout.rules.discounting import Given, with_discounts
from fairground.checkout.rules.placing import orders_by_merchant
from fairground.checkout.rules.plans import LinePlan, MarketFacts, Offer, OrderPlan
from fairground.checkout.rules.taxing import tax_minor_of
from fairground.crossborder.rules import Border, DutyRule
from fairground.inventory.queries import free_units
from fairground.markets.queries import MarketFacts as Market


class GoodsWanted(NamedTuple):
    """So many units of a SKU, at a deal or not."""

    sku_id: int
    deal_id: int | None
    quantity: int


@dataclass(frozen=True, slots=True)
class BorderOfGoods:
    """What customs asks of goods alone, and from which country they are sent."""

    sent_from: str
    border: Border


def orders_at_border(
    goods: Sequence[GoodsWanted], *, market: Market, rule: DutyRule, country: str, given: Given | None = None
) -> list[OrderPlan]:
    """Return the orders that goods sent to a country would be, with what customs asks of them and without shipping.

    `given` is what promotions take off these lines, in their order; `rule` is the market's. Nothing where it asks
    nothing of what comes into that country, or where some of it is not offered any more. Nothing is promised: the
    checkout asks again.
    """
    if country not in rule.countries:
        return []
    facts, rate_bps = _border_facts(market, rule, country)
    plans = _plans(goods, facts, rate_bps)
    if not plans or len(plans) < len(goods):
        return []
    if given is not None:
        plans = with_discounts(plans, given, is_tax_included=market.tax_included)
    return orders_by_merchant(plans, facts, {}, country=country, rate_bps=rate_bps)


def border_of_each(
    goods: Sequence[GoodsWanted], *, market: Market, rule: DutyRule, country: str
) -> list[BorderOfGoods]:
    """Return what customs asks of each of these goods, were it sent to a country alone; as `orders_at_border`."""
    if country not in rule.countries:
        return []
    facts, rate_bps = _border_facts(market, rule, country)
    return [
        BorderOfGoods(
            plan.offer.sent_from[plan.place_id],
            border_of([plan], market=facts, to_country=country, tax_rate_bps=rate_bps),
        )
        for plan in _plans(goods, facts, rate_bps)
    ]


def _border_facts(market: Market, rule: DutyRule, country: str) -> tuple[MarketFacts, int]:
    """What the market prescribes, and the tax there."""
    facts = MarketFacts(market.code, market.currency, market.tax_included, frozenset([country]), rule)
    return facts, read_tax_rates_bps().get(country, 0)


def _plans(goods: Sequence[GoodsWanted], market: MarketFacts, rate_bps: int) -> list[LinePlan]:
    offers = read_offers({(one.sku_id, one.deal_id, market.code) for one in goods})
    free = free_units({stock_id for offer in offers.values() for stock_id, _ in offer.stock})
    found = [(offers.get((one.sku_id, one.deal_id, market.code)), one.quantity) for one in goods]
    return [
        _line(offer, quantity, free, rate_bps, is_tax_included=market.tax_included)
        for offer, quantity in found
        if offer is not None and offer.stock
    ]


def _line(offer: Offer, quantity: int, free: dict[int, int], rate_bps: int, *, is_tax_included: bool) -> LinePlan:
    """A line as it would be sent: from the first place that has it all, else from the one that has most left."""
    most_left = max(offer.stock, key=lambda place: free[place[0]])
    found = next((place for place in offer.stock if free[place[0]] >= quantity), most_left)
    goods_minor = offer.unit_price_minor * quantity
    tax_minor = tax_minor_of(goods_minor, rate_bps, is_tax_included)
    return LinePlan(offer, *found, quantity, goods_minor, tax_minor, rate_bps)
