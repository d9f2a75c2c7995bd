"""What checkout must know of the shop before it decides: offers, markets, and purchases made before."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec
from django.db import connection
from django.db.models.functions import Coalesce, Now
from msgspec.structs import replace

from fairground.catalog.rules import category_path
from fairground.checkout.giving import read_giving, read_promotion_books
from fairground.checkout.presales import presale_terms, read_presales
from fairground.checkout.refunds import duties_sold, shipping_sold
from fairground.checkout.rules.paying import OrderOfPurchase, PurchaseFacts, due_now
from fairground.checkout.rules.placing import (
    RESERVATION_TTL_MS,
    Placed,
    PlacedOrder,
    PlacedPresale,
    PlaceRequest,
    PurchasePlan,
    Shelf,
    decide_purchases,
)
from fairground.checkout.rules.plans import MarketFacts, Offer, OfferKey
from fairground.checkout.rules.presales import Due, PresaleTerms
from fairground.crossborder.queries import duty_rules
from fairground.festivals.models import DealPrice
from fairground.festivals.queries import units_taken
from fairground.inventory.queries import free_units
from fairground.kernel.clock import from_unix_ms, to_unix_ms
from fairground.kernel.ids import EPOCH_MS, LANES, lane_of, make_id
from fairground.kernel.models import Writer
from fairground.kernel.refusal import Refusal
from fairground.kernel.sql import array_text, load_sql
from fairground.kernel.writer import slice_lanes
from fairground.markets.models import Market, MarketRegion, TaxRate
from fairground.merchants.queries import shipping_rate
from fairground.merchants.rules import ShippingRate
from fairground.orders.models import Order, Purchase
from fairground.orders.rules import purchase_number
from fairground.promotions.rules.terms import PromotionBook


def read_markets() -> dict[str, MarketFacts]:
    """Return all markets by code, each with the countries it sends to and what customs asks there."""
    countries: dict[str, set[str]] = {}
    for region in MarketRegion.objects.all():
        countries.setdefault(region.market_id, set()).add(region.country)
    duties = duty_rules()
    return {
        market.code: MarketFacts(
            market.code,
            market.currency,
            market.tax_included,
            frozenset(countries.get(market.code, ())),
            duties.get(market.code),
        )
        for market in Market.objects.all()
    }


def read_tax_rates_bps() -> dict[str, int]:
    """Return the standard rate of tax by region (`DE`, `US-CA`)."""
    return dict(TaxRate.objects.values_list("region", "rate_bps"))


def read_offers(keys: Collection[OfferKey]) -> dict[OfferKey, Offer]:
    """Return the offers there are among those asked for: (SKU id, deal id or None, market code)."""
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("checkout", "offers"),
            {
                "sku_ids": [sku_id for sku_id, _, _ in keys],
                "deal_ids": [deal_id or 0 for _, deal_id, _ in keys],
                "markets": [market for _, _, market in keys],
            },
        )
        rows = cursor.fetchall()
    return {
        (row[0], row[1] or None, row[2]): _offer(presale_terms(*row[-6:]), shipping_rate(*row[-10:-6]), *row[:-10])
        for row in rows
    }


def _offer(  # noqa: PLR0913, PLR0917 - a row of offers.sql
    presale: PresaleTerms | None,
    shipping: ShippingRate | None,
    sku_id: int,
    deal_id: int,
    market: str,
    lane: int,
    merchant_id: int,
    merchant_country: str,
    commission_bps: int,
    creator_bps: int,
    price_minor: int,
    price_version: int,
    hs_code: str,
    options: str | None,
    titles: str | None,
    stock: str | None,
    festival_id: str | None,
    opens_at: datetime | None,
    closes_at: datetime | None,
    buyer_limit: int,
    hall_id: int | None,
    category: str | None,
) -> Offer:
    values = msgspec.json.decode(options or "[]")
    places = msgspec.json.decode(stock or "[]")
    return Offer(
        sku_id=sku_id,
        deal_id=deal_id or None,
        market=market,
        lane=lane,
        merchant_id=merchant_id,
        merchant_country=merchant_country.encode(),
        commission_bps=commission_bps,
        unit_price_minor=price_minor,
        price_version=price_version,
        hs_code=hs_code.encode(),
        titles={
            language: f"{title[:240]}{_variant(values, language)}"[:300].encode()
            for language, title in msgspec.json.decode(titles or "{}").items()
        },
        stock=tuple([(stock_id, place_id) for stock_id, place_id, _ in places]),
        sent_from={place_id: country for _, place_id, country in places},
        festival_id=festival_id.encode() if festival_id else None,
        opens_at_ms=to_unix_ms(opens_at) if opens_at else 0,
        closes_at_ms=to_unix_ms(closes_at) if closes_at else 0,
        buyer_limit=buyer_limit,
        hall_id=hall_id,
        categories=frozenset(category_path(category)) if category else frozenset(),
        presale=presale,
        creator_bps=creator_bps,
        shipping=shipping,
    )


def _variant(values: Sequence[Mapping[str, str]], language: str) -> str:
    """Return which variant it is, as a title ends: ` (Moss, 39-42)`; nothing where there is but one."""
    words = [names.get(language) or names.get("en") or next(iter(names.values())) for names in values]
    return f" ({', '.join(words)})" if words else ""


def deal_offer_keys(*, offers_max: int) -> set[OfferKey]:
    """Return (SKU id, deal id, market) of deals that are open or will be, the next to open first, at most so many."""
    prices = DealPrice.objects.alias(
        opens=Coalesce("opens_at", "deal__opens_at"), closes=Coalesce("closes_at", "deal__closes_at")
    )
    prices = prices.filter(closes__gt=Now()).order_by("opens", "deal_id")
    return set(prices.values_list("deal__sku_id", "deal_id", "market_id")[:offers_max])


def known_keys(asked: Collection[tuple[bytes, int]]) -> dict[tuple[bytes, int], tuple[bytes, int]]:
    """Return (request hash, purchase id) by (key, shopper id) for the keys that were used before."""
    if not asked:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("checkout", "known_keys"),
            {
                "keys": "{" + ",".join([key.hex() for key, _ in asked]) + "}",
                "shopper_ids": array_text([shopper_id for _, shopper_id in asked]),
            },
        )
        return {
            (key.bytes, shopper_id): (bytes(request_hash), purchase_id)
            for key, shopper_id, request_hash, purchase_id in cursor.fetchall()
        }


def number_of_key(*, key: bytes, shopper_id: int) -> str | None:
    """Return the public number of the purchase that a shopper's key made, or None where it made none."""
    known = known_keys([(key, shopper_id)]).get((key, shopper_id))
    if known is None:
        return None
    made = Purchase.objects.get(pk=(lane_of(known[1]), known[1]))
    return purchase_number(made.id, made.random_bits)


