"""The page on which a placed purchase is paid."""

import time

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from fairground.checkout.rules.paying import AlreadyPaid
from fairground.intake.codec import new_key
from fairground.kernel.clock import to_unix_ms
from fairground.orders.queries import PurchaseShown
from fairground.orders.rules import Step
from fairground.payments.actions import top_up_wallets
from fairground.payments.queries import wallet_balance_minor
from fairground.sites.storefront.checkout import counter
from fairground.sites.storefront.checkout.words import refusal_words
from fairground.sites.storefront.frame import show
from fairground.sites.storefront.posted import see_other
from fairground.sites.storefront.purchases.mine import my_purchase
from fairground.sites.storefront.reader import reader_of
from fairground.sites.storefront.wording import money_text, time_text


@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, number: str) -> HttpResponse:
    """Show what is to be paid and until when, or pay it where the button was pressed."""
    due = my_purchase(request, number)
    if due.state is not Step.PLACED:
        return see_other(reverse("purchase", args=[due.number]) + reader_of(request).query)
    if request.method != "POST":
        return _show(request, due)
    answer = counter.pay(
        purchase_id=due.id,
        shopper_id=due.shopper_id,
        amount_minor=due.total_minor,
        currency=due.currency,
        key=request.POST.get("key", ""),
    )
    if answer.code and answer.code != AlreadyPaid.code:
        return _show(request, due, problem=refusal_words(answer.code))
    return see_other(reverse("purchase", args=[due.number]) + reader_of(request).query)


@require_POST
def take_demo_money(request: HttpRequest, number: str) -> HttpResponse:
    """Put what is missing into the wallet of a demo's shopper; in the real realm there is nothing at this address."""
    if settings.REALM.is_real:
        raise Http404
    due = my_purchase(request, number)
    missing_minor = due.total_minor - wallet_balance_minor(shopper_id=due.shopper_id, currency=due.currency)
    if due.state is Step.PLACED and missing_minor > 0:
        top_up_wallets(
            amounts_minor={due.shopper_id: missing_minor}, currency=due.currency, now_ms=time.time_ns() // 1_000_000
        )
    return see_other(reverse("pay", args=[due.number]) + reader_of(request).query)


def _show(request: HttpRequest, due: PurchaseShown, *, problem: str = "") -> HttpResponse:
    reader = reader_of(request)
    market = next((one for one in reader.markets if one.code == due.market), None)
    balance_minor = wallet_balance_minor(shopper_id=due.shopper_id, currency=due.currency)
    now_ms = to_unix_ms(reader.now)
    context = {
        "due": due,
        "problem": problem,
        "total": money_text(due.total_minor, due.currency),
        "wallet": money_text(balance_minor, due.currency),
        "missing": money_text(due.total_minor - balance_minor, due.currency) if balance_minor < due.total_minor else "",
        "is_late": due.pay_before <= reader.now,
        "pay_before_iso": due.pay_before.isoformat(),
        "pay_before_text": time_text(due.pay_before, market.time_zone if market else "UTC"),
        "gives_demo_money": not settings.REALM.is_real,
        "key": new_key(now_ms=now_ms),
    }
    return show(request, reader, "storefront/pay.html", context)
