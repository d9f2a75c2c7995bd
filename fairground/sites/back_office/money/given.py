"""Gift cards that were issued and credit that was granted: listed by day, and as files."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext, pgettext_lazy
from django.views.decorators.http import require_safe

from fairground.kernel.money import Money
from fairground.settlement.reports.listed import credit_listed, gift_cards_listed
from fairground.settlement.reports.tables import Cell, Table
from fairground.sites.back_office.money.days import days_of
from fairground.sites.back_office.money.files import file_links, list_file, told_if_refused
from fairground.sites.back_office.promotion_words import amount_text
from fairground.sites.back_office.site import require, show_page

# The page shows the last ones; the file has all of its days.
ROWS_SHOWN_MAX = 200
CARD_STATES = {
    "open": pgettext_lazy("of a gift card", "open"),
    "redeemed": pgettext_lazy("of a gift card", "redeemed"),
    "ended": pgettext_lazy("of a gift card", "ended"),
}
CARD_SOURCES = {
    "": "",
    "sold": pgettext_lazy("of a gift card", "sold"),
    "given": pgettext_lazy("of a gift card", "given away"),
}


@require_safe
def gift_cards_issued(request: HttpRequest) -> HttpResponseBase:
    """Show gift cards, the last first: how much, until when, how they stand, who issued and who has redeemed them.

    Their codes are nowhere.
    """
    require(request, "payments.view_giftcard")
    context = {
        "title": gettext("Gift cards"),
        "note": gettext(
            "Nobody can read the codes again. What is owed for open cards is in the trial balance. A card that was"
            " redeemed is in the shopper's wallet, what one held that ended is the platform's."
        ),
        "ways": [("admin:gift-cards", gettext("Issue gift cards"))] if _may(request, "payments.add_giftcard") else [],
    }
    heads = {
        "issued_at": gettext("Issued (UTC)"),
        "amount": gettext("Amount"),
        "state": gettext("State"),
        "expires_at": gettext("Good until (UTC)"),
        "redeemed_at": gettext("Redeemed (UTC)"),
        "shopper": gettext("Shopper"),
        "source": gettext("Source"),
        "reason": gettext("Why"),
        "granted_by": gettext("Issued by"),
        "card": gettext("Number"),
    }
    return _listed(request, partial(gift_cards_listed, now=datetime.now(UTC)), heads, context)


@require_safe
def credit_granted(request: HttpRequest) -> HttpResponseBase:
    """Show the credit that the staff granted, the last first: how much, to whom, why, and by whom."""
    require(request, "payments.view_credit")
    context = {
        "title": gettext("Credit granted"),
        "note": gettext(
            "It went into wallets as a gift of the platform. Where nobody is named, it was the command line, or nobody"
            " had written it down yet."
        ),
        "ways": [("admin:credit", gettext("Grant credit"))] if _may(request, "payments.add_credit") else [],
    }
    heads = {
        "at": gettext("Granted (UTC)"),
        "amount": gettext("Amount"),
        "shopper": gettext("Shopper"),
        "reason": gettext("Why"),
        "granted_by": gettext("Granted by"),
        "transfer": gettext("Transfer"),
    }
    return _listed(request, credit_listed, heads, context)


def _listed(
    request: HttpRequest, read: Callable[..., Table], heads: dict[str, str], context: dict[str, Any]
) -> HttpResponseBase:
    days = days_of(request)
    file = list_file(request, asked=days.asked, table=lambda: read(span=days.span))
    if file:
        return file
    shown: dict[str, object] = {**context, "asked": days.asked, "files": file_links(days.asked)}
    with told_if_refused(request):
        table = read(span=days.span, first=ROWS_SHOWN_MAX + 1)
        shown["heads"] = [(words, name == "amount") for name, words in heads.items()]
        shown["rows"] = [_cells(table.columns, row, heads) for row in table.rows[:ROWS_SHOWN_MAX]]
        shown["is_cut"] = len(table.rows) > ROWS_SHOWN_MAX
    return show_page(request, "back_office/money/given.html", shown)


def _cells(columns: Sequence[str], row: Sequence[Cell], heads: dict[str, str]) -> list[tuple[str, Cell]]:
    known = dict(zip(columns, row, strict=True))
    return [(name, _words(name, known[name])) for name in heads]


def _words(name: str, cell: Cell) -> Cell:
    if name == "state":
        return str(CARD_STATES[str(cell)])
    if name == "source":
        return str(CARD_SOURCES[str(cell)])
    return amount_text(cell.amount_minor, cell.currency) if isinstance(cell, Money) else cell


def _may(request: HttpRequest, permission: str) -> bool:
    user: Any = request.user
    return bool(user.has_perm(permission))
