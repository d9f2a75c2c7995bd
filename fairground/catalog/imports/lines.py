"""Lines of a file, plain or xz, of bounded length and memory."""

import lzma
from collections.abc import Iterator
from io import BufferedReader
from typing import IO

# A product takes 1.4 KiB on average in the catalogue we know; a line longer than this is none.
LINE_BYTES_MAX = 1024 * 1024
_BUFFER_BYTES = 256 * 1024


def decompressed(file: IO[bytes], *, is_xz: bool) -> IO[bytes]:
    """Return a reader of what `file` holds."""
    return BufferedReader(lzma.LZMAFile(file), _BUFFER_BYTES) if is_xz else file


def bounded_lines(file: IO[bytes]) -> Iterator[bytes | None]:
    """Yield every line without its end; None for one longer than `LINE_BYTES_MAX`, never held whole."""
    while line := file.readline(LINE_BYTES_MAX + 1):
        if len(line) <= LINE_BYTES_MAX or line.endswith(b"\n"):
            yield line.rstrip(b"\r\n")
            continue
        while (more := file.readline(LINE_BYTES_MAX)) and not more.endswith(b"\n"):
            pass
        yield None
