"""Addresses on pages: the form that each country wants, what was filled in, and how an address is shown.

A page with the form includes `storefront/parts/address.html` with `address_form(...)`, reads what comes back with
`take_address`, and shows the form again where that is no address or `change_country` was pressed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from babel.core import get_global
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from fairground.identity.rules import (
    LENGTHS_MAX,
    Address,
    AddressRules,
    Part,
    Wrong,
    form_values,
    format_address,
    read_address,
)
from fairground.identity.territories import address_rules
from fairground.markets.queries import MarketFacts, market_countries
from fairground.sites.moment import ForAMoment
from fairground.sites.pages import share_until
from fairground.sites.storefront.address_words import part_error, part_hint, part_label
from fairground.sites.wording import country_text, sorted_by_name

# Where a session keeps the address that was chosen last at a checkout.
CHOSEN = "checkout_address"
# What the button sends that changes the country where no script does.
CHANGE_COUNTRY = "change_country"
# Names of HTML (autofill) for the parts that it knows; a street is two lines here.
_AUTOCOMPLETE = {
    Part.NAME: "name",
    Part.COMPANY: "organization",
    Part.LINE1: "address-line1",
    Part.LINE2: "address-line2",
    Part.DISTRICT: "address-level3",
    Part.CITY: "address-level2",
    Part.AREA: "address-level1",
    Part.POSTAL_CODE: "postal-code",
    Part.PHONE: "tel",
}

_market_countries = ForAMoment(market_countries)


@dataclass(frozen=True, slots=True)
class AddressField:
    """A part of an address as `fairground/parts/field.html` takes it; `choices` are (value, words)."""

    id: str
    label: str
    value: str
    error: str
    hint: str
    kind: str
    autocomplete: str
    inputmode: str
    required: bool
    maxlength: int
    choices: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class AddressForm:
    """The countries to choose from, the one that is chosen, and its fields."""

    country: str
    countries: list[tuple[str, str]]
    fields: list[AddressField]


@dataclass(frozen=True, slots=True)
class AddressTaken:
    """What somebody sent: an address, or None and the form that says what to mend."""

    address: Address | None
    form: AddressForm


def address_fields(
    country: str, *, data: Mapping[str, str] | None = None, wrong: Mapping[Part, Wrong] | None = None
) -> list[AddressField]:
    """Return the fields of a country's addresses in its order, with what was filled in and what is wrong with it.

    :raises Http404: there is no such country
    """
    rules = _rules(country)
    given, wrong = data or {}, wrong or {}
    chosen = rules.area_chosen(given.get(Part.AREA, ""))
    named = dict(rules.area_choices(_language()))
    area_name = named[chosen.choice] if chosen else ""
    fields = []
    for part in rules.parts(_language()):
        required = part in rules.required
        label = part_label(part, rules)
        is_choice = part is Part.AREA and bool(rules.areas)
        value = given.get(part, "")[: LENGTHS_MAX[part]]
        fields.append(
            AddressField(
                id=part.value,
                label=label if required else gettext("{label} (optional)").format(label=label),
                value=chosen.choice if is_choice and chosen else value,
                error=part_error(part, wrong[part], rules, area_name=area_name) if part in wrong else "",
                hint=part_hint(part, rules),
                kind="select" if is_choice else "tel" if part is Part.PHONE else "text",
                autocomplete=_AUTOCOMPLETE.get(part, "off"),
                inputmode=_inputmode(part, rules),
                required=required,
                maxlength=LENGTHS_MAX[part],
                choices=[("", gettext("Choose…")), *named.items()] if is_choice else [],
            )
        )
    return fields


def address_form(market: str, *, address: Address | None = None, country: str = "") -> AddressForm:
    """Return an empty form, or one with an address in it; `country` is what it begins with where the market has it."""
    countries = country_choices(market)
    codes = {code for code, _ in countries}
    if address and address.country in codes:
        values = {part.value: text for part, text in form_values(address, _rules(address.country)).items()}
        return AddressForm(address.country, countries, address_fields(address.country, data=values))
    chosen = next((one for one in (country, market) if one in codes), countries[0][0])
    return AddressForm(chosen, countries, address_fields(chosen))


def take_address(market: str, data: Mapping[str, str]) -> AddressTaken:
    """Return the address that was sent in a form, or the form again.

    A country in which the market does not sell counts as not chosen. Where the country was changed, nothing that is
    missing is called wrong.
    """
    countries = country_choices(market)
    country = data.get("country", "")
    if country not in {code for code, _ in countries}:
        return AddressTaken(None, address_form(market))
    if CHANGE_COUNTRY in data:
        return AddressTaken(None, AddressForm(country, countries, address_fields(country, data=data)))
    found = read_address(data, _rules(country))
    wrong = {} if isinstance(found, Address) else found
    form = AddressForm(country, countries, address_fields(country, data=data, wrong=wrong))
    return AddressTaken(found if isinstance(found, Address) else None, form)


def address_lines(address: Address) -> list[str]:
    """Return an address as it is shown and printed: in its country's order, the country's name last."""
    rules = _rules(address.country)
    return [*format_address(address, rules, language=_language()), country_text(address.country)]


def likely_country(request: HttpRequest, market: MarketFacts) -> str:
    """Return the country that a form begins with: the browser's (`de-AT`) if the market sends there, else its clock's.

    A guess to be changed, never a limit; where somebody's connection comes from is not looked at.
    """
    countries = {code for code, _ in country_choices(market.code)}
    asked = re.findall(r"[a-z]{2,3}-([A-Z]{2})\b", request.headers.get("Accept-Language", ""))
    of_clock = get_global("zone_territories").get(market.time_zone, "")
    return next((country for country in (*asked, of_clock) if country in countries), "")


def frozen_address_lines(address: Mapping[str, Any]) -> list[str]:
    """Return the lines of an address as it was frozen with an order; none where it was erased."""
    if not address:
        return []
    known = {name: address[name] for name in Address.__slots__ if name in address}
    return address_lines(Address(**{**known, "lines": tuple(address["lines"])}))


def country_choices(market: str) -> list[tuple[str, str]]:
    """Return the countries of a market as (code, name), in the order of their names in the active language."""
    return sorted_by_name([(code, country_text(code)) for code in _market_countries(market=market)])


@require_safe
def fields(request: HttpRequest) -> HttpResponse:
    """Return the fields of a country's addresses alone, for the form to put in place of another country's."""
    shown = address_fields(request.GET.get("country", ""))
    response = render(request, "storefront/parts/address_fields.html", {"fields": shown})
    share_until(response, request, until_ms=None)
    return response


def _rules(country: str) -> AddressRules:
    rules = address_rules(country=country)
    if rules is None:
        raise Http404
    return rules


def _language() -> str:
    return translation.get_language() or "en"


def _inputmode(part: Part, rules: AddressRules) -> str:
    if part is Part.PHONE:
        return "tel"
    if part is Part.POSTAL_CODE and rules.postal_examples and all(one.isdigit() for one in rules.postal_examples):
        return "numeric"
    return ""
