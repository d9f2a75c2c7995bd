"""The door over HTTP, straight on ASGI: no cookies, no sessions, nothing that is not needed to place or pay."""

import asyncio
from collections.abc import Callable, Mapping
from enum import Enum, auto

import msgspec

from fairground.checkout.rules.paying import Paid
from fairground.checkout.rules.placing import Placed
from fairground.intake.codec import (
    parse_key,
    read_collect,
    read_grab,
    read_pay,
    read_place,
    write_collected,
    write_grabbed,
    write_paid,
    write_placed,
)
from fairground.intake.door import Door
from fairground.intake.queue import Answer
from fairground.intake.work import Done, Request
from fairground.kernel.ids import LANES, lane_of, parse_id
from fairground.kernel.refusal import Refusal
from fairground.promotions.rules.collecting import Collected
from fairground.redpackets.rules import Grabbed
from fairground.sites.asgi import Receive, Scope, Send
from fairground.sites.problems import (
    BodyTooLarge,
    HostUnknown,
    MethodNotAllowed,
    NotFound,
    PassMissing,
    WrongContentType,
    write_problem,
)

Headers = Mapping[bytes, bytes]

BODY_MAX_BYTES = 32 * 1024
_JSON = (b"content-type", b"application/json")
_PROBLEM = (b"content-type", b"application/problem+json")
_NO_STORE = (b"cache-control", b"no-store")
_REPLAYED = b"idempotency-replayed: true\r\n"
_FIRST_PROBLEM = 400
PURCHASES = "/v1/purchases"
ROUNDS = "/v1/rounds"
COUPONS = "/v1/coupons"


class _Way(Enum):
    """What a path asks for."""

    PLACE = auto()
    PAY = auto()
    GRAB = auto()
    COLLECT = auto()


def encode(outcome: Done | Refusal) -> Answer:
    """Return the answer that tells what became of a request. 200 says that it was done before."""
    if type(outcome) is Placed:
        return (200, write_placed(outcome), _REPLAYED) if outcome.replayed else (201, write_placed(outcome), b"")
    if type(outcome) is Paid:
        return (200, write_paid(outcome), _REPLAYED) if outcome.replayed else (201, write_paid(outcome), b"")
    if type(outcome) is Grabbed:
        return (200, write_grabbed(outcome), _REPLAYED) if outcome.replayed else (201, write_grabbed(outcome), b"")
    if type(outcome) is Collected:
        return (200, write_collected(outcome), _REPLAYED) if outcome.again else (201, write_collected(outcome), b"")
    assert isinstance(outcome, Refusal), outcome
    return write_problem(outcome)


