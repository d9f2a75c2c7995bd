"""Booking what only a provider knows of: what is shown before, and that it is what is booked.

The books are kept nowhere between looking and booking: they are asked for or brought once more, and what they say then
must be what was shown, line by line. Files that somebody brings bear no signature: where it takes two people to pay a
merchant (`FAIRGROUND_FOUR_EYES`), nothing is booked by them here.
"""

import json
from collections import Counter
from hashlib import sha256

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext

from fairground.checkout.actions.book_provider_lines import book_provider_lines
from fairground.kernel.edits import ReasonMissing, ShopBusy
from fairground.payments.providers.provider import FileKind
from fairground.payments.reconciling import Reconciliation
from fairground.sites.back_office.promotion_words import amount_text
from fairground.sites.back_office.site import require
from fairground.sites.back_office.words import by_request, refusal_text

MAY_BOOK = "payments.add_providerline"


def may_book_files() -> bool:
    """Return whether what files say, which anybody could have written, may be booked on a page."""
    return not settings.FOUR_EYES


def seen_of(code: str, found: Reconciliation) -> str:
    """Return the name of all that is to be booked of a provider's day: another line, or another amount, has another."""
    lines = [
        (line.line_id, line.kind.value, line.amount_minor, line.currency, line.ref, line.at.isoformat())
        for line in found.to_book
    ]
    return sha256(json.dumps([code, found.day.isoformat(), lines]).encode()).hexdigest()


def sums_to_book(found: Reconciliation) -> list[tuple[FileKind, str]]:
    """Return what the lines that are to be booked come to, by kind and currency, as amounts in words."""
    sums: Counter[tuple[FileKind, str]] = Counter()
    for line in found.to_book:
        sums[line.kind, line.currency] += line.amount_minor
    return [(kind, amount_text(minor, currency)) for (kind, currency), minor in sorted(sums.items())]


def book_found(request: HttpRequest, code: str, found: Reconciliation, *, is_brought: bool) -> None:
    """Book what is to be booked, where it is what was shown, and say on the page what became of it.

    :raises PermissionDenied: whoever asks may not; nothing was booked
    """
    require(request, MAY_BOOK)
    if is_brought and not may_book_files():
        messages.error(request, gettext("Files are booked by the command line alone here. Nothing was booked."))
        return
    if request.POST.get("seen") != seen_of(code, found):
        words = gettext("What is to be booked is not what you were shown: look at it again. Nothing was booked.")
        messages.error(request, words)
        return
    by = by_request(request, reason=request.POST.get("reason", "").strip())
    try:
        done = book_provider_lines(provider=code, lines=found.to_book, by=by)
    except (ReasonMissing, ShopBusy) as refusal:
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
