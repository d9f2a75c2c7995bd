"""The cart: its page, and what its forms and the product page's do."""

from dataclasses import asdict
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from fairground.carts.actions import (
    CartFull,
    NotOnSale,
    note_prices,
    put_back,
    put_in_cart,
    remove_from_cart,
    set_aside,
    set_quantity,
)
from fairground.carts.queries import is_on_sale
from fairground.carts.rules import KeptLine
from fairground.catalog.rules import QUANTITY_MAX
from fairground.sites.storefront.cart_lines import cart_of, prices_shown, show_cart
from fairground.sites.storefront.cart_sums import cart_sums
from fairground.sites.storefront.customs_words import destination
from fairground.sites.storefront.frame import show
from fairground.sites.storefront.posted import posted_market, posted_price, posted_quantity, posted_sku, see_other
from fairground.sites.storefront.reader import Reader, reader_of
from fairground.sites.visitor import count_newcomer, shopper_of, visitor_of
from fairground.sites.wording import number_text

# Where the session keeps the line that was removed last, to be put back.
REMOVED = "removed-line"


@require_safe
def cart(request: HttpRequest) -> HttpResponse:
    """Show the cart. What it shows as a price is remembered, so that a change is told once."""
    reader = reader_of(request)
    shopper_id = visitor_of(request).shopper_id
    lines = cart_of(shopper_id, reader) if shopper_id else []
    context = {
        "cart": show_cart(lines, reader) if reader.market else None,
        "sums": cart_sums(lines, reader, shopper_id=shopper_id, to=destination(request, reader.market)),
        "removed": _removed_just_now(request),
        "checkout": reverse("checkout") + reader.query,
    }
    response = show(request, reader, "storefront/cart.html", context)
    if shopper_id:
        note_prices(shopper_id=shopper_id, prices=prices_shown(lines, reader.now))
    return response


@require_POST
def put(request: HttpRequest) -> HttpResponse:
    """Put units of a SKU into the cart, and lead to it; or straight to the checkout, where `buy` was pressed."""
    reader, sku_id = reader_of(request), posted_sku(request)
    market = posted_market(request, reader)
    try:
        put_in_cart(
            shopper_id=shopper_for(request, sku_id),
            sku_id=sku_id,
            quantity=posted_quantity(request) or 1,
            seen_minor=posted_price(request, sku_id),
            currency=market.currency,
            now=reader.now,
        )
    except (NotOnSale, CartFull) as refused:
        say_refused(request, refused)
    else:
        _forget_removed(request)
        if "buy" in request.POST:
            return see_other(reverse("checkout") + reader.query)
        messages.success(request, gettext("It is in your cart."))
    return _to_cart(reader)


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Write how many units a line has: the number that was typed, or the one that a button leads to."""
    sku_id, name = posted_sku(request), "quantity-to" if "quantity-to" in request.POST else "quantity"
    quantity, shopper_id = posted_quantity(request, name), visitor_of(request).shopper_id
    if quantity is None and shopper_id:
        messages.error(
            request,
            gettext("Choose a quantity from 1 to {most}. It stays as it was.").format(most=number_text(QUANTITY_MAX)),
        )
    elif quantity and shopper_id:
        set_quantity(shopper_id=shopper_id, sku_id=sku_id, quantity=quantity)
        _forget_removed(request)
    return _to_cart(reader_of(request))


@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    """Take a line out of the cart; the next page offers to put it back."""
    reader, sku_id, shopper_id = reader_of(request), posted_sku(request), visitor_of(request).shopper_id
    if shopper_id:
        titles = {line.sku_id: line.title for line in cart_of(shopper_id, reader)}
        for line in remove_from_cart(shopper_id=shopper_id, sku_ids=[sku_id]):
            kept = {**asdict(line), "put_at": line.put_at.isoformat()}
            request.session[REMOVED] = {"line": kept, "title": titles.get(sku_id, ""), "shown": False}
    return _to_cart(reader)


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Put the line back that was removed last."""
    removed, shopper_id = request.session.get(REMOVED), visitor_of(request).shopper_id
    if removed and shopper_id:
        _forget_removed(request)
        line = KeptLine(**{**removed["line"], "put_at": datetime.fromisoformat(removed["line"]["put_at"])})
        try:
            put_back(shopper_id=shopper_id, line=line)
        except (NotOnSale, CartFull) as refused:
            say_refused(request, refused)
    return _to_cart(reader_of(request))


@require_POST
def aside(request: HttpRequest) -> HttpResponse:
    """Save a line for later, or take it back into the cart."""
    sku_id, shopper_id = posted_sku(request), visitor_of(request).shopper_id
    if shopper_id:
        try:
            set_aside(shopper_id=shopper_id, sku_id=sku_id, aside=request.POST.get("aside") == "1")
        except CartFull as refused:
            say_refused(request, refused)
        else:
            _forget_removed(request)
    return _to_cart(reader_of(request))


def say_refused(request: HttpRequest, refused: NotOnSale | CartFull) -> None:
    """Tell on the next page why something did not go into the cart."""
    text = gettext("This is no longer on sale. Nothing was put into the cart.")
    if isinstance(refused, CartFull):
        most = refused.facts["lines_max"]
        assert isinstance(most, int), most
        text = gettext("There is room for {most} different things. Check out or remove one first.").format(
            most=number_text(most)
        )
    messages.error(request, text)


def shopper_for(request: HttpRequest, sku_id: int) -> int:
    """Return the shopper who wants a SKU; a guest is made only for what is on sale.

    :raises NotOnSale: nobody was made
    :raises ImmediateHttpResponse: as in `count_newcomer`; whoever is told something is remembered for it, too
    """
    visitor = visitor_of(request)
    if visitor.shopper_id is None and not visitor.signed_in:
        count_newcomer(request)
        if not is_on_sale(sku_id=sku_id):
            raise NotOnSale(sku_id=sku_id)
    return shopper_of(request)


def _to_cart(reader: Reader) -> HttpResponse:
    return see_other(reverse("cart") + reader.query)


def _removed_just_now(request: HttpRequest) -> str:
    """Return the title of what was removed, on the first page after that; else nothing."""
    if not visitor_of(request).shopper_id:
        return ""
    removed = request.session.get(REMOVED)
    if not removed or removed["shown"]:
        return ""
    request.session[REMOVED] = {**removed, "shown": True}
    return str(removed["title"])


def _forget_removed(request: HttpRequest) -> None:
    request.session.pop(REMOVED, None)
