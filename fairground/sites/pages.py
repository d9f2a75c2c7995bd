"""Django's pages on a few threads, and for readers without a session the same answer for a moment.

A page that is the same for everybody is made once a second at most, however many look at it: in the opening second a
million people reload one product. What is kept sets no cookie and has no token in it, and nothing is kept across the
moment in which the festival opens or closes (ADR 13).
"""

import asyncio
import re
import time
from collections import OrderedDict
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse, parse_cookie

from fairground.sites.asgi import Receive, Scope, Send
from fairground.sites.turned_away import BUSY, TOO_LARGE, turn_away

# Pages whose cost grows with what there is and what is asked; beside them the others always have threads of their own.
_BROAD = ("/search", "/categories/", "/brands/", "/sitemap")
# Files that are sent while they are made, and never held as a whole.
_FILES = ".jsonl"
# Each has a database connection of its own for as long as the process lives: with two processes 16 of 64.
THREADS = 8
# A page takes some milliseconds, so this many wait for a second or two; who comes then is told to come back.
WAITING_MAX = 400
# Half of the threads; a search has two seconds at most for a statement, so the last who waits has some twenty.
BROAD_THREADS = 4
BROAD_WAITING_MAX = 40
# A form of a shopper has some kilobytes; the back office's product forms hold all languages, its pictures are files.
FORM_MAX_BYTES = 256 * 1024
OFFICE_FORM_MAX_BYTES = 2 * 1024 * 1024
UPLOAD_MAX_BYTES = 21 * 1024 * 1024
# So many requests with large bodies are read at a time: 84 MiB at worst.
LARGE_AT_ONCE = 4
# Pictures of what is the matter with goods: six from a telephone, made smaller by it, or one or two as they were taken.
EVIDENCE_MAX_BYTES = 12 * 1024 * 1024
# Of shoppers, and as many of merchants: one may send them slowly. Who comes third is told to come back, and the back
# office never waits for them.
EVIDENCE_AT_ONCE = 2
# Read, or in the hands of a page: 96 MiB at worst.
EVIDENCE_HELD_MAX = 8
# Half of the threads: drawing what is in such a form takes seconds.
EVIDENCE_THREADS = 4
_OFFICE, _UPLOADS = "/back-office/", ("/pictures/", "/reconciliation/")
_OF_SHOPPERS = re.compile(r"/purchases/[^/]+/(?:[0-9]+/problem|cases/[0-9]+)")
_OF_MERCHANTS = re.compile(r"/merchant/cases/([^/]+)")
_WITH_FILES = b"multipart/form-data"
KEPT_FOR_MS = 1000
# About 40 KB each.
KEPT_PAGES_MAX = 1000
_UNTIL = "X-Same-Until-Ms"
_UNTIL_NAME = _UNTIL.lower().encode()

# Cookies that say how somebody reads and not who it is; any other one makes a page somebody's own.
_CHOICES = {settings.LANGUAGE_COOKIE_NAME, settings.MARKET_COOKIE_NAME}
_Key = tuple[bytes, str, bytes, bytes, bytes, bool]


def share_until(response: HttpResponse, request: HttpRequest, *, until_ms: int | None) -> None:
    """Let the same answer be given to others for a moment, where nobody in particular asks for the page.

    `until_ms` is the Unix millisecond in which the page changes by itself, since the festival opens or closes, or None.
    A deal that opens or closes at another moment is seen up to a second late; the door goes by its own clock.
    """
    if request.method == "GET" and request.COOKIES.keys() <= _CHOICES:
        soon_ms = _now_ms() + KEPT_FOR_MS
        response.headers[_UNTIL] = str(min(soon_ms, until_ms or soon_ms))


