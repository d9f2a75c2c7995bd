"""Files of pictures over ASGI: headers, and that nothing else on the disk can be asked for."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from fairground.catalog.pictures.picture import Picture
from fairground.catalog.pictures.store import PictureStore
from fairground.sites.picture_files import PictureFiles
from tests.picture_making import kept_without_drawing

Answer = tuple[int, dict[bytes, bytes], bytes]


@pytest.fixture
def store(tmp_path: Path) -> PictureStore:
    """A store beside a file that is nobody's business."""
    (tmp_path / "secret_key").write_text("secret")
    return PictureStore(tmp_path / "pictures")


@pytest.fixture
def picture(store: PictureStore) -> Picture:
    """A picture in the store."""
    return kept_without_drawing(store)


def ask(store: PictureStore, path: str, *, method: str = "GET", **headers: bytes) -> Answer:
    """Ask for a path, and return status, headers and body."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    named = [(name.replace("_", "-").encode(), value) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": named}
    # On a thread of its own: a browser of another test may have a loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, PictureFiles(store)(scope, receive, send)).result()
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


@pytest.mark.parametrize(
    ("kind", "content_type"), [("avif", b"image/avif"), ("webp", b"image/webp"), ("jpg", b"image/jpeg")]
)
def test_a_file_is_sent_with_its_type_and_may_be_kept_for_ever(
    store: PictureStore, picture: Picture, kind: str, content_type: bytes
) -> None:
    file = f"{picture.name}-800.{kind}"

    status, headers, body = ask(store, f"/pictures/{file}")

    assert (status, body) == (200, file.encode())
    assert headers == {
        b"content-type": content_type,
        b"content-length": b"%d" % len(body),
        b"cache-control": b"public, max-age=31536000, immutable",
        b"etag": f'"{file}"'.encode(),
        b"x-content-type-options": b"nosniff",
    }


def test_who_has_it_is_told_so_and_who_asks_for_the_head_gets_no_body(store: PictureStore, picture: Picture) -> None:
    path = f"/pictures/{picture.name}-320.webp"

    status, headers, body = ask(store, path, if_none_match=f'"{picture.name}-320.webp"'.encode())
    assert (status, body, b"content-type" in headers) == (304, b"", False)
    status, headers, body = ask(store, path, method="HEAD")
    assert (status, body, headers[b"content-length"]) == (200, b"", b"41")
    assert ask(store, path, if_none_match=b'"another"')[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "../secret_key",
        "..%2fsecret_key",
        "../pictures/../secret_key",
        "/etc/passwd",
        "//etc/passwd",
        "",
        ".",
        "{name}",
        "{name}-800.avif/",
        "{name}-800.avif/../../../secret_key",
        "{name}-800.avif\0.jpg",
        "{name}-800.avif\n",
        "{name}-801.avif",
        "{name}-0800.avif",
        "{name}-800.png",
        "{name}-800.AVIF",
        "{name}.json",
        "{shelf}/{name}-800.avif",
        "{upper}-800.avif",
        "0-800.avif",
        "{name}-٨00.avif",
        "{name}-" + "9" * 5_000 + ".avif",
    ],
)
def test_anything_else_is_not_there(store: PictureStore, picture: Picture, path: str) -> None:
    assert store.path(f"{picture.name}-800.avif").exists()
    named = path.format(name=picture.name, shelf=picture.name[:2], upper=picture.name.upper() + "A")

    status, headers, body = ask(store, f"/pictures/{named}")

    assert (status, body) == (404, b"")
    assert headers == {b"cache-control": b"no-store", b"x-content-type-options": b"nosniff"}


def test_files_are_only_read(store: PictureStore, picture: Picture) -> None:
    status, headers, _body = ask(store, f"/pictures/{picture.name}-800.avif", method="DELETE")

    assert (status, headers[b"allow"]) == (405, b"GET, HEAD")
    assert store.path(f"{picture.name}-800.avif").exists()
