"""A purchase as the checkout shows it and as its button sends it to the door: the same bytes, quoted by its rules."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

import msgspec
from django.http import HttpRequest

from fairground.carts.queries import CartLine
from fairground.carts.rules import Supply
from fairground.checkout.giving import Held, held_by
from fairground.checkout.queries import quote_purchase
from fairground.checkout.rules.placing import PurchasePlan
from fairground.identity.rules import Address
from fairground.intake.codec import new_key, parse_key, read_place
from fairground.kernel.clock import from_unix_ms, to_unix_ms
from fairground.kernel.refusal import Refusal
from fairground.sites.storefront.reader import Reader


class Opening(StrEnum):
    """What becomes of goods whose deals are still to come: `leave` them in the cart, `wait`, or buy them `now`.

    `now` is at the usual price. Who waits buys everything in one go, when the first of these deals opens.
    """

    LEAVE = "leave"
    WAIT = "wait"
    NOW = "now"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line of a cart as a purchase takes it: so many units at a price, at a deal or not. `opens_at`: it waits."""

    line: CartLine
    units: int
    price_minor: int
    deal_id: int | None
    opens_at: datetime | None


@dataclass(frozen=True, slots=True)
class Draft:
    """`body` is what the door gets; `opens_ms` is when the last of its deals opens, 0 where nothing is waited for.

    `quote` is what placing it then would write, or why it would be refused.
    """

    body: bytes
    opens_ms: int
    closes_ms: int
    quote: PurchasePlan | Refusal

    @property
    def digest(self) -> str:
        """Return what stands for the body in a form, so that nothing else is placed than was shown."""
        return hashlib.blake2b(self.body, digest_size=16).hexdigest()


def wanted_lines(lines: Sequence[CartLine], *, opening: Opening, now: datetime) -> list[Wanted]:
    """Return what a purchase takes of a cart; what can't be had, and what is left for later, is not in it."""
    to_come = [line.opens_at for line in lines if line.opens_at and line.opens_later(now=now)]
    first = min(to_come, default=None) if opening is Opening.WAIT else None
    found = [_wanted(line, opening, first, now) for line in lines]
    return [one for one in found if one is not None and one.units > 0]


def _wanted(line: CartLine, opening: Opening, first: datetime | None, now: datetime) -> Wanted | None:
    if not line.on_sale or line.usual_minor is None:
        return None
    if line.opens_later(now=now) and opening is not Opening.NOW:
        if first is None or line.opens_at != first or line.deal_minor is None:
            return None
        units = Supply(line.deal_units_left, line.buyer_limit).units_for(line.quantity)
        return Wanted(line, units, line.deal_minor, line.deal_id, line.opens_at)
    if line.at_deal(now=now) and line.deal_minor is not None:
        if first and line.closes_at and line.closes_at <= first:
            return None
        return Wanted(line, line.buyable(now=now), line.deal_minor, line.deal_id, None)
    return Wanted(line, line.buyable(now=now), line.usual_minor, None, None)


def draft_purchase(
    *,
    wanted: Sequence[Wanted],
    address: Address,
    email: str,
    shopper_id: int,
    verified: bool,
    reader: Reader,
    device: str,
) -> Draft:
    """Return the purchase of these lines, sent to an address; one that waits for an opening is quoted for it.

    Of what the shopper holds it names the coupons and the red packets that save something, and what all of it saves.
    """
    assert reader.market is not None, "a page without a market sells nothing"
    now_ms = to_unix_ms(reader.now)
    opens_ms = max([to_unix_ms(one.opens_at) for one in wanted if one.opens_at], default=0)
    closes_ms = min([to_unix_ms(one.line.closes_at) for one in wanted if one.deal_id and one.line.closes_at], default=0)
    ship_to = {name: value for name, value in asdict(address).items() if value} | ({"email": email} if email else {})
    asked: dict[str, object] = {
        "market": reader.market.code,
        "currency": reader.market.currency,
        "language": reader.language,
        "channel": "web",
        "device": device,
        "ship_to": ship_to,
        "lines": [_line(one) for one in wanted],
    }
    key = parse_key(new_key(now_ms=now_ms), now_ms=now_ms)
    arrived_at_ms = max(now_ms, opens_ms)

    def quoted(body: bytes) -> PurchasePlan | Refusal:
        request = read_place(body, shopper_id=shopper_id, verified=verified, key=key, arrived_at_ms=arrived_at_ms)
        return quote_purchase(request)

    # Limited things are for verified shoppers; nobody else holds any.
    moment = from_unix_ms(arrived_at_ms)
    held = held_by(shopper_id=shopper_id, currency=reader.market.currency, now=moment) if verified else Held()
    quote = quoted(msgspec.json.encode(asked | _spending(held.coupons, held.packets)))
    if isinstance(quote, PurchasePlan):
        asked["shipping_minor"] = sum(order.shipping.payable_minor for order in quote.orders)
        asked["duties_minor"] = sum(order.border.total_minor for order in quote.orders)
    if isinstance(quote, PurchasePlan) and quote.given is not None:
        coupons = [promotion.id for promotion, _ in quote.given.used if promotion.needs_coupon]
        asked |= _spending(coupons, list(quote.given.quote.packets))
        asked["discount_minor"] = quote.given.quote.discount_minor
    return Draft(body=msgspec.json.encode(asked), opens_ms=opens_ms, closes_ms=closes_ms, quote=quote)


def _spending(coupons: Sequence[int], packets: Sequence[int]) -> dict[str, object]:
    """What is named of coupons and packets; of nothing nothing, so that a body without them stays as it was."""
    named = {"coupons": [str(one) for one in coupons], "packets": [str(one) for one in packets]}
    return {name: some for name, some in named.items() if some}


def _line(one: Wanted) -> Mapping[str, object]:
    deal = {"deal": str(one.deal_id)} if one.deal_id else {}
    return {"sku": str(one.line.sku_id), "quantity": one.units, "unit_price_minor": one.price_minor, **deal}


def device_of(request: HttpRequest) -> str:
    """Return on what somebody shops, as far as the browser says it: desktop, mobile, tablet or other."""
    agent = request.headers.get("User-Agent", "")
    if "iPad" in agent or "Tablet" in agent:
        return "tablet"
    if request.headers.get("Sec-CH-UA-Mobile") == "?1" or "Mobi" in agent:
        return "mobile"
    return "desktop" if "Mozilla" in agent else "other"
