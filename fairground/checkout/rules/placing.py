"""Deciding a batch of purchases, in arrival order, in plain Python: no database, no clock, no randomness."""

from collections.abc import Sequence

from msgspec import Struct

from fairground.checkout.rules.charges import NO_SHIPPING, ShippingPlan, shipping_plans
from fairground.checkout.rules.customs import border_of
from fairground.checkout.rules.discounting import (
    Given,
    Giving,
    Wish,
    deposit_worth,
    price_with,
    priced_line,
    take_given,
    with_discounts,
)
from fairground.checkout.rules.plans import LinePlan, MarketFacts, Offer, OfferKey, OrderPlan
from fairground.checkout.rules.taxing import tax_minor_of
from fairground.kernel.refusal import Refusal
from fairground.promotions.rules.pricing import may_save

# How long units stay promised to a purchase that is not paid; a pending payment extends it once.
RESERVATION_TTL_MS = 15 * 60 * 1000
RESERVATION_EXTENDED_MS = 30 * 60 * 1000


class UnknownSku(Refusal):
    """No such SKU is offered in this market."""


class UnknownDeal(Refusal):
    """No such deal for this SKU in this market."""


class UnknownMarket(Refusal):
    """No such market."""


class CountryNotServed(Refusal):
    """The market does not send goods to this country."""


class WrongCurrency(Refusal):
    """The market sells in another currency."""


class PriceChanged(Refusal):
    """The price is no longer what the shopper saw."""


class DealNotOpen(Refusal):
    """The deal opens later."""


class DealClosed(Refusal):
    """The deal is over."""


class SoldOut(Refusal):
    """Fewer units are left than were asked for."""


class BuyerLimitReached(Refusal):
    """The shopper would have more units of the deal than one buyer may."""


class ShopperNotVerified(Refusal):
    """Limited deals need a verified shopper."""


class KeyReused(Refusal):
    """The idempotency key stands for another request."""


class ShippingChanged(Refusal):
    """Shipping no longer costs what the shopper saw."""


class DutiesChanged(Refusal):
    """Customs no longer asks what the shopper saw."""


class PresaleAlone(Refusal):
    """A presale is ordered alone: it is paid at other times than the rest."""


# msgspec structs, not frozen dataclasses (ADR 6): ten times cheaper to make, and a batch makes four an order.
class LineAsked(Struct, frozen=True, gc=False):
    """A line as the shopper asks for it, with the price that the shopper saw."""

    sku_id: int
    deal_id: int | None
    quantity: int
    unit_price_minor: int


class PlaceRequest(Struct, frozen=True):
    """A purchase as the door passes it on: well-formed, from a shopper whose pass is good. Texts are ASCII bytes."""

    shopper_id: int
    verified: bool
    key: bytes
    request_hash: bytes
    arrived_at_ms: int
    market: str
    currency: str
    language: str
    channel: int
    device: int
    entry_hall_id: int | None
    creator_id: int | None
    creator_claim: int | None
    store_id: int | None
    country: str
    region: str
    address: bytes
    lines: tuple[LineAsked, ...]
    coupons: tuple[int, ...] = ()
    packets: tuple[int, ...] = ()
    discount_minor: int | None = None
    shipping_minor: int | None = None
    duties_minor: int | None = None


class PurchasePlan(Struct, frozen=True):
    """A purchase that will be written: its orders by merchant, in the order of its lines."""

    request: PlaceRequest
    tax_included: bool
    tax_region: str
    lane: int
    orders: list[OrderPlan]
    total_minor: int
    given: Given | None = None


class PlacedOrder(Struct, frozen=True):
    """One order of a placed purchase."""

    order_id: int
    merchant_id: int
    total_minor: int
    shipping_minor: int = 0
    duties_minor: int = 0


class PlacedPresale(Struct, frozen=True):
    """What a purchase that is a presale is paid first, and when the rest is due."""

    deposit_minor: int
    balance_opens_at_ms: int
    balance_closes_at_ms: int


class Placed(Struct, frozen=True):
    """A purchase that is in the books."""

    purchase_id: int
    number: str
    state: int
    currency: str
    total_minor: int
    pay_before_ms: int
    orders: list[PlacedOrder]
    replayed: bool = False
    presale: PlacedPresale | None = None


class Replayed(Struct, frozen=True):
    """The key was used for the same request before: this is the purchase it made."""

    purchase_id: int


class ReplayedInBatch(Struct, frozen=True):
    """The same request stands earlier in this batch, at this position."""

    position: int


Decision = PurchasePlan | Replayed | ReplayedInBatch | Refusal


