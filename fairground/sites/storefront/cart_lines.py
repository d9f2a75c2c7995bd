"""Lines of a cart and of a wish list, in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext

from fairground.carts.queries import CartLine, cart_lines
from fairground.carts.rules import Standing
from fairground.catalog.rules import QUANTITY_MAX
from fairground.kernel.money import Money
from fairground.sites.storefront.art import Art, product_art
from fairground.sites.storefront.cards import DealTime, show_deal_time
from fairground.sites.storefront.pictures import PictureShown, card_picture
from fairground.sites.storefront.reader import Reader
from fairground.sites.storefront.shipping_words import ShippingShown, shipping_by_merchant
from fairground.sites.wording import market_text, money_text, number_text, short_moment_text

# So few are left that it is said.
FEW_LEFT = 5


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line of a cart. `id` is its HTML id, `most` the largest quantity that can be had, `each` a unit's price.

    `sum` counts what can be bought now. `discounts` are (why, amount), `notices` (state, text); a `gone` line can't be
    bought, and nothing of it counts.
    """

    id: str
    sku: str
    title: str
    href: str
    variant: str
    art: Art
    picture: PictureShown | None
    quantity: int
    most: int
    each: str
    sum: str
    sum_before: str
    discounts: list[tuple[str, str]]
    notices: list[tuple[str, str]]
    gone: bool = False
    aside: bool = False


@dataclass(frozen=True, slots=True)
class MerchantLines:
    """What a cart has of one merchant; `shipping` is None where nothing of it can be bought now."""

    name: str
    href: str
    subtotal: str
    lines: list[LineShown]
    shipping: ShippingShown | None = None


@dataclass(frozen=True, slots=True)
class CartShown:
    """A cart by merchant, and what is set aside. `units` of it can be bought now, for `total`.

    `time` is that of the deal that opens next, None where none of its goods has one to come.
    """

    merchants: list[MerchantLines]
    aside: list[LineShown]
    units: int
    total: str
    time: DealTime | None


def cart_of(shopper_id: int, reader: Reader) -> list[CartLine]:
    """Return a shopper's cart as it is in the reader's market; nothing where there is none."""
    if reader.market is None:
        return []
    return cart_lines(
        shopper_id=shopper_id,
        market=reader.market.code,
        language=reader.language,
        festival=reader.festival_slug,
        now=reader.now,
    )


def by_merchant(lines: Iterable[CartLine]) -> list[list[CartLine]]:
    """Return lines grouped by merchant, in the order in which each merchant comes first."""
    groups: dict[int, list[CartLine]] = {}
    for line in lines:
        groups.setdefault(line.merchant_id, []).append(line)
    return list(groups.values())


def show_cart(lines: Sequence[CartLine], reader: Reader) -> CartShown:
    """Return a cart as the reader sees it, merchants in the order in which something of them was first put there."""
    assert reader.market, "a cart is seen in a market"
    groups = by_merchant(line for line in lines if not line.aside)
    sums = [sum(_sum_minor(one, reader.now) for one in some) for some in groups]
    bought = {some[0].merchant_id: sum_minor for some, sum_minor in zip(groups, sums, strict=True) if sum_minor}
    shipping = shipping_by_merchant(bought, reader)
    return CartShown(
        merchants=[
            MerchantLines(
                name=some[0].merchant_name,
                href=reverse("shop", args=[some[0].merchant_slug]) + reader.query,
                subtotal=money_text(sum_minor, reader.market.currency),
                lines=[show_line(one, reader) for one in some],
                shipping=shipping.get(some[0].merchant_id),
            )
            for some, sum_minor in zip(groups, sums, strict=True)
        ],
        aside=[show_line(line, reader) for line in lines if line.aside],
        units=sum(line.buyable(now=reader.now) for line in lines if not line.aside),
        total=money_text(sum(sums), reader.market.currency),
        time=_next_opening(lines, reader),
    )


def _next_opening(lines: Sequence[CartLine], reader: Reader) -> DealTime | None:
    to_come = [
        (line.opens_at, line.closes_at)
        for line in lines
        if line.opens_at and line.closes_at and not line.aside and line.opens_later(now=reader.now)
    ]
    return show_deal_time(*min(to_come), reader) if to_come else None


def prices_shown(lines: Sequence[CartLine], now: datetime) -> dict[int, Money]:
    """Return the prices that lines show at `now`, by SKU, where they are others than those remembered."""
    shown = {}
    for line in lines:
        asking = line.asking(now=now)
        if asking and (line.seen_minor, line.seen_currency) != (asking.price_minor, line.currency):
            shown[line.sku_id] = Money(asking.price_minor, line.currency)
    return shown


