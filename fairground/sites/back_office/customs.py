"""What customs asks: the areas between whose countries it asks nothing, and each market's rule, shown and set."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from fairground.crossborder.actions import set_customs_area, set_duty
from fairground.crossborder.queries import AreaSeen, customs_areas, duty_rules
from fairground.crossborder.rules import (
    AREA_CODE_LENGTH_MAX,
    AREA_NAME_LENGTH_MAX,
    HEADING_MAX_MINOR,
    VALUE_MAX_MINOR,
    DutyRule,
    area_told,
    is_area,
)
from fairground.kernel.edits import By
from fairground.kernel.money import decimal_text
from fairground.kernel.refusal import Refusal
from fairground.markets.queries import MarketFacts, market_facts
from fairground.sites.back_office.fields import BPS_A_PERCENT, MoneyField, PercentField, bps_of, plain_field
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.words import by_request, refusal_text

# Sixty codes of two letters with what stands between them.
_COUNTRIES_LENGTH_MAX = 300


class _SumField(MoneyField):
    """An amount that may be nothing, unless `least_minor` says more."""

    out_of_range = _("An amount is not below zero and within reason.")

    def __init__(self, *, currency: str, label: str, note: str, least_minor: int, most_minor: int) -> None:
        super().__init__(currency=currency, amount_minor=0, label=label)
        self.widget.attrs.pop("class", None)
        self.help_text, self.least_minor, self.most_minor = note, least_minor, most_minor


class RuleForm(forms.Form):
    """What one market asks; `seen` is what it asked when the form was shown."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = ("area", "heading", "share", "up_to")

    def __init__(
        self, *, market: MarketFacts, rule: DutyRule | None, areas: Sequence[AreaSeen], data: Any = None
    ) -> None:
        currency = market.currency
        super().__init__(data, prefix=market.code, initial=_typed(rule, currency))
        self.market, self.name, self.is_set = market.code, market.name, rule is not None
        self._countries = {area.code: frozenset(area.countries) for area in areas}
        self.fields["area"] = forms.ChoiceField(
            label=gettext("Customs area"),
            help_text=gettext("Goods that come into it from outside are asked."),
            choices=[(area.code, f"{area.code}: {area.name}") for area in areas],
        )
        self.fields["heading"] = _SumField(
            currency=currency,
            label=gettext("For each tariff heading in a parcel, %(currency)s") % {"currency": currency},
            note=gettext("Tax comes on top, at the rate of the goods."),
            least_minor=0,
            most_minor=HEADING_MAX_MINOR,
        )
        self.fields["share"] = PercentField(
            label=gettext("And of what the goods are worth, %"),
            help_text=gettext("Without tax and shipping, after what the merchant gives off."),
        )
        self.fields["up_to"] = _SumField(
            currency=currency,
            label=gettext("Up to a parcel worth, %(currency)s") % {"currency": currency},
            note=gettext("Of one that is worth more, customs asks itself when it arrives."),
            least_minor=1,
            most_minor=VALUE_MAX_MINOR,
        )
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        """Say that a rule asks something."""
        data = super().clean() or {}
        if data.get("heading") == 0 and data.get("share") == 0:
            self.add_error("heading", gettext("It asks nothing: then take the rule away."))
        return data

    def write(self, *, by: By, is_removed: bool) -> bool:
        """Set what was typed, or that nothing is asked, and return whether that changed anything."""
        seen = self.data.get(self.add_prefix("seen"), "")
        if is_removed:
            return set_duty(market=self.market, rule=None, by=by, seen=seen)
        data = self.cleaned_data
        rule = DutyRule(
            data["area"], self._countries[data["area"]], data["heading"], bps_of(data["share"]), data["up_to"]
        )
        return set_duty(market=self.market, rule=rule, by=by, seen=seen)


