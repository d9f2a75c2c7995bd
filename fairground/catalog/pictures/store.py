"""Where the files of pictures are: a folder a realm, in it one for each two first digits of a name.

A name is the hash of the file that the merchant brought, so the same file is kept once however many products show it,
and what stands under a name never changes. The note with a picture's size is written last: where it is, all is there.
"""

import hashlib
import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from fairground.catalog.pictures.picture import NAME_LENGTH, Picture
from fairground.catalog.pictures.reducing import BYTES_MAX, PictureTooLarge, reduce_picture
from fairground.kernel.files import flush_to_disk, write_whole

_SHELF_LENGTH = 2
_NOTE = ".json"
FILE_NAME = re.compile(rf"[0-9a-f]{{{NAME_LENGTH}}}-[1-9][0-9]{{0,4}}\.(?:avif|webp|jpg)", re.ASCII)


@dataclass(frozen=True, slots=True)
class PictureStore:
    """A realm's folder of pictures; it need not be there before the first."""

    folder: Path

    def path(self, file: str) -> Path:
        """Return where a file of a picture is; its name must be of the form of `FILE_NAME`."""
        return self.folder / file[:_SHELF_LENGTH] / file

    def keep(self, file: BinaryIO) -> Picture:
        """Return the picture of an open file, made and kept unless it is there; it may be asked for by any address.

        Takes a second for a new one and must not stand in a transaction. The file itself is not kept.

        :raises Refusal: the picture is not taken; nothing was kept
        """
        data = read_file(file)
        name = name_of(data)
        there = self._find(name)
        if there is not None:
            return there
        reduced = reduce_picture(data)
        picture = Picture(name, reduced.width, reduced.height)
        shelf = self.folder / name[:_SHELF_LENGTH]
        shelf.mkdir(mode=0o700, parents=True, exist_ok=True)
        for (width, kind), drawn in reduced.files.items():
            write_whole(shelf / picture.file(width=width, kind=kind), drawn)
        note = json.dumps({"width": reduced.width, "height": reduced.height})
        write_whole(shelf / f"{name}{_NOTE}", note.encode())
        flush_to_disk(shelf)
        return picture

    def shelves(self) -> list[Path]:
        """Return the folders that hold pictures."""
        return sorted(path for path in self.folder.glob("[0-9a-f]" * _SHELF_LENGTH) if path.is_dir())

    def names(self, shelf: Path) -> set[str]:
        """Return the names of the pictures on a shelf, and of what was begun and never finished."""
        return {path.name[:NAME_LENGTH] for path in shelf.iterdir()}

    def forget(self, shelf: Path, name: str, *, before_s: float) -> int:
        """Remove the files of a picture that nobody has kept or used since `before_s` (Unix seconds); tell how many.

        The note goes first, so that whoever brings the picture now writes it again.
        """
        paths = sorted(shelf.glob(f"{name}*"), key=lambda path: path.suffix != _NOTE)
        if not paths or paths[0].stat().st_mtime >= before_s:
            return 0
        for path in paths:
            path.unlink(missing_ok=True)
        return len(paths)

    def mark_used(self, name: str) -> None:
        """Let a picture count as kept just now, so that `forget` leaves it for as long as a new one."""
        # Written before pictures were kept here, or already gone: nothing is there to forget.
        with suppress(FileNotFoundError):
            os.utime(self._note(name))

    def _note(self, name: str) -> Path:
        return self.folder / name[:_SHELF_LENGTH] / f"{name}{_NOTE}"

    def _find(self, name: str) -> Picture | None:
        note = self._note(name)
        try:
            # Kept again: it counts as new for `forget`.
            os.utime(note)
            facts = json.loads(note.read_bytes())
        except FileNotFoundError:
            return None
        return Picture(name, facts["width"], facts["height"])


def read_file(file: BinaryIO) -> bytes:
    """Return all of an open file, and not a byte more than the limit where it is larger.

    :raises PictureTooLarge: it has more than `BYTES_MAX` bytes
    """
    data = file.read(BYTES_MAX + 1)
    if len(data) > BYTES_MAX:
        raise PictureTooLarge(bytes_max=BYTES_MAX)
    return data


def name_of(data: bytes) -> str:
    """Return the name under which the picture in `data` is kept."""
    return hashlib.sha256(data).hexdigest()[:NAME_LENGTH]
