"""What the parts of an address are called, and what to say where one can't be taken, in the active language."""

from django.utils.translation import gettext, gettext_lazy

from fairground.identity.actions import ADDRESSES_MAX
from fairground.identity.rules import LENGTHS_MAX, AddressRules, Part, Wrong
from fairground.sites.wording import number_text

# Where post offices that write English say postcode.
_POSTCODE_COUNTRIES = {"AU", "GB", "GG", "IM", "JE", "NZ"}

_PARTS = {
    Part.NAME: gettext_lazy("Name on the parcel"),
    Part.COMPANY: gettext_lazy("Company"),
    Part.LINE1: gettext_lazy("Street and house number"),
    Part.LINE2: gettext_lazy("Flat, floor or building"),
    Part.SORTING_CODE: gettext_lazy("Sorting code (CEDEX)"),
    Part.PHONE: gettext_lazy("Phone number"),
}
_AREAS = {
    "area": gettext_lazy("Area"),
    "county": gettext_lazy("County"),
    "department": gettext_lazy("Department"),
    "district": gettext_lazy("District"),
    "do_si": gettext_lazy("Province or city"),
    "emirate": gettext_lazy("Emirate"),
    "island": gettext_lazy("Island"),
    "oblast": gettext_lazy("Region"),
    "parish": gettext_lazy("Parish"),
    "prefecture": gettext_lazy("Prefecture"),
    "province": gettext_lazy("Province"),
    "state": gettext_lazy("State"),
}
_CITIES = {
    "city": gettext_lazy("City"),
    "district": gettext_lazy("District"),
    "post_town": gettext_lazy("Town or city"),
    "suburb": gettext_lazy("Suburb"),
}
_DISTRICTS = {
    "district": gettext_lazy("District"),
    "neighborhood": gettext_lazy("Neighbourhood"),
    "suburb": gettext_lazy("Suburb"),
    "townland": gettext_lazy("Townland"),
    "village_township": gettext_lazy("Village or township"),
}
_POSTAL_CODES = {
    "eircode": gettext_lazy("Eircode"),
    "pin": gettext_lazy("PIN code"),
    "postal": gettext_lazy("Postal code"),
    "postcode": gettext_lazy("Postcode"),
    "zip": gettext_lazy("ZIP code"),
}
_ENTER_POSTAL_CODE = {
    "eircode": gettext_lazy("Enter the Eircode as in {example}."),
    "pin": gettext_lazy("Enter the PIN code as in {example}."),
    "postal": gettext_lazy("Enter the postal code as in {example}."),
    "postcode": gettext_lazy("Enter the postcode as in {example}."),
    "zip": gettext_lazy("Enter the ZIP code as in {example}."),
}


def part_label(part: Part, rules: AddressRules) -> str:
    """Return what a part is called in a country: ZIP code, Prefecture."""
    if part is Part.AREA:
        return str(_AREAS[rules.area_kind])
    if part is Part.CITY:
        return str(_CITIES[rules.city_kind])
    if part is Part.DISTRICT:
        return str(_DISTRICTS[rules.district_kind])
    if part is Part.POSTAL_CODE:
        return str(_POSTAL_CODES[_postal_kind(rules)])
    return str(_PARTS[part])


def part_hint(part: Part, rules: AddressRules) -> str:
    """Return what to know before a part is filled in, or nothing."""
    if part is Part.PHONE:
        return gettext("The carrier calls you only when nobody opens.")
    if part is Part.POSTAL_CODE and rules.postal_examples:
        return gettext("Such as {example}.").format(example=rules.postal_examples[0])
    return ""


def part_error(part: Part, wrong: Wrong, rules: AddressRules, *, area_name: str = "") -> str:
    """Return what to do about a part that can't be taken; `area_name` is the area that was chosen."""
    if wrong is Wrong.TOO_LONG:
        return gettext("Write at most {most} characters.").format(most=LENGTHS_MAX[part])
    if wrong is Wrong.UNPRINTABLE:
        return gettext("Leave out the characters that cannot be printed; typing it anew helps.")
    if wrong is Wrong.NOT_A_PHONE:
        return gettext("Enter the phone number in digits, with the country in front, as in +1 650 253 0000.")
    label = part_label(part, rules)
    if wrong is Wrong.OF_ANOTHER_AREA:
        words = gettext("This is not in {area}. Check “{label}” and the area that you chose.")
        return words.format(area=area_name, label=label)
    if part is Part.POSTAL_CODE and rules.postal_examples:
        return str(_ENTER_POSTAL_CODE[_postal_kind(rules)]).format(example=rules.postal_examples[0])
    if part is Part.AREA and rules.areas:
        return gettext("Choose one of the list under “{label}”.").format(label=label)
    return gettext("Fill in “{label}”.").format(label=label)


def book_full_words() -> str:
    """Return what is said where no more addresses can be kept."""
    return gettext("You can keep %(most)s addresses. Remove one first.") % {"most": number_text(ADDRESSES_MAX)}


def _postal_kind(rules: AddressRules) -> str:
    return "postcode" if rules.country in _POSTCODE_COUNTRIES else rules.postal_kind
