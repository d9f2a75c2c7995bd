"""Many files of pictures at once: which product each is of, and what became of it."""

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from fairground.catalog.actions.pictures import TooManyPictures, attach_picture
from fairground.catalog.pictures.picture import Picture
from fairground.catalog.pictures.reducing import AT_ONCE_MAX, check_picture
from fairground.catalog.pictures.store import PictureStore, name_of, read_file
from fairground.catalog.queries import picture_names, product_ids_of
from fairground.catalog.rules import PICTURES_MAX
from fairground.kernel.refusal import Refusal

# As many refused files are kept as a person would read; all are counted.
REFUSED_KEPT_MAX = 1_000
_NUMBERED = re.compile(r"(?P<external_id>.+)-(?P<number>[0-9]{1,3})")
_IDS_ASKED_AT_ONCE = 1_000
Id = TypeVar("Id", int, str)


class NoProductOfThatName(Refusal):
    """The merchant has no product with the id `external_id`, nor one with what stands before its last hyphen."""


class FileUnreadable(Refusal):
    """The file can't be read; `why` is the system's reason."""


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A file and the product it is of; None where the merchant has none."""

    path: Path
    external_id: str
    product_id: int | None


@dataclass(slots=True)
class PictureReport:
    """What became of files: shown now, shown before, or refused (the first of them with their reasons)."""

    files: int = 0
    added: int = 0
    unchanged: int = 0
    refused_count: int = 0
    refused: list[tuple[Path, Refusal]] = field(default_factory=list)

    def refuse(self, path: Path, reason: Refusal) -> None:
        """Count a file that was not taken."""
        self.refused_count += 1
        if len(self.refused) < REFUSED_KEPT_MAX:
            self.refused.append((path, reason))


def read_folder(folder: Path, *, merchant: str) -> list[PictureFile]:
    """Return the files of a folder in the order in which they are shown; hidden files and folders are left out.

    `lamp.jpg`, `lamp-2.png`, `lamp-3.jpg` are pictures of the product that the merchant calls `lamp`, in this order;
    but where there is a product `lamp-2`, then that one's.
    """
    paths = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    asked = {external_id for path in paths for external_id, _number in _names(path)}
    there: dict[str, int] = {}
    for some in _batches(sorted(asked)):
        there |= product_ids_of(merchant=merchant, external_ids=some)
    found = []
    for path in paths:
        names = _names(path)
        external_id, number = next((one for one in names if one[0] in there), names[0])
        found.append((external_id, number, PictureFile(path, external_id, there.get(external_id))))
    return [file for _external_id, _number, file in sorted(found, key=lambda one: (one[0], one[1], one[2].path.name))]


def import_pictures(
    *,
    files: Sequence[PictureFile],
    store: PictureStore,
    now: datetime,
    alt: Mapping[str, str] | None = None,
    dry_run: bool = False,
    on_progress: Callable[[int], None] = lambda _done: None,
) -> PictureReport:
    """Show each file's picture behind those that its product has, and tell what became of each.

    The same files again change nothing, so that what was broken off may be begun anew. With `dry_run` all is decoded
    and nothing is written. Pictures are drawn `AT_ONCE_MAX` at a time. `on_progress` is told how many files are done.
    """
    report = PictureReport()
    shown = _Shown.of(files) if dry_run else None
    prepare = _look if dry_run else store.keep
    pool = ThreadPoolExecutor(AT_ONCE_MAX)
    try:
        for file, outcome in zip(files, pool.map(lambda one: _prepare(one, prepare), files), strict=True):
            report.files += 1
            try:
                if isinstance(outcome, Refusal):
                    raise outcome
                assert file.product_id is not None, file
                if shown is not None:
                    is_new = shown.add(file.product_id, outcome)
                else:
                    is_new = attach_picture(product_id=file.product_id, picture=outcome, alt=alt or {}, now=now)
            except Refusal as reason:
                report.refuse(file.path, reason)
            else:
                report.added += is_new
                report.unchanged += not is_new
            on_progress(report.files)
    finally:
        pool.shutdown(cancel_futures=True)
    return report


@dataclass(slots=True)
class _Shown:
    """Which pictures products would show by now."""

    names: dict[int, set[str]]

    @classmethod
    def of(cls, files: Sequence[PictureFile]) -> "_Shown":
        names: dict[int, set[str]] = {}
        for some in _batches(sorted({file.product_id for file in files if file.product_id is not None})):
            names |= picture_names(product_ids=some)
        return cls(names)

    def add(self, product_id: int, picture: Picture) -> bool:
        """Do as `attach_picture` would, and write nothing."""
        names = self.names.setdefault(product_id, set())
        if picture.name in names:
            return False
        if len(names) >= PICTURES_MAX:
            raise TooManyPictures(product_id=product_id, pictures_max=PICTURES_MAX)
        names.add(picture.name)
        return True


def _names(path: Path) -> list[tuple[str, int]]:
    """Return which products a file may be of, the likeliest first, and its number among their pictures."""
    names = [(path.stem, 1)]
    numbered = _NUMBERED.fullmatch(path.stem)
    if numbered:
        names.append((numbered["external_id"], int(numbered["number"])))
    return names


def _prepare(file: PictureFile, prepare: Callable[[io.BytesIO], Picture]) -> Picture | Refusal:
    if file.product_id is None:
        return NoProductOfThatName(external_id=file.external_id)
    try:
        with file.path.open("rb") as opened:
            data = read_file(opened)
    except OSError as error:
        return FileUnreadable(why=error.strerror)
    except Refusal as reason:
        return reason
    try:
        return prepare(io.BytesIO(data))
    except Refusal as reason:
        return reason


def _look(file: io.BytesIO) -> Picture:
    data = file.getvalue()
    return Picture(name_of(data), *check_picture(data))


def _batches(ids: Sequence[Id]) -> Iterator[Sequence[Id]]:
    for start in range(0, len(ids), _IDS_ASKED_AT_ONCE):
        yield ids[start : start + _IDS_ASKED_AT_ONCE]