@dataclass(frozen=True, slots=True)
class _Answer:
    """A whole answer, and until when it may be given to others; 0 if only to who asked."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    until_ms: int

    async def send(self, send: Send) -> None:
        clock = (b"server-timing", b"clock;desc=%d" % _now_ms())
        await send({"type": "http.response.start", "status": self.status, "headers": [*self.headers, clock]})
        await send({"type": "http.response.body", "body": self.body})


class Pages:
    """An ASGI application: Django, in threads that keep their connections."""

    def __init__(self, django: Callable[..., Any], *, opens: Callable[[str], bool] = lambda _link: False) -> None:
        """Make pages by `django`; of a merchant's link `opens` says whether it is one of ours, and asks nobody."""
        self._django: Any = WSGIMiddleware(django, workers=THREADS)
        self._kept: OrderedDict[_Key, _Answer] = OrderedDict()
        self._made: dict[_Key, asyncio.Future[_Answer | None]] = {}
        self._waiting = 0
        self._broad_waiting = 0
        self._broad_threads = asyncio.Semaphore(BROAD_THREADS)
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)
        self._opens = opens
        self._of_shoppers = asyncio.Semaphore(EVIDENCE_AT_ONCE)
        self._of_merchants = asyncio.Semaphore(EVIDENCE_AT_ONCE)
        self._evidence_held = 0
        self._evidence_threads = asyncio.Semaphore(EVIDENCE_THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] not in {"GET", "HEAD"}:
            await self._take_form(scope, receive, send)
            return
        key = _key(scope)
        if key is None:
            await self._make(scope, receive, send)
            return
        kept = self._kept.get(key)
        if kept is None or kept.until_ms <= _now_ms():
            kept = await self._make_once(key, scope, receive)
        if kept is None:
            await self._make(scope, receive, send)
        else:
            await kept.send(send)

    async def _take_form(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read what is sent before a thread is taken: who sends slowly must not hold one of eight."""
        if self._waiting >= WAITING_MAX:
            await turn_away(scope, send, BUSY)
        elif scope["path"].startswith(_OFFICE):
            uploads = scope["path"].endswith(_UPLOADS)
            async with self._large:
                most = UPLOAD_MAX_BYTES if uploads else OFFICE_FORM_MAX_BYTES
                body = await _read_form(scope, receive, send, bytes_max=most)
                await self._make_of(body, scope, receive, send)
        elif places := self._places_of(scope):
            await self._take_evidence(places, scope, receive, send)
        else:
            body = await _read_form(scope, receive, send, bytes_max=FORM_MAX_BYTES)
            await self._make_of(body, scope, receive, send)

    def _places_of(self, scope: Scope) -> asyncio.Semaphore | None:
        """Return the places in which a form with pictures is read; None for any other, and behind a link of nobody."""
        kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
        if not kind.lower().startswith(_WITH_FILES):
            return None
        if _OF_SHOPPERS.fullmatch(scope["path"]):
            return self._of_shoppers
        link = _OF_MERCHANTS.fullmatch(scope["path"])
        return self._of_merchants if link and self._opens(link[1]) else None

    async def _take_evidence(self, places: asyncio.Semaphore, scope: Scope, receive: Receive, send: Send) -> None:
        """Read a form with pictures in one of few places, which is free again before its page is made."""
        if places.locked() or self._evidence_held >= EVIDENCE_HELD_MAX:
            await turn_away(scope, send, BUSY)
            return
        self._evidence_held += 1
        try:
            async with places:
                body = await _read_form(scope, receive, send, bytes_max=EVIDENCE_MAX_BYTES)
            async with self._evidence_threads:
                await self._make_of(body, scope, receive, send)
        finally:
            self._evidence_held -= 1

    async def _make_of(self, body: bytes | None, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a form that was read; of which nothing is left, somebody has been answered, or is gone."""
        if body is None:
            return
        sent = False

        async def again() -> MutableMapping[str, Any]:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._make(scope, again, send)

    async def _make(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._waiting >= WAITING_MAX:
            await turn_away(scope, send, BUSY)
            return
        self._waiting += 1
        try:
            if scope["path"].startswith(_BROAD):
                await self._make_broad(scope, receive, send)
            else:
                await self._django(scope, receive, send)
        finally:
            self._waiting -= 1

    async def _make_broad(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer where at most `BROAD_THREADS` are busy with such pages, however many ask."""
        if self._broad_waiting >= BROAD_WAITING_MAX:
            await turn_away(scope, send, BUSY)
            return
        self._broad_waiting += 1
        try:
            async with self._broad_threads:
                await self._django(scope, receive, send)
        finally:
            self._broad_waiting -= 1

    async def _make_once(self, key: _Key, scope: Scope, receive: Receive) -> _Answer | None:
        """Return the page, made by whoever asked first; None for those after it where it is not for others."""
        made = self._made.get(key)
        if made is not None:
            return await asyncio.shield(made)
        made = self._made[key] = asyncio.get_running_loop().create_future()
        shared: _Answer | None = None
        try:
            answer = await self._collect(scope, receive)
            if answer.until_ms:
                shared = answer
                self._keep(key, answer)
        finally:
            del self._made[key]
            made.set_result(shared)
        return answer

    def _keep(self, key: _Key, answer: _Answer) -> None:
        self._kept[key] = answer
        self._kept.move_to_end(key)
        if len(self._kept) > KEPT_PAGES_MAX:
            self._kept.popitem(last=False)

    async def _collect(self, scope: Scope, receive: Receive) -> _Answer:
        status, headers, parts = 0, [], []

        async def send(message: MutableMapping[str, Any]) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status, headers = message["status"], list(message["headers"])
            else:
                parts.append(message.get("body", b""))

        await self._make(scope, receive, send)
        until_ms = next((int(value) for name, value in headers if name == _UNTIL_NAME), 0)
        headers = [(name, value) for name, value in headers if name != _UNTIL_NAME]
        if any(name == b"set-cookie" for name, _ in headers):
            until_ms = 0
        return _Answer(status, headers, b"".join(parts), until_ms)


def _key(scope: Scope) -> _Key | None:
    """What an answer depends on where nobody in particular asks; None where somebody does, or asks to change it."""
    if scope["method"] != "GET" or scope["path"].endswith(_FILES):
        return None
    headers = dict(scope["headers"])
    if len(headers) != len(scope["headers"]) or any(b"_" in name for name in headers):
        # Django would see the repeated ones joined and an underscore as a hyphen: another page than this key says.
        return None
    cookies = headers.get(b"cookie", b"")
    if b"authorization" in headers or (cookies and not parse_cookie(cookies.decode("latin-1")).keys() <= _CHOICES):
        return None
    gzip = b"gzip" in headers.get(b"accept-encoding", b"")
    languages = headers.get(b"accept-language", b"")
    return headers.get(b"host", b""), scope["path"], scope["query_string"], languages, cookies, gzip


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


async def _read_form(scope: Scope, receive: Receive, send: Send, *, bytes_max: int) -> bytes | None:
    """Return the whole body; None where it is longer, which is said, or where whoever sent it is gone."""
    parts, length, more = [], 0, True
    while more and length <= bytes_max:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        more = message.get("more_body", False)
    if length > bytes_max:
        await turn_away(scope, send, TOO_LARGE)
        return None
    return b"".join(parts)
