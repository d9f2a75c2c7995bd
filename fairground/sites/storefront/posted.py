"""What forms of the storefront send, read and bounded; and where they lead."""

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseRedirect

from fairground.carts.rules import QUANTITY_MAX
from fairground.kernel.ids import parse_id
from fairground.markets.queries import MarketFacts
from fairground.sites.storefront.reader import Reader

# What every reader of JSON keeps whole.
_NUMBER_MAX = 2**53 - 1


def posted_number(request: HttpRequest, name: str, *, most: int) -> int | None:
    """Return a whole number from 1 to `most` that a form sent; None where it is something else."""
    text = request.POST.get(name, "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most))):
        return None
    return int(text) if 1 <= int(text) <= most else None


def posted_id(request: HttpRequest, name: str) -> int | None:
    """Return the id that a form sent under a name; None where it is none, and where nothing has it."""
    return parse_id(request.POST.get(name, "").strip()) or None


def posted_sku(request: HttpRequest) -> int:
    """Return the SKU that a form names.

    :raises BadRequest: it names none; none of our forms does that
    """
    sku_id = posted_id(request, "sku")
    if sku_id is None:
        raise BadRequest("no SKU")
    return sku_id


def posted_quantity(request: HttpRequest, name: str = "quantity") -> int | None:
    """Return a quantity, the largest one for any above it; None for what is no quantity."""
    found = posted_number(request, name, most=_NUMBER_MAX)
    return None if found is None else min(found, QUANTITY_MAX)


def posted_price(request: HttpRequest, sku_id: int) -> int | None:
    """Return the price in minor units that the page showed for a SKU; a page of several variants names it by SKU."""
    names = ("seen_minor", f"seen-{sku_id}")
    return next((found for name in names if (found := posted_number(request, name, most=_NUMBER_MAX))), None)


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
