"""HTTP by hand: requests as bytes, so that a test can send them whole, in pieces, or wrong."""

import json
import socket
import time
from dataclasses import dataclass
from typing import Any

TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body as JSON."""
        found = json.loads(self.body)
        assert isinstance(found, dict), found
        return found


def http_request(*, method: str, path: str, headers: dict[str, str | None], body: bytes = b"") -> bytes:
    """Return a request as bytes; a header that is None is left out."""
    lines = [f"{method} {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunked(body: bytes, *, size: int = 8_192) -> bytes:
    """Return a body in chunks (RFC 9112, 7.1)."""
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def exchange(port: int, request: bytes, *, pieces: int = 1) -> Reply:
    """Send a request on a connection of its own, in so many pieces with a breath between; return the answer."""
    size = -(-len(request) // pieces)
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(request), size):
            if at:
                time.sleep(0.01)
            try:
                sock.sendall(request[at : at + size])
            except (BrokenPipeError, ConnectionResetError):
                break  # it was refused before its end; the answer is there to be read
        return read_reply(sock)


def read_reply(sock: socket.socket) -> Reply:
    """Read one answer from a connection."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _some(sock)
    head, _, body = received.partition(b"\r\n\r\n")
    status_line, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers["content-length"]):
        body += _some(sock)
    return Reply(int(status_line.split()[1]), headers, body)


def _some(sock: socket.socket) -> bytes:
    data = sock.recv(65_536)
    assert data, "the connection was closed before the answer was whole"
    return data
