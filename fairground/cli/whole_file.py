"""A file that is there when it is whole and not before, compressed where its name says so."""

import gzip
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import click


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Yield what is written beside `path`, on the disk, and renamed to it at the end; `-` is standard output.

    After an exception nothing is left, and a file that was there before stays as it was.

    :raises click.ClickException: nothing can be written there
    """
    if str(path) == "-":
        output = sys.stdout.buffer
        yield output
        output.flush()
        return
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        opened = partial.open("wb")
    except OSError as error:
        raise click.ClickException(f"{path} can't be written: {error.strerror}") from error
    try:
        with opened as raw:
            if path.suffix == ".gz":
                with gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as compressed:
                    yield cast("BinaryIO", compressed)
            else:
                yield raw
            raw.flush()
            os.fsync(raw.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
