"""How merchants are settled: those of whom somebody said so, and of each what is kept, held, and paid when."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from fairground.kernel.money import Money, decimal_text
from fairground.kernel.refusal import Refusal
from fairground.merchants.queries import MerchantFacts, merchants_by_id
from fairground.settlement.actions.edit_terms import TermsWrong, edit_terms
from fairground.settlement.queries import terms_of
from fairground.settlement.reports.standing import terms_listed
from fairground.settlement.rules.payouts import Schedule
from fairground.settlement.rules.terms import (
    HELD_BECAUSE_MAX,
    PAYOUT_MIN_CENTS_MAX,
    RESERVE_DAYS_MAX,
    SettlementTerms,
    digest_of_terms,
)
from fairground.sites.back_office.fields import BPS_A_PERCENT, AmountField, PercentField, bps_of
from fairground.sites.back_office.money.fees import percent_text
from fairground.sites.back_office.money.files import asked_file, file_answer, file_links, told_if_refused
from fairground.sites.back_office.promotion_words import amount_text
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.words import by_request, refusal_text

# The page names those that are held first; its files have all.
TERMS_SHOWN_MAX = 200
_SCHEDULES: dict[Schedule, Any] = {
    Schedule.DAILY: _("every day"),
    Schedule.WEEKLY: _("every week"),
    Schedule.MONTHLY: _("every month"),
}
_EURO = "EUR"


class LeastField(AmountField):
    """The least that is paid out, in euros; nothing typed is none."""

    least_minor = 0
    most_minor = PAYOUT_MIN_CENTS_MAX


class TermsForm(forms.Form):
    """How a merchant is settled from now on."""

    schedule = forms.ChoiceField(
        label=_("Payout schedule"), choices=[(str(one.value), text) for one, text in _SCHEDULES.items()]
    )
    own_currency = forms.BooleanField(label=_("Paid in its own currency, whatever it earns in"), required=False)
    reserve = PercentField(
        label=_("Reserve, %"), help_text=_("Of what is left of each order. 0: nothing is kept."), required=False
    )
    reserve_days = forms.IntegerField(
        label=_("Days that a reserve is kept"), min_value=0, max_value=RESERVE_DAYS_MAX, required=False
    )
    creator = PercentField(
        label=_("Share of creators, %"), help_text=_("Of goods sold through them, for orders to come."), required=False
    )
    held = forms.BooleanField(label=_("Held: nothing is released or paid out"), required=False)
    held_because = forms.CharField(
        label=_("Why it is held"),
        help_text=_("The merchant reads this in a letter."),
        max_length=HELD_BECAUSE_MAX,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    field_order = ("schedule", "least", "own_currency", "reserve", "reserve_days", "creator", "held", "held_because")

    def __init__(self, *, stands: SettlementTerms, data: Any = None) -> None:
        super().__init__(data, initial=_typed(stands))
        self.fields["least"] = least = LeastField(currency=_EURO, label=gettext("Least payout, EUR"))
        least.help_text = gettext("In other currencies what that is worth. 0: all that is above nothing is paid.")
        self.order_fields(self.field_order)

    def asked(self) -> SettlementTerms:
        """Return what was typed; the reason of a hold that there is not is dropped."""
        data = self.cleaned_data
        return SettlementTerms(
            held=data["held"],
            held_because=data["held_because"] if data["held"] else "",
            reserve_bps=bps_of(data["reserve"]),
            reserve_days=data["reserve_days"] or 0,
            creator_bps=bps_of(data["creator"]),
            schedule=Schedule(int(data["schedule"])),
            payout_min_cents=data["least"] or 0,
            own_currency=data["own_currency"],
        )


def _typed(stands: SettlementTerms) -> dict[str, object]:
    return {
        "schedule": str(stands.schedule.value),
        "least": decimal_text(stands.payout_min_cents, _EURO),
        "own_currency": stands.own_currency,
        "reserve": f"{stands.reserve_bps / BPS_A_PERCENT:.2f}",
        "reserve_days": stands.reserve_days,
        "creator": f"{stands.creator_bps / BPS_A_PERCENT:.2f}",
        "held": stands.held,
        "held_because": stands.held_because,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def merchant_terms(request: HttpRequest, merchant_id: int) -> HttpResponse:
    """Show how a merchant is settled; a POST says how from now on.

    :raises Http404: there is no such merchant
    """
    require(request, "settlement.view_payout")
    merchant = merchants_by_id(ids=[merchant_id]).get(merchant_id)
    if merchant is None:
        raise Http404
    stands = terms_of(merchant_id=merchant_id)
    user: Any = request.user
    may_write = user.has_perm("settlement.change_payout")
    form = TermsForm(stands=stands) if may_write else None
    if request.method == "POST":
        require(request, "settlement.change_payout")
        form = TermsForm(stands=stands, data=request.POST)
        if form.is_valid() and _is_done(request, merchant, form, stands):
            return HttpResponseRedirect(reverse("admin:merchant-terms", args=[merchant_id]))
    context = {
        "title": gettext("Settlement of %(merchant)s") % {"merchant": merchant.name},
        "merchant": merchant,
        "stands": _said(stands),
        "held_because": stands.held_because if stands.held else "",
        "form": form,
        # A form that is shown again keeps what it showed first.
        "seen": request.POST.get("seen", "") if request.method == "POST" else digest_of_terms(stands),
    }
    return show_page(request, "back_office/money/merchant_terms.html", context)


def _is_done(request: HttpRequest, merchant: MerchantFacts, form: TermsForm, stands: SettlementTerms) -> bool:
    """Write what was typed, or say why not; return whether the form has done its work."""
    wanted, seen = form.asked(), request.POST.get("seen", "")
    # Why it is held is why something changed only where that changed.
    by = by_request(request, reason="" if wanted.held_because == stands.held_because else wanted.held_because)
    try:
        changed = edit_terms(merchant_id=merchant.id, terms=wanted, by=by, seen=seen)
    except TermsWrong as refusal:
        what = str(refusal.facts["what"])
        form.add_error(_FIELDS[what], str(_WRONG.get(what, refusal_text(refusal))))
        return False
    except Refusal as refusal:
        messages.error(request, refusal_text(refusal))
    else:
        messages.success(request, gettext("Written.") if changed else gettext("Nothing was changed."))
    return True


_FIELDS = {
    "held_because": "held_because",
    "reserve_bps": "reserve",
    "reserve_days": "reserve_days",
    "creator_bps": "creator",
    "payout_min_cents": "least",
    "own_currency": "own_currency",
}
_WRONG: dict[str, Any] = {
    "held_because": _("Say why: the merchant is told."),
    "reserve_days": _("A reserve has a share and days, or neither."),
    "own_currency": _("Its currency has no exchange rate, so nothing could be paid in it."),
}


@dataclass(frozen=True, slots=True)
class TermsShown:
    """How a merchant is settled, in words."""

    name: str
    address: str
    held: bool
    held_because: str
    reserve: str
    schedule: str
    least: str


@require_safe
def terms(request: HttpRequest) -> HttpResponseBase:
    """Show how merchants are settled of whom somebody said so, those that are held first; also as files."""
    require(request, "settlement.view_payout")
    context: dict[str, object] = {"title": gettext("Terms of merchants"), "files": file_links({})}
    with told_if_refused(request):
        form = asked_file(request)
        if form:
            return file_answer(terms_listed(), form)
        table = terms_listed(first=TERMS_SHOWN_MAX + 1)
        found = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        context["rows"] = [_shown(row) for row in found[:TERMS_SHOWN_MAX]]
        context["is_cut"] = len(found) > TERMS_SHOWN_MAX
    return show_page(request, "back_office/money/terms.html", context)


def _shown(row: dict[str, Any]) -> TermsShown:
    least: Money = row["payout_min_eur"]
    return TermsShown(
        name=row["name"],
        address=reverse("admin:merchant-terms", args=[int(row["merchant_id"])]),
        held=row["held"],
        held_because=row["held_because"],
        reserve=_reserve_text(row["reserve_bps"], row["reserve_days"]),
        schedule=str(_SCHEDULES[Schedule[row["schedule"].upper()]]),
        least=amount_text(least.amount_minor, _EURO) if least.amount_minor else "",
    )


def _said(stands: SettlementTerms) -> list[tuple[Any, str]]:
    """Return how a merchant is settled with what each is called, for who only reads."""
    least = stands.payout_min_cents
    return [
        (_("Payout schedule"), str(_SCHEDULES[stands.schedule])),
        (_("Least payout"), amount_text(least, _EURO) if least else gettext("any amount")),
        (_("In its own currency"), gettext("yes") if stands.own_currency else gettext("no")),
        (_("Reserve"), _reserve_text(stands.reserve_bps, stands.reserve_days) or gettext("none")),
        (_("Share of creators"), percent_text(stands.creator_bps)),
        (_("Held"), gettext("yes") if stands.held else gettext("no")),
    ]


def _reserve_text(bps: int, days: int) -> str:
    if not bps:
        return ""
    told = {"share": percent_text(bps), "days": days}
    return ngettext("%(share)s for %(days)s day", "%(share)s for %(days)s days", days) % told
