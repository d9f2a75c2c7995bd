"""The addresses that somebody keeps for the next purchase."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from fairground.identity.actions import (
    AddressBookFull,
    NoSuchAddress,
    delete_address,
    make_default,
    save_address,
)
from fairground.identity.queries import SavedAddressFacts, saved_addresses, shoppers_of
from fairground.sites.storefront.address_words import book_full_words
from fairground.sites.storefront.addresses import (
    AddressForm,
    address_form,
    address_lines,
    likely_country,
    take_address,
)
from fairground.sites.storefront.frame import show
from fairground.sites.storefront.posted import see_other
from fairground.sites.storefront.reader import reader_of
from fairground.sites.visitor import shopper_of, visitor_of


@dataclass(frozen=True, slots=True)
class AddressKept:
    """An address as the page shows it, line by line."""

    id: int
    lines: list[str]
    is_default: bool


@require_safe
def addresses(request: HttpRequest) -> HttpResponse:
    """Show the addresses that the visitor keeps, and a form for another one."""
    return _show(request)


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Keep another address, or show what is wrong with it."""
    reader = reader_of(request)
    if reader.market is None:
        raise Http404
    taken = take_address(reader.market.code, request.POST)
    if taken.address is None:
        return _show(request, form=taken.form)
    try:
        save_address(shopper_id=shopper_of(request), address=taken.address, now=reader.now)
    except AddressBookFull:
        return _show(request, form=taken.form, problem=book_full_words())
    return see_other(reverse("addresses") + reader.query)


@require_POST
def choose_default(request: HttpRequest) -> HttpResponse:
    """Begin the next purchase with this address."""
    kept = _asked(request)
    make_default(shopper_id=kept.shopper_id, address_id=kept.id)
    return see_other(reverse("addresses") + reader_of(request).query)


@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    """Forget an address; what it was used for keeps its own."""
    kept = _asked(request)
    try:
        delete_address(shopper_id=kept.shopper_id, address_id=kept.id)
    except NoSuchAddress:
        raise Http404 from None
    return see_other(reverse("addresses") + reader_of(request).query)


def _kept(request: HttpRequest) -> list[SavedAddressFacts]:
    shopper_id = visitor_of(request).shopper_id
    return saved_addresses(shopper_ids=shoppers_of(shopper_id=shopper_id)) if shopper_id else []


def _asked(request: HttpRequest) -> SavedAddressFacts:
    """Return the address that a form names, if it is the visitor's; any other is as if it were not."""
    found = next((one for one in _kept(request) if str(one.id) == request.POST.get("address")), None)
    if found is None:
        raise Http404
    return found


def _show(request: HttpRequest, *, form: AddressForm | None = None, problem: str = "") -> HttpResponse:
    reader = reader_of(request)
    if form is None and reader.market is not None:
        form = address_form(reader.market.code, country=likely_country(request, reader.market))
    context = {
        "addresses": [AddressKept(one.id, address_lines(one.address), one.is_default) for one in _kept(request)],
        "form": form,
        "problem": problem,
    }
    return show(request, reader, "storefront/address_book.html", context)