class Shelf(Struct):
    """What a batch decides over: read once under the writer's turn, then only counted down here.

    `free` is units by stock id, `taken` units by (deal, shopper), `keys` (hash, purchase id) by (key, shopper).
    `slice_lanes` has, by lane, where the slices of limited promotions lie from which its purchases take.
    """

    markets: dict[str, MarketFacts]
    tax_rates_bps: dict[str, int]
    offers: dict[OfferKey, Offer]
    keys: dict[tuple[bytes, int], tuple[bytes, int]]
    free: dict[int, int]
    taken: dict[tuple[int, int], int]
    giving: Giving
    slice_lanes: Sequence[int]


def decide_purchases(requests: Sequence[PlaceRequest], shelf: Shelf) -> list[Decision]:
    """Decide each request in turn; all lines of a purchase or none. What is taken is gone for the next one."""
    decisions: list[Decision] = []
    in_batch: dict[tuple[bytes, int], int] = {}
    for position, request in enumerate(requests):
        who = (request.key, request.shopper_id)
        before = in_batch.get(who)
        known = shelf.keys.get(who)
        decision: Decision
        if before is not None:
            same = requests[before].request_hash == request.request_hash
            decision = ReplayedInBatch(before) if same else KeyReused()
        elif known is not None:
            decision = Replayed(known[1]) if known[0] == request.request_hash else KeyReused()
        else:
            decision = _decide(request, shelf)
            if type(decision) is PurchasePlan:
                in_batch[who] = position
        decisions.append(decision)
    return decisions


def _decide(request: PlaceRequest, shelf: Shelf) -> PurchasePlan | Refusal:
    market = shelf.markets.get(request.market)
    if market is None:
        return UnknownMarket(market=request.market)
    if request.currency != market.currency:
        return WrongCurrency(asked=request.currency, currency=market.currency)
    if request.country not in market.countries:
        return CountryNotServed(country=request.country, market=market.code)
    tax_region = request.region if request.region in shelf.tax_rates_bps else request.country
    rate_bps = shelf.tax_rates_bps.get(tax_region, 0)
    plans: list[LinePlan] = []
    for asked in request.lines:
        plan = _decide_line(request, asked, market, rate_bps, shelf)
        if isinstance(plan, Refusal):
            return plan
        plans.append(plan)
    lane = min([plan.offer.lane for plan in plans])
    given = None
    asked_minor = shipping_asked(plans)
    if _is_given_something(request, plans, shelf):
        wish = _wish(request, shelf.slice_lanes[lane])
        found = price_with(wish, [priced_line(plan) for plan in plans], shelf.giving, shipping_minor=asked_minor)
        if isinstance(found, Refusal):
            return found
        given = found
        plans = with_discounts(plans, given, is_tax_included=market.tax_included)
    shipping = shipping_plans(
        asked_minor, quote=given.quote if given else None, rate_bps=rate_bps, is_tax_included=market.tax_included
    )
    shipping_minor = sum([one.payable_minor for one in shipping.values()])
    if request.shipping_minor is not None and request.shipping_minor != shipping_minor:
        return ShippingChanged(seen_minor=request.shipping_minor, shipping_minor=shipping_minor)
    orders = orders_by_merchant(plans, market, shipping, country=request.country, rate_bps=rate_bps)
    if request.duties_minor is not None:
        duties_minor = sum([order.border.total_minor for order in orders])
        if request.duties_minor != duties_minor:
            return DutiesChanged(seen_minor=request.duties_minor, duties_minor=duties_minor)
    for plan in plans:  # nothing below may fail: what the lines take is taken now
        shelf.free[plan.stock_id] -= plan.quantity
        if plan.offer.buyer_limit:
            who = (plan.offer.deal_id or 0, request.shopper_id)
            shelf.taken[who] = shelf.taken.get(who, 0) + plan.quantity
    if given is not None:
        take_given(given, wish, shelf.giving)
    return PurchasePlan(
        request=request,
        tax_included=market.tax_included,
        tax_region=tax_region,
        lane=lane,
        orders=orders,
        total_minor=sum([order.total_minor for order in orders]),
        given=given,
    )


def shipping_asked(plans: Sequence[LinePlan]) -> dict[int, int]:
    """Return what merchants ask for shipping these goods, by merchant; one that asks nothing is left out.

    Goods count to what makes it free with the prices asked: a coupon does not make anybody pay for shipping.
    """
    rates = {plan.offer.merchant_id: plan.offer.shipping for plan in plans if plan.offer.shipping is not None}
    if not rates:
        return {}
    asked: dict[int, int] = {}
    for merchant_id, rate in rates.items():
        goods_minor = sum([plan.goods_minor for plan in plans if plan.offer.merchant_id == merchant_id])
        if minor := rate.asked_minor(goods_minor):
            asked[merchant_id] = minor
    return asked


