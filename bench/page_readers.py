"""Read one page again and again: `page_readers.py PORT PATH CONNECTIONS SECONDS PER_S`.

A `#` in PATH becomes the number of the request, so that no two ask for the same page. With PER_S requests are due at
that pace, whether or not the ones before were answered, and take their time from then; with 0 each connection asks
again as soon as it has its answer. Writes one JSON list of [milliseconds, HTTP status, bytes].
"""

import json
import selectors
import socket
import sys
import time
from dataclasses import dataclass

_REQUEST = "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept-Encoding: gzip\r\nAccept-Language: en\r\n\r\n"
_CHUNKED_END = b"\r\n0\r\n\r\n"


@dataclass(slots=True)
class Reader:
    """One connection; `due` is when the page it waits for should have been asked for."""

    sock: socket.socket
    due: float = 0.0
    received: bytes = b""

    def whole(self) -> bool:
        """Whether the answer is here to its last byte."""
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return False
        at = head.lower().find(b"content-length: ")
        if at < 0:
            return self.received.endswith(_CHUNKED_END)
        return len(body) >= int(head[at + 16 :].split(b"\r", 1)[0])


def read_pages(*, port: int, path: str, connections: int, seconds: float, per_s: float) -> list[tuple[float, int, int]]:
    """Read for so many seconds and return what each answer took, its status and its size on the wire."""
    idle = [Reader(socket.create_connection(("127.0.0.1", port), timeout=60)) for _ in range(connections)]
    seen: list[tuple[float, int, int]] = []
    sent, started = 0, time.perf_counter()
    with selectors.DefaultSelector() as selector:
        for reader in idle:
            selector.register(reader.sock, selectors.EVENT_READ, reader)
        while (now := time.perf_counter()) < started + seconds or len(idle) < connections:
            while idle and now < started + seconds and (not per_s or started + sent / per_s <= now):
                reader = idle.pop()
                reader.due = started + sent / per_s if per_s else now
                reader.sock.sendall((_REQUEST % (path.replace("#", str(sent)), port)).encode())
                sent += 1
            for key, _ in selector.select(0.001):
                reader = key.data
                reader.received += reader.sock.recv(1 << 18)
                if reader.whole():
                    taken_ms = (time.perf_counter() - reader.due) * 1000
                    seen.append((taken_ms, int(reader.received[9:12]), len(reader.received)))
                    reader.received = b""
                    idle.append(reader)
    return seen


if __name__ == "__main__":
    _, at_port, at_path, count, for_s, pace = sys.argv
    found = read_pages(port=int(at_port), path=at_path, connections=int(count), seconds=float(for_s), per_s=float(pace))
    print(json.dumps(found))
