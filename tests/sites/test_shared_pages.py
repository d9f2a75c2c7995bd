"""Pages on threads: the same answer for everybody for a moment, and never one person's for another."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from fairground.sites.pages import (
    BROAD_THREADS,
    BROAD_WAITING_MAX,
    KEPT_FOR_MS,
    THREADS,
    WAITING_MAX,
    Pages,
    share_until,
)

FAR_MS = 2**41

Result = TypeVar("Result")


class Django:
    """A WSGI application that counts how often it was asked, and answers with that number."""

    def __init__(self, *, headers: tuple[tuple[str, str], ...] = (("X-Same-Until-Ms", str(FAR_MS)),)) -> None:
        self.asked = 0
        self.headers = headers
        self.goes_on = threading.Event()
        self.goes_on.set()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        self.goes_on.wait()
        self.asked += 1
        start_response("200 OK", [("Content-Type", "text/html"), *self.headers])
        return [str(self.asked).encode()]


async def ask(
    pages: Pages,
    *,
    path: str = "/",
    query: bytes = b"",
    method: str = "GET",
    headers: dict[bytes, bytes] | None = None,
    more: Sequence[tuple[bytes, bytes]] = (),
) -> tuple[int, dict[bytes, bytes], bytes]:
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "query_string": query,
        "headers": [*({b"host": b"shop"} | (headers or {})).items(), *more],
        "server": ("127.0.0.1", 80),
    }
    sent: list[Any] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await pages(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), body


def run(scenario: Coroutine[Any, Any, Result]) -> Result:
    """Run it on a loop and a thread of its own: a browser of another test may have one running in this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, scenario).result()


def bodies(pages: Pages, *asks: dict[str, Any]) -> list[bytes]:
    """Ask one after the other, and return what was answered."""

    async def all_of_them() -> list[bytes]:
        return [(await ask(pages, **one))[2] for one in asks]

    return run(all_of_them())


def test_the_same_page_is_made_once_for_all_who_ask_within_a_moment() -> None:
    django = Django()

    async def scenario() -> list[bytes]:
        pages = Pages(django)
        django.goes_on.clear()
        together = [asyncio.create_task(ask(pages)) for _ in range(20)]
        await asyncio.sleep(0.05)
        django.goes_on.set()
        answers = [await one for one in together]
        return [body for _, _, body in [*answers, await ask(pages)]]

    assert run(scenario()) == [b"1"] * 21


