"""Pictures of goods in a backup: all files of the realm's folder, and a digest of them together."""

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from fairground.kernel.files import flush_to_disk


@dataclass(frozen=True, slots=True)
class PictureCopies:
    """How many files of pictures a backup holds, and the SHA-256 of their places and contents."""

    files: int
    sha256: str


def copy_pictures(*, source: Path, target: Path) -> None:
    """Copy the files of pictures that `target` does not have; what it has more of stays.

    A file never changes under its name, so on one disk a copy is a second name for the same file.
    """
    shelves = set()
    for path in _files(source):
        copy = target / path.relative_to(source)
        if copy.exists():
            continue
        shelves.add(copy.parent)
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            copy.hardlink_to(path)
        except OSError:
            # Another disk, or one that knows no second names.
            partial = copy.with_name(f".{copy.name}.partial")
            shutil.copyfile(path, partial)
            with partial.open("rb") as file:
                os.fsync(file.fileno())
            partial.replace(copy)
    for shelf in shelves:
        flush_to_disk(shelf)


def count_pictures(folder: Path) -> PictureCopies:
    """Read all files of pictures below a folder, which may be absent."""
    paths = _files(folder)
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return PictureCopies(len(paths), digest.hexdigest())


def _files(folder: Path) -> list[Path]:
    """Return the finished files; one that is being written has a dot in front of its name."""
    return sorted(path for path in folder.glob("*/*") if path.is_file() and not path.name.startswith("."))
