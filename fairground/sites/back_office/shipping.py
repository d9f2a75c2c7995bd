"""Shipping an order by hand, and saying that it came; how its parcels and its withdrawal are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from fairground.checkout.actions.ship_orders import ParcelWritten, deliver_order, ship_orders
from fairground.checkout.rules.shipping import ParcelAsked, units_shipped
from fairground.fulfilment.queries import WithdrawalFacts, parcels_of, withdrawals_of
from fairground.fulfilment.rules import (
    CARRIER_LENGTH_MAX,
    TRACKING_LENGTH_MAX,
    Parcel,
    WithdrawalEnd,
    tidy_carrier,
    tidy_tracking,
)
from fairground.kernel.refusal import Refusal
from fairground.orders.lookup import OrderFacts, purchase_whole
from fairground.orders.refunds import refunds_of_orders
from fairground.orders.rules import Step
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.words import WITHDRAWAL_ENDS, by_request, refusal_text

PERMISSION = "fulfilment.add_shipment"


@dataclass(frozen=True, slots=True)
class OrderLeaving:
    """How an order leaves: its parcels, what can be done now, and its withdrawal in words."""

    parcels: Sequence[Parcel]
    may_ship: bool
    may_deliver: bool
    withdrawal: WithdrawalFacts | None
    withdrawal_text: str


def leaving_of(orders: Sequence[OrderFacts], *, may_ship: bool) -> dict[int, OrderLeaving]:
    """Return by order id how orders leave; `may_ship`: who asks may change that."""
    ids = [one.id for one in orders]
    parcels, withdrawals = parcels_of(order_ids=ids), withdrawals_of(order_ids=ids)
    return {
        one.id: OrderLeaving(
            parcels=parcels.get(one.id, []),
            may_ship=may_ship and one.state is Step.PAID,
            may_deliver=may_ship and one.state is Step.SHIPPED,
            withdrawal=withdrawals.get(one.id),
            withdrawal_text=withdrawal_text(withdrawals[one.id]) if one.id in withdrawals else "",
        )
        for one in orders
    }


def withdrawal_text(withdrawal: WithdrawalFacts) -> str:
    """Return where a withdrawal stands."""
    if withdrawal.outcome is WithdrawalEnd.NOTED and withdrawal.settled_at:
        return gettext("Settled")
    return str(WITHDRAWAL_ENDS[withdrawal.outcome])


class ParcelForm(forms.Form):
    """A parcel: with whom it leaves, under which number, and how many units of each line are in it."""

    carrier = forms.CharField(label=_("Carrier"), max_length=CARRIER_LENGTH_MAX)
    tracking = forms.CharField(
        label=_("Tracking number"),
        max_length=TRACKING_LENGTH_MAX,
        required=False,
        help_text=_("Needed where not all of the order is in the parcel."),
    )

    def __init__(self, left: Mapping[int, tuple[str, int]], data: Any = None) -> None:
        super().__init__(data)
        self._lines = list(left)
        for line_no, (title, units) in left.items():
            self.fields[f"line-{line_no}"] = forms.IntegerField(
                label=gettext("Units of line %(line)s: %(title)s") % {"line": line_no, "title": title},
                min_value=0,
                max_value=units,
                initial=units,
            )

    def asked(self, order_id: int) -> ParcelAsked:
        """Return the parcel that was asked for; the form is valid."""
        units = {line_no: self.cleaned_data[f"line-{line_no}"] for line_no in self._lines}
        return ParcelAsked(
            order_id,
            tidy_carrier(self.cleaned_data["carrier"]),
            tidy_tracking(self.cleaned_data["tracking"]),
            {line_no: count for line_no, count in units.items() if count},
        )


@require_http_methods(["GET", "HEAD", "POST"])
def ship(request: HttpRequest, number: str, position: int) -> HttpResponse:
    """Ask what leaves of an order, and how; a POST writes the parcel and leads to the purchase."""
    order, number = _order(request, number, position)
    back = reverse("admin:purchase", args=[number])
    left = _left(order)
    form = ParcelForm(left, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        asked = form.asked(order.id)
        if not asked.units:
            form.add_error(None, gettext("Nothing is in the parcel."))
        else:
            try:
                (outcome,) = ship_orders(asked=[asked], by=by_request(request))
            except Refusal as refusal:
                outcome = refusal
            if isinstance(outcome, ParcelWritten):
                words = gettext("The order is shipped.") if outcome.shipped else gettext("The parcel is written.")
                messages.success(request, words)
                return HttpResponseRedirect(back)
            form.add_error(None, refusal_text(outcome))
    context = {
        "title": gettext("Ship order %(number)s") % {"number": f"{number}-{position}"},
        "form": form if left else None,
        "number": number,
        "back": back,
    }
    return show_page(request, "back_office/ship.html", context)


@require_POST
def delivered(request: HttpRequest, number: str, position: int) -> HttpResponse:
    """Say that an order came, and lead to its purchase."""
    order, number = _order(request, number, position)
    try:
        deliver_order(order_id=order.id, by=by_request(request))
    except Refusal as refusal:
        messages.error(request, refusal_text(refusal))
    else:
        messages.success(request, gettext("The order is delivered."))
    return HttpResponseRedirect(reverse("admin:purchase", args=[number]))


def _order(request: HttpRequest, number: str, position: int) -> tuple[OrderFacts, str]:
    require(request, "orders.view_purchase")
    require(request, PERMISSION)
    whole = purchase_whole(number=number)
    found = next((one for one in whole.orders if one.position == position), None) if whole else None
    if whole is None or found is None:
        raise Http404
    return found, whole.purchase.number


def _left(order: OrderFacts) -> dict[int, tuple[str, int]]:
    """Return the title of each line of a paid order of which units are here, and how many."""
    if order.state is not Step.PAID:
        return {}
    shipped = units_shipped(parcels_of(order_ids=[order.id]).get(order.id, []))
    back: dict[int, int] = {}
    for one in refunds_of_orders([order.id]).get(order.id, []):
        back[one.line_no] = back.get(one.line_no, 0) + one.units
    left = {
        one.line_no: (one.title, one.quantity - back.get(one.line_no, 0) - shipped.get(one.line_no, 0))
        for one in order.lines
    }
    return {line_no: (title, units) for line_no, (title, units) in left.items() if units}
