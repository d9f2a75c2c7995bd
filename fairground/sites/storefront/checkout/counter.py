"""Placing, paying, grabbing and collecting at the process's counter, as a page does it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from fairground.identity.queries import shopper_is_verified
from fairground.intake.codec import parse_key, read_collect, read_grab, read_pay, read_place
from fairground.intake.counter import counter_here
from fairground.intake.door import LineFull
from fairground.intake.queue import Answer
from fairground.intake.tokens import Pass
from fairground.intake.work import Request
from fairground.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a request: the `facts` of the answer, or the `code` of why not, and a ticket for the next try."""

    facts: dict[str, Any]
    code: str = ""
    ticket: str = ""


def place(*, body: bytes, shopper_id: int, key: str, ticket: str) -> Answered:
    """Place a purchase; the same key twice is one purchase."""
    verified = shopper_is_verified(shopper_id=shopper_id)

    def read(parsed: bytes, now_ms: int) -> Request:
        return read_place(body, shopper_id=shopper_id, verified=verified, key=parsed, arrived_at_ms=now_ms)

    return _ask(read, shopper_id=shopper_id, key=key, ticket=ticket, places=True)


def pay(*, purchase_id: int, shopper_id: int, amount_minor: int, currency: str, key: str) -> Answered:
    """Pay a purchase in full from its shopper's wallet; the same key twice is one payment."""
    body = msgspec.json.encode({"method": "wallet", "amount_minor": amount_minor, "currency": currency})

    def read(parsed: bytes, now_ms: int) -> Request:
        return read_pay(body, purchase_id=purchase_id, shopper_id=shopper_id, key=parsed)

    return _ask(read, shopper_id=shopper_id, key=key, ticket="")


def grab(*, round_id: int, shopper_id: int, key: str, ticket: str) -> Answered:
    """Grab a packet of a round; who has one gets the same one again."""
    verified = shopper_is_verified(shopper_id=shopper_id)

    def read(_parsed: bytes, now_ms: int) -> Request:
        return read_grab(b"", round_id=round_id, shopper_id=shopper_id, verified=verified, arrived_at_ms=now_ms)

    return _ask(read, shopper_id=shopper_id, key=key, ticket=ticket)


def collect(*, promotion_id: int, market: str, shopper_id: int, key: str, ticket: str) -> Answered:
    """Collect a promotion's coupon; who has it keeps it, once."""
    verified = shopper_is_verified(shopper_id=shopper_id)
    body = msgspec.json.encode({"market": market})

    def read(_parsed: bytes, _now_ms: int) -> Request:
        return read_collect(body, promotion_id=promotion_id, shopper_id=shopper_id, verified=verified)

    return _ask(read, shopper_id=shopper_id, key=key, ticket=ticket)


def write_pass(*, shopper_id: int) -> str:
    """Return a pass with which the shopper's browser goes to the door itself."""
    return counter_here().write_pass(Pass(shopper_id, verified=shopper_is_verified(shopper_id=shopper_id)))


def _ask(
    read: Callable[[bytes, int], Request], *, shopper_id: int, key: str, ticket: str, places: bool = False
) -> Answered:
    """Ask with what `read` makes of the key and the moment; it runs in the event loop, so it reads no database."""
    counter = counter_here()
    now_ms = counter.clock.now_ms()
    try:
        parsed = parse_key(key, now_ms=now_ms)
        answer = counter.ask(
            shopper_id=shopper_id,
            key=parsed,
            read=lambda: read(parsed, now_ms),
            ticket=ticket,
            places=places,
        )
    except LineFull as full:
        return Answered({}, full.code, str(full.facts["ticket"]))
    except Refusal as refusal:
        return Answered({}, refusal.code)
    return _read(answer)


def _read(answer: Answer) -> Answered:
    status, body, _ = answer
    facts = msgspec.json.decode(body)
    return Answered(facts) if status < 400 else Answered({}, facts["type"].rpartition("/")[2])  # noqa: PLR2004 - HTTP
