"""Files of our own and of other apps, as the web process serves them."""

import asyncio
from typing import Any

import pytest

from fairground.sites.static_files import StaticFiles


def ask(path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Return what is answered at a path."""
    return asyncio.run(_ask(StaticFiles(), path, headers))


async def _ask(files: StaticFiles, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    sent: list[Any] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asked = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    await files({"type": "http", "method": "GET", "path": path, "headers": asked}, receive, send)
    start, body = sent
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body["body"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/static/fairground/tokens.css", "text/css"),
        ("/static/back_office/office.css", "text/css"),
        ("/static/unfold/css/styles.css", "text/css"),
        ("/static/unfold/js/alpine/alpine.js", "text/javascript"),
        ("/static/admin/js/core.js", "text/javascript"),
    ],
)
def test_files_of_ours_and_of_other_apps_are_sent_and_kept(path: str, kind: str) -> None:
    status, headers, body = ask(path)

    assert (status, headers["content-type"], headers["cache-control"]) == (200, kind, "public, max-age=3600")
    assert len(body) == int(headers["content-length"]) > 0
    assert ask(path, accept_encoding="gzip")[1]["content-encoding"] == "gzip"
    assert ask(path, if_none_match=headers["etag"])[0] == 304


@pytest.mark.parametrize(
    "path", ["/static/", "/static/unfold/", "/static/../settings.py", "/static/unfold/nothing.css"]
)
def test_folders_files_outside_and_files_that_are_not_there_are_not_sent(path: str) -> None:
    assert ask(path)[0] == 404
