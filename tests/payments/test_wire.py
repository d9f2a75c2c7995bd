"""What comes over the wire is whole, in time and of a size, or it is no answer."""

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from fairground.payments.providers.addresses import is_loopback, is_safe_address
from fairground.payments.providers.wire import ANSWER_BYTES_MAX, Answer, NoAnswerError, Wire


@contextmanager
def saying(speak: Callable[[socket.socket], None]) -> Iterator[str]:
    """Give the address of somebody who reads a question and speaks bytes of their own."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                talking, _ = listening.accept()
                with talking:
                    heard = b""
                    while not heard.endswith(b"\r\n\r\n{}"):
                        heard += talking.recv(65536)
                    speak(talking)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    thread.join(timeout=30)


def ask(url: str, *, timeout_s: float = 20.0) -> Answer:
    return Wire(timeout_s=timeout_s).ask(method="POST", url=url, headers={}, body=b"{}")


def drip(talking: socket.socket) -> None:
    """Speak a byte at a time, for longer than anybody listens."""
    talking.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    stop = threading.Event()
    while not stop.wait(0.05):
        talking.sendall(b" ")


def test_an_answer_comes_as_it_is() -> None:
    with saying(lambda talking: talking.sendall(b"HTTP/1.1 402 No\r\nX-A: b\r\nContent-Length: 2\r\n\r\n{}")) as url:
        assert ask(url) == Answer(402, {"x-a": "b", "content-length": "2"}, b"{}")


SPOKEN: dict[str, bytes] = {
    "nothing": b"",
    "no HTTP": b"\x00\x01\x02\r\n\r\n",
    "cut off": b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"id":',
    "cut off in a chunk": b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n{"id":',
    "no such length": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}",
    "not packed": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    "endless head": b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 1000 + b"\r\n",
}


@pytest.mark.parametrize("name", list(SPOKEN))
def test_what_is_no_whole_answer_is_none(name: str) -> None:
    with saying(lambda talking: talking.sendall(SPOKEN[name])) as url, pytest.raises(NoAnswerError):
        ask(url)


def test_an_answer_that_is_too_large_is_none() -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {ANSWER_BYTES_MAX + 1}\r\n\r\n".encode()
    whole = head + b" " * (ANSWER_BYTES_MAX + 1)
    with saying(lambda talking: talking.sendall(whole)) as url, pytest.raises(NoAnswerError, match="too-large"):
        ask(url)


def test_a_small_answer_that_unpacks_to_a_large_one_is_none() -> None:
    packed = gzip.compress(b" " * (ANSWER_BYTES_MAX * 4))
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    with saying(lambda talking: talking.sendall(head + packed)) as url, pytest.raises(NoAnswerError, match="too-large"):
        ask(url)


def test_an_answer_that_drips_ends_in_time() -> None:
    with saying(drip) as url, pytest.raises(NoAnswerError, match="slow"):
        ask(url, timeout_s=0.4)


@pytest.mark.parametrize(
    ("address", "safe", "here"),
    [
        ("https://pay.example/x?y=1", True, False),
        ("http://pay.example/", False, False),
        ("http://127.0.0.1:9/", True, True),
        ("http://localhost/", True, True),
        ("http://[::1]:9/", True, True),
        ("http://127.0.0.1.evil.example/", False, False),
        ("https://", False, False),
        ("https://[", False, False),
        ("javascript:alert(1)", False, False),
        ("//pay.example/", False, False),
        ("https://pay.example/\r\nSet-Cookie: a=b", False, False),
        ("https://pay.example/" + "a" * 2000, False, False),
    ],
)
def test_where_a_shopper_or_a_secret_may_be_sent(address: str, safe: bool, here: bool) -> None:
    assert (is_safe_address(address), is_loopback(address)) == (safe, here)
