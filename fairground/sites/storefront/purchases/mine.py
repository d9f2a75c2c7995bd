"""Whose purchases a page may show: those of who asks."""

from django.http import Http404, HttpRequest

from fairground.identity.queries import shoppers_of
from fairground.orders.queries import PurchaseShown, purchase_by_number
from fairground.sites.visitor import visitor_of


def my_purchase(request: HttpRequest, number: str) -> PurchaseShown:
    """Return the purchase of who asks.

    :raises Http404: there is none, or it is somebody else's; nobody learns which
    """
    shopper_ids = my_shoppers(request)
    found = purchase_by_number(number=number, shopper_ids=shopper_ids) if shopper_ids else None
    if found is None:
        raise Http404
    return found


def my_shoppers(request: HttpRequest) -> list[int]:
    """Return the shopper who asks and the guests that went into it; nobody where there is no session."""
    shopper_id = visitor_of(request).shopper_id
    return shoppers_of(shopper_id=shopper_id) if shopper_id else []