class AreaForm(forms.Form):
    """The countries of an area, or of a new one, which has a code to be chosen."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *, area: AreaSeen | None, data: Any = None) -> None:
        super().__init__(data, prefix=f"area-{area.code if area else ''}")
        self.area, self.area_code = area, area.code if area else ""
        if area is None:
            self.fields["code"] = plain_field(
                label=gettext("Code of the area"),
                note=gettext("Two to eight capital letters."),
                length_max=AREA_CODE_LENGTH_MAX,
                required=True,
            )
        else:
            self.fields["seen"].initial = area_told(area.name, area.countries)
        self.fields["name"] = forms.CharField(
            label=gettext("Name"), max_length=AREA_NAME_LENGTH_MAX, initial=area.name if area else ""
        )
        self.fields["countries"] = plain_field(
            label=gettext("Countries"),
            note=gettext("The two letters of each (ISO 3166-1), with spaces between."),
            lines=True,
            length_max=_COUNTRIES_LENGTH_MAX,
            required=True,
        )
        self.fields["countries"].initial = " ".join(area.countries) if area else ""

    def clean_countries(self) -> list[str]:
        """Return the countries that were typed, each once."""
        return sorted(set(re.findall(r"[^\s,;]+", self.cleaned_data["countries"].upper())))

    def clean(self) -> dict[str, Any]:
        """Say that this is no area."""
        data = super().clean() or {}
        code, countries = data.get("code", self.area_code), data.get("countries")
        if code and countries and not is_area(code=code, name=data.get("name", "-"), countries=countries):
            self.add_error("countries", gettext("The code or one of the countries is none, or they are too many."))
        return data

    def write(self, *, by: By, is_removed: bool) -> bool:
        """Set what was typed, and return whether that changed anything; an area is never taken away."""
        assert not is_removed, self.area_code
        data = self.cleaned_data
        return set_customs_area(
            code=data.get("code", self.area_code),
            name=data["name"],
            countries=data["countries"],
            by=by,
            seen=self.data.get(self.add_prefix("seen"), ""),
        )


def _typed(rule: DutyRule | None, currency: str) -> dict[str, object]:
    if rule is None:
        return {"seen": "", "share": 0, "heading": "", "up_to": ""}
    return {
        "area": rule.area,
        "heading": decimal_text(rule.heading_minor, currency),
        "share": f"{rule.value_bps / BPS_A_PERCENT:g}",
        "up_to": decimal_text(rule.value_max_minor, currency),
        "seen": rule.told,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def customs(request: HttpRequest) -> HttpResponse:
    """Show customs areas and what each market asks; a POST sets one of them, or takes a market's rule away."""
    require(request, "crossborder.view_dutyrule")
    user: Any = request.user
    may_write = user.has_perm("crossborder.change_dutyrule")
    areas, rules = customs_areas(), duty_rules()
    sent = request.POST if request.method == "POST" else {}
    if sent:
        require(request, "crossborder.change_dutyrule")
    rule_forms = [
        RuleForm(
            market=market,
            rule=rules.get(market.code),
            areas=areas,
            data=sent if sent.get("market") == market.code else None,
        )
        for market in market_facts()
    ]
    area_forms = [AreaForm(area=area, data=sent if sent.get("area") == area.code else None) for area in areas]
    if may_write:
        area_forms.append(AreaForm(area=None, data=sent if sent.get("area") == "" else None))
    all_forms: list[RuleForm | AreaForm] = [*rule_forms, *area_forms]
    for form in all_forms:
        if form.is_bound and _is_done(request, form):
            return HttpResponseRedirect(reverse("admin:customs"))
    context = {
        "title": gettext("Customs"),
        "asking": [form for form in rule_forms if form.is_set],
        "silent": [form for form in rule_forms if not form.is_set] if areas else [],
        "area_forms": area_forms,
        "may_write": may_write,
    }
    return show_page(request, "back_office/customs.html", context)


def _is_done(request: HttpRequest, form: RuleForm | AreaForm) -> bool:
    """Write what was typed, and return whether the form has done its work."""
    is_removed = isinstance(form, RuleForm) and request.POST.get("deed") == "remove"
    if not is_removed and not form.is_valid():
        return False
    try:
        changed = form.write(by=by_request(request), is_removed=is_removed)
    except Refusal as refusal:
        messages.error(request, refusal_text(refusal))
    else:
        messages.success(request, gettext("Written.") if changed else gettext("Nothing was changed."))
    return True