def read_shelf(
    batch: Sequence[PlaceRequest],
    *,
    offers: dict[OfferKey, Offer],
    markets: dict[str, MarketFacts],
    tax_rates_bps: dict[str, int],
    promotions: dict[str, PromotionBook],
    now: datetime,
) -> Shelf:
    """Return what a batch decides over; units, limits and keys are read anew, the rest is what the caller knows."""
    offer_keys = {(line.sku_id, line.deal_id, request.market) for request in batch for line in request.lines}
    asked = [offers[key] for key in offer_keys if key in offers]
    lanes = slice_lanes()
    limits = {offer.deal_id: offer.lane for offer in asked if offer.buyer_limit and offer.deal_id}
    buyers = {
        (limits[line.deal_id], line.deal_id, request.shopper_id)
        for request in batch
        for line in request.lines
        if line.deal_id in limits
    }
    return Shelf(
        markets=markets,
        tax_rates_bps=tax_rates_bps,
        offers=offers,
        keys=known_keys([(request.key, request.shopper_id) for request in batch]),
        free=free_units({stock_id for offer in asked for stock_id, _ in offer.stock}),
        taken=units_taken(list(buyers)),
        giving=read_giving(batch, books=promotions, offers=offers, slice_lanes=lanes, now=now),
        slice_lanes=lanes,
    )


def quote_purchase(request: PlaceRequest) -> PurchasePlan | Refusal:
    """Return what placing this purchase now would write, by the very rules of placing it, or why it is refused.

    Nothing is taken or promised: another shopper may be faster. A deal opens for `arrived_at_ms`, so whoever waits for
    an opening asks with its moment. The request's key must be a new one.
    """
    now = from_unix_ms(request.arrived_at_ms)
    shelf = read_shelf(
        [request],
        offers=read_offers({(line.sku_id, line.deal_id, request.market) for line in request.lines}),
        markets=read_markets(),
        tax_rates_bps=read_tax_rates_bps(),
        promotions=read_promotion_books(markets=[request.market], now=now),
        now=now,
    )
    (decision,) = decide_purchases([request], shelf)
    assert isinstance(decision, PurchasePlan | Refusal), decision
    return decision


