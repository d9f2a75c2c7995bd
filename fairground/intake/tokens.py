"""Passes and tickets: what a shopper shows at the door, checked without reading the database."""

import struct

from msgspec import Struct

from fairground.kernel.tokens import TokenForged, TokenKey

PASS_PURPOSE = 1
TICKET_PURPOSE = 2
# A pass is short-lived; the longest festival queue is shorter than a ticket's life.
PASS_TTL_S = 3600
TICKET_TTL_S = 6 * 3600

_PASS = struct.Struct("!qB")
_TICKET = struct.Struct("!q16shq")
_VERIFIED = 1


class Pass(Struct, frozen=True):
    """Who is asking."""

    shopper_id: int
    verified: bool


class Ticket(Struct, frozen=True):
    """A place in a writer's line, good for one shopper and one key."""

    shopper_id: int
    key: bytes
    writer_id: int
    number: int


class DoorKeys(Struct, frozen=True):
    """The keys with which a realm's door signs and checks."""

    passes: TokenKey
    tickets: TokenKey

    @classmethod
    def of_realm(cls, *, secret: str, realm: str) -> "DoorKeys":
        """Return the keys of a realm; a pass of one realm is forged in every other."""
        return cls(
            passes=TokenKey.derive(secret=secret, audience=realm, purpose=PASS_PURPOSE),
            tickets=TokenKey.derive(secret=secret, audience=realm, purpose=TICKET_PURPOSE),
        )

    def sign_pass(self, shown: Pass, *, expires_at_s: int) -> str:
        """Return a pass for a shopper."""
        return self.passes.sign(
            _PASS.pack(shown.shopper_id, _VERIFIED if shown.verified else 0), expires_at_s=expires_at_s
        )

    def open_pass(self, token: str | bytes, *, now_s: float) -> Pass:
        """Return who is asking. :raises TokenForged, TokenExpired, TokenOfOtherPurpose: see `TokenKey.open`."""
        payload = self.passes.open(token, now_s=now_s)
        if len(payload) != _PASS.size:
            raise TokenForged
        shopper_id, flags = _PASS.unpack(payload)
        return Pass(shopper_id, bool(flags & _VERIFIED))

    def sign_ticket(self, ticket: Ticket, *, now_s: float) -> str:
        """Return the ticket as the shopper keeps it."""
        payload = _TICKET.pack(ticket.shopper_id, ticket.key, ticket.writer_id, ticket.number)
        return self.tickets.sign(payload, expires_at_s=int(now_s) + TICKET_TTL_S)

    def open_ticket(self, token: str | bytes, *, now_s: float) -> Ticket:
        """Return the ticket. :raises TokenForged, TokenExpired, TokenOfOtherPurpose: see `TokenKey.open`."""
        payload = self.tickets.open(token, now_s=now_s)
        if len(payload) != _TICKET.size:
            raise TokenForged
        return Ticket(*_TICKET.unpack(payload))
