"""The wallet: what is in it and what moved, filling it by a provider, and gift cards."""

import re
import threading
from datetime import timedelta
from uuid import UUID

from allauth.core.internal import ratelimit
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from fairground.checkout.actions.attend_payments import ask_provider
from fairground.checkout.actions.begin_payments import TOP_UP_MAX_MINOR, begin_top_up
from fairground.kernel.clock import to_unix_ms, wall_ms
from fairground.kernel.keys import draw_key
from fairground.kernel.money import minor_digits, minor_from_text
from fairground.kernel.refusal import Refusal
from fairground.ledger.queries import StatementLine, StatementsTooSlow, statements
from fairground.ledger.rules import TransferKind
from fairground.payments.gift_cards import redeem_gift_card
from fairground.payments.life import PaymentState
from fairground.payments.providers.provider import ProviderUnreachable
from fairground.payments.queries import wallets_of
from fairground.payments.reading import PaymentFacts, payment_of_key
from fairground.sites.storefront.frame import show_alone
from fairground.sites.storefront.payment_words import problem_words, provider_text
from fairground.sites.storefront.payments.movement_words import movement_text
from fairground.sites.storefront.payments.views import look_now, show_payment
from fairground.sites.storefront.posted import see_other
from fairground.sites.storefront.provider_calls import address_outside, asking, providers_here
from fairground.sites.storefront.purchases.mine import my_shoppers
from fairground.sites.storefront.reader import Reader, reader_of
from fairground.sites.throttles import may_try
from fairground.sites.visitor import shopper_of
from fairground.sites.wording import money_text, short_moment_text

# A statement reads every transfer of the realm, so a page looks back a season and one is read at a time.
MOVEMENTS_OF = timedelta(days=90)
MOVEMENTS_SHOWN_MAX = 100
STATEMENTS_AT_ONCE_MAX = 1
_reading = threading.BoundedSemaphore(STATEMENTS_AT_ONCE_MAX)
# A code has eighty random bits, so this is against load; a family behind one address still redeems its cards.
_REDEEMED = "10/10m/key,60/h/ip"
_MOVEMENTS_READ = "6/m/key,60/m/ip"
# 1,000 is one dinar or a thousand of them; with a point only where the currency has three decimals.
_DIGITS_OF_THOUSANDS = 3
_THOUSANDS = re.compile(r"([.,])[0-9]{3}$")


@require_safe
def wallet(request: HttpRequest) -> HttpResponse:
    """Show what is in the wallet of who asks, and how to fill it."""
    return _show(request, reader_of(request))


@require_POST
def top_up(request: HttpRequest) -> HttpResponse:
    """Begin to fill the wallet by a provider."""
    reader = reader_of(request)
    code = request.POST.get("provider", "")
    if code not in providers_here() or reader.market is None:
        raise Http404
    currency = reader.market.currency
    try:
        amount_minor = _typed_minor(request.POST.get("amount", ""), currency)
        key = UUID(request.POST.get("key", ""))
    except ValueError:
        return _show(request, reader, amount_error=gettext("Write an amount such as 20."))
    path = reverse("wallet-payment", args=[key]) + reader.query
    try:
        with asking() as providers:
            begun = begin_top_up(
                shopper_id=shopper_of(request),
                provider=code,
                amount_minor=amount_minor,
                currency=currency,
                key=key,
                now_ms=to_unix_ms(reader.now),
            )
            ask_provider(
                payment_id=begun.id,
                providers=providers,
                description=gettext("Wallet"),
                return_url=address_outside(request, reverse("wallet-payment-return", args=[key]) + reader.query),
                clock_ms=wall_ms,
            )
    except ProviderUnreachable:
        pass  # the page that waits says so
    except Refusal as refusal:
        return _show(request, reader, problem=problem_words(refusal.code))
    return see_other(f"{path}{'&' if reader.query else '?'}go=1")


