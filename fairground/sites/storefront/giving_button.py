"""A button that asks the door for something that is given away: who presses it, and what it sends again if refused."""

import time
from dataclasses import dataclass

from django.http import HttpRequest

from fairground.intake.codec import new_key
from fairground.sites.storefront.checkout.counter import Answered
from fairground.sites.visitor import shopper_of, visitor_of


@dataclass(frozen=True, slots=True)
class Refused:
    """What was not given, and what the same button sends again: its ticket, and the key that this is good for."""

    wanted: int
    words: str
    key: str
    ticket: str = ""


def refused_by_door(answered: Answered, *, wanted: int, words: str, key: str) -> Refused:
    """Return a refusal of the door's: with a place in the line the key stays, else the next try is a new one."""
    return Refused(wanted, words, key if answered.ticket else fresh_key(), answered.ticket)


def fresh_key() -> str:
    """Return a key for a button that was not pressed yet."""
    return new_key(now_ms=time.time_ns() // 1_000_000)


def shopper_at_button(request: HttpRequest) -> int | None:
    """Return the shopper who asks. A user who has bought nothing yet becomes one here: the button needs one."""
    visitor = visitor_of(request)
    return shopper_of(request) if visitor.signed_in else visitor.shopper_id
