"""What forms of the storefront send, read and bounded; and where they lead."""

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseRedirect

from fairground.carts.rules import QUANTITY_MAX
from fairground.markets.queries import MarketFacts
from fairground.sites.storefront.reader import Reader

_ID_MAX = 2**63 - 1
_PRICE_MAX = 2**53 - 1


def posted_number(request: HttpRequest, name: str, *, most: int) -> int | None:
    """Return a whole number from 1 to `most` that a form sent; None where it is something else."""
    text = request.POST.get(name, "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most))):
        return None
    return int(text) if 1 <= int(text) <= most else None


def posted_sku(request: HttpRequest) -> int:
    """Return the SKU that a form names.

    :raises BadRequest: it names none; none of our forms does that
    """
    sku_id = posted_number(request, "sku", most=_ID_MAX)
    if sku_id is None:
        raise BadRequest("no SKU")
    return sku_id


def posted_quantity(request: HttpRequest, name: str = "quantity") -> int | None:
    """Return a quantity, the largest one for any above it; None for what is no quantity."""
    found = posted_number(request, name, most=_ID_MAX)
    return None if found is None else min(found, QUANTITY_MAX)


def posted_price(request: HttpRequest, sku_id: int) -> int | None:
    """Return the price in minor units that the page showed for a SKU; a page of several variants names it by SKU."""
    names = ("seen_minor", f"seen-{sku_id}")
    return next((found for name in names if (found := posted_number(request, name, most=_PRICE_MAX))), None)


def posted_market(request: HttpRequest, reader: Reader) -> MarketFacts:
    """Return the market in which a price was shown, the reader's where the form names none that there is.

    :raises BadRequest: there is no market at all
    """
    found = next((one for one in reader.markets if one.code == request.POST.get("market")), reader.market)
    if found is None:
        raise BadRequest("no market")
    return found


def see_other(address: str) -> HttpResponseRedirect:
    """Return the answer to a form: the page to look at now, so that reloading it sends nothing again."""
    return HttpResponseRedirect(address, status=303)
