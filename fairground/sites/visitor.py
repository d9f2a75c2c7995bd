"""Who looks at a page: nobody in particular, a guest, or a user who signed in."""

import time
from dataclasses import dataclass
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import render

from fairground.identity.actions import create_guest, make_user_a_shopper
from fairground.kernel.clock import from_unix_ms
from fairground.sites.throttles import may_try

# Where a guest's session keeps the shopper.
SHOPPER = "shopper"
# Each is a row and a session; an office or a mobile network behind one address has some dozens of new ones an hour.
GUESTS_AN_HOUR_MAX = 60


@dataclass(frozen=True, slots=True)
class Visitor:
    """`shopper_id` is None for who has put nothing in a cart yet; `name` is empty for who has not signed in."""

    shopper_id: int | None = None
    signed_in: bool = False
    name: str = ""


def user_of(request: HttpRequest) -> int | None:
    """Return the user who asks; None for a guest, and without a query for who brings no session."""
    user: Any = request.user if settings.SESSION_COOKIE_NAME in request.COOKIES else None
    return user.id if user is not None and user.is_authenticated else None


def visitor_of(request: HttpRequest) -> Visitor:
    """Return who asks; who brings no session costs no query, and its page stays everybody's."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return Visitor()
    user: Any = request.user
    if user.is_authenticated:
        return Visitor(shopper_id=user.shopper_id, signed_in=True, name=user.get_short_name())
    return Visitor(shopper_id=request.session.get(SHOPPER))


def shopper_of(request: HttpRequest) -> int:
    """Return the shopper who asks; who is none yet becomes one: a guest is remembered by the session.

    :raises ImmediateHttpResponse: no guest is made, as in `count_newcomer`
    """
    visitor = visitor_of(request)
    if visitor.shopper_id is not None:
        return visitor.shopper_id
    now_ms = time.time_ns() // 1_000_000
    if not visitor.signed_in:
        count_newcomer(request)
        found = request.session[SHOPPER] = create_guest(now_ms=now_ms)
        return found
    user: Any = request.user
    user.shopper_id = make_user_a_shopper(user_id=user.id, now=from_unix_ms(now_ms))
    return int(user.shopper_id)


def count_newcomer(request: HttpRequest) -> None:
    """Count who is nobody yet and wants to be remembered, by the address asked from (of IPv6 its /64).

    Once a request, however often it is called. Who signs in is not counted.

    :raises ImmediateHttpResponse: `GUESTS_AN_HOUR_MAX` have come from there; the answer is a page with 429
    """
    if getattr(request, "newcomer_counted", False):
        return
    if not may_try(request, app="storefront", action="guest", rates=f"{GUESTS_AN_HOUR_MAX}/h/ip"):
        raise ImmediateHttpResponse(render(request, "too_many_guests.html", status=429))
    request.newcomer_counted = True  # type: ignore[attr-defined]
