"""The files of the goods' pictures, straight from the disk: what stands at an address never changes."""

import asyncio

from fairground.catalog.pictures.picture import AVIF, JPEG, WEBP, Picture
from fairground.catalog.pictures.store import FILE_NAME, PictureStore
from fairground.sites.asgi import Receive, Scope, Send

PICTURES_PREFIX = "/pictures/"
# As long as caches remember anything (RFC 9111 has no word for always).
MAX_AGE_S = 365 * 86_400
_TYPES = {AVIF: b"image/avif", WEBP: b"image/webp", JPEG: b"image/jpeg"}
_NOSNIFF = (b"x-content-type-options", b"nosniff")
# A picture that is not there may be there in a moment: after a restore, or on the disk of another machine.
_NOT_KEPT = [(b"cache-control", b"no-store"), _NOSNIFF]


def address(picture: Picture, *, width: int, kind: str) -> str:
    """Return the address of one of a picture's files, without the site's."""
    return PICTURES_PREFIX + picture.file(width=width, kind=kind)


def address_for_others(picture: Picture) -> str:
    """Return the address of the file that any program can read, without the site's."""
    return PICTURES_PREFIX + picture.file_for_others


class PictureFiles:
    """An ASGI application for `/pictures/…`. What an address says becomes a path only if it is a name of ours."""

    def __init__(self, store: PictureStore) -> None:
        self._store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: 200, 304 where the reader has it, 404, or 405."""
        file = scope["path"].removeprefix(PICTURES_PREFIX)
        if scope["method"] not in {"GET", "HEAD"}:
            await _answer(send, 405, [(b"allow", b"GET, HEAD"), _NOSNIFF])
            return
        body = await asyncio.to_thread(self._read, file) if FILE_NAME.fullmatch(file) else None
        if body is None:
            await _answer(send, 404, _NOT_KEPT)
            return
        etag = f'"{file}"'.encode()
        known = [(b"etag", etag), (b"cache-control", b"public, max-age=%d, immutable" % MAX_AGE_S), _NOSNIFF]
        if dict(scope["headers"]).get(b"if-none-match") == etag:
            await _answer(send, 304, known)
            return
        further = [(b"content-type", _TYPES[file.rpartition(".")[2]]), (b"content-length", b"%d" % len(body))]
        await _answer(send, 200, [*known, *further], b"" if scope["method"] == "HEAD" else body)

    def _read(self, file: str) -> bytes | None:
        try:
            return self._store.path(file).read_bytes()
        except FileNotFoundError:
            return None


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
