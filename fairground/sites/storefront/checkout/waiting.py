"""The waiting room: who waits for an opening, or behind others at the door, sees a place, and goes on by itself.

What was wanted stands in the session, the place in the line in a signed ticket; nothing is written for a look. Looking
places the purchase once it is its turn, since a page without a script can do nothing but look: whoever waits pressed
the button for just this purchase before, and its key makes it once.
"""

import random
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST

from fairground.checkout.rules.placing import DealClosed
from fairground.identity.queries import shoppers_of
from fairground.intake.codec import parse_key
from fairground.intake.counter import counter_here
from fairground.intake.door import LineFull
from fairground.intake.tokens import Ticket
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.tokens import TokenKey
from fairground.sites.storefront.checkout.desk import ASKED, Desk, desk_of
from fairground.sites.storefront.checkout.placing import KEY_STAYS, lead_on, made_before, place_shown
from fairground.sites.storefront.checkout.shown import room_shown
from fairground.sites.storefront.checkout.words import CHANGED
from fairground.sites.storefront.posted import see_other
from fairground.sites.storefront.purchases.mine import my_purchase
from fairground.sites.storefront.reader import reader_of
from fairground.sites.visitor import shopper_of, visitor_of
from fairground.waiting.actions import RoomClosed, enter_room, leave_room
from fairground.waiting.queries import place_in_room
from fairground.waiting.rules import (
    CLOSES_BEFORE_MS,
    REFRESH_MIN_S,
    Told,
    is_open_for_entrants,
    key_for_opening,
    look_again_s,
    refresh_after_s,
    tell_place,
)
from fairground.waiting.tokens import TOLD_TTL_S, open_told, sign_told, told_key

_WAITS, _TOLD_COOKIE = "checkout_waits", "fairground_place"
# Where the last wait led, for whoever looks from another tab a moment later.
_LED = "checkout_waited"
# Those who wait for an opening do not all look in the same instant: at the draw and at the opening within so long.
_DRAW_SPREAD_S = CLOSES_BEFORE_MS / 2000
_OPENING_SPREAD_S = 2.0
_LATE_DRAW_MS = 3_000


@dataclass(frozen=True, slots=True)
class Waits:
    """The purchase that somebody waits to place; `opens_ms` is the opening that it waits for, or 0."""

    shown: str
    key: str
    pay_key: str
    address: str
    opening: str
    opens_ms: int = 0
    ticket: str = ""
    presale: str = ""
    units: str = ""

    @classmethod
    def of(cls, desk: Desk, *, shown: str, key: str, pay_key: str, opens_ms: int = 0) -> "Waits":
        """Return what a desk shows, as it is placed later."""
        address = str(desk.chosen.id) if desk.chosen else ""
        presale = desk.presale
        named = (str(presale.offer.deal_id), str(presale.units)) if presale else ("", "")
        return cls(shown, key, pay_key, address, desk.opening.value, opens_ms, "", *named)

    @property
    def asked(self) -> dict[str, str]:
        """Return what the checkout is asked for to show the same again."""
        return {name: getattr(self, name) for name in ASKED}

    def with_ticket(self, ticket: str) -> "Waits":
        """Return the same with a place in the line."""
        return replace(self, ticket=ticket)


def begin_to_wait(request: HttpRequest, waits: Waits) -> HttpResponse:
    """Remember what somebody waits for, and lead to the page that tells how long."""
    request.session[_WAITS] = asdict(waits)
    request.session.pop(_LED, None)
    return see_other(reverse("waiting") + reader_of(request).query)


