"""The checkout and its sums in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext, ngettext

from fairground.carts.queries import CartLine
from fairground.checkout.rules.discounting import Given
from fairground.checkout.rules.placing import PurchasePlan
from fairground.identity.queries import SavedAddressFacts
from fairground.kernel.clock import from_unix_ms
from fairground.markets.queries import MarketFacts
from fairground.promotions.rules.terms import DiscountStep
from fairground.sites.storefront.addresses import address_lines
from fairground.sites.storefront.art import Art, product_art
from fairground.sites.storefront.cart_lines import by_merchant
from fairground.sites.storefront.cart_sums import promotion_words
from fairground.sites.storefront.checkout.draft import Draft, Opening, Wanted
from fairground.sites.storefront.customs_words import CustomsShown, customs_of_plans
from fairground.sites.storefront.pictures import PictureShown, card_picture
from fairground.sites.storefront.reader import Reader
from fairground.sites.storefront.shipping_words import ShippingShown, price_text, shipping_by_merchant
from fairground.sites.wording import money_text, number_text, rate_text, second_text, short_moment_text
from fairground.waiting.rules import CLOSES_BEFORE_MS, Minutes, Told, minutes_of


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line, not to be changed here any more. `opens_text` is empty where its deal is open or it has none."""

    title: str
    variant: str
    art: Art
    picture: PictureShown | None
    quantity: str
    price: str
    sum: str
    opens_text: str


@dataclass(frozen=True, slots=True)
class MerchantShown:
    """What one merchant sends, and what it asks for that."""

    name: str
    slug: str
    lines: list[LineShown]
    shipping: ShippingShown


@dataclass(frozen=True, slots=True)
class AddressShown:
    """An address that can be chosen, line by line; the country's name stands last."""

    id: int
    lines: list[str]
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class SumsShown:
    """What the purchase costs; `tax` is empty where none is due, `tax_on_top` says whether it is added to the goods.

    `shipping` is before discounts; these are (why, amount below zero), in the order in which they come off. `less` is
    what a presale's deposit is worth more than it is, empty where that is nothing. `customs` is None where it asks
    nothing; the tax on that is in its sum, and in `tax` too where prices have theirs in them.
    """

    discounts: list[tuple[str, str]]
    tax: str
    tax_rate: str
    tax_on_top: bool
    total: str
    total_minor: int
    shipping: str
    less: str = ""
    customs: CustomsShown | None = None


def show_addresses(addresses: Sequence[SavedAddressFacts], *, chosen: SavedAddressFacts | None) -> list[AddressShown]:
    """Return what the shopper may choose from."""
    return [AddressShown(one.id, address_lines(one.address), is_chosen=one == chosen) for one in addresses]


def show_merchants(wanted: Sequence[Wanted], market: MarketFacts, reader: Reader) -> list[MerchantShown]:
    """Return what is bought, by merchant, at the prices that the purchase will have."""
    of_sku = {one.line.sku_id: one for one in wanted}
    goods: dict[int, int] = {}
    for one in wanted:
        goods[one.line.merchant_id] = goods.get(one.line.merchant_id, 0) + one.units * one.price_minor
    shipping = shipping_by_merchant(goods, reader)
    return [
        MerchantShown(
            group[0].merchant_name,
            group[0].merchant_slug,
            [_show_line(of_sku[line.sku_id], market) for line in group],
            shipping[group[0].merchant_id],
        )
        for group in by_merchant(one.line for one in wanted)
    ]


def _show_line(one: Wanted, market: MarketFacts) -> LineShown:
    line = one.line
    return LineShown(
        title=line.title,
        variant=" · ".join(line.options),
        art=product_art(product_id=line.product_id, brand=line.brand, category=line.category),
        picture=card_picture(line.picture) if line.picture else None,
        quantity=number_text(one.units),
        price=money_text(one.price_minor, market.currency),
        sum=money_text(one.units * one.price_minor, market.currency),
        opens_text=short_moment_text(one.opens_at, market.time_zone) if one.opens_at else "",
    )


def goods_text(wanted: Sequence[Wanted], currency: str) -> str:
    """Return what the goods cost together, with their tax where prices have it inside."""
    return money_text(sum(one.units * one.price_minor for one in wanted), currency)


