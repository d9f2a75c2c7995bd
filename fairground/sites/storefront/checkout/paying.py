"""The page on which a placed purchase is paid, or what is due of a presale."""

import time

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from fairground.checkout.queries import payment_due
from fairground.checkout.rules.paying import AlreadyPaid, WrongAmount
from fairground.checkout.rules.presales import Due
from fairground.intake.codec import new_key
from fairground.kernel.clock import to_unix_ms
from fairground.orders.queries import PurchaseShown
from fairground.orders.rules import Step
from fairground.payments.actions import top_up_wallets
from fairground.payments.queries import wallet_balance_minor
from fairground.sites.storefront.checkout import counter
from fairground.sites.storefront.checkout.words import refusal_words
from fairground.sites.storefront.frame import show
from fairground.sites.storefront.payment_words import provider_text
from fairground.sites.storefront.payments.views import problem_told, wallet_part_minor
from fairground.sites.storefront.posted import see_other
from fairground.sites.storefront.provider_calls import providers_here
from fairground.sites.storefront.purchases.deposits import terms_text, window_text
from fairground.sites.storefront.purchases.mine import my_purchase
from fairground.sites.storefront.reader import reader_of
from fairground.sites.wording import money_text, short_moment_text, time_text


@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, number: str) -> HttpResponse:
    """Show what is to be paid and until when, or pay it where the button was pressed."""
    bought = my_purchase(request, number)
    due_minor = _due_minor(request, bought)
    if due_minor is None:
        return see_other(reverse("purchase", args=[bought.number]) + reader_of(request).query)
    if request.method != "POST":
        code = problem_told(request)
        return _show(request, bought, due_minor, problem=refusal_words(code) if code else "")
    if request.POST.get("due", str(due_minor)) != str(due_minor):
        # What is due may change while somebody looks, as a price guarantee follows the price of the day.
        return _show(request, bought, due_minor, problem=refusal_words(WrongAmount.code))
    answer = counter.pay(
        purchase_id=bought.id,
        shopper_id=bought.shopper_id,
        amount_minor=due_minor,
        currency=bought.currency,
        key=request.POST.get("key", ""),
    )
    if answer.code and answer.code != AlreadyPaid.code:
        return _show(request, bought, due_minor, problem=refusal_words(answer.code))
    return see_other(reverse("purchase", args=[bought.number]) + reader_of(request).query)


@require_POST
def take_demo_money(request: HttpRequest, number: str) -> HttpResponse:
    """Put what is missing into the wallet of a demo's shopper; in the real realm there is nothing at this address."""
    if settings.REALM.is_real:
        raise Http404
    bought = my_purchase(request, number)
    due_minor = _due_minor(request, bought) or 0
    missing_minor = due_minor - wallet_balance_minor(shopper_id=bought.shopper_id, currency=bought.currency)
    if missing_minor > 0:
        top_up_wallets(
            amounts_minor={bought.shopper_id: missing_minor},
            currency=bought.currency,
            now_ms=time.time_ns() // 1_000_000,
        )
    return see_other(reverse("pay", args=[bought.number]) + reader_of(request).query)


def _due_minor(request: HttpRequest, bought: PurchaseShown) -> int | None:
    """What the page is about: the total, also when its time is over; of a presale what is due at this moment."""
    if bought.deposit is None:
        return bought.total_minor if bought.state is Step.PLACED else None
    if bought.state is Step.PLACED:
        return bought.deposit.deposit_minor
    due = payment_due(purchase_id=bought.id, now=reader_of(request).now)
    return due.amount_minor if isinstance(due, Due) else None


def _show(request: HttpRequest, bought: PurchaseShown, due_minor: int, *, problem: str = "") -> HttpResponse:
    reader, deposit = reader_of(request), bought.deposit
    balance_minor = wallet_balance_minor(shopper_id=bought.shopper_id, currency=bought.currency)
    providers = providers_here()
    part_minor = wallet_part_minor(bought) if providers else 0
    zone = reader.zone_of(bought.market)
    is_balance = deposit is not None and deposit.deposited_at is not None
    rest_minor, less_minor = bought.total_minor - due_minor, 0
    if deposit and is_balance:
        rest_minor = deposit.deposit_minor
        less_minor = bought.total_minor - rest_minor - due_minor
    context = {
        "due": bought,
        "problem": problem,
        "total": money_text(due_minor, bought.currency),
        "due_minor": str(due_minor),
        "is_deposit": deposit is not None and deposit.deposited_at is None,
        "is_balance": is_balance,
        "less": money_text(less_minor, bought.currency) if less_minor else "",
        "rest": money_text(rest_minor, bought.currency) if deposit else "",
        "window": window_text(deposit, zone) if deposit else "",
        "terms": terms_text(deposit.mode) if deposit else "",
        "wallet": money_text(balance_minor, bought.currency),
        "missing": money_text(due_minor - balance_minor, bought.currency) if balance_minor < due_minor else "",
        "is_late": bought.pay_before <= reader.now,
        "pay_before_iso": bought.pay_before.isoformat(),
        "pay_before_text": (short_moment_text if is_balance else time_text)(bought.pay_before, zone),
        "providers": [(code, provider_text(code)) for code in providers],
        "part": money_text(part_minor, bought.currency) if 0 < part_minor < due_minor else "",
        "gives_demo_money": not settings.REALM.is_real,
        "key": new_key(now_ms=to_unix_ms(reader.now)),
    }
    return show(request, reader, "storefront/pay.html", context)
