"""Forms with pictures of what is the matter: larger than others, few at a time, and nobody else waits for them."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from fairground.aftersales import labels
from fairground.aftersales.labels import draw_label
from fairground.catalog.pictures import reducing
from fairground.catalog.pictures.reducing import AT_ONCE_MAX, DrawingBusy, reduce_picture
from fairground.sites.pages import (
    EVIDENCE_AT_ONCE,
    EVIDENCE_HELD_MAX,
    EVIDENCE_MAX_BYTES,
    EVIDENCE_THREADS,
    FORM_MAX_BYTES,
    OFFICE_FORM_MAX_BYTES,
    UPLOAD_MAX_BYTES,
    Pages,
)
from fairground.sites.picture_words import PICTURE_REFUSALS, refused_picture_text
from tests.picture_making import photo
from tests.sites.test_shared_pages import Django, run

LINK = "/merchant/cases/ours"
ADDRESSES = ["/purchases/0CYXP6P16CEX8QQ3HZZ1/1/problem", "/purchases/0CYXP6P16CEX8QQ3HZZ1/cases/77", LINK]
MULTIPART = b"multipart/form-data; boundary=b"
Answer = tuple[int, dict[bytes, bytes], bytes]


def pages_of(django: Callable[..., Any]) -> Pages:
    """Return pages to which one link is known."""
    return Pages(django, opens=lambda link: link == "ours")


async def send_form(
    pages: Pages,
    path: str,
    *,
    size: int = 100,
    kind: bytes = MULTIPART,
    goes_on: asyncio.Event | None = None,
    query: bytes = b"",
    more: Iterable[tuple[bytes, bytes]] = (),
) -> Answer:
    """Send a form of so many bytes, which may wait before its last one; return the answer."""
    sent: list[Any] = []
    left = [size - 1, 1]

    async def receive() -> dict[str, object]:
        if len(left) == 1 and goes_on is not None:
            await goes_on.wait()
        return {"type": "http.request", "body": b"x" * left.pop(0), "more_body": bool(left)}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "query_string": query,
        "headers": [
            (b"host", b"shop"),
            (b"content-type", kind),
            (b"content-length", str(size).encode()),
            *more,
        ],
        "server": ("127.0.0.1", 80),
    }
    await pages(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return int(sent[0]["status"]), dict(sent[0]["headers"]), body


def status_of(pages: Pages, path: str, *, size: int, kind: bytes = MULTIPART) -> int:
    """Send one form, and return the status of the answer."""
    return run(send_form(pages, path, size=size, kind=kind))[0]


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_form_with_pictures_may_be_larger_than_another(path: str) -> None:
    django = Django()

    assert status_of(pages_of(django), path, size=FORM_MAX_BYTES + 1) == 200
    assert status_of(pages_of(django), path, size=FORM_MAX_BYTES + 1, kind=b"application/x-www-form-urlencoded") == 413
    assert status_of(pages_of(django), f"{path}/label", size=FORM_MAX_BYTES + 1) == 413
    assert django.asked == 1


@pytest.mark.parametrize("path", ADDRESSES)
def test_one_that_is_too_large_even_so_is_refused_unread_by_django(path: str) -> None:
    django = Django()

    assert status_of(pages_of(django), path, size=EVIDENCE_MAX_BYTES + 1) == 413
    assert django.asked == 0


def test_a_large_form_to_a_link_that_is_nobodys_is_not_read() -> None:
    django = Django()

    assert status_of(pages_of(django), "/merchant/cases/guessed", size=FORM_MAX_BYTES + 1) == 413
    assert status_of(Pages(django), LINK, size=FORM_MAX_BYTES + 1) == 413
    assert django.asked == 0
    assert status_of(pages_of(django), "/merchant/cases/guessed", size=100) == 200


@pytest.mark.parametrize("page", ["products/1/pictures/", "money/reconciliation/"])
def test_the_back_office_takes_files_where_it_asks_for_them(page: str) -> None:
    pages = pages_of(Django())

    assert status_of(pages, f"/back-office/{page}", size=3 * 1024 * 1024) == 200
    assert status_of(pages, f"/back-office/{page}", size=UPLOAD_MAX_BYTES + 1) == 413
    assert status_of(pages, "/back-office/cases/1/", size=OFFICE_FORM_MAX_BYTES + 1) == 413


def test_who_comes_while_others_send_slowly_is_told_to_come_back_and_other_forms_are_taken() -> None:
    async def slowly() -> list[int]:
        pages, goes_on = pages_of(Django()), asyncio.Event()
        slow = [asyncio.create_task(send_form(pages, ADDRESSES[0], goes_on=goes_on)) for _ in range(EVIDENCE_AT_ONCE)]
        await asyncio.sleep(0)
        refused = await send_form(pages, ADDRESSES[1])
        plain = await send_form(pages, ADDRESSES[1], kind=b"application/x-www-form-urlencoded")
        others = [await send_form(pages, path) for path in (LINK, "/cart/add")]
        goes_on.set()
        return [status for status, _, _ in [refused, plain, *others, *await asyncio.gather(*slow)]]

    assert run(slowly()) == [503, 200, 200, 200, *[200] * EVIDENCE_AT_ONCE]


def test_merchants_who_send_slowly_stand_in_the_way_of_no_shopper_and_of_no_answer_without_a_file() -> None:
    async def slowly() -> list[int]:
        pages, goes_on = pages_of(Django()), asyncio.Event()
        slow = [asyncio.create_task(send_form(pages, LINK, goes_on=goes_on)) for _ in range(EVIDENCE_AT_ONCE)]
        guessed = [asyncio.create_task(send_form(pages, "/merchant/cases/guessed", goes_on=goes_on)) for _ in range(10)]
        await asyncio.sleep(0)
        refused = await send_form(pages, LINK)
        accepted = await send_form(pages, LINK, kind=b"application/x-www-form-urlencoded")
        shopper = await send_form(pages, ADDRESSES[0])
        goes_on.set()
        await asyncio.gather(*slow, *guessed)
        return [status for status, _, _ in (refused, accepted, shopper)]

    assert run(slowly()) == [503, 200, 200]


class Drawing(Django):
    """An application that takes long over a form with pictures, and counts how many it has in its hands."""

    def __init__(self) -> None:
        super().__init__(headers=())
        self.drawing = self.most_drawing = 0
        self.counting = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        """Answer, a form with pictures only once it may go on."""
        if environ["CONTENT_TYPE"].startswith("multipart"):
            with self.counting:
                self.drawing += 1
                self.most_drawing = max(self.most_drawing, self.drawing)
            self.goes_on.wait()
            with self.counting:
                self.drawing -= 1
        start_response("200 OK", [("Content-Type", "text/html")])
        return [b""]


def test_a_place_is_free_once_a_form_is_read_and_half_of_the_threads_stay_with_other_pages() -> None:
    django = Drawing()
    django.goes_on.clear()

    async def scenario() -> list[int]:
        pages = pages_of(django)
        drawn = []
        for number in range(EVIDENCE_HELD_MAX):
            drawn.append(asyncio.create_task(send_form(pages, ADDRESSES[number % 3])))
            await asyncio.sleep(0.01)
        one_more = await send_form(pages, LINK)
        plain = await send_form(pages, LINK, kind=b"application/x-www-form-urlencoded")
        django.goes_on.set()
        answers = [one_more, plain, *await asyncio.gather(*drawn), await send_form(pages, LINK)]
        return [status for status, _, _ in answers]

    assert run(scenario()) == [503, 200, *[200] * EVIDENCE_HELD_MAX, 200]
    assert django.most_drawing == EVIDENCE_THREADS


@pytest.mark.parametrize(
    ("query", "headers", "language"),
    [
        (b"", {}, b"en"),
        (b"lang=de", {}, b"en"),
        (b"a=1&lang=es", {b"accept-language": b"ru"}, b"es"),
        (b"", {b"accept-language": b"ru,en;q=0.5"}, b"ru"),
        (b"", {b"cookie": b"fairground_language=ar", b"accept-language": b"ru"}, b"ar"),
    ],
)
def test_who_is_turned_away_reads_why_in_the_language_of_the_pages(
    query: bytes, headers: dict[bytes, bytes], language: bytes
) -> None:
    pages = pages_of(Django())
    status, said, page = run(send_form(pages, LINK, size=EVIDENCE_MAX_BYTES + 1, query=query, more=headers.items()))

    assert (status, said[b"content-type"], said[b"content-language"]) == (413, b"text/html; charset=utf-8", language)
    assert (said[b"cache-control"], said[b"referrer-policy"]) == (b"no-store", b"same-origin")
    assert b"retry-after" not in said
    assert b'<html lang="' + language in page
    assert (b"That is too much for this form" in page) or language != b"en"


def test_who_is_told_to_come_back_is_told_when() -> None:
    async def slowly() -> Answer:
        pages, goes_on = pages_of(Django()), asyncio.Event()
        slow = [asyncio.create_task(send_form(pages, LINK, goes_on=goes_on)) for _ in range(EVIDENCE_AT_ONCE)]
        await asyncio.sleep(0)
        refused = await send_form(pages, LINK)
        goes_on.set()
        await asyncio.gather(*slow)
        return refused

    status, headers, page = run(slowly())

    assert (status, headers[b"retry-after"], headers[b"content-length"]) == (503, b"2", b"%d" % len(page))
    assert b"Wait a moment and try again." in page


@pytest.mark.parametrize(
    ("places", "draw"),
    [(reducing, lambda: reduce_picture(photo(400, 300))), (labels, lambda: draw_label(b"%PDF-1.7"))],
    ids=["picture", "label"],
)
def test_who_finds_no_place_to_draw_is_refused_in_words(
    places: Any, draw: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reducing, "PLACE_WAITED_MAX_S", 0.01)
    taken = threading.BoundedSemaphore(AT_ONCE_MAX)
    monkeypatch.setattr(places, "_places", taken)
    assert [taken.acquire(blocking=False) for _ in range(AT_ONCE_MAX)] == [True] * AT_ONCE_MAX

    with pytest.raises(DrawingBusy) as refused:
        draw()

    assert isinstance(refused.value, PICTURE_REFUSALS)
    assert "nobody looked at it" in refused_picture_text(refused.value)