class DoorSite:
    """`POST /v1/purchases`, its `/{id}/payment`, `/v1/rounds/{id}/packet`, `/v1/coupons/{id}`, and `GET /v1/line`."""

    def __init__(self, *, door: Door, hosts: frozenset[bytes]) -> None:
        self._door, self._hosts = door, hosts

    def begin(self, *, method: str, path: str, headers: Headers, body: bytes, reply: Callable[[Answer], None]) -> None:
        """Check a request and queue it, or answer at once; `reply` is called once, in the event loop."""
        try:
            self._begin(method, path, headers, body, reply)
        except Refusal as refusal:
            reply(write_problem(refusal))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI request."""
        headers = dict(scope["headers"])
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def reply(answer: Answer) -> None:
            if not answered.done():
                answered.set_result(answer)

        try:
            body = await _read_body(headers, receive)
        except BodyTooLarge as refusal:
            reply(write_problem(refusal))
        else:
            self.begin(method=scope["method"], path=scope["path"], headers=headers, body=body, reply=reply)
        status, answer, further = await answered
        lines = [content_type(status), _NO_STORE, (b"content-length", b"%d" % len(answer))]
        if further:
            name, _, value = further.removesuffix(b"\r\n").partition(b": ")
            lines.append((name, value))
        await send({"type": "http.response.start", "status": status, "headers": lines})
        await send({"type": "http.response.body", "body": answer})

    def _begin(self, method: str, path: str, headers: Headers, body: bytes, reply: Callable[[Answer], None]) -> None:
        host = headers.get(b"host", b"")
        if host not in self._hosts and host.rpartition(b":")[0] not in self._hosts:
            raise HostUnknown
        if path == "/v1/line":
            reply(self._line(method))
            return
        way, asked_id = _way_of(path)
        if method != "POST":
            raise MethodNotAllowed(allowed="POST")
        is_json = headers.get(b"content-type", b"").partition(b";")[0].strip().lower() == b"application/json"
        if not is_json and (body or way is not _Way.GRAB):
            raise WrongContentType
        door = self._door
        now_ms = door.clock.now_ms()
        shown = door.keys.open_pass(_bearer(headers), now_s=now_ms / 1000)
        ticket_text = headers.get(b"queue-ticket")
        ticket = door.keys.open_ticket(ticket_text, now_s=now_ms / 1000) if ticket_text else None
        key = parse_key(headers.get(b"idempotency-key", b"").decode("latin-1"), now_ms=now_ms)

        def read() -> Request:
            who, verified = shown.shopper_id, shown.verified
            if way is _Way.PAY:
                return read_pay(body, purchase_id=asked_id, shopper_id=who, key=key, by_pass=True)
            if way is _Way.GRAB:
                return read_grab(body, round_id=asked_id, shopper_id=who, verified=verified, arrived_at_ms=now_ms)
            if way is _Way.COLLECT:
                return read_collect(body, promotion_id=asked_id, shopper_id=who, verified=verified)
            return read_place(body, shopper_id=who, verified=verified, key=key, arrived_at_ms=now_ms)

        places = way is _Way.PLACE
        door.submit(shopper_id=shown.shopper_id, key=key, read=read, reply=reply, ticket=ticket, places=places)

    def _line(self, method: str) -> Answer:
        """How the line stands: below `admitted` a ticket's second try is decided, never again refused for load."""
        if method not in {"GET", "HEAD"}:
            raise MethodNotAllowed(allowed="GET")
        lines = {str(writer_id): line.told for writer_id, line in self._door.lines.items()}
        return 200, msgspec.json.encode({"admitted": lines, "now": self._door.clock.now().isoformat()}), b""


def content_type(status: int) -> tuple[bytes, bytes]:
    """Return the header that says what the body is: the answer, or a problem."""
    return _JSON if status < _FIRST_PROBLEM else _PROBLEM


def _way_of(path: str) -> tuple[_Way, int]:
    """Return what the path asks for, and the id in it; a new purchase has none yet."""
    if path == PURCHASES:
        return _Way.PLACE, 0
    if path.startswith(ROUNDS + "/"):
        return _Way.GRAB, _round_of(path)
    if path.startswith(COUPONS + "/"):
        return _Way.COLLECT, _coupon_of(path)
    return _Way.PAY, _payment_of(path)


def _round_of(path: str) -> int:
    head, _, tail = path.removeprefix(ROUNDS + "/").partition("/")
    round_id = parse_id(head)
    if round_id is None or tail != "packet":
        raise NotFound
    return round_id


def _coupon_of(path: str) -> int:
    promotion_id = parse_id(path.removeprefix(COUPONS + "/"))
    if promotion_id is None:
        raise NotFound
    return promotion_id


def _payment_of(path: str) -> int:
    head, _, tail = path.removeprefix(PURCHASES + "/").partition("/")
    if not path.startswith(PURCHASES + "/") or tail != "payment":
        raise NotFound
    purchase_id = parse_id(head)
    if purchase_id is None or lane_of(purchase_id) >= LANES:
        raise NotFound
    return purchase_id


def _bearer(headers: Headers) -> bytes:
    scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"bearer" or not token:
        raise PassMissing
    return token


async def _read_body(headers: Headers, receive: Receive) -> bytes:
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