def show_line(line: CartLine, reader: Reader) -> LineShown:
    """Return a line as the reader sees it."""
    asking, units = line.asking(now=reader.now), line.buyable(now=reader.now)
    prior_minor = asking.prior_minor if asking else None
    saved_minor = (prior_minor - asking.price_minor) * units if asking and prior_minor else 0
    supply = line.supply(now=reader.now)
    return LineShown(
        id=f"line-{line.sku_id}",
        sku=str(line.sku_id),
        title=line.title,
        href=reverse("product", args=[line.product_id]) + reader.query,
        variant=" · ".join(line.options),
        art=product_art(product_id=line.product_id, brand=line.brand, category=line.category),
        picture=card_picture(line.picture) if line.picture else None,
        quantity=line.quantity,
        most=max(supply.units_for(QUANTITY_MAX), 1),
        each=money_text(asking.price_minor, line.currency) if asking else "",
        sum=money_text(_sum_minor(line, reader.now), line.currency) if units else "",
        sum_before=money_text(prior_minor * units, line.currency) if saved_minor and prior_minor else "",
        discounts=[(gettext("Festival price"), money_text(-saved_minor, line.currency))] if saved_minor else [],
        notices=_notices(line, reader),
        gone=units == 0,
        aside=line.aside,
    )


def _sum_minor(line: CartLine, now: datetime) -> int:
    asking = line.asking(now=now)
    return asking.price_minor * line.buyable(now=now) if asking else 0


def _notices(line: CartLine, reader: Reader) -> list[tuple[str, str]]:
    """Return all that is to be said of a line: what changed, what is short, what is to come."""
    told = []
    asking, before = line.asking(now=reader.now), line.price_before(now=reader.now)
    if asking and before is not None:
        changed = gettext("Price changed: was {before}, now {price}.").format(
            before=money_text(before, line.currency), price=money_text(asking.price_minor, line.currency)
        )
        told.append(("good" if asking.price_minor < before else "warn", changed))
    short = standing_text(line, reader)
    if short:
        told.append(("warn", short))
    to_come = deal_text(line, reader)
    if to_come:
        told.append(("", to_come))
    return told


def standing_text(line: CartLine, reader: Reader) -> str:
    """Return why less than the whole line can be bought now, or that few are left; empty where all is well."""
    supply, standing = line.supply(now=reader.now), line.standing(now=reader.now)
    had, wanted = number_text(line.buyable(now=reader.now)), number_text(line.quantity)
    if standing is Standing.WITHDRAWN:
        return gettext("No longer on sale.")
    if standing is Standing.NOT_SOLD_HERE:
        market = reader.market
        assert market, "a line is seen in a market"
        return gettext("Not sold in the market {market}.").format(market=market_text(market.code, market.name))
    if standing is Standing.SOLD_OUT:
        waits = line.opens_later(now=reader.now) and line.deal_units_left > 0
        return "" if waits else gettext("Sold out. It stays here in case some come back.")
    if standing is Standing.LIMITED:
        return gettext("At most {limit} a buyer: {had} of your {wanted} count.").format(
            limit=number_text(supply.buyer_limit), had=had, wanted=wanted
        )
    if standing is Standing.SHORT:
        return gettext("Only {left} left: {had} of your {wanted} count.").format(
            left=number_text(supply.units_left), had=had, wanted=wanted
        )
    return gettext("Only {left} left.").format(left=number_text(supply.units_left)) if _few(line, reader) else ""


def _few(line: CartLine, reader: Reader) -> bool:
    return line.supply(now=reader.now).units_left <= FEW_LEFT


def deal_text(line: CartLine, reader: Reader) -> str:
    """Return when the deal that is still to come opens, what it costs then, and its limit; empty without one."""
    if not line.opens_later(now=reader.now) or line.opens_at is None or line.deal_minor is None:
        return ""
    assert reader.market, "a deal is seen in a market"
    words = gettext("The deal opens {moment}: {price} then.").format(
        moment=short_moment_text(line.opens_at, reader.market.time_zone),
        price=money_text(line.deal_minor, line.currency),
    )
    if not line.buyer_limit:
        return words
    limit = gettext("At most {limit} a buyer.").format(limit=number_text(line.buyer_limit))
    return f"{words} {limit}"
