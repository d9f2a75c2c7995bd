"""Paying a purchase by a provider: beginning it, and the page that waits for how it ends.

Coming back from the provider proves nothing: the page looks there. It may be closed; the background looks too.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fairground.checkout.actions.attend_payments import ask_provider, attend_payment
from fairground.checkout.actions.begin_payments import PaymentUnderWay, begin_payment, give_up_payment
from fairground.checkout.queries import payment_due
from fairground.checkout.rules.paying import WrongAmount
from fairground.checkout.rules.presales import Due
from fairground.kernel.clock import to_unix_ms, wall_ms
from fairground.kernel.edits import ShopBusy
from fairground.kernel.refusal import Refusal
from fairground.orders.queries import PurchaseShown
from fairground.payments.life import UNDER_WAY, PaymentState
from fairground.payments.providers.provider import ProviderUnreachable
from fairground.payments.queries import wallet_balance_minor
from fairground.payments.reading import PaymentFacts, payments_of_purchase
from fairground.sites.storefront.frame import show_alone
from fairground.sites.storefront.payment_words import provider_text, why_words
from fairground.sites.storefront.posted import see_other
from fairground.sites.storefront.provider_calls import (
    ProvidersBusy,
    address_outside,
    asking,
    leads_outside,
    may_look,
    providers_here,
)
from fairground.sites.storefront.purchases.mine import my_purchase
from fairground.sites.storefront.reader import Reader, reader_of
from fairground.sites.wording import money_text

# The page looks again after so long, as long as nothing is known.
REFRESH_S = 5
# Where a session keeps why a payment was refused, until the page to pay says so.
_PROBLEM = "payment_problem"


@require_http_methods(["GET", "HEAD", "POST"])
def payment(request: HttpRequest, number: str) -> HttpResponse:
    """Begin a payment by a provider, or show how the newest one of this purchase stands."""
    bought, reader = my_purchase(request, number), reader_of(request)
    if request.method == "POST":
        return _begin(request, bought, reader)
    return _show(request, bought, reader)


@require_POST
def give_up(request: HttpRequest, number: str) -> HttpResponse:
    """Give up the payment that is under way, so that what the wallet set aside is free, and lead to the page to pay."""
    bought, reader = my_purchase(request, number), reader_of(request)
    try:
        given_up = give_up_payment(purchase_id=bought.id, shopper_id=bought.shopper_id, now_ms=to_unix_ms(reader.now))
    except (PaymentUnderWay, ShopBusy) as refusal:
        return _problem(request, bought, refusal.code)
    if given_up is not None:
        look_now(given_up)  # the provider is told, else the background tells it
    return see_other(reverse("pay", args=[bought.number]) + reader.query)


@require_safe
def come_back(request: HttpRequest, number: str) -> HttpResponse:
    """Look at the provider how the payment stands, and show it; whoever asks, and for whatever reason."""
    bought, reader = my_purchase(request, number), reader_of(request)
    newest = next(iter(payments_of_purchase(purchase_id=bought.id)), None)
    if newest is not None:
        look_now(newest)
    return see_other(reverse("provider-payment", args=[bought.number]) + reader.query)


def look_now(payment: PaymentFacts) -> None:
    """Look at the provider how a payment stands, where nobody did just now."""
    if payment.state is PaymentState.TAKEN or not may_look(payment.id):
        return
    try:
        with asking() as providers:
            attend_payment(key=payment.key, providers=providers, clock_ms=wall_ms)
    except ProvidersBusy:
        return  # the background looks


def _begin(request: HttpRequest, bought: PurchaseShown, reader: Reader) -> HttpResponse:
    code = request.POST.get("provider", "")
    if code not in providers_here():
        raise Http404
    due = payment_due(purchase_id=bought.id, now=reader.now)
    due_minor = due.amount_minor if isinstance(due, Due) else 0
    part_minor = wallet_part_minor(bought) if request.POST.get("wallet") == "1" else 0
    try:
        if request.POST.get("due") != str(due_minor):
            return _problem(request, bought, WrongAmount.code)
        with asking() as providers:
            begun = begin_payment(
                purchase_id=bought.id,
                shopper_id=bought.shopper_id,
                provider=code,
                due_minor=due_minor,
                wallet_minor=part_minor if part_minor < due_minor else 0,
                now_ms=to_unix_ms(reader.now),
            )
            path = reverse("payment-return", args=[bought.number]) + reader.query
            ask_provider(
                payment_id=begun.id,
                providers=providers,
                description=bought.number,
                return_url=address_outside(request, path),
                clock_ms=wall_ms,
            )
    except ProviderUnreachable:
        pass  # the page that waits says so
    except Refusal as refusal:
        return _problem(request, bought, refusal.code)
    query = f"{reader.query}&go=1" if reader.query else "?go=1"
    return see_other(reverse("provider-payment", args=[bought.number]) + query)


def wallet_part_minor(bought: PurchaseShown) -> int:
    """Return what a wallet could give to a payment: what is in it, and what a payment under way has set aside."""
    newest = next(iter(payments_of_purchase(purchase_id=bought.id)), None)
    held_minor = newest.wallet_minor if newest and newest.state in UNDER_WAY else 0
    return held_minor + wallet_balance_minor(shopper_id=bought.shopper_id, currency=bought.currency)


def _problem(request: HttpRequest, bought: PurchaseShown, code: str) -> HttpResponse:
    request.session[_PROBLEM] = code
    return see_other(reverse("pay", args=[bought.number]) + reader_of(request).query)


def _show(request: HttpRequest, bought: PurchaseShown, reader: Reader) -> HttpResponse:
    newest = next(iter(payments_of_purchase(purchase_id=bought.id)), None)
    if newest is None:
        return see_other(reverse("pay", args=[bought.number]) + reader.query)
    if newest.state is PaymentState.TAKEN:
        return see_other(reverse("purchase", args=[bought.number]) + reader.query)
    return show_payment(
        request,
        reader,
        newest,
        again=reverse("pay", args=[bought.number]),
        look=reverse("payment-return", args=[bought.number]),
        otherwise=reverse("give-up-payment", args=[bought.number]),
        about=bought.number,
    )


def show_payment(
    request: HttpRequest,
    reader: Reader,
    payment: PaymentFacts,
    *,
    again: str,
    look: str,
    otherwise: str = "",
    about: str = "",
) -> HttpResponse:
    """Show a payment that is not taken: where the shopper goes on, that we look, or why it came to nothing.

    `again` is where another try begins, `look` the page that looks at the provider and leads back here;
    `otherwise` gives this one up, where that is possible.
    """
    waits = payment.state in UNDER_WAY
    goes_on = payment.redirect_url if waits and leads_outside(payment.redirect_url) else ""
    context = {
        "about": about,
        "name": provider_text(payment.provider),
        "amount": money_text(payment.amount_minor, payment.currency),
        "from_wallet": money_text(payment.wallet_minor, payment.currency) if payment.wallet_minor else "",
        "waits": waits,
        "goes_on": goes_on,
        "why": "" if waits else why_words(payment),
        "again": again + reader.query,
        "look": look + reader.query,
        "otherwise": otherwise + reader.query if otherwise else "",
        "look_s": REFRESH_S if waits else 0,
    }
    response = show_alone(request, reader, "storefront/payment.html", context)
    if goes_on and request.GET.get("go") == "1":
        response["Refresh"] = f"0; url={goes_on}"
        response.headers["Referrer-Policy"] = "no-referrer"
    return response


def problem_told(request: HttpRequest) -> str:
    """Return the code of why the last try was refused, once; "" where it was not."""
    return str(request.session.pop(_PROBLEM, ""))
