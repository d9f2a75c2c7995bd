"""A provider's server on this machine: what it was asked is kept, and the next answers can be made to fail."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen


class Fault(Enum):
    """How an answer fails. What ends with AFTER happens when the server has done what it was asked."""

    HANG_AFTER = "it does it and never answers"
    RESET_AFTER = "it does it and the connection breaks"
    RESET = "the connection breaks before it does anything"
    DOWN = "500 before it does anything"
    TOO_MANY = "429 before it does anything"
    OTHER_AMOUNT = "it takes another amount than it was asked"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the server was asked."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """What the server answers."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def say_json(answer: object, status: int = 200) -> Said:
    """Return an answer in JSON."""
    return Said(status, {"Content-Type": "application/json"}, json.dumps(answer).encode())


def say_page(text: str, status: int = 200) -> Said:
    """Return a page for a browser."""
    return Said(
        status, {"Content-Type": "text/html; charset=utf-8"}, f"<!doctype html><meta charset=utf-8>{text}".encode()
    )


def lead_to(url: str) -> Said:
    """Return an answer that leads a browser on."""
    return Said(303, {"Location": url}, b"")


@dataclass(frozen=True, slots=True)
class Telling:
    """A notice that the provider sends, signed, with its headers' names in small letters."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class ProvidersServer:
    """What all providers' servers share. `url` is where it listens; `told` is every notice in the order of events.

    With `notices_to` each notice is sent there at once too. State lives here, so whoever asks may be born again.
    """

    url: str = ""
    notices_to: str = ""
    asked: list[Asked] = field(default_factory=list)
    told: list[Telling] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _faults: list[tuple[str, Fault | Said]] = field(default_factory=list)
    _leaving: SimpleQueue[Telling | None] = field(default_factory=SimpleQueue)
    _closing: threading.Event = field(default_factory=threading.Event)

    def fail_next(self, path: str, how: "Fault | Said") -> None:
        """Make the next question whose path ends so fail: by a fault, or with these bytes for an answer."""
        with self.lock:
            self._faults.append((path, how))

    def tell(self, telling: Telling) -> None:
        """Keep a notice, and send it where notices go: later, as whoever gets it asks back."""
        self.told.append(telling)
        self._leaving.put(telling)

    def send_notices(self) -> None:
        """Send notices in their order until the server closes; what nobody takes is lost."""
        while telling := self._leaving.get():
            if self.notices_to:
                with suppress(OSError):
                    send(telling, self.notices_to)

    def answer(self, asked: Asked, *, other_amount: bool) -> Said:
        """Do what was asked and return the answer; each provider's own."""
        raise NotImplementedError

    def answer_down(self) -> Said:
        """Return what the provider says when it is down."""
        return say_json({"error": {"type": "api_error", "message": "down"}}, 500)

    def answer_too_many(self) -> Said:
        """Return what the provider says to who asks too often."""
        return say_json({"error": {"type": "rate_limit_error", "code": "rate_limit"}}, 429)

    def _fault_for(self, path: str) -> Fault | Said | None:
        with self.lock:
            for i, (ending, how) in enumerate(self._faults):
                if path.endswith(ending):
                    del self._faults[i]
                    return how
        return None

    def respond(self, asked: Asked, *, reset: Callable[[], None]) -> Said | None:
        """Return what goes out for a question; None: nothing does."""
        how = self._fault_for(asked.path)
        if isinstance(how, Said):
            return how
        match how:
            case Fault.RESET:
                reset()
                return None
            case Fault.DOWN:
                return self.answer_down()
            case Fault.TOO_MANY:
                return self.answer_too_many()
        with self.lock:
            self.asked.append(asked)
            said = self.answer(asked, other_amount=how is Fault.OTHER_AMOUNT)
        if how is Fault.HANG_AFTER:
            self._closing.wait()
            return None
        if how is Fault.RESET_AFTER:
            reset()
            return None
        return said

    def close(self) -> None:
        """Let go of whoever still waits for an answer."""
        self._closing.set()
        self._leaving.put(None)


def send(telling: Telling, url: str) -> tuple[int, bytes]:
    """Send a notice and return the answer's status and body."""
    with urlopen(Request(url, data=telling.body, headers=dict(telling.headers)), timeout=30) as response:  # noqa: S310 - a loopback address
        return response.status, response.read()


@contextmanager
def running(server: ProvidersServer) -> Iterator[None]:
    """Run a server on a free port of this machine."""

    class Listener(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def log_message(self, *said: object) -> None:
            """Say nothing."""

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            asked = Asked(
                method=self.command,
                path=parts.path,
                query=parts.query,
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(int(self.headers.get("Content-Length", 0))),
            )
            said = server.respond(asked, reset=self._reset)
            if said is None:
                self.close_connection = True
                return
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said.body)))
            self.end_headers()
            self.wfile.write(said.body)

        def _reset(self) -> None:
            # Closed without lingering, it sends RST instead of FIN.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.shutdown(socket.SHUT_RDWR)

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Say nothing: who asked may be gone."""

    with Quiet(("127.0.0.1", 0), Listener) as http:
        server.url = f"http://127.0.0.1:{http.server_port}"
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        threading.Thread(target=server.send_notices, daemon=True).start()
        try:
            yield
        finally:
            server.close()
            http.shutdown()
