"""The door over HTTP, straight on ASGI: no cookies, no sessions, nothing that is not needed to place or pay."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from fairground.checkout.rules import Paid, PayRequest, Placed, PlaceRequest
from fairground.intake.codec import parse_key, read_pay, read_place, write_paid, write_placed
from fairground.intake.door import Door, LineFull
from fairground.intake.queue import Answer
from fairground.kernel.ids import LANES, lane_of
from fairground.kernel.refusal import Refusal
from fairground.sites.api.problems import (
    BodyTooLarge,
    HostUnknown,
    MethodNotAllowed,
    NotFound,
    PassMissing,
    WrongContentType,
    write_problem,
)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BODY_MAX_BYTES = 32 * 1024
_JSON = (b"content-type", b"application/json")
_PROBLEM = (b"content-type", b"application/problem+json")
_NO_STORE = (b"cache-control", b"no-store")
_REPLAYED = (b"idempotency-replayed", b"true")
_PURCHASES = "/v1/purchases"


def encode(outcome: Placed | Paid | Refusal) -> Answer:
    """Return the HTTP status and the body of what became of a request. 200 says that it was done before."""
    if type(outcome) is Placed:
        return (200 if outcome.replayed else 201), write_placed(outcome)
    if type(outcome) is Paid:
        return (200 if outcome.replayed else 201), write_paid(outcome)
    assert isinstance(outcome, Refusal), outcome
    return write_problem(outcome)


class DoorSite:
    """`POST /v1/purchases`, `POST /v1/purchases/{id}/payment`, `GET /v1/line`."""

    def __init__(self, *, door: Door, hosts: frozenset[bytes]) -> None:
        self._door, self._hosts = door, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        extra: tuple[tuple[bytes, bytes], ...] = ()
        try:
            status, body = await self._answer(scope, receive)
        except LineFull as full:
            status, body = write_problem(full)
            extra = ((b"retry-after", str(full.facts["retry_after_s"]).encode()),)
        except Refusal as refusal:
            status, body = write_problem(refusal)
        kind = _JSON if status < 400 else _PROBLEM  # noqa: PLR2004
        if status == 200 and scope["method"] == "POST":  # noqa: PLR2004
            extra = (_REPLAYED,)
        headers = [kind, _NO_STORE, (b"content-length", str(len(body)).encode()), *extra]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        headers = dict(scope["headers"])
        if headers.get(b"host", b"").rpartition(b":")[0] not in self._hosts and headers.get(b"host") not in self._hosts:
            raise HostUnknown
        path = scope["path"]
        if path == "/v1/line":
            return self._line(scope["method"])
        purchase_id = None
        if path != _PURCHASES:
            purchase_id = _payment_of(path)
        if scope["method"] != "POST":
            raise MethodNotAllowed(allowed="POST")
        if headers.get(b"content-type", b"").partition(b";")[0].strip().lower() != b"application/json":
            raise WrongContentType
        door = self._door
        now_ms = door.clock.now_ms()
        shown = door.keys.open_pass(_bearer(headers), now_s=now_ms / 1000)
        ticket_text = headers.get(b"queue-ticket")
        ticket = door.keys.open_ticket(ticket_text, now_s=now_ms / 1000) if ticket_text else None
        key = parse_key(headers.get(b"idempotency-key", b"").decode("latin-1"), now_ms=now_ms)
        body = await _read_body(headers, receive)
        request: PlaceRequest | PayRequest
        if purchase_id is None:
            request = read_place(
                body, shopper_id=shown.shopper_id, verified=shown.verified, key=key, arrived_at_ms=now_ms
            )
        else:
            request = read_pay(body, purchase_id=purchase_id, shopper_id=shown.shopper_id, key=key)
        return await door.submit(request, ticket=ticket)

    def _line(self, method: str) -> Answer:
        """How the line stands: below `admitted` a ticket's second try is decided, never again refused for load."""
        if method not in {"GET", "HEAD"}:
            raise MethodNotAllowed(allowed="GET")
        lines = {str(writer_id): line.admitted for writer_id, line in self._door.lines.items()}
        return 200, msgspec.json.encode({"admitted": lines, "now": self._door.clock.now().isoformat()})


def _payment_of(path: str) -> int:
    head, _, tail = path.removeprefix(_PURCHASES + "/").partition("/")
    if not path.startswith(_PURCHASES + "/") or tail != "payment" or not (head.isascii() and head.isdecimal()):
        raise NotFound
    purchase_id = int(head)
    if purchase_id >= 1 << 63 or lane_of(purchase_id) >= LANES:
        raise NotFound
    return purchase_id


def _bearer(headers: dict[bytes, bytes]) -> bytes:
    scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"bearer" or not token:
        raise PassMissing
    return token


async def _read_body(headers: dict[bytes, bytes], receive: Receive) -> bytes:
    if len(headers.get(b"content-length", b"")) > 6:  # noqa: PLR2004 - a million bytes is too large without counting
        raise BodyTooLarge(bytes_max=BODY_MAX_BYTES)
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body") and len(body) <= BODY_MAX_BYTES:
        message = await receive()
        body += message.get("body", b"")
    if len(body) > BODY_MAX_BYTES:
        raise BodyTooLarge(bytes_max=BODY_MAX_BYTES)
    return body
