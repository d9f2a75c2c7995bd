"""Lines of a file, plain or xz, of bounded length and memory."""

import io
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import IO

# A product takes 1.4 KiB on average in the catalogue we know; a line longer than this is none.
LINE_BYTES_MAX = 1024 * 1024
_BUFFER_BYTES = 256 * 1024


class CountedFile(io.RawIOBase):
    """A file that counts the bytes read from it, so that reading a compressed one can show progress."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb", buffering=0)
        self.bytes_read = 0

    def readable(self) -> bool:
        """Return True: this file is for reading."""
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Read into `buffer` and count."""
        count = self._file.readinto(buffer) or 0
        self.bytes_read += count
        return count

    def close(self) -> None:
        """Close the file below."""
        self._file.close()
        super().close()


def decompressed(file: CountedFile, *, is_xz: bool) -> IO[bytes]:
    """Return a buffered reader of what `file` holds."""
    if is_xz:
        return io.BufferedReader(lzma.open(file), _BUFFER_BYTES)  # type: ignore[arg-type]
    return io.BufferedReader(file, _BUFFER_BYTES)


def bounded_lines(file: IO[bytes]) -> Iterator[bytes | None]:
    """Yield every line without its end; None for one longer than `LINE_BYTES_MAX`, never held whole."""
    while line := file.readline(LINE_BYTES_MAX + 1):
        if len(line) <= LINE_BYTES_MAX or line.endswith(b"\n"):
            yield line.rstrip(b"\r\n")
            continue
        while (more := file.readline(LINE_BYTES_MAX)) and not more.endswith(b"\n"):
            pass
        yield None
