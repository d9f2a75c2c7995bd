"""What the platform takes of what is sold: what holds, how it came to that, and the form that sets it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from fairground.catalog.queries import category_names
from fairground.kernel.refusal import Refusal
from fairground.merchants.queries import MerchantFacts, merchant_facts
from fairground.settlement.actions.set_fees import set_fee
from fairground.settlement.queries import FeeStanding, fee_standing
from fairground.settlement.reports.fees import (
    FeeNow,
    FeesAsked,
    FeeSet,
    SetBy,
    all_fees,
    fee_history,
    fees_holding,
    own_fees,
    whole_fee_history,
)
from fairground.settlement.reports.written_fees import fee_history_table, fees_table
from fairground.sites.back_office.fields import BPS_A_PERCENT, PercentField, bps_of, page_number, typed_text
from fairground.sites.back_office.money.files import asked_file, file_answer, file_links, told_if_refused
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.tables import PAGES_MAX
from fairground.sites.back_office.words import by_request, refusal_text
from fairground.sites.languages import catalogue_language, in_language

ROWS_A_PAGE = 50
# Of what holds for categories; a category or a merchant that is asked for shows the others, and the file has all.
FEES_SHOWN_MAX = 200
REASON_LENGTH_MAX = 300


@dataclass(frozen=True, slots=True)
class FeeShown:
    """A commission that holds; `query` leads to the form that sets another."""

    category: str
    name: str
    whose: str
    rate: str
    since: datetime
    who: str
    why: str
    query: str

    @classmethod
    def of(cls, one: FeeNow, *, name: str) -> "FeeShown":
        """Return a commission as it is shown, of a category of this name."""
        return cls(
            category=one.category,
            name=name,
            whose=one.name,
            rate=percent_text(one.commission_bps),
            since=one.since,
            who=_who(one.set_by),
            why=one.set_by.reason,
            query=urlencode({"category": one.category, "merchant": one.slug}),
        )


@dataclass(frozen=True, slots=True)
class StepShown:
    """How a commission was set."""

    at: datetime
    category: str
    merchant: str
    before: str
    after: str
    who: str
    why: str

    @classmethod
    def of(cls, one: FeeSet) -> "StepShown":
        """Return a step of the history as it is shown."""
        before, after = percent_text(one.before_bps), percent_text(one.commission_bps)
        return cls(one.at, one.category, one.slug, before, after, _who(one.set_by), one.set_by.reason)


@require_safe
def fees(request: HttpRequest) -> HttpResponseBase:
    """Show what holds for categories and merchants, and the history; both as files too."""
    require(request, "settlement.view_feerate")
    asked = {name: typed_text(request.GET, name) for name in ("category", "merchant")}
    sought = FeesAsked(**asked)
    page = page_number(request.GET.get("page", ""), most=PAGES_MAX)
    after = typed_text(request.GET, "after")
    context: dict[str, object] = {
        "title": gettext("Commissions"),
        "asked": asked,
        "files": file_links(asked),
        "history_files": file_links({**asked, "of": "history"}),
        "first": f"?{urlencode(asked)}" if page > 1 or after else None,
    }
    with told_if_refused(request):
        form = asked_file(request)
        if form and request.GET.get("of") == "history":
            return file_answer(fee_history_table(whole_fee_history(asked=sought)), form)
        if form:
            return file_answer(fees_table(*all_fees(asked=sought)), form)
        context |= _holding(sought)
        if not sought.category:
            context |= _own(sought.merchant, after)
        history = fee_history(asked=sought, rows_max=ROWS_A_PAGE + 1, passed_over=(page - 1) * ROWS_A_PAGE)
        context["history"] = [StepShown.of(one) for one in history[:ROWS_A_PAGE]]
        if len(history) > ROWS_A_PAGE and page < PAGES_MAX:
            context["next"] = urlencode({**asked, "page": page + 1})
    return show_page(request, "back_office/money/fees.html", context)


def _holding(sought: FeesAsked) -> dict[str, object]:
    found = fees_holding(asked=sought, rows_max=FEES_SHOWN_MAX + 1)
    names = category_names(codes={one.category for one in found})
    rows = [FeeShown.of(one, name=_name(names, one.category)) for one in found[:FEES_SHOWN_MAX]]
    return {"rows": rows, "are_more": len(found) > FEES_SHOWN_MAX}


def _own(merchant: str, after: str) -> dict[str, object]:
    found = own_fees(merchant=merchant, after=after, rows_max=ROWS_A_PAGE + 1)
    shown = found[:ROWS_A_PAGE]
    ways = [reverse("admin:merchants_merchant_change", args=[one.merchant_id]) for one in shown]
    rows = [(one.name, one.slug, percent_text(one.commission_bps), way) for one, way in zip(shown, ways, strict=True)]
    more = urlencode({"merchant": merchant, "after": shown[-1].slug}) if len(found) > ROWS_A_PAGE else None
    return {"own": rows, "more_own": more}


class FeeForm(forms.Form):
    """Another commission from now on, and why."""

    percent = PercentField(label=_("From now on, %"), required=True)
    reason = forms.CharField(label=_("Why? It stands in the audit log."), max_length=REASON_LENGTH_MAX, required=False)


@require_http_methods(["GET", "HEAD", "POST"])
def set_rate(request: HttpRequest) -> HttpResponse:
    """Show how the commission of a category and merchant stands, and set it; or let what was set hold no more."""
    require(request, "settlement.add_feerate")
    category, slug = typed_text(request.GET, "category"), typed_text(request.GET, "merchant")
    names, merchant = category_names(codes=[category]), merchant_facts(slug=slug) if slug else None
    back = f"{reverse('admin:fees')}?{urlencode({'category': category, 'merchant': slug})}"
    if not names or (slug and merchant is None):
        words = gettext("There is no such merchant.") if names else gettext("There is no such category.")
        messages.error(request, words)
        return HttpResponseRedirect(reverse("admin:fees"))
    standing = fee_standing(category=category, merchant_id=merchant.id if merchant else None)
    form = FeeForm(request.POST if request.POST.get("deed") == "set" else None)
    if request.method == "POST" and (request.POST.get("deed") == "end" or form.is_valid()):
        _set(request, category, merchant, form)
        return HttpResponseRedirect(back)
    context = {
        "title": gettext("Set a commission"),
        "category": category,
        "name": _name(names, category),
        "merchant": merchant,
        "own": percent_text(standing.own_bps) if standing.own_bps is not None else None,
        "holds": _holds_text(standing, merchant),
        "form": form,
        # A form that is shown again keeps what it showed first.
        "seen": request.POST.get("seen", "") if request.method == "POST" else standing.last_id,
        "reason_max": REASON_LENGTH_MAX,
        "back": back,
    }
    return show_page(request, "back_office/money/fee.html", context)


def _set(request: HttpRequest, category: str, merchant: MerchantFacts | None, form: FeeForm) -> None:
    seen = request.POST.get("seen", "")
    is_end = request.POST.get("deed") == "end"
    reason = typed_text(request.POST, "reason", length_max=REASON_LENGTH_MAX)
    try:
        changed = set_fee(
            category=category,
            merchant_id=merchant.id if merchant else None,
            commission_bps=None if is_end else bps_of(form.cleaned_data["percent"]),
            by=by_request(request, reason=reason),
            # What is no number was never shown, so nothing that is there is what was seen.
            seen_id=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < len(str(2**63)) else -1,
        )
    except Refusal as refusal:
        messages.error(request, refusal_text(refusal))
    else:
        messages.success(request, gettext("The commission is set.") if changed else gettext("Nothing was changed."))


def percent_text(commission_bps: int | None) -> str:
    """Return a share in per cent; None: that there is none."""
    if commission_bps is None:
        return gettext("none")
    return f"{number_format(commission_bps / BPS_A_PERCENT, 2)} %"


def _holds_text(standing: FeeStanding, merchant: MerchantFacts | None) -> str:
    """Say what orders freeze now, and where that was set."""
    holding = standing.holding
    if holding is None and merchant:
        (own,) = own_fees(merchant=merchant.slug, after="", rows_max=1)
        return gettext("%(rate)s, the merchant's own for all that it sells") % {
            "rate": percent_text(own.commission_bps)
        }
    if holding is None:
        return gettext("what each merchant pays for all that it sells")
    said = {"rate": percent_text(holding.commission_bps), "category": holding.category}
    if holding.merchant_id is None:
        return gettext("%(rate)s, set for %(category)s and all merchants") % said
    return gettext("%(rate)s, set for %(category)s and this merchant") % said


def _name(names: Mapping[str, Mapping[str, str]], category: str) -> str:
    return in_language(dict(names.get(category, {})), catalogue_language()) or category


def _who(by: SetBy) -> str:
    if by.user_id is None:
        return gettext("the command line")
    return by.email or str(by.user_id)
