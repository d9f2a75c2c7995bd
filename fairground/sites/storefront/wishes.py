"""The wish list: its page, and what its forms and the heart of the product page do."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from fairground.carts.actions import CartFull, NotOnSale, WishesFull, put_in_cart, remove_wish, save_wish
from fairground.carts.queries import CartLine, wish_lines
from fairground.carts.rules import WISHES_MAX
from fairground.sites.storefront.cart import say_refused, shopper_for
from fairground.sites.storefront.cart_lines import LineShown, deal_text, show_line, standing_text
from fairground.sites.storefront.frame import show
from fairground.sites.storefront.posted import posted_id, posted_market, posted_price, posted_sku, see_other
from fairground.sites.storefront.reader import Reader, reader_of
from fairground.sites.visitor import visitor_of
from fairground.sites.wording import money_text, number_text


@dataclass(frozen=True, slots=True)
class WishShown:
    """A wish as a card: `dropped` says how the price fell since it was saved, `text` what else there is to know."""

    line: LineShown
    merchant: str
    seen_minor: int | None
    dropped: str
    text: str


@require_safe
def wishes(request: HttpRequest) -> HttpResponse:
    """Show the wish list, the newest first."""
    reader = reader_of(request)
    shopper_id = visitor_of(request).shopper_id
    lines: Sequence[CartLine] = []
    if shopper_id and reader.market:
        lines = wish_lines(
            shopper_id=shopper_id,
            market=reader.market.code,
            language=reader.language,
            festival=reader.festival_slug,
            now=reader.now,
        )
    return show(request, reader, "storefront/wishes.html", {"wishes": [_show_wish(line, reader) for line in lines]})


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Put a SKU on the wish list, and lead back to its product where the form names it."""
    reader, sku_id = reader_of(request), posted_sku(request)
    try:
        save_wish(
            shopper_id=shopper_for(request, sku_id),
            sku_id=sku_id,
            seen_minor=posted_price(request, sku_id),
            currency=posted_market(request, reader).currency,
            now=reader.now,
        )
    except NotOnSale:
        messages.error(request, gettext("This is no longer on sale. It was not saved."))
    except WishesFull:
        full = gettext("There is room for {most} wishes. Remove one first.").format(most=number_text(WISHES_MAX))
        messages.error(request, full)
    else:
        messages.success(request, gettext("It is on your wish list."))
    product_id = posted_id(request, "product")
    address = reverse("product", args=[product_id]) if product_id else reverse("wishes")
    return see_other(address + reader.query)


@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    """Take a SKU off the wish list."""
    sku_id, shopper_id = posted_sku(request), visitor_of(request).shopper_id
    if shopper_id and remove_wish(shopper_id=shopper_id, sku_id=sku_id):
        messages.success(request, gettext("It is no longer on your wish list."))
    return see_other(reverse("wishes") + reader_of(request).query)


@require_POST
def move(request: HttpRequest) -> HttpResponse:
    """Put one unit of a wish into the cart, and take it off the list."""
    reader, sku_id, shopper_id = reader_of(request), posted_sku(request), visitor_of(request).shopper_id
    if shopper_id is None:
        return see_other(reverse("wishes") + reader.query)
    try:
        put_in_cart(
            shopper_id=shopper_id,
            sku_id=sku_id,
            quantity=1,
            seen_minor=posted_price(request, sku_id),
            currency=posted_market(request, reader).currency,
            now=reader.now,
        )
    except (NotOnSale, CartFull) as refused:
        say_refused(request, refused)
    else:
        remove_wish(shopper_id=shopper_id, sku_id=sku_id)
        messages.success(request, gettext("It is in your cart."))
    return see_other(reverse("wishes") + reader.query)


def _show_wish(line: CartLine, reader: Reader) -> WishShown:
    asking, before = line.asking(now=reader.now), line.price_before(now=reader.now)
    dropped = ""
    if asking and before is not None and asking.price_minor < before:
        was = money_text(before, line.currency)
        dropped = gettext("Price dropped: was {before} when you saved it.").format(before=was)
    return WishShown(
        line=show_line(line, reader),
        merchant=line.merchant_name,
        seen_minor=asking.price_minor if asking else None,
        dropped=dropped,
        text=standing_text(line, reader) or deal_text(line, reader),
    )
