"""Styles, scripts, fonts and pictures, served from memory, compressed.

The package's own are read at start. Those that other apps bring, of which most pages need none, are found at start and
read when they are asked for first, away from the event loop.
"""

import asyncio
import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from django.contrib.staticfiles.finders import AppDirectoriesFinder

from fairground.sites.asgi import Receive, Scope, Send

STATIC = Path(__file__).resolve().parent / "static"
STATIC_PREFIX = "/static/"
# A new version is seen within the hour; until then a changed file is told by its ETag.
MAX_AGE_S = 3600
_COMPRESSED = {"text/css", "text/javascript", "application/json", "image/svg+xml", "text/markdown", "text/plain"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is sent."""

    kind: bytes
    etag: bytes
    plain: bytes
    compressed: bytes | None

    @classmethod
    def read(cls, path: Path) -> "StaticFile":
        """Return the file with its gzip where that is worth it."""
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        plain = path.read_bytes()
        etag = f'"{hashlib.blake2b(plain, digest_size=12).hexdigest()}"'.encode()
        compressed = gzip.compress(plain, mtime=0) if kind in _COMPRESSED else None
        return cls(kind.encode(), etag, plain, compressed)


class StaticFiles:
    """An ASGI application for `/static/…`."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._files = {
            STATIC_PREFIX + path.relative_to(folder).as_posix(): StaticFile.read(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        self._others = _files_of_apps() if folder == STATIC else {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: 200, 304 where the reader has it, 404, or 405."""
        found = await self._find(scope["path"])
        headers = dict(scope["headers"])
        if scope["method"] not in {"GET", "HEAD"}:
            await _answer(send, 405, [(b"allow", b"GET, HEAD")])
        elif found is None:
            await _answer(send, 404, [])
        else:
            known = [
                (b"etag", found.etag),
                (b"cache-control", b"public, max-age=%d" % MAX_AGE_S),
                (b"vary", b"accept-encoding"),
                (b"x-content-type-options", b"nosniff"),
            ]
            if headers.get(b"if-none-match") == found.etag:
                await _answer(send, 304, known)
                return
            body, further = found.plain, [(b"content-type", found.kind)]
            if found.compressed is not None and b"gzip" in headers.get(b"accept-encoding", b""):
                body = found.compressed
                further.append((b"content-encoding", b"gzip"))
            length = (b"content-length", b"%d" % len(body))
            await _answer(send, 200, [*known, *further, length], b"" if scope["method"] == "HEAD" else body)

    async def _find(self, path: str) -> StaticFile | None:
        other = self._others.get(path)
        if path not in self._files and other is not None:
            self._files[path] = await asyncio.to_thread(StaticFile.read, other)
        return self._files.get(path)


def _files_of_apps() -> dict[str, Path]:
    """Return the files in the `static` folders of the apps by address; which of two of one name is Django's rule."""
    found: dict[str, Path] = {}
    for name, storage in AppDirectoriesFinder().list([]):
        found.setdefault(STATIC_PREFIX + Path(name).as_posix(), Path(storage.path(name)))
    return found


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
