"""A purchase as the checkout shows it and as its button sends it to the door: the same bytes, quoted by its rules."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import msgspec
from django.http import HttpRequest

from fairground.carts.queries import CartLine
from fairground.carts.rules import Supply
from fairground.checkout.queries import quote_purchase
from fairground.checkout.rules.placing import PurchasePlan
from fairground.identity.rules import Address
from fairground.intake.codec import new_key, parse_key, read_place
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.refusal import Refusal
from fairground.sites.storefront.reader import Reader


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


def draft_purchase(
    *,
    lines: Sequence[CartLine],
    address: Address,
    email: str,
    shopper_id: int,
    verified: bool,
    reader: Reader,
    device: str,
) -> Draft:
    """Return the purchase of these lines, sent to an address.

    A line with a deal that is open or to come is bought at it; a purchase that waits for an opening is quoted for it.
    Of what is left only so many units are bought as the cart counts.
    """
    assert reader.market is not None, "a page without a market sells nothing"
    now, now_ms = reader.now, to_unix_ms(reader.now)
    deals = [line for line in lines if is_at_deal(line, now)]
    opens_ms = max([to_unix_ms(line.opens_at) for line in deals if line.opens_at and line.opens_at > now], default=0)
    closes_ms = min([to_unix_ms(line.closes_at) for line in deals if line.closes_at], default=0)
    ship_to = {name: value for name, value in asdict(address).items() if value} | ({"email": email} if email else {})
    body = msgspec.json.encode(
        {
            "market": reader.market.code,
            "currency": reader.market.currency,
            "language": reader.language,
            "channel": "web",
            "device": device,
            "ship_to": ship_to,
            "lines": [_line(line, now) for line in lines],
        }
    )
    request = read_place(
        body,
        shopper_id=shopper_id,
        verified=verified,
        key=parse_key(new_key(now_ms=now_ms), now_ms=now_ms),
        arrived_at_ms=max(now_ms, opens_ms),
    )
    return Draft(body=body, opens_ms=opens_ms, closes_ms=closes_ms, quote=quote_purchase(request))


def is_at_deal(line: CartLine, now: datetime) -> bool:
    """Return whether a line is bought at its deal: now, or when that opens."""
    return line.at_deal(now=now) or line.opens_later(now=now)


def units_of(line: CartLine, now: datetime) -> int:
    """Return how many units of a line a purchase takes; 0 where it can't be had."""
    if line.opens_later(now=now) and line.on_sale and line.usual_minor is not None:
        return Supply(line.deal_units_left, line.buyer_limit).units_for(line.quantity)
    return line.buyable(now=now)


def price_of(line: CartLine, now: datetime) -> int:
    """Return what a unit costs in the purchase, in minor units; the line must be one that can be had."""
    price_minor = line.deal_minor if is_at_deal(line, now) else line.usual_minor
    assert price_minor is not None, line
    return price_minor


def _line(line: CartLine, now: datetime) -> Mapping[str, object]:
    deal = {"deal": str(line.deal_id)} if is_at_deal(line, now) else {}
    return {"sku": str(line.sku_id), "quantity": units_of(line, now), "unit_price_minor": price_of(line, now), **deal}


def device_of(request: HttpRequest) -> str:
    """Return on what somebody shops, as far as the browser says it: desktop, mobile, tablet or other."""
    agent = request.headers.get("User-Agent", "")
    if "iPad" in agent or "Tablet" in agent:
        return "tablet"
    if request.headers.get("Sec-CH-UA-Mobile") == "?1" or "Mobi" in agent:
        return "mobile"
    return "desktop" if "Mozilla" in agent else "other"
