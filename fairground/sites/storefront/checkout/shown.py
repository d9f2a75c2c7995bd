"""The checkout and its sums in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from fairground.carts.queries import CartLine
from fairground.checkout.rules.placing import OrderPlan, PurchasePlan
from fairground.identity.queries import SavedAddressFacts
from fairground.sites.storefront.addresses import address_lines
from fairground.sites.storefront.art import Art, product_art
from fairground.sites.storefront.checkout.draft import Draft
from fairground.sites.storefront.reader import Reader
from fairground.sites.storefront.wording import money_text, number_text, rate_text, short_moment_text


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line, not to be changed here any more. `opens_text` is empty where its deal is open or it has none."""

    title: str
    variant: str
    art: Art
    quantity: str
    price: str
    sum: str
    opens_text: str


@dataclass(frozen=True, slots=True)
class OrderShown:
    """What one merchant sends, with its own sum."""

    merchant_name: str
    merchant_slug: str
    lines: list[LineShown]
    total: str


@dataclass(frozen=True, slots=True)
class AddressShown:
    """An address that can be chosen, line by line; the country's name stands last."""

    id: int
    lines: list[str]
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class SumsShown:
    """What the purchase costs; `tax` is empty where none is due, `on_top` says whether it is added to `goods`."""

    goods: str
    tax: str
    tax_rate: str
    tax_on_top: bool
    total: str
    total_minor: int


def show_addresses(addresses: Sequence[SavedAddressFacts], *, chosen: SavedAddressFacts | None) -> list[AddressShown]:
    """Return what the shopper may choose from."""
    return [AddressShown(one.id, address_lines(one.address), is_chosen=one == chosen) for one in addresses]


def show_orders(lines: Sequence[CartLine], draft: Draft, reader: Reader) -> list[OrderShown]:
    """Return the purchase by merchant, as the quote has it."""
    assert isinstance(draft.quote, PurchasePlan), draft.quote
    by_sku = {line.sku_id: line for line in lines}
    return [_show_order(order, by_sku, reader) for order in draft.quote.orders]


def _show_order(order: OrderPlan, by_sku: Mapping[int, CartLine], reader: Reader) -> OrderShown:
    assert reader.market is not None
    currency = reader.market.currency
    first = by_sku[order.lines[0].offer.sku_id]
    shown = []
    for plan in order.lines:
        line = by_sku[plan.offer.sku_id]
        waits = plan.offer.deal_id and line.opens_at and line.opens_at > reader.now
        shown.append(
            LineShown(
                title=line.title,
                variant=" · ".join(line.options),
                art=product_art(product_id=line.product_id, brand=line.brand, category=line.category),
                quantity=number_text(plan.quantity),
                price=money_text(plan.offer.unit_price_minor, currency),
                sum=money_text(plan.goods_minor, currency),
                opens_text=short_moment_text(line.opens_at, reader.market.time_zone) if waits and line.opens_at else "",
            )
        )
    return OrderShown(first.merchant_name, first.merchant_slug, shown, money_text(order.total_minor, currency))


def show_sums(draft: Draft, currency: str) -> SumsShown:
    """Return what the purchase costs altogether."""
    quote = draft.quote
    assert isinstance(quote, PurchasePlan), quote
    tax_minor = sum(line.tax_minor for order in quote.orders for line in order.lines)
    rate_bps = max(line.tax_rate_bps for order in quote.orders for line in order.lines)
    return SumsShown(
        goods=money_text(sum(order.goods_minor for order in quote.orders), currency),
        tax=money_text(tax_minor, currency) if tax_minor else "",
        tax_rate=rate_text(rate_bps),
        tax_on_top=not quote.tax_included,
        total=money_text(quote.total_minor, currency),
        total_minor=quote.total_minor,
    )


def left_out_words(lines: Sequence[CartLine]) -> str:
    """Return what is said of things in the cart that can't be bought now; empty where there are none."""
    if not lines:
        return ""
    names = ", ".join(line.title for line in lines)
    return gettext("Not part of this purchase, since it can't be had just now: %(names)s. It stays in the cart.") % {
        "names": names
    }
