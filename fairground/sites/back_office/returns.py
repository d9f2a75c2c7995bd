"""Returns to payment providers that are not over, and those that failed, for who looks after them."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from fairground.payments.returns import RETURNS_SHOWN_MAX, ReturnSeen, returns_to_look_at
from fairground.settlement.reports.listed import returns_listed
from fairground.sites.back_office.money.files import file_links, list_file
from fairground.sites.back_office.promotion_words import amount_text
from fairground.sites.back_office.site import require, show_page


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """A return in words."""

    seen: ReturnSeen
    amount: str


@require_safe
def returns(request: HttpRequest) -> HttpResponseBase:
    """Show what is asked for and not returned yet, or what failed."""
    require(request, "payments.view_payment")
    is_failed = request.GET.get("failed") == "1"
    asked = {"failed": "1" if is_failed else ""}
    file = list_file(request, asked=asked, table=lambda: returns_listed(is_failed=is_failed))
    if file:
        return file
    rows = [
        ReturnRow(one, amount_text(one.amount_minor, one.currency)) for one in returns_to_look_at(is_failed=is_failed)
    ]
    context = {
        "title": gettext("Returns to payment providers"),
        "rows": rows,
        "is_failed": is_failed,
        "files": file_links(asked),
        "is_cut": len(rows) == RETURNS_SHOWN_MAX,
    }
    return show_page(request, "back_office/returns.html", context)
