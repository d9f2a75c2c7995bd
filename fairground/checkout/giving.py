"""Reads and writes of what is given away with purchases: promotions, coupons, red packets."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from fairground.checkout.rules.discounting import (
    COUPONS_MAX,
    NO_PROMOTIONS,
    PACKETS_MAX,
    Given,
    Giving,
    promotions_for,
)
from fairground.checkout.rules.placing import PlaceRequest
from fairground.checkout.rules.plans import Offer, OfferKey
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.ids import LANES, lane_of
from fairground.kernel.sql import array_text, load_sql
from fairground.promotions.actions.uses import PromotionUse, return_amounts, return_uses, take_uses
from fairground.promotions.queries import coupons_left, open_promotions, read_spending
from fairground.promotions.rules.pricing import price_lines
from fairground.promotions.rules.spending import SliceKey, Spending, WhoUses
from fairground.promotions.rules.terms import (
    COUPON_SOURCE,
    PACKET_SOURCE,
    PROMOTION_SOURCE,
    Hint,
    Packet,
    PricedLine,
    Promotion,
    PromotionBook,
)
from fairground.redpackets.actions.use_packets import return_packets, take_packets
from fairground.redpackets.queries import usable_packets

# A process knows promotions that open within a year, so that none is read at an opening.
_AHEAD = timedelta(days=366)


def read_promotion_books(*, markets: Collection[str], now: datetime) -> dict[str, PromotionBook]:
    """Return the promotions open now or later in these markets, by market; one without any is left out."""
    books = open_promotions(markets=markets, from_at=now, to_at=now + _AHEAD)
    return {market: book for market, book in books.items() if book}


def lanes_of_spenders(batch: Sequence[PlaceRequest], *, books: Mapping[str, PromotionBook]) -> set[int]:
    """Return the lanes of shoppers of whom something is counted: uses of a promotion, coupons, red packets."""
    bounded = {market for market, book in books.items() if any(one.shopper_uses_max for one in book.promotions())}
    return {
        lane_of(request.shopper_id) & (LANES - 1)
        for request in batch
        if request.coupons or request.packets or request.market in bounded
    }


def read_giving(
    batch: Sequence[PlaceRequest],
    *,
    books: dict[str, PromotionBook],
    offers: Mapping[OfferKey, Offer],
    slice_lanes: Sequence[int],
    now: datetime,
) -> Giving:
    """Return what may be given to a batch; nothing is read for requests that nothing is given to."""
    lanes = set(slice_lanes)
    slices: set[SliceKey] = set()
    users: set[WhoUses] = set()
    for request in batch:
        book = books.get(request.market)
        for one in _promotions_of(request, book, offers) if book else ():
            if one.limited:
                slices.update([(lane, one.id, request.market) for lane in lanes])
            if one.shopper_uses_max:
                users.add((one.id, request.shopper_id))
    with_coupons = {request.shopper_id for request in batch if request.coupons}
    spending = (
        read_spending(slices=slices, users=users, shopper_ids=with_coupons)
        if slices or users or with_coupons
        else Spending({}, {}, {})
    )
    return Giving(books, spending, _packets(batch, now))


def _promotions_of(request: PlaceRequest, book: PromotionBook, offers: Mapping[OfferKey, Offer]) -> list[Promotion]:
    """The promotions that a purchase may use: the platform's and its merchants', of coupons those that it names."""
    keys = [(line.sku_id, line.deal_id, request.market) for line in request.lines]
    merchant_ids = {offers[key].merchant_id for key in keys if key in offers}
    some = [*book.platform, *(one for who in merchant_ids for one in book.of_merchants.get(who, ()))]
    return [one for one in some if not one.needs_coupon or one.id in request.coupons]


def _packets(batch: Sequence[PlaceRequest], now: datetime) -> dict[tuple[int, str], list[Packet]]:
    """The packets of shoppers who asked to spend some, by shopper and currency, in the order in which they end."""
    asked = {request.shopper_id for request in batch if request.packets}
    found: dict[tuple[int, str], list[Packet]] = {}
    for shopper_id, some in (usable_packets(shopper_ids=asked, now=now) if asked else {}).items():
        for one in some:
            found.setdefault((shopper_id, one.currency), []).append(Packet(one.packet_id, one.left_minor))
    return found


@dataclass(frozen=True, slots=True)
class GoodsQuoted:
    """What goods would cost; `hints` say of a promotion how much more of its goods would save how much more."""

    given: Given
    hints: list[tuple[Promotion, Hint]]


def quote_goods(
    lines: Sequence[PricedLine],
    *,
    market: str,
    now: datetime,
    coupons: Sequence[int],
    shipping_minor: Mapping[int, int],
) -> GoodsQuoted:
    """Return what goods would cost now with the market's promotions and these coupons, and what more would save more.

    `shipping_minor` is what their merchants ask for shipping, by merchant.

    Nothing is promised: limits are not looked at, the checkout does that.
    """
    book = read_promotion_books(markets=[market], now=now).get(market, NO_PROMOTIONS)
    promotions = {one.id: one for one in promotions_for(book, lines)}
    quote = price_lines(
        lines, book=book, now_ms=to_unix_ms(now), coupons=coupons, shipping_minor=shipping_minor, with_hints=True
    )
    given = Given(quote, tuple([(promotions[one], amount_minor) for one, amount_minor in quote.used.items()]))
    return GoodsQuoted(given, [(promotions[hint.promotion_id], hint) for hint in quote.hints])


@dataclass(frozen=True, slots=True)
class Held:
    """What a shopper may spend in a currency: coupons by their promotions, and red packets, the first to end first."""

    coupons: tuple[int, ...] = ()
    packets: tuple[int, ...] = ()


def held_by(*, shopper_id: int, currency: str, now: datetime) -> Held:
    """Return the coupons and the red packets that a shopper may still use, at most as many as a purchase takes."""
    coupons = coupons_left(shopper_ids=[shopper_id]).get(shopper_id, {})
    packets = usable_packets(shopper_ids=[shopper_id], now=now).get(shopper_id, [])
    return Held(
        tuple([promotion_id for promotion_id, left in coupons.items() if left > 0][:COUPONS_MAX]),
        tuple([one.packet_id for one in packets if one.currency == currency][:PACKETS_MAX]),
    )


def take_given(uses: Sequence[PromotionUse], packets: Mapping[int, int]) -> None:
    """Count what a batch of purchases uses up; the caller holds the turn of their lanes and of their shoppers'."""
    take_uses(uses)
    take_packets(packets)


