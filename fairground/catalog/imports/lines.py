"""Lines of a file, plain or xz, of bounded length and memory."""

import lzma
from collections.abc import Iterator
from io import BufferedReader, RawIOBase, TextIOWrapper
from typing import IO

# A product takes 1.4 KiB on average in the catalogue we know; a line longer than this is none.
LINE_BYTES_MAX = 1024 * 1024
_BUFFER_BYTES = 256 * 1024
# The strongest preset of xz wants 65 MiB; a header may ask for 4 GiB.
UNPACKING_BYTES_MAX = 128 * 1024 * 1024
# Catalogues shrink to a tenth or a thirtieth. A file that unpacks to more than this many times what was read of it,
# and to more than the bytes that every file may, was made to keep us busy.
UNPACKED_RATIO_MAX = 250
UNPACKED_FREE_BYTES = 64 * 1024 * 1024
# A file may be several .xz files behind one another, as `cat` makes them, or those of parallel packers. At the end of
# each what was read beyond it is copied, so that many thousands of empty ones would keep us busy.
STREAMS_MAX = 1_000


class UnpacksTooFar(lzma.LZMAError):
    """A compressed file unpacks to more than any catalogue would."""


class TooManyStreams(lzma.LZMAError):
    """A compressed file consists of more pieces than any packer makes."""


# What reading a compressed file may raise in its middle.
DAMAGES = (lzma.LZMAError, EOFError)


def damage_reason(error: Exception) -> str:
    """Return why the rest of a compressed file can't be read."""
    if isinstance(error, UnpacksTooFar):
        return f"the compressed file unpacks to more than {UNPACKED_RATIO_MAX} times its size; the rest was not read"
    if isinstance(error, TooManyStreams):
        return f"the compressed file is more than {STREAMS_MAX:,} .xz files in one; the rest was not read"
    return "the compressed file is damaged or cut off from here on"


class _Unpacked(RawIOBase):
    """What an .xz file unpacks to, in bounded memory and bounded proportion."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed = packed
        self._decoder = lzma.LZMADecompressor(memlimit=UNPACKING_BYTES_MAX)
        self._read_bytes = 0
        self._unpacked_bytes = 0
        self._streams = 1

    def readable(self) -> bool:
        """Return true."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill `buffer` as far as the next piece goes; return its bytes, 0 at the end."""
        piece = b""
        while not piece:
            data = b""
            if self._decoder.eof:
                data = self._next_stream()
                if not data:
                    return 0
            elif self._decoder.needs_input:
                data = self._more()
                if not data:
                    raise EOFError
            piece = self._decoder.decompress(data, len(buffer))
        self._unpacked_bytes += len(piece)
        if self._unpacked_bytes > max(UNPACKED_FREE_BYTES, UNPACKED_RATIO_MAX * self._read_bytes):
            raise UnpacksTooFar
        buffer[: len(piece)] = piece
        return len(piece)

    def _more(self) -> bytes:
        data = self._packed.read(_BUFFER_BYTES)
        self._read_bytes += len(data)
        return data

    def _next_stream(self) -> bytes:
        """An .xz file may hold several streams, with zeros between them."""
        data = self._decoder.unused_data.lstrip(b"\0")
        while not data and (more := self._more()):
            data = more.lstrip(b"\0")
        if data:
            self._streams += 1
            if self._streams > STREAMS_MAX:
                raise TooManyStreams
            self._decoder = lzma.LZMADecompressor(memlimit=UNPACKING_BYTES_MAX)
        return data


def decompressed(file: BufferedReader, *, is_xz: bool) -> BufferedReader:
    """Return a reader of what `file` holds."""
    return BufferedReader(_Unpacked(file), _BUFFER_BYTES) if is_xz else file


def bounded_lines(file: IO[bytes]) -> Iterator[bytes | None]:
    """Yield every line without its end; None for one longer than `LINE_BYTES_MAX`, never held whole."""
    while line := file.readline(LINE_BYTES_MAX + 1):
        if len(line) <= LINE_BYTES_MAX or line.endswith(b"\n"):
            yield line.rstrip(b"\r\n")
            continue
        while (more := file.readline(LINE_BYTES_MAX)) and not more.endswith(b"\n"):
            pass
        yield None


def bounded_text_lines(file: BufferedReader, *, encoding: str) -> Iterator[str | None]:
    """Yield every line without its end; None for one of more than `LINE_BYTES_MAX` characters, never held whole.

    Bytes that are no text in `encoding` become U+FFFD. `file` is closed in the end.
    """
    with TextIOWrapper(file, encoding, errors="replace", newline="\n") as text:
        while line := text.readline(LINE_BYTES_MAX + 1):
            if len(line) <= LINE_BYTES_MAX or line.endswith("\n"):
                yield line.rstrip("\r\n")
                continue
            while (more := text.readline(LINE_BYTES_MAX)) and not more.endswith("\n"):
                pass
            yield None