@require_safe
def payment(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show how a payment that fills the wallet stands."""
    reader, found = reader_of(request), _mine(request, key)
    if found.state is PaymentState.TAKEN:
        return see_other(reverse("wallet") + reader.query)
    look = reverse("wallet-payment-return", args=[key])
    return show_payment(request, reader, found, again=reverse("wallet"), look=look)


@require_safe
def come_back(request: HttpRequest, key: UUID) -> HttpResponse:
    """Look at the provider how a payment stands that fills the wallet, and show it."""
    reader, found = reader_of(request), _mine(request, key)
    look_now(found)
    return see_other(reverse("wallet-payment", args=[key]) + reader.query)


@require_POST
def redeem(request: HttpRequest) -> HttpResponse:
    """Put what a gift card holds into the wallet; ten tries in ten minutes at most."""
    reader, shopper_id = reader_of(request), shopper_of(request)
    if not may_try(request, app="wallet", action="redeem", rates=_REDEEMED, key=str(shopper_id)):
        refused: HttpResponse = ratelimit.respond_429(request)
        return refused
    try:
        came = redeem_gift_card(code=request.POST.get("code", "")[:100], shopper_id=shopper_id, now=reader.now)
    except Refusal as refusal:
        return _show(request, reader, card_error=problem_words(refusal.code))
    amount = money_text(came.amount_minor, came.currency)
    request.session["wallet_told"] = gettext("%(amount)s is in your wallet.") % {"amount": amount}
    return see_other(reverse("wallet") + reader.query)


@require_safe
def movements(request: HttpRequest) -> HttpResponse:
    """Show what moved in the wallet within a season, the newest first."""
    reader, shopper_ids = reader_of(request), my_shoppers(request)
    if not shopper_ids:
        return see_other(reverse("wallet") + reader.query)
    key = str(max(shopper_ids))
    if not may_try(request, app="wallet", action="movements", rates=_MOVEMENTS_READ, key=key, reads=True):
        refused: HttpResponse = ratelimit.respond_429(request)
        return refused
    rows: list[dict[str, str]] = []
    problem = ""
    if _reading.acquire(blocking=False):
        try:
            rows = _movements(reader, shopper_ids)
        except StatementsTooSlow:
            problem = gettext("There is too much to read just now. Come back in a moment.")
        finally:
            _reading.release()
    else:
        problem = gettext("Somebody else's movements are being read. Come back in a moment.")
    context = {"rows": rows, "problem": problem, "days": MOVEMENTS_OF.days}
    return show_alone(request, reader, "storefront/wallet_movements.html", context)


def _movements(reader: Reader, shopper_ids: list[int]) -> list[dict[str, str]]:
    addresses = [(one.lane, one.address) for one in wallets_of(shopper_ids=shopper_ids)]
    found = statements(addresses=addresses, opens_at=reader.now - MOVEMENTS_OF, closes_at=reader.now)
    lines = [(line, one.currency) for one in found for line in one.lines]
    # What went from a guest's wallet into the person's own is no movement of the person's.
    lines = [(line, currency) for line, currency in lines if line.kind is not TransferKind.MERGE]
    lines.sort(key=lambda one: one[0].at, reverse=True)
    zone = reader.market.time_zone if reader.market else "UTC"
    return [
        {
            "at": short_moment_text(line.at, zone),
            "text": movement_text(line.kind),
            "amount": _amount(line, currency),
            "state": "good" if line.credit_minor else "",
        }
        for line, currency in lines[:MOVEMENTS_SHOWN_MAX]
    ]


def _typed_minor(text: str, currency: str) -> int:
    """Return what somebody typed, with a point or a comma, in minor units.

    :raises ValueError: it is no amount, or three digits follow, of which nobody knows whether they are thousands
    """
    typed = text.strip()
    doubtful = _THOUSANDS.search(typed)
    if doubtful and (doubtful[1] == "," or minor_digits(currency) < _DIGITS_OF_THOUSANDS):
        raise ValueError(f"no amount of {currency}: {typed!r}")
    return minor_from_text(typed.replace(",", "."), currency=currency)


def _amount(line: StatementLine, currency: str) -> str:
    sign = "+" if line.credit_minor else "\N{MINUS SIGN}"
    return f"{sign}{money_text(line.credit_minor or line.debit_minor, currency)}"


def _mine(request: HttpRequest, key: UUID) -> PaymentFacts:
    found = payment_of_key(key=key)
    if found is None or found.purchase_id is not None or found.shopper_id not in my_shoppers(request):
        raise Http404
    return found


def _show(
    request: HttpRequest, reader: Reader, *, problem: str = "", amount_error: str = "", card_error: str = ""
) -> HttpResponse:
    shopper_ids = my_shoppers(request)
    found = wallets_of(shopper_ids=shopper_ids) if shopper_ids else []
    sums: dict[str, list[int]] = {}
    for one in found:
        total = sums.setdefault(one.currency, [0, 0])
        total[0] += one.available_minor
        total[1] += one.balance_minor - one.available_minor
    currency = reader.market.currency if reader.market else ""
    if currency:
        sums.setdefault(currency, [0, 0])
    context = {
        "balances": [
            (money_text(available, code), money_text(held, code) if held else "")
            for code, (available, held) in sorted(sums.items(), key=lambda one: one[0] != currency)
        ],
        "currency": currency,
        "most": money_text(TOP_UP_MAX_MINOR, currency) if currency else "",
        "providers": [(code, provider_text(code)) for code in providers_here()],
        "key": draw_key(now_ms=to_unix_ms(reader.now)),
        "amount": request.POST.get("amount", "") if amount_error else "",
        "problem": problem,
        "amount_error": amount_error,
        "card_error": card_error,
        "told": request.session.pop("wallet_told", "") if shopper_ids else "",
    }
    response = show_alone(request, reader, "storefront/wallet.html", context)
    response.status_code = 422 if problem or amount_error or card_error else 200
    return response
