"""Server-sent events: one poll feeds all streams of a process; nothing async touches the database."""

import asyncio
import logging
import os
import threading
from collections import Counter
from typing import Protocol

import msgspec
from django.db import InterfaceError, OperationalError, connection

from fairground.sites.asgi import Receive, Scope, Send
from fairground.sites.problems import TooManyStreams, write_problem

logger = logging.getLogger(__name__)

# Twice a second, so that what is committed is on the screen within one, also when a poll itself takes long.
POLL_S = 0.5
STREAMS_MAX = 8000
STREAMS_AN_ADDRESS_MAX = int(os.environ.get("FAIRGROUND_STREAMS_PER_ADDRESS", "50"))


class Source(Protocol):
    """What a stream tells."""

    event: str

    def poll(self) -> object:
        """Return the state now, ready for JSON; runs in a thread with a database connection of its own."""


class StreamSite:
    """`GET` opens a stream: the state at once, then again whenever it was polled."""

    def __init__(self, *, source: Source, loop: asyncio.AbstractEventLoop) -> None:
        self._source, self._loop = source, loop
        self._listeners: dict[asyncio.Event, str] = {}
        self._addresses: Counter[str] = Counter()
        self._message = b""
        self._stopping = threading.Event()
        self._wanted = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"stream {source.event}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the poll; open streams end with their connections."""
        self._stopping.set()
        self._wanted.set()
        self._thread.join()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one stream until its reader goes."""
        address = (scope.get("client") or ("", 0))[0]
        if len(self._listeners) >= STREAMS_MAX or self._addresses[address] >= STREAMS_AN_ADDRESS_MAX:
            status, body, _ = write_problem(TooManyStreams())
            head = [(b"content-type", b"application/problem+json"), (b"retry-after", b"30")]
            await send({"type": "http.response.start", "status": status, "headers": head})
            await send({"type": "http.response.body", "body": body})
            return
        head = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        changed = asyncio.Event()
        self._listeners[changed] = address
        self._addresses[address] += 1
        self._wanted.set()
        gone = asyncio.ensure_future(_until_gone(receive))
        gone.add_done_callback(lambda _: changed.set())
        try:
            if self._message:
                changed.set()
            while await changed.wait() and not gone.done():
                changed.clear()
                await send({"type": "http.response.body", "body": self._message, "more_body": True})
        finally:
            gone.cancel()
            del self._listeners[changed]
            self._addresses[address] -= 1
            if not self._addresses[address]:
                del self._addresses[address]

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wanted.wait()
            if self._listeners:
                try:
                    state = msgspec.json.encode(self._source.poll())
                    message = b"event: %b\ndata: %b\n\n" % (self._source.event.encode(), state)
                    self._loop.call_soon_threadsafe(self._tell, message)
                except (OperationalError, InterfaceError) as error:
                    logger.warning("stream %s: %s", self._source.event, str(error).strip())
                    connection.close()
                self._stopping.wait(POLL_S)
            elif not self._stopping.is_set():
                self._wanted.clear()
                if self._listeners:
                    self._wanted.set()
        connection.close()

    def _tell(self, message: bytes) -> None:
        self._message = message
        for changed in self._listeners:
            changed.set()


async def _until_gone(receive: Receive) -> None:
    """The first message is the request's empty body; only the disconnect means that nobody reads any more."""
    while (await receive())["type"] != "http.disconnect":
        pass
