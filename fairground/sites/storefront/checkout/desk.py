"""Everything that the checkout is made of: what is bought of the cart, where it goes, what that costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from fairground.carts.queries import CartLine
from fairground.identity.queries import SavedAddressFacts, saved_addresses, shopper_is_verified, shoppers_of
from fairground.markets.queries import MarketFacts
from fairground.sites.storefront.addresses import CHOSEN, country_choices
from fairground.sites.storefront.cart_lines import cart_of
from fairground.sites.storefront.checkout.draft import (
    Draft,
    Opening,
    Wanted,
    device_of,
    draft_purchase,
    wanted_lines,
)
from fairground.sites.storefront.checkout.presale import PresaleAsked, presale_asked
from fairground.sites.storefront.reader import Reader, reader_of
from fairground.sites.visitor import Visitor, visitor_of

# Where a session keeps a guest's e-mail.
EMAIL = "checkout_email"
NEW = "new"
# What the checkout's form and address say: where it goes, what becomes of deals to come, and of which presale it is.
ASKED = ("address", "opening", "presale", "units")


@dataclass(frozen=True, slots=True)
class Desk:
    """What the page is made of.

    `to_come` has lines whose deals open later; `left_out` those that are not bought, whatever the reason.
    """

    reader: Reader
    market: MarketFacts
    visitor: Visitor
    shopper_id: int
    opening: Opening
    wanted: list[Wanted]
    to_come: list[CartLine]
    left_out: list[CartLine]
    addresses: list[SavedAddressFacts]
    chosen: SavedAddressFacts | None
    email: str
    draft: Draft | None
    presale: PresaleAsked | None = None

    @property
    def query(self) -> str:
        """Return the query that the addresses of this page carry: the reader's, and which presale it is about."""
        if self.presale is None:
            return self.reader.query
        return f"{self.reader.query}&{self.presale.query}" if self.reader.query else f"?{self.presale.query}"


def desk_of(request: HttpRequest, *, asked: Mapping[str, str] | None = None) -> Desk | None:
    """Return the desk of whoever asks; None for who has no cart. `asked` has what is wanted, by name: `ASKED`.

    Without it the form's are taken, or the query's.

    :raises Http404: the presale that is asked for can't be ordered any more
    """
    reader, visitor = reader_of(request), visitor_of(request)
    if visitor.shopper_id is None or reader.market is None:
        return None
    if asked is None:
        asked = {name: request.POST.get(name) or request.GET.get(name, "") for name in ASKED}
    presale = presale_asked(asked, reader)
    lines = [] if presale else [line for line in cart_of(visitor.shopper_id, reader) if not line.aside]
    to_come = [line for line in lines if line.opens_later(now=reader.now)]
    opening = _opening(asked, all_to_come=len(to_come) == len(lines))
    wanted = [presale.wanted(now=reader.now)] if presale else wanted_lines(lines, opening=opening, now=reader.now)
    countries = {code for code, _ in country_choices(reader.market.code)}
    addresses = [
        one
        for one in saved_addresses(shopper_ids=shoppers_of(shopper_id=visitor.shopper_id))
        if one.address.country in countries
    ]
    user: Any = request.user
    email = user.email if visitor.signed_in else request.session.get(EMAIL, "")
    chosen = _chosen(request, asked, addresses) if email else None
    draft = None
    if chosen and wanted:
        draft = draft_purchase(
            wanted=wanted,
            address=chosen.address,
            email=email,
            shopper_id=visitor.shopper_id,
            verified=shopper_is_verified(shopper_id=visitor.shopper_id),
            reader=reader,
            device=device_of(request),
        )
    bought = [one.line for one in wanted]
    return Desk(
        reader=reader,
        market=reader.market,
        visitor=visitor,
        shopper_id=visitor.shopper_id,
        opening=opening,
        wanted=wanted,
        to_come=to_come,
        left_out=[line for line in lines if line not in bought],
        addresses=addresses,
        chosen=chosen,
        email=email,
        draft=draft,
        presale=presale,
    )


def _opening(asked: Mapping[str, str], *, all_to_come: bool) -> Opening:
    """Return what becomes of deals to come; who has nothing else waits, if nothing else is asked for."""
    wanted = asked.get("opening", "")
    if wanted in set(Opening):
        return Opening(wanted)
    return Opening.WAIT if all_to_come else Opening.LEAVE


def _chosen(
    request: HttpRequest, asked: Mapping[str, str], addresses: Sequence[SavedAddressFacts]
) -> SavedAddressFacts | None:
    wanted = asked.get("address", "")
    if wanted == NEW:
        return None
    by_id = {str(one.id): one for one in addresses}
    if wanted in by_id:
        return by_id[wanted]
    return by_id.get(str(request.session.get(CHOSEN)), next(iter(addresses), None))
