"""Returns to payment providers that are not over, and those that failed, which may be asked for again."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from fairground.checkout.actions.ask_again import ask_return_again
from fairground.kernel.edits import REASON_MAX
from fairground.kernel.ids import parse_id
from fairground.kernel.refusal import Refusal
from fairground.payments.life import RefundState
from fairground.payments.returns import RETURNS_SHOWN_MAX, ReturnSeen, returns_to_look_at
from fairground.settlement.reports.listed import returns_listed
from fairground.sites.back_office.money.files import file_links, list_file
from fairground.sites.back_office.promotion_words import amount_text
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.words import by_request, refusal_text


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """A return in words; `is_undone`: it had arrived, and came back from the provider.

    `left` is what of one that failed no dispute took.
    """

    seen: ReturnSeen
    amount: str
    left: str
    is_undone: bool


@require_http_methods(["GET", "HEAD", "POST"])
def returns(request: HttpRequest) -> HttpResponseBase:
    """Show what is asked for and not returned yet, or what failed; or ask again for one that did."""
    require(request, "payments.view_payment")
    if request.method == "POST":
        require(request, "payments.change_paymentrefund")
        _ask_again(request)
        return HttpResponseRedirect(f"{reverse('admin:returns')}?failed=1")
    is_failed = request.GET.get("failed") == "1"
    asked = {"failed": "1" if is_failed else ""}
    file = list_file(request, asked=asked, table=lambda: returns_listed(is_failed=is_failed))
    if file:
        return file
    rows = [
        ReturnRow(
            seen=one,
            amount=amount_text(one.amount_minor, one.currency),
            left=amount_text(one.left_minor, one.currency),
            is_undone=one.state is RefundState.UNDONE,
        )
        for one in returns_to_look_at(is_failed=is_failed)
    ]
    context = {
        "title": gettext("Returns to payment providers"),
        "rows": rows,
        "is_failed": is_failed,
        "may_ask": is_failed and request.user.has_perm("payments.change_paymentrefund"),
        "reason_max": REASON_MAX,
        "files": file_links(asked),
        "is_cut": len(rows) == RETURNS_SHOWN_MAX,
    }
    return show_page(request, "back_office/returns.html", context)


def _ask_again(request: HttpRequest) -> None:
    reason = request.POST.get("reason", "").strip()
    try:
        ask_return_again(refund_id=parse_id(request.POST.get("return", "")) or 0, by=by_request(request, reason=reason))
    except Refusal as refusal:
        messages.error(request, refusal_text(refusal))
        return
    words = gettext("The provider is asked again. Until it has said what it did, the money is set aside in the wallet.")
    messages.success(request, words)
