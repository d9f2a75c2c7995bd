"""Purchases for tests of their pages: made just now, by the guest whose session a client has."""

import time
from dataclasses import dataclass

from django.test import Client

from fairground.checkout.rules.placing import LineAsked, Placed
from fairground.identity.actions import create_guest
from fairground.sites.visitor import SHOPPER
from tests.factories import give_wallet, pay, pay_request, place_one, place_request

ADDRESS = b'{"name":"Ada","country":"DE","lines":["Hauptstr. 1"]}'


def now_ms() -> int:
    """Return the present millisecond: pages go by the clock."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Guest:
    """A client with a session, and the shopper that it is."""

    client: Client
    shopper_id: int

    def place(self, *lines: LineAsked, ago_ms: int = 0, address: bytes = ADDRESS) -> Placed:
        """Place a purchase, so many milliseconds ago."""
        request = place_request(*lines, shopper_id=self.shopper_id, address=address)
        return place_one(request, now_ms=now_ms() - ago_ms)

    def pay(self, placed: Placed) -> None:
        """Pay a purchase from the wallet."""
        give_wallet(shopper_id=self.shopper_id, amount_minor=placed.total_minor, currency=placed.currency)
        pay([pay_request(placed, shopper_id=self.shopper_id)], now_ms=now_ms())


def make_guest() -> Guest:
    """Make a guest with a session."""
    client, shopper_id = Client(), create_guest(now_ms=now_ms())
    session = client.session
    session[SHOPPER] = shopper_id
    session.save()
    return Guest(client, shopper_id)
