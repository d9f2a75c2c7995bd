"""The form that makes a campaign of red packets with its rounds, as `fairground rain` does."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from fairground.festivals.queries import festivals_seen
from fairground.kernel.money import minor_digits, minor_from_text
from fairground.kernel.refusal import Refusal
from fairground.markets.queries import market_currencies
from fairground.redpackets.actions.give_rounds import CampaignMade, CampaignRefused, RoundRefused, make_rain
from fairground.redpackets.rules import PACKETS_MAX, CampaignKind, RainPlan
from fairground.sites.back_office.fields import form_key_field, moment_field, name_fields, names_from, plain_field
from fairground.sites.back_office.promotion_words import name_text
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.words import by_request, refusal_text

# Drawing takes about a second for so many, while somebody waits for the page; more are a matter of the command.
FORM_PACKETS_MAX = 200_000
ROUNDS_MAX = 1_000
# A year: no packet is good for longer, and nothing is open longer.
_DAYS_MAX = 366
_DAY_S = 86_400
_NAME_LENGTH_MAX = 120
KINDS: Mapping[str, Any] = {
    CampaignKind.RAIN.value: _("Rain: short rounds, one after the other"),
    CampaignKind.PERSONAL.value: _("Personal: one long round for everybody"),
}
# Why it can't be: the field beside which it is said, and the words.
WHY: Mapping[str, tuple[str, Any]] = {
    "market": ("market", _("There is no such market.")),
    "budget": ("budget", _("A budget is above zero and within reason.")),
    "times": ("first", _("A campaign closes after it opens.")),
    "order": ("open_for", _("A round closes after it opens.")),
    "past": ("first", _("A round that is over can't be opened.")),
    "outside": ("every", _("A round is open within its campaign.")),
    "too-many": ("packets", _("That is more packets than a round may have.")),
    "too-small": ("budget", _("Each packet needs a minor unit at least: fewer packets or rounds, or a larger budget.")),
    "one-personal": ("rounds", _("A personal campaign has one round.")),
}


class RainForm(forms.Form):
    """A campaign and its rounds."""

    form_key = form_key_field()
    festival = forms.ChoiceField(label=_("Festival"))
    market = forms.ChoiceField(label=_("Market"), help_text=_("Packets are given in its currency, and used there."))
    kind = forms.ChoiceField(label=_("Kind"), choices=list(KINDS.items()))
    budget = plain_field(
        label=_("Budget"),
        note=_("The hard cap of all rounds together, in the market's currency, with a point: 6000.00."),
        required=True,
    )
    packets = forms.IntegerField(
        label=_("Packets a round"), min_value=1, max_value=PACKETS_MAX, help_text=_("A shopper gets one of a round.")
    )
    rounds = forms.IntegerField(label=_("Rounds"), min_value=1, max_value=ROUNDS_MAX, initial=1)
    first = moment_field(label=_("The first one opens (UTC)"), note=_("Empty: at once."))
    every = forms.IntegerField(
        label=_("Seconds from one to the next"), min_value=1, max_value=_DAYS_MAX * _DAY_S, initial=600
    )
    open_for = forms.IntegerField(
        label=_("Seconds that one is open"), min_value=1, max_value=_DAYS_MAX * _DAY_S, initial=60
    )
    good_days = forms.IntegerField(
        label=_("Days that packets are good for"),
        min_value=0,
        max_value=_DAYS_MAX,
        initial=30,
        help_text=_("From the end of the last round on."),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self._currencies = market_currencies()
        festivals, markets = self.fields["festival"], self.fields["market"]
        assert isinstance(festivals, forms.ChoiceField), festivals
        assert isinstance(markets, forms.ChoiceField), markets
        festivals.choices = [(one.slug, name_text(one.name) or one.slug) for one in festivals_seen()]
        markets.choices = [(code, f"{code}, {currency}") for code, currency in self._currencies.items()]
        names = name_fields(names={}, prefix="name", length_max=_NAME_LENGTH_MAX)
        for field in names.values():
            field.widget.attrs.pop("class", None)
        self.fields.update(names)

    def read(self, *, now: datetime) -> RainPlan | None:
        """Return the plan that was typed; None where something is wrong, which is said beside its field then."""
        if not self.is_valid():
            return None
        data = dict(self.cleaned_data)
        names = names_from(data, prefix="name")
        if not names:
            self.add_error("name_en", _("It has a name in some language."))
        if data["rounds"] * data["packets"] > FORM_PACKETS_MAX:
            words = gettext("Here at most %(most)s packets are drawn at a time; more, with the command.")
            self.add_error("rounds", words % {"most": FORM_PACKETS_MAX})
        if data["kind"] == CampaignKind.RAIN.value and data["every"] * (data["rounds"] - 1) > _DAYS_MAX * _DAY_S:
            self.add_error("every", _("All rounds begin within a year."))
        budget_minor = self._budget_minor(data["budget"], self._currencies[data["market"]])
        if self.errors:
            return None
        return RainPlan(
            festival=data["festival"],
            market=data["market"],
            name=names,
            kind=CampaignKind(data["kind"]),
            budget_minor=budget_minor,
            packets=data["packets"],
            rounds=data["rounds"],
            first=data["first"].replace(tzinfo=UTC) if data["first"] else now,
            every=timedelta(seconds=data["every"]),
            open_for=timedelta(seconds=data["open_for"]),
            good_for=timedelta(days=data["good_days"]),
        )

    def say(self, wrong: str) -> None:
        """Say why it can't be beside the field that it is about most."""
        self.add_error(*WHY[wrong])

    def _budget_minor(self, text: str, currency: str) -> int:
        try:
            return minor_from_text(text, currency=currency)
        except ValueError:
            words = gettext("Write an amount in %(currency)s with a point and at most %(digits)s decimals.")
            self.add_error("budget", words % {"currency": currency, "digits": minor_digits(currency)})
            return 0


@require_http_methods(["GET", "HEAD", "POST"])
def new_rain(request: HttpRequest) -> HttpResponse:
    """Ask for a campaign of red packets, and make it with its rounds."""
    require(request, "redpackets.add_packetcampaign")
    form, by = RainForm(request.POST if request.method == "POST" else None), by_request(request)
    plan = form.read(now=by.now) if request.method == "POST" else None
    if plan is not None:
        try:
            campaign_id, _rounds = make_rain(plan=plan, by=by, form_key=form.cleaned_data["form_key"])
        except CampaignMade as made:
            messages.info(request, gettext("This form was sent before: here is what it made."))
            return _to(made.facts["campaign_id"])
        except (CampaignRefused, RoundRefused) as refusal:
            form.say(str(refusal.facts["why"]))
        except Refusal as refusal:
            messages.error(request, refusal_text(refusal))
        else:
            messages.success(request, gettext("The campaign is made, and its packets are drawn."))
            return _to(campaign_id)
    back = reverse("admin:redpackets_packetcampaign_changelist")
    return show_page(
        request, "back_office/rain_new.html", {"title": gettext("New red packets"), "form": form, "back": back}
    )


def _to(campaign_id: object) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:redpackets_packetcampaign_change", args=[campaign_id]))