def test_what_is_over_is_made_again() -> None:
    pages = Pages(Django(headers=(("X-Same-Until-Ms", str(time.time_ns() // 1_000_000)),)))

    assert bodies(pages, {}, {}) == [b"1", b"2"]


@pytest.mark.parametrize(
    "other",
    [
        {"path": "/halls/home"},
        {"query": b"market=US"},
        {"headers": {b"host": b"other"}},
        {"headers": {b"accept-language": b"zh"}},
        {"headers": {b"accept-encoding": b"gzip"}},
        {"headers": {b"cookie": b"fairground_market=US; fairground_language=es"}},
    ],
)
def test_what_a_page_depends_on_has_a_page_of_its_own(other: dict[str, Any]) -> None:
    assert bodies(Pages(Django()), {}, other, {}, other) == [b"1", b"2", b"1", b"2"]


@pytest.mark.parametrize(
    "who",
    [{b"cookie": b"session=me"}, {b"cookie": b"fairground_market=US; session=me"}, {b"authorization": b"Bearer me"}],
)
def test_who_says_who_he_is_gets_a_page_of_his_own_and_leaves_none(who: dict[bytes, bytes]) -> None:
    mine = {"headers": who}

    assert bodies(Pages(Django()), mine, mine, {}, mine, {}) == [b"1", b"2", b"3", b"4", b"3"]


@pytest.mark.parametrize(
    "twice",
    [
        [(b"accept-language", b"ar"), (b"accept-language", b"en")],
        [(b"accept_language", b"ar")],
        [(b"cookie", b"fairground_market=US"), (b"cookie", b"")],
    ],
)
def test_who_says_something_twice_leaves_no_page_for_others(twice: list[tuple[bytes, bytes]]) -> None:
    asked, likes = {"more": twice}, {"headers": {b"accept-language": b"en"}}

    assert bodies(Pages(Django()), asked, {}, likes, asked, {}, likes) == [b"1", b"2", b"3", b"4", b"2", b"3"]


@pytest.mark.parametrize("method", ["HEAD", "POST"])
def test_only_what_is_got_is_kept(method: str) -> None:
    assert bodies(Pages(Django()), {"method": method}, {"method": method}) == [b"1", b"2"]


def test_a_page_that_sets_a_cookie_or_says_nothing_is_for_one_reader() -> None:
    with_cookie = Django(headers=(("X-Same-Until-Ms", str(FAR_MS)), ("Set-Cookie", "a=b")))

    assert bodies(Pages(with_cookie), {}, {}) == [b"1", b"2"]
    assert bodies(Pages(Django(headers=())), {}, {}) == [b"1", b"2"]


def test_a_file_that_is_sent_while_it_is_made_is_never_kept_as_a_whole() -> None:
    assert bodies(Pages(Django()), *[{"path": "/draws/gala/list.jsonl"}] * 2) == [b"1", b"2"]


def test_an_answer_tells_the_time_of_now_and_not_of_when_it_was_made() -> None:
    pages = Pages(Django())

    async def scenario() -> list[dict[bytes, bytes]]:
        first = await ask(pages)
        await asyncio.sleep(0.05)
        return [first[1], (await ask(pages))[1]]

    first, second = [int(one[b"server-timing"].removeprefix(b"clock;desc=")) for one in run(scenario())]

    assert 50 <= second - first < 60_000


def test_when_too_many_wait_the_next_is_told_to_come_back() -> None:
    django = Django()

    async def scenario() -> tuple[int, dict[bytes, bytes], bytes]:
        pages = Pages(django)
        django.goes_on.clear()
        waiting = [asyncio.create_task(ask(pages, method="POST")) for _ in range(WAITING_MAX)]
        await asyncio.sleep(0.05)
        too_many = await ask(pages, method="POST")
        django.goes_on.set()
        assert [status for status, _, _ in await asyncio.gather(*waiting)] == [200] * WAITING_MAX
        return too_many

    status, headers, _ = run(scenario())

    assert (status, headers[b"retry-after"]) == (503, b"2")


class SlowSearches(Django):
    """An application whose searches wait and whose other pages do not."""

    def __init__(self) -> None:
        super().__init__(headers=())
        self.searching = self.most_searching = 0
        self.counting = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        """Answer, a search only once it may go on."""
        if environ["PATH_INFO"].startswith(("/search", "/sitemap", "/brands/", "/categories/")):
            with self.counting:
                self.searching += 1
                self.most_searching = max(self.most_searching, self.searching)
            self.goes_on.wait()
            with self.counting:
                self.searching -= 1
        start_response("200 OK", [("Content-Type", "text/html")])
        return [b""]


def test_searches_and_sitemaps_leave_half_of_the_threads_to_other_pages() -> None:
    django = SlowSearches()
    broad = ["/search", "/search/suggestions", "/categories/home", "/brands/olmo", "/sitemap-products-1.xml"]

    async def scenario() -> list[int]:
        pages = Pages(django)
        django.goes_on.clear()
        waiting = [asyncio.create_task(ask(pages, path=path)) for path in broad * 4]
        await asyncio.sleep(0.05)
        others = [await ask(pages, path=path) for path in ("/", "/products/1", "/halls/home")]
        django.goes_on.set()
        return [status for status, _, _ in [*others, *await asyncio.gather(*waiting)]]

    assert run(scenario()) == [200] * 23
    assert django.most_searching == BROAD_THREADS


def test_when_too_many_searches_wait_the_next_one_alone_is_told_to_come_back() -> None:
    django = SlowSearches()

    async def scenario() -> list[int]:
        pages = Pages(django)
        django.goes_on.clear()
        searches = [
            asyncio.create_task(ask(pages, path="/search", query=b"q=%d" % number))
            for number in range(BROAD_WAITING_MAX)
        ]
        await asyncio.sleep(0.05)
        answers = [await ask(pages, path="/search"), await ask(pages)]
        django.goes_on.set()
        return [status for status, _, _ in [*answers, *await asyncio.gather(*searches)]]

    assert run(scenario()) == [503, 200, *[200] * BROAD_WAITING_MAX]


def test_nothing_is_shared_across_the_moment_in_which_the_page_changes() -> None:
    now_ms = time.time_ns() // 1_000_000
    soon, late, never = HttpResponse(), HttpResponse(), HttpResponse()

    share_until(soon, RequestFactory().get("/"), until_ms=now_ms + 100)
    share_until(late, RequestFactory().get("/"), until_ms=now_ms + 3_600_000)
    share_until(never, RequestFactory().get("/"), until_ms=None)

    assert int(soon["X-Same-Until-Ms"]) == now_ms + 100
    assert [int(one["X-Same-Until-Ms"]) - now_ms - KEPT_FOR_MS in range(1000) for one in (late, never)] == [True, True]


def test_an_answer_to_somebody_with_a_cookie_is_not_marked() -> None:
    request, response = RequestFactory().get("/"), HttpResponse()
    request.COOKIES["session"] = "mine"

    share_until(response, request, until_ms=None)

    assert "X-Same-Until-Ms" not in response


def test_who_sends_slowly_holds_no_thread() -> None:
    django = Django()
    pages = Pages(django)

    async def slowly() -> tuple[int, int]:
        goes_on = asyncio.Event()

        async def receive() -> dict[str, object]:
            await goes_on.wait()
            return {"type": "http.request", "body": b"a=1", "more_body": False}

        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "path": "/cart/add",
            "query_string": b"",
            "headers": [(b"host", b"shop"), (b"content-length", b"3")],
            "server": ("127.0.0.1", 80),
        }
        slow = [asyncio.create_task(pages(scope, receive, send)) for _ in range(THREADS + 1)]
        await asyncio.sleep(0)
        status, _, _ = await ask(pages)
        while_slow = django.asked
        goes_on.set()
        await asyncio.gather(*slow)
        return status, while_slow

    assert run(slowly()) == (200, 1)
    assert django.asked == THREADS + 2


def test_a_form_that_is_too_long_is_refused_unread_by_django() -> None:
    django = Django()

    async def send_much() -> int:
        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": b"x" * 65_536, "more_body": True}

        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/cart/add", "query_string": b"", "headers": []}
        await Pages(django)(scope, receive, send)
        return int(sent[0]["status"])

    assert run(send_much()) == 413
    assert django.asked == 0


def test_who_leaves_while_sending_is_answered_nothing() -> None:
    django = Django()
    sent: list[Any] = []

    async def leave() -> None:
        async def receive() -> dict[str, object]:
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/cart/add", "query_string": b"", "headers": []}
        await Pages(django)(scope, receive, send)

    run(leave())
    assert (sent, django.asked) == ([], 0)
