"""People for tests: guests who buy, who is signed up, and how they sign in."""

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.core.mail import EmailMessage
from django.test import Client

from fairground.checkout.rules.placing import LineAsked, Placed
from fairground.identity.actions import create_guest
from fairground.identity.models import User
from fairground.sites.visitor import SHOPPER
from tests.factories import give_wallet, pay, pay_request, place_one, place_request

PASSWORD = "lanterns-at-night"


def now_ms() -> int:
    """Return the present millisecond: pages go by the clock."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Guest:
    """A client with a session, and the shopper that it is."""

    client: Client
    shopper_id: int

    @property
    def session_key(self) -> str:
        """Return what the cookie of the session holds."""
        key = self.client.session.session_key
        assert key, "a guest has a session"
        return key

    def place(self, *lines: LineAsked, ago_ms: int = 0, **asked: Any) -> Placed:
        """Place a purchase, so many milliseconds ago."""
        return place_one(place_request(*lines, shopper_id=self.shopper_id, **asked), now_ms=now_ms() - ago_ms)

    def pay(self, placed: Placed, *, at_ms: int | None = None) -> None:
        """Pay a purchase from the wallet, now or at a moment."""
        amount_minor, currency = placed.total_minor, placed.currency
        give_wallet(shopper_id=self.shopper_id, amount_minor=amount_minor, currency=currency, now_ms=now_ms())
        pay([pay_request(placed, shopper_id=self.shopper_id)], now_ms=now_ms() if at_ms is None else at_ms)


def make_guest(client: Client | None = None) -> Guest:
    """Make a guest, and the session of a client, which is a new one unless one is given, that guest's."""
    guest = Guest(client or Client(), create_guest(now_ms=now_ms()))
    session = guest.client.session
    session[SHOPPER] = guest.shopper_id
    session.save()
    return guest


def make_user(*, email: str, password: str = PASSWORD, verified: bool = True, **fields: Any) -> User:
    """Make a user who signed up with this address, and has proved it unless told otherwise."""
    proved_at = datetime(2026, 11, 1, tzinfo=UTC) if verified else None
    user = User.objects.create_user(email, password, email_verified_at=proved_at, **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=verified, primary=True)
    return user


def sign_in(client: Client, *, email: str, password: str = PASSWORD, next: str = "") -> Any:  # noqa: A002 - its name
    """Sign in as the form does, and return the answer."""
    return client.post("/sign/login/", {"login": email, "password": password, **({"next": next} if next else {})})


def code_in(letter: EmailMessage) -> str:
    """Return the code that a letter brings."""
    found = re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", str(letter.body), re.MULTILINE)
    assert found, letter.body
    return found[0]
