"""A wire between a program and its PostgreSQL that breaks in the moment of a COMMIT."""

import contextlib
import socket
import threading
from collections.abc import Callable
from enum import Enum

from django.db import connection

END_THE_BACKENDS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle in transaction'
"""


class Break(Enum):
    """What happens to the first COMMIT that comes along the wire."""

    BEFORE = "the wire breaks before the server hears of it"
    AFTER = "the server commits, the wire breaks before its answer arrives"
    NEVER = "nothing"


class Wire:
    """Listens on a port of its own and passes everything on; breaks once, at the first COMMIT after `arm`."""

    def __init__(self, *, host: str, port: int) -> None:
        self.broken = 0
        self._host, self._to_port = host, port
        self._break = Break.NEVER
        self._instead: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def arm(self, kind: Break, *, at_commit: Callable[[], None] = lambda: None) -> None:
        """Break at the next COMMIT; `at_commit` is done just before it would pass."""
        self._break, self._instead = kind, at_commit

    def close(self) -> None:
        """Take no more connections; those that are open end with their programs."""
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = self._connect()
            pair = _Pair(near, far)
            threading.Thread(target=self._pass_on, args=(pair,), daemon=True).start()
            threading.Thread(target=pair.bring_back, daemon=True).start()

    def _connect(self) -> socket.socket:
        if self._host.startswith("/"):
            far = socket.socket(socket.AF_UNIX)
            far.connect(f"{self._host}/.s.PGSQL.{self._to_port}")
            return far
        return socket.create_connection((self._host, self._to_port))

    def _pass_on(self, pair: "_Pair") -> None:
        while data := pair.read_near():
            kind = self._disarm() if b"COMMIT" in data else Break.NEVER
            if kind is Break.BEFORE:
                pair.cut()
                return
            if kind is Break.AFTER:
                pair.cut_at_answer = True
            if not pair.send_far(data):
                break
        pair.cut()

    def _disarm(self) -> Break:
        with self._lock:
            kind, self._break = self._break, Break.NEVER
            instead, self._instead = self._instead, lambda: None
            self.broken += kind is not Break.NEVER
        instead()
        return kind


class _Pair:
    """The two ends of one connection."""

    def __init__(self, near: socket.socket, far: socket.socket) -> None:
        self.near, self.far = near, far
        self.cut_at_answer = False

    def read_near(self) -> bytes:
        try:
            return self.near.recv(65536)
        except OSError:
            return b""

    def send_far(self, data: bytes) -> bool:
        try:
            self.far.sendall(data)
        except OSError:
            return False
        return True

    def bring_back(self) -> None:
        with contextlib.suppress(OSError):
            while data := self.far.recv(65536):
                if self.cut_at_answer:
                    break
                self.near.sendall(data)
        self.cut()

    def cut(self) -> None:
        for end in (self.near, self.far):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def end_the_backends() -> None:
    """Kill what waits for its COMMIT, from a thread of its own: the wire's."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(END_THE_BACKENDS)
    finally:
        connection.close()


# What may become of a COMMIT of which nobody hears.
WAYS: dict[str, Callable[[Wire], None]] = {
    "before the COMMIT arrives": lambda wire: wire.arm(Break.BEFORE),
    "after the COMMIT is done": lambda wire: wire.arm(Break.AFTER),
    "as the backend is killed": lambda wire: wire.arm(Break.AFTER, at_commit=end_the_backends),
}
