"""Forms with pictures of what is the matter: larger than others, few at a time, and nobody else waits for them."""

import asyncio
from typing import Any

import pytest

from fairground.sites.pages import EVIDENCE_AT_ONCE, EVIDENCE_MAX_BYTES, FORM_MAX_BYTES, Pages
from tests.sites.test_shared_pages import Django, run

ADDRESSES = ["/purchases/0CYXP6P16CEX8QQ3HZZ1/1/problem", "/purchases/0CYXP6P16CEX8QQ3HZZ1/cases/77"]


async def send_form(pages: Pages, path: str, *, size: int, goes_on: asyncio.Event | None = None) -> int:
    """Send a form of so many bytes, which may wait before its last one; return the status of the answer."""
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
        "query_string": b"",
        "headers": [(b"host", b"shop"), (b"content-length", str(size).encode())],
        "server": ("127.0.0.1", 80),
    }
    await pages(scope, receive, send)
    return int(sent[0]["status"])


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_form_with_pictures_may_be_larger_than_another(path: str) -> None:
    django = Django()

    assert run(send_form(Pages(django), path, size=FORM_MAX_BYTES + 1)) == 200
    assert run(send_form(Pages(django), f"{path}/label", size=FORM_MAX_BYTES + 1)) == 413
    assert django.asked == 1


@pytest.mark.parametrize("path", ADDRESSES)
def test_one_that_is_too_large_even_so_is_refused_unread_by_django(path: str) -> None:
    django = Django()

    assert run(send_form(Pages(django), path, size=EVIDENCE_MAX_BYTES + 1)) == 413
    assert django.asked == 0


def test_who_comes_while_others_send_slowly_is_told_to_come_back_and_other_forms_are_taken() -> None:
    django = Django()

    async def slowly() -> tuple[int, int, list[int]]:
        pages, goes_on = Pages(django), asyncio.Event()
        slow = [
            asyncio.create_task(send_form(pages, ADDRESSES[0], size=100, goes_on=goes_on))
            for _ in range(EVIDENCE_AT_ONCE)
        ]
        await asyncio.sleep(0)
        refused = await send_form(pages, ADDRESSES[1], size=100)
        taken = await send_form(pages, "/cart/add", size=100)
        goes_on.set()
        return refused, taken, await asyncio.gather(*slow)

    assert run(slowly()) == (503, 200, [200] * EVIDENCE_AT_ONCE)
