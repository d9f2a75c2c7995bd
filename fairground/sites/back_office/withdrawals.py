"""Withdrawals of which something is left to do: what was said, until when money is back, and the ways to settle it."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from fairground.checkout.actions.settle_withdrawals import refund_withdrawn, settle_withdrawal
from fairground.dashboard.queries import merchant_names
from fairground.fulfilment.queries import WITHDRAWALS_SHOWN_MAX, WithdrawalFacts, open_withdrawals
from fairground.kernel.ids import parse_id
from fairground.kernel.refusal import Refusal
from fairground.letters.rules import Matter
from fairground.orders.lookup import purchase_numbers
from fairground.settlement.reports.listed import withdrawals_listed
from fairground.sites.back_office.money.files import file_links, list_file
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.told import ToldShown, told_to_merchants
from fairground.sites.back_office.words import by_request, refusal_text


@dataclass(frozen=True, slots=True)
class WithdrawalShown:
    """A withdrawal of the queue; `is_late`: the money should be back already."""

    facts: WithdrawalFacts
    number: str
    merchant: str
    told: list[ToldShown]
    is_late: bool


@require_http_methods(["GET", "HEAD", "POST"])
def withdrawals(request: HttpRequest) -> HttpResponseBase:
    """Show open withdrawals, the most pressing first, or do what a form of them asks."""
    require(request, "fulfilment.view_withdrawal")
    if request.method == "POST":
        require(request, "fulfilment.change_withdrawal")
        _settle(request)
        return HttpResponseRedirect(reverse("admin:withdrawals"))
    file = list_file(request, asked={}, table=lambda: withdrawals_listed(is_open=True))
    if file:
        return file
    now, found = by_request(request).now, open_withdrawals()
    numbers = purchase_numbers(purchase_ids={one.purchase_id for one in found})
    names = merchant_names([one.merchant_id for one in found])
    told = told_to_merchants(matter=Matter.WITHDRAWAL, subject_ids=[one.order_id for one in found])
    rows = [
        WithdrawalShown(
            one,
            numbers.get(one.purchase_id, ""),
            names.get(one.merchant_id, str(one.merchant_id)),
            told.get(one.order_id, []),
            one.refund_by is not None and one.refund_by < now,
        )
        for one in found
    ]
    context = {
        "title": gettext("Withdrawals"),
        "rows": rows,
        "files": file_links({}),
        "is_cut": len(rows) == WITHDRAWALS_SHOWN_MAX,
        "may_settle": request.user.has_perm("fulfilment.change_withdrawal"),
        "may_refund": request.user.has_perm("orders.add_refund"),
    }
    return show_page(request, "back_office/withdrawals.html", context)


def _settle(request: HttpRequest) -> None:
    order_id = parse_id(request.POST.get("order", "")) or 0
    by = by_request(request)
    try:
        if request.POST.get("deed") == "refund":
            require(request, "orders.add_refund")
            refund_withdrawn(order_id=order_id, by=by)
            messages.success(request, gettext("All that was kept is paid back, and the withdrawal is settled."))
        else:
            settle_withdrawal(order_id=order_id, by=by)
            messages.success(request, gettext("The withdrawal is settled."))
    except Refusal as refusal:
        messages.error(request, refusal_text(refusal))
