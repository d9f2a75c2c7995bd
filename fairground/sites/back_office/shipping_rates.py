"""What a merchant asks for shipping, market by market: shown, set, and taken away."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from fairground.kernel.money import decimal_text
from fairground.kernel.refusal import Refusal
from fairground.markets.queries import MarketFacts, market_facts, reference_rates
from fairground.markets.rules import ReferenceRates
from fairground.merchants.actions import set_shipping
from fairground.merchants.queries import merchants_by_id, shipping_by_market
from fairground.merchants.rules import SHIPPING_DAYS_MAX, ShippingRate, shipping_limits
from fairground.sites.back_office.fields import MoneyField
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.words import by_request, refusal_text


class SumField(MoneyField):
    """An amount that may be nothing."""

    least_minor = 0
    out_of_range = _("An amount is not below zero and within reason.")

    def __init__(self, *, currency: str, label: str, note: str, most_minor: int) -> None:
        super().__init__(currency=currency, amount_minor=0, label=label)
        self.widget.attrs.pop("class", None)
        self.help_text, self.most_minor, self.required = note, most_minor, True


class RateForm(forms.Form):
    """What shipping costs in one market, and how long it takes; `seen` is what it was when the form was shown."""

    days_min = forms.IntegerField(label=_("Days, at least"), min_value=1, max_value=SHIPPING_DAYS_MAX)
    days_max = forms.IntegerField(label=_("Days, at most"), min_value=1, max_value=SHIPPING_DAYS_MAX)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = ("price", "free_from", "days_min", "days_max")

    def __init__(
        self, *, market: MarketFacts, rate: ShippingRate | None, reference: ReferenceRates, data: Any = None
    ) -> None:
        currency = market.currency
        super().__init__(data, prefix=market.code, initial=_typed(rate, currency))
        price_max_minor, free_from_max_minor = shipping_limits(currency=currency, rates=reference)
        self.market, self.name, self.is_set = market.code, market.name, rate is not None
        self.fields["price"] = SumField(
            currency=currency,
            label=gettext("Price an order, %(currency)s") % {"currency": currency},
            note=gettext("Taxed as the goods are. 0: it is free."),
            most_minor=price_max_minor,
        )
        self.fields["free_from"] = SumField(
            currency=currency,
            label=gettext("Free from goods of, %(currency)s") % {"currency": currency},
            note=gettext("At the prices asked, before coupons. 0: however much is ordered, it costs the same."),
            most_minor=free_from_max_minor,
        )
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        """Say that the last day does not come before the first."""
        data = super().clean() or {}
        if data.get("days_min", 0) > data.get("days_max", SHIPPING_DAYS_MAX):
            self.add_error("days_max", gettext("That is before the first day."))
        return data

    def asked(self) -> ShippingRate:
        """Return what was typed."""
        data = self.cleaned_data
        return ShippingRate(data["price"], data["free_from"], data["days_min"], data["days_max"])


def _typed(rate: ShippingRate | None, currency: str) -> dict[str, object]:
    if rate is None:
        return {"seen": ""}
    return {
        "price": decimal_text(rate.price_minor, currency),
        "free_from": decimal_text(rate.free_from_minor, currency),
        "days_min": rate.days_min,
        "days_max": rate.days_max,
        "seen": rate.told,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def shipping_rates(request: HttpRequest, merchant_id: int) -> HttpResponse:
    """Show what a merchant asks for shipping in each market; a POST sets it in one of them, or takes it away.

    :raises Http404: there is no such merchant
    """
    require(request, "merchants.view_merchant")
    merchant = merchants_by_id(ids=[merchant_id]).get(merchant_id)
    if merchant is None:
        raise Http404
    user: Any = request.user
    rates = shipping_by_market(merchant_id=merchant_id)
    asked = request.POST.get("market", "") if request.method == "POST" else ""
    forms_shown, reference = [], reference_rates()
    for market in market_facts():
        data = request.POST if market.code == asked else None
        form = RateForm(market=market, rate=rates.get(market.code), reference=reference, data=data)
        if data is not None:
            require(request, "merchants.change_merchant")
            if _is_done(request, merchant_id, form):
                return HttpResponseRedirect(reverse("admin:shipping-rates", args=[merchant_id]))
        forms_shown.append(form)
    context = {
        "title": gettext("Shipping of %(merchant)s") % {"merchant": merchant.name},
        "merchant": merchant,
        "forms": forms_shown,
        "may_write": user.has_perm("merchants.change_merchant"),
    }
    return show_page(request, "back_office/shipping_rates.html", context)


def _is_done(request: HttpRequest, merchant_id: int, form: RateForm) -> bool:
    """Write what was typed, or that nothing is asked, and return whether the form has done its work."""
    is_removed = request.POST.get("deed") == "remove"
    if not is_removed and not form.is_valid():
        return False
    seen = request.POST.get(f"{form.market}-seen", "")
    try:
        changed = set_shipping(
            merchant_id=merchant_id,
            rates={form.market: None if is_removed else form.asked()},
            by=by_request(request),
            seen={form.market: seen},
        )
    except Refusal as refusal:
        messages.error(request, refusal_text(refusal))
    else:
        messages.success(request, gettext("Written.") if changed else gettext("Nothing was changed."))
    return True
