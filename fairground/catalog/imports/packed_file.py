"""A file of a catalogue on the disk, plain or .xz, and how far it has been read."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from fairground.catalog.imports.lines import decompressed
from fairground.catalog.imports.source import SourceNames


class PackedFile:
    """A file that is read from its beginning. `size` and `position` are bytes as they lie on the disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BufferedReader | None = None

    @property
    def size(self) -> int:
        """Return the file's length in bytes."""
        return self._path.stat().st_size

    @property
    def position(self) -> int:
        """Return how many of its bytes were read."""
        if self._file is None:
            return 0
        return self.size if self._file.closed else self._file.tell()

    def names(self) -> SourceNames:
        """Return nothing: a format of rows names no categories."""
        return SourceNames()

    @contextmanager
    def unpacked(self) -> Iterator[BufferedReader]:
        """Lend a reader of what the file holds."""
        is_xz = self._path.name.lower().endswith(".xz")
        with self._path.open("rb") as self._file, decompressed(self._file, is_xz=is_xz) as file:
            yield file