def read_placed(purchase_ids: Collection[int]) -> dict[int, Placed]:
    """Return purchases as placing them answered, by id, with the state they are in now."""
    if not purchase_ids:
        return {}
    found = list(Purchase.objects.filter(pk__in=[(lane_of(one), one) for one in purchase_ids]))
    order_keys = [(lane_of(order_id), order_id) for purchase in found for order_id in purchase.order_ids]
    orders = {order.id: order for order in Order.objects.filter(pk__in=order_keys)}
    return {
        purchase.id: Placed(
            purchase_id=purchase.id,
            number=purchase_number(purchase.id, purchase.random_bits),
            state=purchase.state,
            currency=purchase.currency,
            total_minor=purchase.total_minor,
            pay_before_ms=to_unix_ms(purchase.pay_before),
            orders=[
                PlacedOrder(
                    order_id,
                    orders[order_id].merchant_id,
                    orders[order_id].total_minor,
                    orders[order_id].shipping_minor,
                    orders[order_id].duties_minor,
                )
                for order_id in purchase.order_ids
            ],
            replayed=True,
            presale=_placed_presale(purchase),
        )
        for purchase in found
    }


def _placed_presale(purchase: Purchase) -> PlacedPresale | None:
    opens_at, closes_at = purchase.balance_opens_at, purchase.balance_closes_at
    if opens_at is None or closes_at is None:
        return None
    return PlacedPresale(purchase.deposit_minor, to_unix_ms(opens_at), to_unix_ms(closes_at))


def read_purchases(purchase_ids: Collection[int], *, now: datetime) -> dict[int, PurchaseFacts]:
    """Return the purchases there are among these, with their orders and what these reserve, by id.

    Presales also say what was promised about them, and what their goods cost at `now`.
    """
    if not purchase_ids:
        return {}
    ids = [one for one in purchase_ids if 0 <= lane_of(one) < LANES]
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("checkout", "purchase_orders"),
            {"lanes": array_text(map(lane_of, ids)), "ids": array_text(ids)},
        )
        rows = cursor.fetchall()
    purchases: dict[int, PurchaseFacts] = {}
    for row in rows:
        purchase = purchases.get(row[0])
        if purchase is None:
            purchase_id, shopper_id, state, currency, total_minor, pay_before, paid_at = row[:7]
            payer_id = row[-2]
            paid_at_ms = to_unix_ms(paid_at) if paid_at else None
            purchase = purchases[purchase_id] = PurchaseFacts(
                purchase_id, shopper_id, state, currency, total_minor, to_unix_ms(pay_before), paid_at_ms, [], payer_id
            )
        merchant = (row[7], row[8], row[9].encode(), row[10].encode(), row[11].encode())
        charged = (shipping_sold(*row[-7:-3]), duties_sold(row[-3]))
        purchase.orders.append(OrderOfPurchase(*merchant, *[*row[12:-7], *charged]))
    if presale_ids := [row[0] for row in rows if row[-1]]:
        for purchase_id, presale in read_presales(presale_ids, now=now).items():
            purchases[purchase_id] = replace(purchases[purchase_id], presale=presale)
    return purchases


def payment_due(*, purchase_id: int, now: datetime) -> Due | Refusal:
    """Return what is to be paid for a purchase at this moment, or why nothing is; there must be such a purchase."""
    return due_now(read_purchases([purchase_id], now=now)[purchase_id], now_ms=to_unix_ms(now))


def unpaid_before(*, writer: Writer, now_ms: int, purchases_max: int) -> list[int]:
    """Return ids of purchases in a writer's lanes whose reservation is over, oldest first a lane, at most so many."""
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("checkout", "unpaid_before"),
            {
                "lane_from": writer.lane_from,
                "lane_to": writer.lane_to,
                "from_id": make_id(unix_ms=max(writer.swept_to_ms, EPOCH_MS), lane=0, sequence=0),
                "to_id": make_id(unix_ms=now_ms - RESERVATION_TTL_MS + 1000, lane=0, sequence=0),
                "now": from_unix_ms(now_ms),
                "purchases_max": purchases_max,
            },
        )
        return [row[0] for row in cursor.fetchall()]


def purchases_of_orders(order_ids: Collection[int]) -> set[int]:
    """Return the ids of the purchases to which these orders belong."""
    keys = [(lane_of(one), one) for one in order_ids if lane_of(one) < LANES]
    return set(Order.objects.filter(pk__in=keys).values_list("purchase_id", flat=True))
