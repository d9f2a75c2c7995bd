"""Who looks at a page: nobody in particular, a guest, or a user who signed in."""

import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from fairground.identity.actions import create_guest

# Where a guest's session keeps the shopper.
SHOPPER = "shopper"


@dataclass(frozen=True, slots=True)
class Visitor:
    """`shopper_id` is None for who has put nothing in a cart yet; `name` is empty for who has not signed in."""

    shopper_id: int | None = None
    signed_in: bool = False
    name: str = ""


def visitor_of(request: HttpRequest) -> Visitor:
    """Return who asks; who brings no session costs no query, and its page stays everybody's."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return Visitor()
    user: Any = request.user
    if user.is_authenticated:
        return Visitor(shopper_id=user.shopper_id, signed_in=True, name=user.get_short_name())
    return Visitor(shopper_id=request.session.get(SHOPPER))


def shopper_of(request: HttpRequest) -> int:
    """Return the shopper who asks; who is none yet becomes a guest, remembered by the session."""
    found = visitor_of(request).shopper_id
    if found is None:
        found = request.session[SHOPPER] = create_guest(now_ms=time.time_ns() // 1_000_000)
        user: Any = request.user
        if user.is_authenticated:
            user.shopper_id = found
            user.save(update_fields=["shopper_id"])
    return found
