"""How long the door keeps a connection, and how much it takes from one: over real sockets, with short limits."""

import asyncio
import socket
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
import uvicorn

from fairground.sites.api import protocol
from fairground.sites.api.protocol import DoorProtocol

KEEP_ALIVE_S = 1
WHOLE = b"POST /v1/purchases HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
ELSEWHERE = b"GET /elsewhere HTTP/1.1\r\nHost: x\r\n\r\n"


class LateDoor:
    """Answers each request after a moment, as a batch does."""

    def begin(self, *, reply: Any, **_: object) -> None:
        asyncio.get_running_loop().call_later(0.3, reply, (201, b"{}", b""))


class Shop:
    """An application of which only the door and one other address matter here."""

    door = LateDoor()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    def is_stream(self, _path: str) -> bool:
        return False


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    monkeypatch.setattr(protocol, "_REQUEST_MAX_S", 0.5)
    config = uvicorn.Config(
        Shop(),
        http=DoorProtocol,
        ws="none",
        lifespan="off",
        port=0,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        log_config=None,
    )
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            thread.join(0.01)
        yield listening.getsockname()
        server.should_exit = True
        thread.join()


def answer(sock: socket.socket) -> bytes:
    """Return the status line of the next answer, empty where the connection was closed."""
    try:
        return sock.recv(4096).partition(b"\r\n")[0]
    except ConnectionResetError:
        return b""


def test_a_connection_in_use_is_kept_longer_than_an_idle_one_also_after_a_page(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=60) as sock:
        sock.sendall(ELSEWHERE)
        answers = [answer(sock)]
        for _ in range(6):  # 1.8 s: past the time after which the page's connection would have been closed
            sock.sendall(WHOLE)
            answers.append(answer(sock))

    assert answers == [b"HTTP/1.1 200 OK", *[b"HTTP/1.1 201 Created"] * 6]


@pytest.mark.parametrize("said", [b"", ELSEWHERE, WHOLE], ids=["nothing", "a page", "an order"])
def test_who_says_nothing_more_is_not_kept(address: tuple[str, int], said: bytes) -> None:
    with socket.create_connection(address, timeout=60) as sock:
        if said:
            sock.sendall(said)
            assert answer(sock).startswith(b"HTTP/1.1 20")

        assert sock.recv(10) == b""


def test_half_a_request_is_not_waited_for(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=60) as sock:
        sock.sendall(WHOLE[:30])

        assert answer(sock) == b""


@pytest.mark.parametrize(
    "head",
    [b"X: " + b"a" * 20_000, b"".join(b"X%d: a\r\n" % number for number in range(70))],
    ids=["a long header", "many headers"],
)
def test_a_head_without_end_is_cut_off(address: tuple[str, int], head: bytes) -> None:
    with socket.create_connection(address, timeout=60) as sock:
        sock.sendall(b"GET /elsewhere HTTP/1.1\r\nHost: x\r\n" + head)

        assert answer(sock) == b""


@pytest.mark.parametrize("odd", [b"X: a\nY: b", b"X: a\0b", b"X: a\rY: b"], ids=["LF", "NUL", "CR"])
def test_what_two_readers_could_read_in_two_ways_is_refused(address: tuple[str, int], odd: bytes) -> None:
    with socket.create_connection(address, timeout=60) as sock:
        sock.sendall(WHOLE.replace(b"Host: x", b"Host: x\r\n" + odd))

        assert answer(sock) in {b"HTTP/1.1 400 Bad Request", b""}
