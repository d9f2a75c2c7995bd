"""What a browser has looked at lately: it remembers that itself, and asks here only how those products look now."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from fairground.kernel.ids import parse_id
from fairground.sites.pages import share_until
from fairground.sites.storefront.cards import cards_html
from fairground.sites.storefront.frame import changes_at_ms
from fairground.sites.storefront.reader import reader_of
from fairground.sites.storefront.shelves import cards_of
from fairground.sites.switches import Part, is_on

# As many as a browser remembers; a page tells it.
SEEN_MAX = 20


@require_safe
def seen(request: HttpRequest) -> HttpResponse:
    """Return the cards of the products asked for, in that order, or none; nothing is kept of who asked."""
    reader = reader_of(request)
    asked = request.GET.get("ids", "").split(",")[:SEEN_MAX]
    ids = [product_id for one in asked if (product_id := parse_id(one)) is not None]
    cards = cards_of(reader, list(dict.fromkeys(ids))) if is_on(Part.SEEN) else []
    response = render(request, "storefront/seen_cards.html", {"cards": cards_html(cards, reader)})
    share_until(response, request, until_ms=changes_at_ms(reader))
    return response
