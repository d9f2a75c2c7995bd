"""Where a merchant is told of what happens: written and erased; the audit log names fields and no addresses."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from fairground.merchants.contacts import (
    EMAIL_LENGTH_MAX,
    ContactFacts,
    ContactWrong,
    NoSuchContact,
    contact_of,
    erase_contact,
    write_contact,
)
from fairground.merchants.queries import merchants_by_id
from fairground.sites.back_office.fields import plain_field
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.words import by_request

_WRONG: dict[str, Promise] = {
    "email": _("Enter an address such as service@shop.example."),
    "language": _("Choose the language of the letters."),
    "money_email": _("Enter an address such as service@shop.example."),
    "money_language": _("Choose a language where there is an address for money, and none where there is not."),
}


def _language_field(*, label: Any, required: bool) -> forms.ChoiceField:
    choices = [("", _("Choose") if required else _("None")), *settings.LANGUAGES]
    return forms.ChoiceField(label=label, required=required, choices=choices)


class ContactForm(forms.Form):
    """Addresses and languages."""

    email = plain_field(
        label=_("E-mail for withdrawals and cases"), note="", length_max=EMAIL_LENGTH_MAX, required=True
    )
    language = _language_field(label=_("Language of these letters"), required=True)
    money_email = plain_field(
        label=_("E-mail for payouts"), note=_("Empty: the same."), length_max=EMAIL_LENGTH_MAX, required=False
    )
    money_language = _language_field(label=_("Language of the letters on payouts"), required=False)


@require_http_methods(["GET", "HEAD", "POST"])
def merchant_contact(request: HttpRequest, merchant_id: int) -> HttpResponse:
    """Show where a merchant is told; a POST writes or erases it.

    :raises Http404: there is no such merchant
    """
    require(request, "merchants.view_contact")
    merchant = merchants_by_id(ids=[merchant_id]).get(merchant_id)
    if merchant is None:
        raise Http404
    user: Any = request.user
    here = reverse("admin:merchant-contact", args=[merchant_id])
    form = None
    if request.method == "POST":
        require(request, "merchants.change_contact")
        if request.POST.get("deed") == "erase":
            _erase(request, merchant_id)
            return HttpResponseRedirect(here)
        form = ContactForm(request.POST)
        if form.is_valid() and _is_written(request, merchant_id, form):
            return HttpResponseRedirect(here)
    known = contact_of(merchant_id=merchant_id)
    may_write = user.has_perm("merchants.change_contact")
    if form is None and may_write:
        form = ContactForm(initial={name: getattr(known, name) for name in ContactForm.base_fields} if known else None)
    context = {
        "title": gettext("Contact of %(merchant)s") % {"merchant": merchant.name},
        "merchant": merchant,
        "known": known,
        "form": form,
        "may_write": may_write,
    }
    return show_page(request, "back_office/contact.html", context)


def _is_written(request: HttpRequest, merchant_id: int, form: ContactForm) -> bool:
    try:
        changed = write_contact(
            merchant_id=merchant_id, facts=ContactFacts(**form.cleaned_data), by=by_request(request)
        )
    except ContactWrong as refusal:
        name = str(refusal.facts["wrong"])
        form.add_error(name, str(_WRONG[name]))
        return False
    messages.success(request, gettext("Written.") if changed else gettext("Nothing was changed."))
    return True


def _erase(request: HttpRequest, merchant_id: int) -> None:
    try:
        erase_contact(merchant_id=merchant_id, by=by_request(request))
    except NoSuchContact:
        messages.error(request, gettext("There is no contact to erase."))
    else:
        messages.success(request, gettext("The contact is erased; links of letters open nothing any more."))