def _is_given_something(request: PlaceRequest, plans: list[LinePlan], shelf: Shelf) -> bool:
    """Whether it has to be priced with what is given away."""
    if request.coupons or request.packets or request.discount_minor:
        return True
    book = shelf.giving.books.get(request.market)
    return book is not None and may_save(
        book,
        merchant_ids={plan.offer.merchant_id for plan in plans},
        goods_minor=sum([plan.goods_minor for plan in plans]),
        usual_minor=sum([plan.goods_minor for plan in plans if plan.offer.deal_id is None]),
    )


def _wish(request: PlaceRequest, slice_lane: int) -> Wish:
    return Wish(
        request.shopper_id,
        request.verified,
        request.market,
        request.currency,
        request.arrived_at_ms,
        slice_lane,
        request.coupons,
        request.packets,
        request.discount_minor,
    )


def _decide_line(
    request: PlaceRequest, asked: LineAsked, market: MarketFacts, rate_bps: int, shelf: Shelf
) -> LinePlan | Refusal:
    """A purchase names a SKU once (the door sees to it), so no line counts on units that an earlier one takes."""
    offer = shelf.offers.get((asked.sku_id, asked.deal_id, request.market))
    if offer is None:
        if asked.deal_id is not None:
            return UnknownDeal(deal_id=asked.deal_id, sku_id=asked.sku_id)
        return UnknownSku(sku_id=asked.sku_id, market=request.market)
    if asked.deal_id is not None:
        refusal = _deal_refuses(request, asked, offer, shelf)
        if refusal is not None:
            return refusal
    if asked.unit_price_minor != offer.unit_price_minor:
        return PriceChanged(sku_id=asked.sku_id, seen_minor=asked.unit_price_minor, price_minor=offer.unit_price_minor)
    quantity = asked.quantity
    found = next((place for place in offer.stock if shelf.free[place[0]] >= quantity), None)
    if found is None:
        left = max([shelf.free[stock_id] for stock_id, _ in offer.stock], default=0)
        return SoldOut(sku_id=asked.sku_id, asked=quantity, left=left)
    goods_minor = offer.unit_price_minor * quantity
    if offer.presale is not None and len(request.lines) > 1:
        return PresaleAlone(deal_id=asked.deal_id)
    discounts = deposit_worth(offer, quantity)
    discount_minor = sum([one.amount_minor for one in discounts])
    tax_minor = tax_minor_of(goods_minor - discount_minor, rate_bps, market.tax_included)
    return LinePlan(offer, *found, quantity, goods_minor, tax_minor, rate_bps, discount_minor, discounts)


def _deal_refuses(request: PlaceRequest, asked: LineAsked, offer: Offer, shelf: Shelf) -> Refusal | None:
    if request.arrived_at_ms < offer.opens_at_ms:
        return DealNotOpen(deal_id=asked.deal_id, opens_at_ms=offer.opens_at_ms)
    if request.arrived_at_ms >= offer.closes_at_ms:
        return DealClosed(deal_id=asked.deal_id, closed_at_ms=offer.closes_at_ms)
    if offer.buyer_limit:
        if not request.verified:
            return ShopperNotVerified(deal_id=asked.deal_id)
        had = shelf.taken.get((asked.deal_id or 0, request.shopper_id), 0)
        if had + asked.quantity > offer.buyer_limit:
            return BuyerLimitReached(deal_id=asked.deal_id, limit=offer.buyer_limit, had=had, asked=asked.quantity)
    return None


def orders_by_merchant(
    plans: list[LinePlan], market: MarketFacts, shipping: dict[int, ShippingPlan], *, country: str, rate_bps: int
) -> list[OrderPlan]:
    """Return these lines as orders, one a merchant, with the shipping that each is sent with and what customs asks."""
    if len(plans) == 1:
        groups = [plans]
    else:
        by_merchant: dict[int, list[LinePlan]] = {}
        for plan in plans:
            by_merchant.setdefault(plan.offer.merchant_id, []).append(plan)
        groups = list(by_merchant.values())
    orders = []
    for lines in groups:
        sent = shipping.get(lines[0].offer.merchant_id, NO_SHIPPING)
        orders.append(
            OrderPlan(
                lines=lines,
                goods_minor=sum([line.goods_minor for line in lines]),
                tax_added_minor=0 if market.tax_included else sum([line.tax_minor for line in lines]) + sent.tax_minor,
                units=sum([line.quantity for line in lines]),
                discount_minor=sum([line.discount_minor for line in lines]),
                shipping=sent,
                border=border_of(lines, market=market, to_country=country, tax_rate_bps=rate_bps),
            )
        )
    return orders