@require_http_methods(["GET", "POST"])
def waiting(request: HttpRequest) -> HttpResponse:
    """Let somebody in who wants to buy at an opening; show where they stand, or place it once it is their turn."""
    if request.method == "POST":
        return _enter(request)
    kept = request.session.get(_WAITS)
    if kept is None:
        return see_other(request.session.get(_LED) or reverse("checkout") + reader_of(request).query)
    waits, shopper_id = Waits(**kept), shopper_of(request)
    now_ms = counter_here().clock.now_ms()
    ticket = _ticket(waits, shopper_id)
    if now_ms < waits.opens_ms:
        return _show(request, waits, ticket, now_ms)
    if ticket is not None and counter_here().line_before(ticket).place > 0:
        return _show(request, waits, ticket, now_ms)
    return _place(request, waits, ticket, now_ms)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Wait no longer: the place is given up, the cart stays as it is."""
    kept, shopper_id = request.session.pop(_WAITS, None), visitor_of(request).shopper_id
    if kept is not None and shopper_id is not None and kept["opens_ms"]:
        leave_room(opens_ms=kept["opens_ms"], shopper_id=shopper_id)
    response = see_other(reverse("cart") + reader_of(request).query)
    response.delete_cookie(_TOLD_COOKIE, path=reverse("waiting"))
    return response


def _enter(request: HttpRequest) -> HttpResponse:
    desk = desk_of(request)
    draft = desk.draft if desk else None
    if desk is None or draft is None or draft.digest != request.POST.get("shown"):
        return _back(request, CHANGED, opening=desk.opening.value if desk else "")
    opens_ms = draft.opens_ms
    counter = counter_here()
    if opens_ms:
        # Who comes too late for the room is not lost: at the opening they come after those in it.
        with suppress(RoomClosed):
            enter_room(
                opens_ms=opens_ms,
                shopper_id=desk.shopper_id,
                writer_id=counter.writer_before(sku_ids=[one.line.sku_id for one in desk.wanted]),
                now=from_unix_ms(counter.clock.now_ms()),
            )
    key = key_for_opening(opens_ms=opens_ms, shopper_id=desk.shopper_id) if opens_ms else request.POST.get("key", "")
    pay_key = request.POST.get("pay_key", "")
    return begin_to_wait(request, Waits.of(desk, shown=draft.digest, key=key, pay_key=pay_key, opens_ms=opens_ms))


def _ticket(waits: Waits, shopper_id: int) -> Ticket | None:
    """Return the ticket of who waits: what the door gave, or what the draw of the room gave them; None before that."""
    counter = counter_here()
    if waits.ticket:
        return counter.open_ticket(waits.ticket)
    if not waits.opens_ms:
        return None
    now_ms = counter.clock.now_ms()
    if is_open_for_entrants(opens_ms=waits.opens_ms, now_ms=now_ms):
        return None
    place = place_in_room(opens_ms=waits.opens_ms, shopper_ids=shoppers_of(shopper_id=shopper_id))
    if place is None or place.number is None:
        return None
    return Ticket(shopper_id, parse_key(waits.key, now_ms=now_ms), place.writer_id, place.number)


def _place(request: HttpRequest, waits: Waits, ticket: Ticket | None, now_ms: int) -> HttpResponse:
    made = made_before(request, waits.key)
    if made is not None:
        return _done(request, made)
    shown_ticket = counter_here().write_ticket(ticket) if ticket else ""
    try:
        desk = desk_of(request, asked=waits.asked)
    except Http404:  # the presale's order window has closed meanwhile
        return _done(request, _back(request, DealClosed.code))
    if desk is None:
        return _back(request, CHANGED)
    answer = place_shown(desk, shown=waits.shown, key=waits.key, pay_key=waits.pay_key, ticket=shown_ticket)
    if answer.code == CHANGED:
        return _done(request, _back(request, CHANGED, opening=waits.opening, key=waits.key, ticket=shown_ticket))
    if answer.code == LineFull.code:
        if answer.ticket and not waits.ticket:
            waits = waits.with_ticket(answer.ticket)
            request.session[_WAITS] = asdict(waits)
        return _show(request, waits, _ticket(waits, desk.shopper_id), now_ms)
    if answer.code in KEY_STAYS:
        return _show(request, waits, ticket, now_ms)
    if answer.code:
        return _done(request, _back(request, answer.code, opening=waits.opening))
    return _done(request, lead_on(request, my_purchase(request, answer.facts["number"])))


def _done(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    request.session.pop(_WAITS, None)
    request.session[_LED] = response.headers["Location"]
    response.delete_cookie(_TOLD_COOKIE, path=reverse("waiting"))
    return response


def _back(request: HttpRequest, code: str, **kept: str) -> HttpResponse:
    """Lead back to the checkout; a key and its ticket go along where the door was not asked, so the place is kept."""
    query = reader_of(request).query
    refused = urlencode({"refused": code, **{name: value for name, value in kept.items() if value}})
    return see_other(reverse("checkout") + (f"{query}&{refused}" if query else f"?{refused}"))


def _show(request: HttpRequest, waits: Waits, ticket: Ticket | None, now_ms: int) -> HttpResponse:
    reader = reader_of(request)
    told = _tell(request, ticket, now_ms) if ticket else None
    before = now_ms < waits.opens_ms
    look_s = _look_again_s(waits, told, now_ms)
    context: Mapping[str, object] = {
        "reader": reader,
        "room": room_shown(told, opens_ms=waits.opens_ms, is_before=before, is_drawn=ticket is not None, reader=reader),
        "look_s": look_s,
        "ticket": ticket,
        "opens_ms": waits.opens_ms,
        "opens_in_ms": max(0, waits.opens_ms - now_ms),
    }
    response = render(request, "storefront/waiting.html", context)
    response.headers["X-Robots-Tag"] = "noindex"
    if ticket and told:
        response.set_cookie(
            _TOLD_COOKIE,
            sign_told(told, key=_told_key(), shopper_id=ticket.shopper_id, number=ticket.number),
            max_age=TOLD_TTL_S,
            path=reverse("waiting"),
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )
    return response


def _tell(request: HttpRequest, ticket: Ticket, now_ms: int) -> Told:
    line = counter_here().line_before(ticket)
    before = open_told(
        request.COOKIES.get(_TOLD_COOKIE, ""),
        key=_told_key(),
        shopper_id=ticket.shopper_id,
        number=ticket.number,
        now_s=now_ms / 1000,
    )
    return tell_place(before=before, place=line.place, pace_per_s=line.pace_per_s, now_ms=now_ms)


def _look_again_s(waits: Waits, told: Told | None, now_ms: int) -> int:
    chance = random.random()  # noqa: S311 - no secret: it spreads those who look
    if now_ms < waits.opens_ms:
        drawn_ms = waits.opens_ms - CLOSES_BEFORE_MS
        if told is None and now_ms < drawn_ms:
            return look_again_s(moment_ms=drawn_ms, now_ms=now_ms, late_s=1.0 + chance * _DRAW_SPREAD_S)
        if told is None and now_ms + _LATE_DRAW_MS < waits.opens_ms:
            # The draw is late, or they came too late for it; the page can't tell.
            return round(_LATE_DRAW_MS / 1000)
        return look_again_s(moment_ms=waits.opens_ms, now_ms=now_ms, late_s=chance * _OPENING_SPREAD_S)
    look_s = refresh_after_s(told) if told else REFRESH_MIN_S
    return round(look_s * (1.0 + chance / 4))


def _told_key() -> TokenKey:
    return told_key(secret=settings.SECRET_KEY, realm=settings.REALM.name)
