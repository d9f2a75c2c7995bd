"""What a person may ask of what is kept: to have all of it, and to have it erased."""

from datetime import UTC, datetime
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.core.internal import ratelimit
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from fairground.aftersales.actions.erase_words import CaseStillOpen, erase_words_of
from fairground.checkout.actions.erase_person import (
    OrderNotShipped,
    PaymentNotOver,
    WalletNotEmpty,
    WithdrawalNotSettled,
    erase_person,
)
from fairground.ledger.queries import StatementsTooSlow
from fairground.sites.people.own_data import ExportUnderWay, read_wallets, write_own_data

_RETRY_AFTER_S = 30
# Statements of wallets read all transfers of the realm (ledger.queries).
_EXPORTS = {"export": "3/10m/user"}


@login_required
@require_safe
def own_data(request: HttpRequest) -> HttpResponse:
    """Say what is kept, for how long, and what one may do about it."""
    return render(request, "people/data.html")


@login_required
@require_safe
@reauthentication_required  # type: ignore[untyped-decorator]
def export_data(request: HttpRequest) -> HttpResponseBase:
    """Give the person all that is kept, as a file; three times in ten minutes at most."""
    if not ratelimit.consume(request, app="people", action="export", config=_EXPORTS, limit_get=True):
        refused: HttpResponse = ratelimit.respond_429(request)
        return refused
    user: Any = request.user
    now = datetime.now(UTC)
    try:
        wallets = read_wallets(user_id=user.id, now=now)
    except (ExportUnderWay, StatementsTooSlow):
        words = gettext("Too many documents are asked for just now; come back in a moment.")
        headers = {"Retry-After": str(_RETRY_AFTER_S)}
        return HttpResponse(words, status=503, content_type="text/plain; charset=utf-8", headers=headers)
    pieces = write_own_data(user_id=user.id, now=now, wallets=wallets)
    headers = {"Content-Disposition": 'attachment; filename="fairground-data.json"'}
    return StreamingHttpResponse(pieces, content_type="application/json", headers=headers)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required  # type: ignore[untyped-decorator]
def erase_data(request: HttpRequest) -> HttpResponse:
    """Ask once more, by the e-mail that has to be typed, then erase the person and end the session."""
    user: Any = request.user
    error, money_left, order_waits, case_open, is_paying = "", False, False, False, False
    if request.method == "POST":
        if request.POST.get("email", "").strip().lower() != user.email:
            error = gettext("That is not the e-mail you are signed in with. Nothing was erased.")
        else:
            try:
                erase_person(user_id=user.id, now=datetime.now(UTC), besides=erase_words_of)
            except WalletNotEmpty:
                money_left = True
            except OrderNotShipped:
                order_waits = True
            except WithdrawalNotSettled:
                error = gettext("You withdrew from an order whose money is not back yet. Nothing was erased.")
            except CaseStillOpen:
                case_open = True
            except PaymentNotOver:
                is_paying = True
            else:
                logout(request)
                return HttpResponseRedirect(reverse("erased"), status=303)
    status = 409 if money_left or order_waits or case_open or is_paying else 422 if error else 200
    context = {
        "error": error,
        "money_left": money_left,
        "order_waits": order_waits,
        "case_open": case_open,
        "is_paying": is_paying,
    }
    return render(request, "people/erase.html", context, status=status)


@require_safe
def erased(request: HttpRequest) -> HttpResponse:
    """Say that it was done, to nobody in particular."""
    return render(request, "people/erased.html")
