"""The door's own way through HTTP: a request that arrives whole is answered without ASGI; the rest is uvicorn's.

Measured on two cores (ADR 2): an order costs 44 µs less of processor time here than through ASGI, mostly since fewer
threads compete with the batcher for Python's lock.
"""

import asyncio
import re
from functools import lru_cache
from typing import Any, Protocol

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from fairground.intake.queue import Answer
from fairground.sites.api.door import BODY_MAX_BYTES, DoorSite, content_type

_PREFIXES = (b"POST /v1/purchases", b"POST /v1/rounds/", b"POST /v1/coupons/")
_VERSION = b" HTTP/1.1"
_HEAD_END = b"\r\n\r\n"
_HEAD_MAX_BYTES = 8192
# For what the parser reads: so much before the body, so many headers, so long until the request is whole.
_SLOW_HEAD_MAX_BYTES = 16 * 1024
_HEADERS_MAX = 64
_REQUEST_MAX_S = 15.0
# Who does not read the answers is not kept.
_UNREAD_MAX_BYTES = 256 * 1024
_LENGTH_DIGITS_MAX = len(str(BODY_MAX_BYTES))


_HEADER = re.compile(rb"\r\n([!-9;-~]+):([^\r\n]*)")


@lru_cache(maxsize=64)  # the date changes once a second
def _answer_head(status: int, default_headers: tuple[tuple[bytes, bytes], ...]) -> bytes:
    headers = [content_type(status), (b"cache-control", b"no-store"), *default_headers]
    return STATUS_LINE[status] + b"".join([b"%b: %b\r\n" % header for header in headers])


class HasDoor(Protocol):
    """The application: it has a door once it is open."""

    door: DoorSite | None


class DoorProtocol(HttpToolsProtocol):
    """One connection. Whatever is not plainly one whole request to the door goes to uvicorn's own parser."""

    app: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._at_door = False
        self._parsing = False
        self._arrived_meanwhile = b""
        self._closing = False
        self._rests_since = 0.0
        self._reading_head = False
        self._head_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Somebody connected; who says nothing for long is not kept."""
        super().connection_made(transport)
        self._rest()

    def data_received(self, data: bytes) -> None:
        """Take what arrived; called by the event loop."""
        if self._at_door:
            self._arrived_meanwhile += data
            if len(self._arrived_meanwhile) > BODY_MAX_BYTES:
                self.transport.close()
            return
        idle = not self._parsing and (self.cycle is None or self.cycle.response_complete)
        if idle and data.startswith(_PREFIXES) and self._take(data):
            return
        if self._reading_head or not self._parsing:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._reading_head and self._head_bytes > _SLOW_HEAD_MAX_BYTES:
            self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins that the parser reads."""
        self._parsing = self._reading_head = True
        self._head_bytes = 0
        self._deadline = self.loop.call_later(_REQUEST_MAX_S, self.transport.close)
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """The parser has read a header."""
        super().on_header(name, value)
        if len(self.headers) > _HEADERS_MAX:
            self.transport.close()

    def on_headers_complete(self) -> None:
        """The parser has read a request up to its body."""
        self._reading_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The parser has read a request to its end."""
        self._parsing = False
        self._forget_deadline()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """A request that the parser read is answered; uvicorn's own timer knows nothing of the door."""
        super().on_response_complete()
        if self.timeout_keep_alive_task is not None:
            self._unset_keepalive_if_required()
            self._rest()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._forget_deadline()
        super().connection_lost(exc)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def shutdown(self) -> None:
        """Close, but not before what is at the door is answered."""
        if self._at_door:
            self._closing = True
        elif self._is_streaming():
            self.transport.close()
        else:
            super().shutdown()

    def _is_streaming(self) -> bool:
        """Whether a reader hangs on a stream: that has no end to wait for, and the reader comes back by itself."""
        busy = self.cycle is not None and not self.cycle.response_complete
        return busy and self.app.is_stream(self.scope["path"])

    def _take(self, data: bytes) -> bool:
        """Pass a whole request to the door; False where it is anything but plain, and nothing was done."""
        head_end = data.find(_HEAD_END, 0, _HEAD_MAX_BYTES)
        door: DoorSite | None = self.app.door
        if head_end < 0 or door is None:
            return False
        head = data[:head_end]
        request_line = head[: head.find(b"\r")]
        if not request_line.endswith(_VERSION) or b"?" in request_line or b"%" in request_line:
            return False
        lines = _HEADER.findall(head)
        if head.count(b"\n") != len(lines) or head.count(b"\r") != len(lines) or b"\0" in head:
            return False
        headers = {name.lower(): value.strip() for name, value in lines}
        length = headers.get(b"content-length", b"")
        if len(headers) != len(lines) or not length.isdigit() or len(length) > _LENGTH_DIGITS_MAX:
            return False
        if int(length) > BODY_MAX_BYTES or len(data) != head_end + 4 + int(length):
            return False
        if b"connection" in headers or b"transfer-encoding" in headers or b"expect" in headers:
            return False
        self._at_door = True
        path = request_line[5 : -len(_VERSION)].decode("latin-1")
        door.begin(method="POST", path=path, headers=headers, body=data[head_end + 4 :], reply=self._reply)
        return True

    def _reply(self, answer: Answer) -> None:
        self._at_door = False
        if self.transport.is_closing():
            return
        status, body, further = answer
        head = _answer_head(status, tuple(self.server_state.default_headers))
        self.transport.write(b"%b%bcontent-length: %d\r\n\r\n%b" % (head, further, len(body), body))
        if self._closing or self.transport.get_write_buffer_size() > _UNREAD_MAX_BYTES:
            self.transport.close()
        elif self._arrived_meanwhile:
            data, self._arrived_meanwhile = self._arrived_meanwhile, b""
            self.data_received(data)
        else:
            self._rest()

    def _rest(self) -> None:
        """Wait for the next request, not for ever. One timer serves many requests: setting one each time costs more."""
        self._rests_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self._rested)

    def _rested(self) -> None:
        self.timeout_keep_alive_task = None
        left_s = self._rests_since + self.timeout_keep_alive - self.loop.time()
        if self._at_door:
            return
        if left_s > 0:
            self.timeout_keep_alive_task = self.loop.call_later(left_s, self._rested)
        else:
            self.timeout_keep_alive_handler()
