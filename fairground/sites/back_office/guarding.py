"""When the price guard of a festival asks for a second person."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from fairground.festivals.actions import NoSuchFestival
from fairground.festivals.enrolments import FestivalTerms, festival_terms, has_declarations, set_guard
from fairground.festivals.guard import Thresholds
from fairground.kernel.refusal import Refusal
from fairground.sites.back_office.fields import BPS_A_PERCENT, MoneyField, PercentField, bps_of
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.words import by_request, refusal_text

# The fields of the form by what refusals call them.
_FIELDS = {"floor_bps": "floor", "floor_minor": "amount", "deviation_bps": "deviation", "spread_bps": "spread"}


class GuardForm(forms.Form):
    """What the guard goes by."""

    floor = PercentField(
        label=_("Floor, share of the usual price (%)"), help_text=_("What costs less is looked at by two.")
    )
    deviation = PercentField(
        label=_("Deepest reduction from the lowest price of 30 days, %"),
        help_text=_("What is deeper is looked at by two."),
    )
    spread = PercentField(
        label=_("Widest distance between markets, %"),
        help_text=_("At the festival's rates, unless the usual prices stand apart just so."),
        most=300,
    )

    def __init__(self, terms: FestivalTerms, data: Any = None) -> None:
        asked = terms.thresholds
        initial = {
            "floor": Decimal(asked.floor_bps) / BPS_A_PERCENT,
            "deviation": Decimal(asked.deviation_bps) / BPS_A_PERCENT,
            "spread": Decimal(asked.spread_bps) / BPS_A_PERCENT,
        }
        super().__init__(data, initial=initial)
        label = gettext("Floor, an amount in %(currency)s") % {"currency": terms.currency}
        self.fields["amount"] = MoneyField(currency=terms.currency, amount_minor=None, label=label)
        self.fields["amount"].help_text = gettext("Empty: none. In other currencies at the festival's rates.")
        if asked.floor_minor:
            stated = MoneyField(currency=terms.currency, amount_minor=asked.floor_minor, label=label)
            self.fields["amount"].initial = stated.initial
        self.order_fields(["floor", "amount", "deviation", "spread"])

    def say(self, refusal: Refusal) -> None:
        """Say why what was typed was not written: beside the field that the refusal names, else above all of them."""
        self.add_error(_FIELDS.get(str(refusal.facts.get("field"))), refusal_text(refusal))

    def thresholds(self) -> Thresholds:
        """Return what was typed, in basis points and minor units."""
        data = self.cleaned_data
        shares = [bps_of(data[name]) for name in ("floor", "deviation", "spread")]
        return Thresholds(shares[0], data["amount"] or 0, shares[1], shares[2])


@require_http_methods(["GET", "HEAD", "POST"])
def guard(request: HttpRequest, festival: str) -> HttpResponse:
    """Show what the guard of a festival goes by, or write it."""
    require(request, "festivals.change_festival")
    try:
        terms = festival_terms(festival=festival)
    except NoSuchFestival:
        raise Http404 from None
    form = GuardForm(terms, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            changed = set_guard(festival=festival, thresholds=form.thresholds(), by=by_request(request))
        except Refusal as refusal:
            form.say(refusal)
        else:
            messages.success(request, gettext("Saved.") if changed else gettext("Nothing was changed."))
            return HttpResponseRedirect(request.path)
    context = {
        "title": gettext("Price guard"),
        "form": form,
        "festival": festival,
        "only_stricter": has_declarations(festival=festival),
        "back": reverse("admin:festivals_festival_change", args=[festival]),
    }
    return show_page(request, "back_office/guard.html", context)
