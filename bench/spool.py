"""Requests on disk: a minute of twice what the shop can take is a gigabyte, too much to hold in memory at once."""

import mmap
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


class Spool:
    """Requests by number, written once and read in any order."""

    def __init__(self, *, memory: mmap.mmap, ends: "array[int]") -> None:
        self._memory, self._ends = memory, ends

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, number: int) -> bytes:
        return self._memory[self._ends[number - 1] if number else 0 : self._ends[number]]


@contextmanager
def spooled(path: Path, *, count: int, write: Callable[[int], bytes]) -> Iterator[Spool]:
    """Write `count` requests to a file, lend them, and delete the file."""
    ends, end = array("Q"), 0
    try:
        with path.open("w+b", buffering=1 << 20) as file:
            for number in range(count):
                end += file.write(write(number))
                ends.append(end)
            file.flush()
            with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
                yield Spool(memory=memory, ends=ends)
    finally:
        path.unlink(missing_ok=True)
