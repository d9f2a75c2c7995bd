"""Saying that an order came."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from fairground.checkout.actions.advance_orders import OrderNotReady, UnknownOrder
from fairground.checkout.actions.receive_orders import CaseOpen, WithdrawalOpen, confirm_receipt
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import ShopBusy
from fairground.sites.storefront.posted import posted_id, see_other
from fairground.sites.storefront.purchases.mine import my_purchase
from fairground.sites.storefront.reader import reader_of


@require_POST
def received(request: HttpRequest, number: str) -> HttpResponse:
    """Complete an order that its shopper says came, and lead back to the purchase."""
    reader, found = reader_of(request), my_purchase(request, number)
    order_id = posted_id(request, "order")
    try:
        if order_id is None or order_id not in [order.id for order in found.orders]:
            raise UnknownOrder(order_id=order_id or 0)
        confirm_receipt(order_id=order_id, shopper_ids=[found.shopper_id], now_ms=to_unix_ms(reader.now))
    except (UnknownOrder, OrderNotReady):
        messages.warning(request, gettext("This order is not on its way, so it can't have come."))
    except WithdrawalOpen:
        messages.warning(request, gettext("You withdrew from this order, so it is settled when the goods are back."))
    except CaseOpen:
        messages.warning(request, gettext("You have an open case about this order: it is completed when that is over."))
    except ShopBusy:
        messages.warning(request, gettext("Fairground is busy just now: try again in a moment."))
    else:
        messages.success(request, gettext("Thank you. The order is completed."))
    return see_other(reverse("purchase", args=[found.number]) + reader.query)
