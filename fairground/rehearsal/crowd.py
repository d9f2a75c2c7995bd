"""The crowd: an open-loop load generator on plain sockets, one thread, a few microseconds a request.

Arrivals do not wait for answers. A latency runs from the moment a request was due, not from when a connection was free
for it, so a shop that stalls can't hide behind a generator that waits with it (coordinated omission).
"""

import heapq
import select
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

STATUS_AT = slice(9, 12)
# A shopper whose answer never came asks again after this long, with the same key.
LOST_RETRY_S = 1.0
LINE_EVERY_S = 0.1
# While nobody listens, connections are tried this often; the calls that have one go on meanwhile.
RECONNECT_EVERY_S = 0.1
RECEIVE_BYTES = 4096


@dataclass(slots=True)
class Call:
    """A request as bytes, when it is due (seconds after the start), and what became of it."""

    due_s: float
    request: bytes
    attempts: int = 0
    status: int = 0
    latency_ms: float = 0.0
    sent_at_ms: int = 0
    answered_at_ms: int = 0
    ticket: "_Ticket | None" = None
    body: bytes = b""
    refused_for_load: int = 0


class _Ticket(msgspec.Struct):
    ticket: str
    number: int
    writer: int


class _LineState(msgspec.Struct):
    admitted: dict[int, int]


_read_ticket = msgspec.json.Decoder(_Ticket).decode
_read_line = msgspec.json.Decoder(_LineState, strict=False).decode


@dataclass(slots=True)
class _Connection:
    sock: socket.socket
    call: Call | None = None
    received: bytes = b""


