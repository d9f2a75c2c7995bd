"""A product as machines read it: schema.org's Product, Offer and BreadcrumbList as JSON-LD.

A product without pictures has none in it: its art is a drawing that stands for one. JSON-LD is data: a browser does
not run it, so the content security policy, which is about what runs, has nothing to allow.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from fairground.catalog.queries import ProductFacts
from fairground.catalog.rules import printed_gtin
from fairground.inventory.queries import ProductOffer
from fairground.inventory.rules import Asking
from fairground.kernel.money import decimal_text

# What could end the script element or, in old readers of JSON as script, a line.
_UNSAFE_IN_SCRIPT = {ord(one): f"\\u{ord(one):04x}" for one in "<>&\u2028\u2029"}
# A shop's goods are new; whether a person's are, nobody has said.
_SELLS_USED = "person"


@dataclass(frozen=True, slots=True)
class ProductWords:
    """A product in the page's language, and the absolute addresses of its page, its shop and its pictures."""

    title: str
    description: str
    category: str | None
    address: str
    shop_address: str
    images: tuple[str, ...] = ()


def product_data(facts: ProductFacts, words: ProductWords, offers: Sequence[ProductOffer], *, now: datetime) -> str:
    """Return the product with its offers as of `now`, as JSON-LD that is safe inside a script element."""
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": words.title,
        "url": words.address,
    }
    if words.images:
        data["image"] = list(words.images)
    if words.description:
        data["description"] = words.description
    if words.category:
        data["category"] = words.category
    if facts.brand_name:
        data["brand"] = {"@type": "Brand", "name": facts.brand_name}
    if len(offers) == 1:
        data |= _identity(offers[0]) | {"offers": _offer(facts, words, offers[0], now)}
    elif offers:
        prices = [offer.asking(now=now).price_minor for offer in offers]
        currency = offers[0].currency
        data["offers"] = {
            "@type": "AggregateOffer",
            "offerCount": len(offers),
            "lowPrice": decimal_text(min(prices), currency),
            "highPrice": decimal_text(max(prices), currency),
            "priceCurrency": currency,
            "offers": [_variant(offer) | _offer(facts, words, offer, now) for offer in offers],
        }
    return script_json(data)


def breadcrumbs(*steps: tuple[str, str]) -> str:
    """Return the way to a page, its (name, absolute address) from the top on, as JSON-LD inside a script element."""
    items = [
        {"@type": "ListItem", "position": position, "name": name, "item": address}
        for position, (name, address) in enumerate(steps, start=1)
    ]
    return script_json({"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": items})


def script_json(data: Mapping[str, Any]) -> str:
    """Return JSON that no text in it can break out of a script element."""
    return msgspec.json.encode(data).decode().translate(_UNSAFE_IN_SCRIPT)


def lowest_price(offers: Sequence[ProductOffer], *, now: datetime) -> tuple[str, str] | None:
    """Return the least that a variant costs at `now`, and its currency; None where the market has none."""
    if not offers:
        return None
    price_minor = min(offer.asking(now=now).price_minor for offer in offers)
    return decimal_text(price_minor, offers[0].currency), offers[0].currency


def _identity(offer: ProductOffer) -> dict[str, Any]:
    gtin = printed_gtin(offer.gtin)
    return {"sku": str(offer.sku_id)} | ({"gtin": gtin} if gtin else {})


def _variant(offer: ProductOffer) -> dict[str, Any]:
    return {"name": " · ".join(offer.options)} if offer.options else {}


def _offer(facts: ProductFacts, words: ProductWords, offer: ProductOffer, now: datetime) -> dict[str, Any]:
    asking = offer.asking(now=now)
    data = {
        "@type": "Offer",
        **_identity(offer),
        "url": words.address,
        "price": decimal_text(asking.price_minor, offer.currency),
        "priceCurrency": offer.currency,
        "availability": f"https://schema.org/{'InStock' if asking.in_stock else 'OutOfStock'}",
        "seller": {
            "@type": "Person" if facts.merchant_kind == _SELLS_USED else "Organization",
            "name": facts.merchant_name,
            "url": words.shop_address,
        },
    }
    if facts.merchant_kind != _SELLS_USED:
        data["itemCondition"] = "https://schema.org/NewCondition"
    return data | _price_before(asking, offer.currency)


def _price_before(asking: Asking, currency: str) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if asking.until is not None:
        data["priceValidUntil"] = asking.until.isoformat()
    if asking.prior_minor is not None:
        data["priceSpecification"] = {
            "@type": "UnitPriceSpecification",
            "priceType": "https://schema.org/StrikethroughPrice",
            "price": decimal_text(asking.prior_minor, currency),
            "priceCurrency": currency,
        }
    return data
