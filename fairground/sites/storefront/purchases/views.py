"""Pages of purchases: mine, one of them, cancelling it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from fairground.aftersales.queries import cases_of_orders
from fairground.catalog.queries import first_pictures
from fairground.checkout.actions.end_purchases import NotCancellable, cancel_purchase
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import ShopBusy
from fairground.kernel.ids import parse_id
from fairground.orders.queries import PurchaseShown, purchases_of
from fairground.orders.rules import Step
from fairground.payments.reading import payments_of_purchase, returns_of_purchases
from fairground.sites.languages import place_text
from fairground.sites.storefront.case_rows import row_words
from fairground.sites.storefront.frame import show
from fairground.sites.storefront.payment_words import payment_notes
from fairground.sites.storefront.posted import see_other
from fairground.sites.storefront.purchases.due import due_minor
from fairground.sites.storefront.purchases.leaving import leaving_of
from fairground.sites.storefront.purchases.mine import my_purchase, my_shoppers
from fairground.sites.storefront.purchases.prizes import prize_notes
from fairground.sites.storefront.purchases.words import list_words, purchase_words
from fairground.sites.storefront.reader import Reader, reader_of
from fairground.sites.storefront.return_words import failed_return_notes

# As many as one looks through before scrolling becomes searching.
PAGE_PURCHASES = 20


@require_safe
def purchases(request: HttpRequest) -> HttpResponse:
    """Show my purchases, the newest first; `?before=` leads to older ones."""
    reader, shopper_ids = reader_of(request), my_shoppers(request)
    before_id = parse_id(request.GET.get("before", ""))
    found = []
    if shopper_ids:
        found = purchases_of(shopper_ids=shopper_ids, purchases_max=PAGE_PURCHASES + 1, before_id=before_id)
    shown = found[:PAGE_PURCHASES]
    products = {line.product_id for one in shown for line in one.lines if line.product_id}
    pictures = first_pictures(product_ids=products) if products else {}
    ended = [one.id for one in shown if one.state in {Step.CANCELLED, Step.EXPIRED}]
    returns = returns_of_purchases(purchase_ids=ended) if ended else {}
    words = {one.id: list_words(one, reader, pictures, returns=returns.get(one.id, ())) for one in shown}
    context = {
        "deposits": [words[one.id] for one in shown if one.state is Step.DEPOSITED],
        "purchases": [words[one.id] for one in shown if one.state is not Step.DEPOSITED],
        "is_first": before_id is None,
        "older_than": shown[-1].id if len(found) > PAGE_PURCHASES else None,
    }
    return show(request, reader, "storefront/purchases.html", context)


@require_safe
def purchase(request: HttpRequest, number: str) -> HttpResponse:
    """Show a purchase to its shopper; for anybody else there is nothing at this address."""
    reader, found = reader_of(request), my_purchase(request, number)
    products = {line.product_id for order in found.orders for line in order.lines if line.product_id}
    leaving = leaving_of(found, reader)
    payments = payments_of_purchase(purchase_id=found.id)
    returns = returns_of_purchases(purchase_ids=[found.id]).get(found.id, ()) if payments else ()
    words = purchase_words(
        found,
        reader,
        first_pictures(product_ids=products),
        due_minor=due_minor(found, reader),
        leaving=leaving,
        returns=returns,
    )
    asked = cases_of_orders(order_ids=[order.id for order in found.orders])
    cases = [row_words(one, words.zone) for one in asked]
    notes = [*prize_notes(found), *payment_notes(payments), *failed_return_notes(payments)]
    context = {"purchase": words, "place": place_text(words.zone), "cases": cases, "payment_notes": notes}
    return show(request, reader, "storefront/purchase.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """Ask whether the purchase shall be cancelled; a POST cancels it and leads back to it."""
    reader, found = reader_of(request), my_purchase(request, number)
    seen = request.POST.get("seen", "")
    if request.method == "POST" and seen == found.state.name:
        _cancel(request, found, reader)
    else:
        words = purchase_words(found, reader, {})
        if request.method == "POST":
            messages.warning(request, gettext("Something changed while you were here: look at the sum again."))
        if words.next.may_cancel:
            context = {"purchase": words, "seen": found.state.name}
            return show(request, reader, "storefront/cancel_purchase.html", context)
    return see_other(reverse("purchase", args=[found.number]) + reader.query)


def _cancel(request: HttpRequest, found: PurchaseShown, reader: Reader) -> None:
    now_ms = to_unix_ms(reader.now)
    try:
        cancel_purchase(purchase_id=found.id, shopper_id=found.shopper_id, now_ms=now_ms, seen=found.state)
    except NotCancellable:
        messages.warning(request, gettext("It can't be cancelled any more."))
    except ShopBusy:
        messages.warning(request, gettext("Fairground is busy just now: it is not cancelled. Try again in a moment."))
