"""Placing and paying at the process's counter, as a page does it."""

from dataclasses import dataclass
from typing import Any

import msgspec

from fairground.identity.queries import shopper_is_verified
from fairground.intake.codec import parse_key, read_pay, read_place
from fairground.intake.counter import counter_here
from fairground.intake.door import LineFull
from fairground.intake.queue import Answer
from fairground.intake.tokens import Pass
from fairground.kernel.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a request: the `facts` of the answer, or the `code` of why not, and a ticket for the next try."""

    facts: dict[str, Any]
    code: str = ""
    ticket: str = ""


def place(*, body: bytes, shopper_id: int, key: str, ticket: str) -> Answered:
    """Place a purchase; the same key twice is one purchase."""
    return _ask(shopper_id=shopper_id, key=key, ticket=ticket, body=body, purchase_id=None)


def pay(*, purchase_id: int, shopper_id: int, amount_minor: int, currency: str, key: str) -> Answered:
    """Pay a purchase in full from its shopper's wallet; the same key twice is one payment."""
    body = msgspec.json.encode({"method": "wallet", "amount_minor": amount_minor, "currency": currency})
    return _ask(shopper_id=shopper_id, key=key, ticket="", body=body, purchase_id=purchase_id)


def write_pass(*, shopper_id: int) -> str:
    """Return a pass with which the shopper's browser goes to the door itself."""
    return counter_here().write_pass(Pass(shopper_id, verified=shopper_is_verified(shopper_id=shopper_id)))


def _ask(*, shopper_id: int, key: str, ticket: str, body: bytes, purchase_id: int | None) -> Answered:
    counter = counter_here()
    now_ms = counter.clock.now_ms()
    verified = purchase_id is None and shopper_is_verified(shopper_id=shopper_id)
    try:
        parsed = parse_key(key, now_ms=now_ms)
        answer = counter.ask(
            shopper_id=shopper_id,
            key=parsed,
            read=lambda: (
                read_place(body, shopper_id=shopper_id, verified=verified, key=parsed, arrived_at_ms=now_ms)
                if purchase_id is None
                else read_pay(body, purchase_id=purchase_id, shopper_id=shopper_id, key=parsed)
            ),
            ticket=ticket,
            pays=purchase_id is not None,
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
