"""The days of after-sale cases by market: all of them, and the form that sets one market's."""

from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from fairground.aftersales.actions.set_days import set_case_days
from fairground.aftersales.deadlines import NAMES, CaseDays, longest
from fairground.aftersales.market_days import days_by_market
from fairground.kernel.edits import REASON_MAX
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.words import by_request

_LABELS = {
    "answer": _("Merchant answers"),
    "send": _("Buyer sends the goods back"),
    "receipt": _("Goods are received"),
    "escalate": _("Buyer objects to a refusal"),
    "decide": _("We decide"),
    "replace": _("Replacement is sent"),
    "arrive": _("Replacement counts as received"),
    "claim": _("Faulty, wrong or missing goods are claimed"),
}


class CaseDaysForm(forms.Form):
    """The days of one market."""

    reason = forms.CharField(label=_("Why (a law, a decision)"), max_length=REASON_MAX)
    field_order = (*NAMES, "reason")

    def __init__(self, there: CaseDays, data: Any = None) -> None:
        super().__init__(data)
        for name, count in asdict(there).items():
            self.fields[name] = forms.IntegerField(
                label=_LABELS[name], min_value=1, max_value=longest(name), initial=count
            )
        self.order_fields(self.field_order)

    def days(self) -> CaseDays:
        """Return the days that were typed; the form is valid."""
        return CaseDays(**{name: self.cleaned_data[name] for name in NAMES})


@require_safe
def case_days(request: HttpRequest) -> HttpResponse:
    """Show the days of every market."""
    require(request, "aftersales.view_case")
    user: Any = request.user
    context = {
        "title": gettext("Days of cases"),
        "names": [_LABELS[name] for name in NAMES],
        "rows": [(market, tuple(asdict(days).values()), is_own) for market, days, is_own in days_by_market()],
        "may_change": user.has_perm("aftersales.change_marketdays"),
    }
    return show_page(request, "back_office/case_days.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def market_days(request: HttpRequest, code: str) -> HttpResponse:
    """Ask for the days of a market, or set them and lead to all of them."""
    require(request, "aftersales.change_marketdays")
    found = {market.code: (market, days) for market, days, _ in days_by_market()}.get(code)
    if found is None:
        raise Http404
    market, there = found
    form = CaseDaysForm(there, request.POST if request.method == "POST" else None)
    back = reverse("admin:case-days")
    if request.method == "POST" and form.is_valid():
        by = by_request(request, reason=form.cleaned_data["reason"])
        changed = set_case_days(market=code, days=form.days(), by=by)
        messages.success(
            request, gettext("Done. It stands in the audit log.") if changed else gettext("It was so before.")
        )
        return HttpResponseRedirect(back)
    context = {"title": gettext("Days of cases: %(market)s") % {"market": market.name}, "form": form, "back": back}
    return show_page(request, "back_office/market_days.html", context)
