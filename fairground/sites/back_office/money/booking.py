"""Booking what only a provider knows of, out of the books that a page has just compared with ours."""

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext

from fairground.checkout.actions.book_provider_lines import book_provider_lines
from fairground.kernel.edits import ShopBusy
from fairground.payments.reconciling import Reconciliation
from fairground.sites.back_office.site import require
from fairground.sites.back_office.words import by_request, refusal_text

MAY_BOOK = "payments.add_providerline"
REASON_MAX = 200


def book_found(request: HttpRequest, code: str, found: Reconciliation) -> None:
    """Book what is to be booked for the reason that was typed, and say on the page what became of it.

    :raises PermissionDenied: whoever asks may not; nothing was booked
    """
    require(request, MAY_BOOK)
    reason = request.POST.get("reason", "").strip()
    if not 0 < len(reason) <= REASON_MAX:
        messages.error(request, gettext("Say why, in a few words. Nothing changed."))
        return
    try:
        done = book_provider_lines(provider=code, lines=found.to_book, by=by_request(request, reason=reason))
    except ShopBusy as refusal:
        messages.error(request, refusal_text(refusal))
        return
    words = ngettext("%(count)s line was booked.", "%(count)s lines were booked.", done.booked)
    messages.success(request, words % {"count": done.booked})
    if done.unfit:
        words = ngettext(
            "%(count)s line fits no books (its amount, or its name) and was not booked.",
            "%(count)s lines fit no books (their amounts, or their names) and were not booked.",
            done.unfit,
        )
        messages.error(request, words % {"count": done.unfit})
