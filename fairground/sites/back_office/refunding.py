"""Refunding units of a paid purchase by hand."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from fairground.catalog.rules import QUANTITY_MAX
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.checkout.rules.refunding import PAID_STEPS, LineKey, RefundedSince, TooManyUnits
from fairground.kernel.money import decimal_text
from fairground.kernel.refusal import Refusal
from fairground.orders.lookup import PurchaseWhole, purchase_whole
from fairground.orders.refunds import RefundShown, refunds_of_orders
from fairground.orders.rules import REASONS_GIVEN, RefundReason
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.words import REFUND_REASONS, by_request, refusal_text


class RefundForm(forms.Form):
    """Which units go back, and why. No line is chosen before somebody chooses one."""

    line = forms.ChoiceField(label=_("Line"))
    units = forms.IntegerField(label=_("Units"), min_value=1, max_value=QUANTITY_MAX, initial=1)
    reason = forms.ChoiceField(
        label=_("Reason"), choices=[(one.name.lower(), REFUND_REASONS[one]) for one in REASONS_GIVEN]
    )

    def __init__(self, choices: Sequence[tuple[str, str]], data: Any = None) -> None:
        super().__init__(data)
        line = self.fields["line"]
        assert isinstance(line, forms.ChoiceField), line
        line.choices = [("", gettext("Choose a line")), *choices]
        # What was shown is no choice any more once other units of the line are left.
        line.error_messages["invalid_choice"] = refusal_text(RefundedSince())


@require_http_methods(["GET", "HEAD", "POST"])
def refund(request: HttpRequest, number: str) -> HttpResponse:
    """Ask which units of a purchase shall go back; a POST pays them back and leads to the purchase."""
    require(request, "orders.view_purchase")
    require(request, "orders.add_refund")
    whole = purchase_whole(number=number)
    if whole is None:
        raise Http404
    back = reverse("admin:purchase", args=[whole.purchase.number])
    kept = units_kept(whole, refunds_of_orders([order.id for order in whole.orders]))
    form = RefundForm(_choices(whole, kept), request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        order_id, line_no, seen = map(int, form.cleaned_data["line"].split("-"))
        key: LineKey = (order_id, line_no)
        try:
            refunded = refund_lines(
                units={key: form.cleaned_data["units"]},
                reason=RefundReason[form.cleaned_data["reason"].upper()],
                by=by_request(request),
                seen={key: seen},
            )
        except TooManyUnits as refusal:
            form.add_error("units", refusal_text(refusal))
        except Refusal as refusal:
            messages.error(request, refusal_text(refusal))
        else:
            paid_minor, currency = sum(one.paid_minor for one in refunded), refunded[0].currency
            amount = f"{decimal_text(paid_minor, currency)} {currency}"
            messages.success(request, gettext("%(amount)s goes back to where it was paid from.") % {"amount": amount})
            return HttpResponseRedirect(back)
    context = {
        "title": gettext("Refund units of %(number)s") % {"number": whole.purchase.number},
        "form": form if kept else None,
        "number": whole.purchase.number,
        "back": back,
    }
    return show_page(request, "back_office/refund.html", context)


def units_kept(whole: PurchaseWhole, refunds: Mapping[int, Sequence[RefundShown]]) -> dict[LineKey, int]:
    """Return of which lines of a purchase units are paid and kept, and how many."""
    kept: dict[LineKey, int] = {}
    for order in whole.orders:
        if order.state in PAID_STEPS:
            for line in order.lines:
                gone = sum(one.units for one in refunds.get(order.id, ()) if one.line_no == line.line_no)
                if gone < line.quantity:
                    kept[order.id, line.line_no] = line.quantity - gone
    return kept


def _choices(whole: PurchaseWhole, kept: Mapping[LineKey, int]) -> list[tuple[str, str]]:
    """A line as it is chosen carries how many units of it were left when the form was shown."""
    words = gettext("Order %(order)s, line %(line)s: %(title)s, %(units)s left")
    return [
        (
            f"{order.id}-{line.line_no}-{kept[order.id, line.line_no]}",
            words
            % {
                "order": order.position,
                "line": line.line_no,
                "title": line.title,
                "units": kept[order.id, line.line_no],
            },
        )
        for order in whole.orders
        for line in order.lines
        if (order.id, line.line_no) in kept
    ]
