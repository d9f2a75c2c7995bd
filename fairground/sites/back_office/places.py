"""From where a merchant's goods are sent: shown place by place, and corrected; customs counts by the country."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from fairground.inventory.merchant_places import PlaceSeen, places_of
from fairground.inventory.place_edits import edit_place
from fairground.inventory.rules import PLACE_CITY_LENGTH_MAX
from fairground.kernel.refusal import Refusal
from fairground.markets.queries import countries
from fairground.merchants.queries import merchants_by_id
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.words import by_request, refusal_text
from fairground.sites.wording import country_text, sorted_by_name


class PlaceForm(forms.Form):
    """Where one place is."""

    country = forms.ChoiceField(label=_("Country"))
    city = forms.CharField(label=_("City"), max_length=PLACE_CITY_LENGTH_MAX, required=False)

    def __init__(self, *, place: PlaceSeen, data: Any = None) -> None:
        initial = {"country": place.country, "city": place.city}
        super().__init__(data, prefix=str(place.id), initial=initial)
        named = sorted_by_name((code, country_text(code)) for code in countries())
        unstated = [] if place.country else [("", gettext("Nobody stated it"))]
        self.fields["country"] = forms.ChoiceField(label=gettext("Country"), choices=[*unstated, *named])
        self.order_fields(("country", "city"))
        self.place_id, self.name, self.is_stated = place.id, place.name, bool(place.country)


@require_http_methods(["GET", "HEAD", "POST"])
def places(request: HttpRequest, merchant_id: int) -> HttpResponse:
    """Show from where a merchant's goods are sent; a POST writes where one of the places is.

    :raises Http404: there is no such merchant
    """
    require(request, "merchants.view_merchant")
    merchant = merchants_by_id(ids=[merchant_id]).get(merchant_id)
    if merchant is None:
        raise Http404
    user: Any = request.user
    asked = request.POST.get("place", "") if request.method == "POST" else ""
    forms_shown = []
    for place in places_of(merchant_id=merchant_id):
        form = PlaceForm(place=place, data=request.POST if str(place.id) == asked else None)
        if form.is_bound:
            require(request, "merchants.change_merchant")
            if form.is_valid():
                _write(request, merchant_id, form)
                return HttpResponseRedirect(reverse("admin:places", args=[merchant_id]))
        forms_shown.append(form)
    context = {
        "title": gettext("Places of %(merchant)s") % {"merchant": merchant.name},
        "merchant": merchant,
        "forms": forms_shown,
        "may_write": user.has_perm("merchants.change_merchant"),
    }
    return show_page(request, "back_office/places.html", context)


def _write(request: HttpRequest, merchant_id: int, form: PlaceForm) -> None:
    typed = form.cleaned_data
    try:
        changed = edit_place(
            merchant_id=merchant_id,
            name=form.name,
            country=typed["country"],
            city=typed["city"],
            by=by_request(request),
        )
    except Refusal as refusal:
        messages.error(request, refusal_text(refusal))
    else:
        messages.success(request, gettext("Written.") if changed else gettext("Nothing was changed."))
