"""Who a merchant is by law: masked until somebody asks for all of it, which the audit log keeps; written and erased."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from fairground.kernel.refusal import Refusal
from fairground.merchants.identities import (
    COUNTRIES_MAX,
    IdentityChangedSince,
    IdentityFacts,
    IdentityIncomplete,
    digest_of_identity,
    disclose_identities,
    erase_identity,
    identities_known,
    masked,
    write_identity,
)
from fairground.merchants.queries import merchants_by_id
from fairground.merchants.rules import written_identifier
from fairground.sites.back_office.fields import plain_field
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.words import by_request, refusal_text

_TEXTS_OF_NUMBERS = ("vat_number", "registration_number", "financial_identifier")


def _written(*, label: Any, note: Any, length_max: int, required: bool = False) -> forms.CharField:
    """Return a field for names and words, in the direction in which they are written."""
    field = plain_field(label=label, note=note, length_max=length_max, required=required)
    field.widget.attrs["dir"] = "auto"
    return field


class IdentityForm(forms.Form):
    """Who a merchant is by law; several countries, and numbers by country, are typed with spaces between."""

    is_person = forms.ChoiceField(
        label=_("The merchant is"), choices=[("", _("Choose")), ("entity", _("an entity")), ("person", _("a person"))]
    )
    legal_name = _written(label=_("Name of the entity"), note=_("With its legal form."), length_max=200)
    first_name = _written(label=_("First name"), note="", length_max=100)
    last_name = _written(label=_("Last name"), note="", length_max=100)
    street = _written(label=_("Street and number"), note="", length_max=200, required=True)
    post_code = plain_field(label=_("Postcode"), note="", length_max=20)
    city = _written(label=_("City"), note="", length_max=100, required=True)
    country = plain_field(label=_("Country"), note=_("Two letters, such as DE."), length_max=2, required=True)
    residences = plain_field(
        label=_("Resident for tax in"), note=_("Countries, such as DE AT."), length_max=3 * COUNTRIES_MAX, required=True
    )
    tins = plain_field(
        label=_("Tax identification numbers"),
        note=_("One a line, the country first: DE 12/345/67890."),
        length_max=500,
        lines=True,
    )
    vat_number = plain_field(label=_("VAT identification number"), note="", length_max=20)
    registration_number = plain_field(label=_("Number in the business register"), note="", length_max=60)
    establishments = plain_field(
        label=_("Fixed places of business in the Union"), note=_("Countries, such as AT."), length_max=3 * COUNTRIES_MAX
    )
    birth_date = forms.DateField(
        label=_("Born on"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    birth_city = _written(label=_("Born in (city)"), note=_("Of a person without a tax number."), length_max=100)
    birth_country = plain_field(label=_("Born in (country)"), note="", length_max=2)
    financial_identifier = plain_field(
        label=_("Account to which it is paid"),
        note=_("The IBAN, or the number or name of another account. It is reported where it is known."),
        length_max=60,
    )
    financial_holder = _written(
        label=_("Holder of that account"), note=_("Where that is not the merchant itself."), length_max=200
    )

    def facts(self) -> IdentityFacts:
        """Return what was typed; countries in capitals, an IBAN without spaces."""
        data: dict[str, Any] = dict(self.cleaned_data)
        lines = (line.strip().partition(" ") for line in data["tins"].splitlines())
        tins = {country.upper(): number.strip() for country, _space, number in lines if country}
        return IdentityFacts(
            **{
                **data,
                "is_person": data["is_person"] == "person",
                "country": data["country"].upper(),
                "birth_country": data["birth_country"].upper(),
                "residences": tuple(data["residences"].upper().split()),
                "establishments": tuple(data["establishments"].upper().split()),
                "tins": tins,
                "financial_identifier": written_identifier(data["financial_identifier"]),
            }
        )


def _typed(facts: IdentityFacts) -> dict[str, Any]:
    """Return facts as the form shows them."""
    names = [name for name in IdentityForm.base_fields if name != "is_person"]
    said = {name: getattr(facts, name) for name in names}
    said |= {name: " ".join(said[name]) for name in ("residences", "establishments")}
    said["tins"] = "\n".join(f"{country} {number}" for country, number in sorted(facts.tins.items()))
    return {**said, "is_person": "person" if facts.is_person else "entity"}


@require_http_methods(["GET", "HEAD", "POST"])
def legal_identity(request: HttpRequest, merchant_id: int) -> HttpResponse:
    """Show a merchant's legal identity masked; a POST shows it whole, writes it, or erases it.

    :raises Http404: there is no such merchant
    """
    require(request, "merchants.view_legalidentity")
    merchant = merchants_by_id(ids=[merchant_id]).get(merchant_id)
    if merchant is None:
        raise Http404
    user: Any = request.user
    may_write = user.has_perm("merchants.change_legalidentity")
    deed = request.POST.get("deed", "") if request.method == "POST" else ""
    here = reverse("admin:legal-identity", args=[merchant_id])
    form = None
    if deed in {"save", "erase"}:
        require(request, "merchants.change_legalidentity")
    if deed == "erase":
        _erase(request, merchant_id)
        return HttpResponseRedirect(here)
    if deed == "save":
        form = IdentityForm(request.POST)
        if form.is_valid() and _is_done(request, merchant_id, form):
            return HttpResponseRedirect(here)
    known = identities_known(merchant_ids=[merchant_id]).get(merchant_id)
    whole = None
    if deed == "show" and known:
        whole = disclose_identities(merchant_ids=[merchant_id], by=by_request(request)).get(merchant_id)
    if form is None and may_write and (whole or known is None):
        form = IdentityForm(initial=_typed(whole) if whole else None)
    context = {
        "title": gettext("Legal identity of %(merchant)s") % {"merchant": merchant.name},
        "merchant": merchant,
        "facts": _shown(whole, is_whole=True) if whole else _shown(known, is_whole=False) if known else None,
        "is_whole": whole is not None,
        "form": form,
        # A form that is shown again keeps what it showed first.
        "seen": request.POST.get("seen", "") if deed == "save" else digest_of_identity(whole),
        "may_write": may_write,
    }
    return show_page(request, "back_office/money/legal_identity.html", context)


def _is_done(request: HttpRequest, merchant_id: int, form: IdentityForm) -> bool:
    """Write what was typed, or say why not; return whether the form has done its work."""
    try:
        changed = write_identity(
            merchant_id=merchant_id, facts=form.facts(), by=by_request(request), seen=request.POST.get("seen", "")
        )
    except IdentityIncomplete as refusal:
        form.add_error(str(refusal.facts["wrong"]), refusal_text(refusal))
        return False
    except IdentityChangedSince as refusal:
        messages.error(request, refusal_text(refusal))
        return True
    messages.success(request, gettext("Written.") if changed else gettext("Nothing was changed."))
    return True


def _erase(request: HttpRequest, merchant_id: int) -> None:
    try:
        erase_identity(merchant_id=merchant_id, by=by_request(request))
    except Refusal as refusal:
        messages.error(request, refusal_text(refusal))
    else:
        messages.success(request, gettext("The legal identity is erased."))


def _shown(facts: IdentityFacts, *, is_whole: bool) -> Sequence[tuple[Any, str]]:
    """Return what is known with what each is called; masked, names and countries are all that is whole."""
    labels: Mapping[str, Any] = {name: field.label for name, field in IdentityForm.base_fields.items()}
    numbers = {country: number if is_whole else masked(number) for country, number in sorted(facts.tins.items())}
    rows: list[tuple[str, str]] = [("legal_name" if not facts.is_person else "last_name", facts.name)]
    if is_whole:
        rows.append(("street", ", ".join(filter(None, (facts.street, f"{facts.post_code} {facts.city}".strip())))))
    rows += [("country", facts.country), ("residences", " ".join(facts.residences))]
    rows.append(("tins", ", ".join(f"{country} {number}" for country, number in numbers.items())))
    rows += [
        (name, number if is_whole else masked(number)) for name in _TEXTS_OF_NUMBERS if (number := getattr(facts, name))
    ]
    if is_whole and facts.birth_date:
        rows.append(("birth_date", facts.birth_date.isoformat()))
    if is_whole and facts.financial_holder:
        rows.append(("financial_holder", facts.financial_holder))
    named = {"last_name": _("Name"), "street": _("Address")}
    return [(named.get(name, labels[name]), value) for name, value in rows]