def return_given(purchases: Mapping[int, tuple[int, str]]) -> None:
    """Give back what purchases used that ended unpaid: limits, coupons, red packets.

    `purchases` has shopper and market by purchase id. The caller holds the turn of the purchases' and the shoppers'
    lanes.
    """
    if not purchases:
        return
    given: dict[tuple[int, int, str], int] = {}
    packets: dict[int, int] = {}
    for purchase_id, source, amount_minor in discounts_given(purchases):
        word, _, number = source.partition(":")
        if word == PACKET_SOURCE:
            packets[int(number)] = packets.get(int(number), 0) + amount_minor
        elif word in {PROMOTION_SOURCE, COUPON_SOURCE}:
            key = (purchase_id, int(number), word)
            given[key] = given.get(key, 0) + amount_minor
    return_uses(
        [
            PromotionUse(
                promotion_id=promotion_id,
                market=purchases[purchase_id][1],
                lane=lane_of(purchase_id),
                shopper_id=purchases[purchase_id][0],
                amount_minor=amount_minor,
                needs_coupon=word == COUPON_SOURCE,
            )
            for (purchase_id, promotion_id, word), amount_minor in given.items()
        ]
    )
    return_packets(packets)


class GivenBack(NamedTuple):
    """A part of what a purchase was given, by source, that came back; whose purchase it is, and where it was made."""

    purchase_id: int
    shopper_id: int
    market: str
    source: str
    amount_minor: int


def return_parts(parts: Sequence[GivenBack]) -> None:
    """Give back parts of what paid purchases used, once the refunds are written that they are of.

    A promotion's budget and a red packet have each amount again. A use, and the coupon with it, comes back when the
    purchase keeps nothing of that discount; a coupon that is over by then is of no use, as its promotion has closed.
    The caller holds the turn of the purchases' and the shoppers' lanes.
    """
    packets: dict[int, int] = {}
    uses: dict[tuple[int, str], PromotionUse] = {}
    for part in parts:
        word, _, number = part.source.partition(":")
        if word == PACKET_SOURCE:
            packets[int(number)] = packets.get(int(number), 0) + part.amount_minor
        elif word in {PROMOTION_SOURCE, COUPON_SOURCE}:
            key = (part.purchase_id, part.source)
            so_far = uses[key].amount_minor if key in uses else 0
            uses[key] = PromotionUse(
                promotion_id=int(number),
                market=part.market,
                lane=lane_of(part.purchase_id),
                shopper_id=part.shopper_id,
                amount_minor=so_far + part.amount_minor,
                needs_coupon=word == COUPON_SOURCE,
            )
    kept = _kept(list(uses))
    return_uses([use for key, use in uses.items() if not kept[key]])
    return_amounts([use for key, use in uses.items() if kept[key]])
    return_packets(packets)


def _kept(keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """What purchases keep of a discount in minor units, by purchase and source."""
    if not keys:
        return {}
    ids = [purchase_id for purchase_id, _ in keys]
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("checkout", "discounts_kept"),
            {
                "lanes": array_text(map(lane_of, ids)),
                "ids": array_text(ids),
                "sources": [source for _, source in keys],
            },
        )
        return {(purchase_id, source): kept_minor for purchase_id, source, kept_minor in cursor.fetchall()}


def discounts_given(purchase_ids: Collection[int]) -> list[tuple[int, str, int]]:
    """Return (purchase id, source, minor units) of what purchases were given, a line and a funder each."""
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("checkout", "discounts_given"),
            {"lanes": array_text(map(lane_of, purchase_ids)), "ids": array_text(purchase_ids)},
        )
        return [(purchase_id, source, amount_minor) for purchase_id, source, amount_minor in cursor.fetchall()]
