"""Open live screens: `stream_readers.py PORT COUNT`. Reads and discards until standard input closes.

Writes `ready` once every stream has answered, and at the end one JSON list: [reader, when in Unix ms, orders shown] for
each message that showed more orders than the one before.
"""

import json
import re
import selectors
import socket
import sys
import time

_ORDERS = re.compile(rb'"placed":\{"orders":(\d+)')
_REQUEST = b"GET /live/stream HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: text/event-stream\r\n\r\n"
_ANSWERED = b"HTTP/1.1 200"
_END = b"\n\n"


class Reader:
    """One live screen."""

    def __init__(self, *, number: int, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._number, self._rest, self._orders = number, b"", 0
        self.sock.sendall(_REQUEST % port)

    def read(self, shown: list[tuple[int, int, int]]) -> bool:
        """Take what has come and note what it shows; False once the shop has hung up."""
        received = self.sock.recv(1 << 18)
        whole, end, rest = (self._rest + received).rpartition(_END)
        self._rest = rest
        figures = _ORDERS.findall(whole) if end else []
        if figures and int(figures[-1]) > self._orders:
            self._orders = int(figures[-1])
            shown.append((self._number, time.time_ns() // 1_000_000, self._orders))
        return bool(received)


def read_streams(*, port: int, count: int) -> list[tuple[int, int, int]]:
    """Keep `count` streams open until standard input closes, and return what they showed."""
    shown: list[tuple[int, int, int]] = []
    with selectors.DefaultSelector() as selector:
        for number in range(count):
            reader = Reader(number=number, port=port)
            head = reader.sock.recv(len(_ANSWERED))
            assert head == _ANSWERED, head
            selector.register(reader.sock, selectors.EVENT_READ, reader)
        print("ready", flush=True)
        selector.register(sys.stdin, selectors.EVENT_READ, None)
        while True:
            for key, _ in selector.select():
                if key.data is None:
                    return shown
                assert key.data.read(shown), "the shop ended a stream"


if __name__ == "__main__":
    print(json.dumps(read_streams(port=int(sys.argv[1]), count=int(sys.argv[2]))))