def show_sums(draft: Draft, wanted: Sequence[Wanted], market: MarketFacts, language: str) -> SumsShown:
    """Return what the purchase costs altogether; promotions and goods are named in `language`."""
    quote, currency = draft.quote, market.currency
    assert isinstance(quote, PurchasePlan), quote
    tax_minor = sum(line.tax_minor for order in quote.orders for line in order.lines)
    tax_minor += sum(order.shipping.tax_minor for order in quote.orders)
    if quote.tax_included:
        tax_minor += sum(one.tax_minor for order in quote.orders for one in order.border.duties)
    shipping_minor = sum(
        order.shipping.payable_minor + sum(one.amount_minor for one in order.shipping.discounts)
        for order in quote.orders
    )
    rate_bps = max(line.tax_rate_bps for order in quote.orders for line in order.lines)
    less_minor = sum(
        one.amount_minor
        for order in quote.orders
        for line in order.lines
        for one in line.discounts
        if one.step == DiscountStep.DEAL
    )
    return SumsShown(
        discounts=[
            (why, money_text(-amount_minor, currency)) for why, amount_minor in given_words(quote.given, language)
        ],
        tax=money_text(tax_minor, currency) if tax_minor else "",
        tax_rate=rate_text(rate_bps),
        tax_on_top=not quote.tax_included,
        total=money_text(quote.total_minor, currency),
        total_minor=quote.total_minor,
        shipping=price_text(shipping_minor, currency),
        less=money_text(-less_minor, currency) if less_minor else "",
        customs=customs_of_plans(
            quote.orders,
            market,
            country=quote.request.country,
            language=language,
            merchants={one.line.merchant_id: one.line.merchant_name for one in wanted},
        ),
    )


def given_words(given: Given | None, language: str) -> list[tuple[str, int]]:
    """Return why something comes off, and how many minor units: promotions and coupons by name, then red packets."""
    if given is None:
        return []
    words = promotion_words(given, language)
    packets_minor = sum(given.quote.packets.values())
    return [*words, (gettext("Red packets"), packets_minor)] if packets_minor else words


@dataclass(frozen=True, slots=True)
class OpeningShown:
    """A way to go about deals to come; `way` is what the address carries."""

    way: str
    words: str
    is_chosen: bool


def show_openings(
    to_come: Sequence[CartLine], wanted: Sequence[Wanted], opening: Opening, market: MarketFacts
) -> list[OpeningShown]:
    """Return the ways to go about goods whose deals open later; to leave them is one where something else is bought."""
    first = min(line.opens_at for line in to_come if line.opens_at)
    words = {
        Opening.LEAVE: gettext("Leave them in the cart"),
        Opening.WAIT: gettext("Wait: buy everything when the deal opens, %(moment)s")
        % {"moment": short_moment_text(first, market.time_zone)},
        Opening.NOW: gettext("Buy them now at the usual price"),
    }
    others = opening is Opening.LEAVE or any(one.line not in to_come for one in wanted)
    return [
        OpeningShown(way.value, text, is_chosen=way is opening)
        for way, text in words.items()
        if others or way is not Opening.LEAVE
    ]


def left_out_words(lines: Sequence[CartLine], now: datetime) -> str:
    """Return what is said of things in the cart that can't be bought; empty where there are none."""
    names = ", ".join(line.title for line in lines if not line.opens_later(now=now))
    if not names:
        return ""
    return gettext("Not part of this purchase, since it can't be had just now: %(names)s. It stays in the cart.") % {
        "names": names
    }


@dataclass(frozen=True, slots=True)
class RoomShown:
    """Where somebody stands. Texts that do not apply are empty.

    `place` is how many come before them, themselves included, as they were told; `minutes` a range; `opens_text` and
    `drawn_text` are before an opening.
    """

    place: str
    minutes: str
    is_slower: bool
    is_before: bool
    is_drawn: bool
    is_next: bool
    opens_text: str
    drawn_text: str


def room_shown(told: Told | None, *, opens_ms: int, is_before: bool, is_drawn: bool, reader: Reader) -> RoomShown:
    """Return a place in the waiting room in words; `told` is None where nobody has a number yet."""
    zone = reader.market.time_zone if reader.market else "UTC"
    closes_ms = opens_ms - CLOSES_BEFORE_MS
    return RoomShown(
        place=number_text(told.place) if told and told.place else "",
        minutes=_minutes_text(minutes_of(told)) if told and told.place and not is_before else "",
        is_slower=bool(told and told.is_slower and not is_before),
        is_before=is_before,
        is_drawn=is_drawn,
        is_next=not is_before and (told is None or not told.place),
        opens_text=short_moment_text(from_unix_ms(opens_ms), zone) if is_before else "",
        drawn_text=second_text(from_unix_ms(closes_ms), zone) if is_before and not is_drawn else "",
    )


def _minutes_text(minutes: Minutes | None) -> str:
    if minutes is None:
        return ""
    if minutes.at_most == 1:
        return gettext("less than a minute")
    if minutes.at_least == 0:
        return ngettext("at most %(n)s minute", "at most %(n)s minutes", minutes.at_most) % {
            "n": number_text(minutes.at_most)
        }
    return ngettext("%(from)s to %(n)s minute", "%(from)s to %(n)s minutes", minutes.at_most) % {
        "from": number_text(minutes.at_least),
        "n": number_text(minutes.at_most),
    }