@dataclass(slots=True)
class Crowd:
    """Sends calls to one host. `on_answer` is told every final answer, before it is counted anywhere."""

    host: str
    port: int
    on_answer: Callable[[Call], None]
    connections: int = 256
    give_up_after_s: float = 120.0
    first_sent_s: float = 0.0
    last_2xx_s: float = 0.0
    _poll: select.epoll = field(default_factory=lambda: select.epoll())  # noqa: PLW0108 - Linux only: asked for when it is needed
    _by_fd: dict[int, _Connection] = field(default_factory=dict)
    _idle: list[_Connection] = field(default_factory=list)
    _again: list[tuple[float, int, Call]] = field(default_factory=list)
    # By writer, the lowest number first: hundreds of thousands may wait.
    _waiting: dict[int, list[tuple[int, int, Call]]] = field(default_factory=dict)
    _admitted: dict[int, int] = field(default_factory=dict)
    _started: float = 0.0
    _open: int = 0
    _missing: int = 0
    _connect_at: float = 0.0

    def run(self, calls: Sequence[Call]) -> None:
        """Send every call when it is due, second tries too, and return when all have a final answer or time is up."""
        self.run_through(iter(sorted(calls, key=lambda call: call.due_s)), count=len(calls))

    def run_through(self, todo: Iterator[Call], *, count: int) -> None:
        """Run calls that are made as they are needed, `count` of them, in the order in which they are due."""
        self._missing = self.connections
        self._connect_missing()
        following = next(todo, None)
        self._open = count
        self._started = time.perf_counter()
        line_call_at = 0.0
        while self._open and (now := self._now()) < self.give_up_after_s:
            if self._missing and time.perf_counter() >= self._connect_at:
                self._connect_missing()
            while following is not None and following.due_s <= now and self._idle:
                self._send(following)
                following = next(todo, None)
            while self._again and self._again[0][0] <= now and self._idle:
                self._send(heapq.heappop(self._again)[2])
            if any(self._waiting.values()) and now >= line_call_at and self._idle:
                line_call_at = now + LINE_EVERY_S
                self._send(Call(now, _line_request(self.host, self.port)))
            due_s = [
                at for at in (following.due_s if following else None, self._again[0][0] if self._again else None) if at
            ]
            pause_s = min([0.05, *[max(0.0, at - now) for at in due_s]]) if self._idle else 0.05
            for fd, _ in self._poll.poll(pause_s):
                self._receive(self._by_fd[fd])
        for connection in self._by_fd.values():
            connection.sock.close()
        self._poll.close()

    def _now(self) -> float:
        return time.perf_counter() - self._started

    def _connect_missing(self) -> None:
        """Open the connections not open yet, or lost; where nobody listens, the rest waits for the next time."""
        while self._missing:
            try:
                self._connect()
            except OSError:
                self._connect_at = time.perf_counter() + RECONNECT_EVERY_S
                return
            self._missing -= 1

    def _connect(self) -> None:
        sock = socket.create_connection((self.host, self.port), timeout=10)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)
        connection = _Connection(sock)
        self._poll.register(sock.fileno(), select.EPOLLIN)
        self._by_fd[sock.fileno()] = connection
        self._idle.append(connection)

    def _send(self, call: Call) -> None:
        connection = self._idle.pop()
        connection.call = call
        call.attempts += 1
        call.sent_at_ms = time.time_ns() // 1_000_000
        if self.first_sent_s == 0.0:
            self.first_sent_s = self._now()
        try:
            connection.sock.send(call.request)
        except OSError:
            self._lost(connection)

    def _receive(self, connection: _Connection) -> None:
        try:
            received = connection.sock.recv(RECEIVE_BYTES)
        except OSError:
            received = b""
        if not received:
            self._lost(connection)
            return
        connection.received += received
        head, found, body = connection.received.partition(b"\r\n\r\n")
        if not found or len(body) < _content_length(head):
            return
        call = connection.call
        assert call is not None, "an answer to nothing"
        connection.call, connection.received = None, b""
        self._idle.append(connection)
        if call.request.startswith(b"GET "):
            self._admitted = _read_line(body).admitted
            self._come_up()
            return
        self._answered(call, int(head[STATUS_AT]), body)

    def _answered(self, call: Call, status: int, body: bytes) -> None:
        now = self._now()
        if status == 429:  # noqa: PLR2004
            call.refused_for_load += 1
            if call.ticket is None:
                call.ticket = _read_ticket(body)
                call.request = call.request.replace(
                    b"\r\n\r\n", b"\r\nQueue-Ticket: " + call.ticket.ticket.encode() + b"\r\n\r\n", 1
                )
            line = self._waiting.setdefault(call.ticket.writer, [])
            heapq.heappush(line, (call.ticket.number, id(call), call))
            return
        if status == 503:  # noqa: PLR2004
            heapq.heappush(self._again, (now + LOST_RETRY_S, id(call), call))
            return
        call.status, call.body, call.answered_at_ms = status, body, time.time_ns() // 1_000_000
        call.latency_ms = (now - call.due_s) * 1000
        self.on_answer(call)
        self._open -= 1
        if status < 300:  # noqa: PLR2004
            self.last_2xx_s = now

    def _come_up(self) -> None:
        """Those whose number has come up try again: their second try."""
        now = self._now()
        for writer, line in self._waiting.items():
            while line and line[0][0] < self._admitted.get(writer, 0):
                _, _, call = heapq.heappop(line)
                heapq.heappush(self._again, (now, id(call), call))

    def _lost(self, connection: _Connection) -> None:
        """The connection broke: what became of the request is unknown, so it is asked again with the same key."""
        self._poll.unregister(connection.sock.fileno())
        del self._by_fd[connection.sock.fileno()]
        connection.sock.close()
        if connection in self._idle:
            self._idle.remove(connection)
        if connection.call is not None and not connection.call.request.startswith(b"GET "):
            heapq.heappush(self._again, (self._now() + LOST_RETRY_S, id(connection.call), connection.call))
        self._missing += 1


def _content_length(head: bytes) -> int:
    at = head.find(b"content-length: ")
    if at < 0:
        return 0
    end = head.find(b"\r", at)
    return int(head[at + 16 : end if end > 0 else len(head)])


def _line_request(host: str, port: int) -> bytes:
    return f"GET /v1/line HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
