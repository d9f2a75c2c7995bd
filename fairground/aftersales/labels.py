"""A carrier's label as somebody brings it, a picture or a PDF: drawn anew, so that nothing else is in it."""

import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from fairground.aftersales.label_drawing import PAGE, REFUSED
from fairground.catalog.pictures.kinds import TAKEN, kind_of
from fairground.catalog.pictures.picture import JPEG
from fairground.catalog.pictures.reducing import PictureKindNotTaken, PictureTooHeavy, drawing_place, reduce_picture
from fairground.kernel.refusal import Refusal

# A label is a page of lines and a barcode: carriers' have some ten to some hundred kilobytes.
LABEL_BYTES_MAX = 1024 * 1024
# Each may take the memory and the seconds that `label_drawing` allows itself; who comes third waits for a place.
AT_ONCE_MAX = 2
# Its own limit is of processor time; a process that neither works nor ends is ended after this.
_WAITED_MAX_S = 60
_ROOT = Path(__file__).resolve().parents[2]
_places = threading.BoundedSemaphore(AT_ONCE_MAX)


class LabelTooLarge(Refusal):
    """The file has more than `bytes_max` bytes."""


class LabelUnreadable(Refusal):
    """The PDF is damaged, locked with a password, or has no page."""


@dataclass(frozen=True, slots=True)
class LabelDrawn:
    """A label as we drew it, a JPEG."""

    content: bytes
    width: int
    height: int


def draw_label(data: bytes) -> LabelDrawn:
    """Return a label drawn anew: a picture, or the first page of a PDF; a second, so never under a lock.

    :raises LabelTooLarge: the file is larger than `LABEL_BYTES_MAX`; nobody looked at it
    :raises LabelUnreadable: it begins as a PDF and can't be drawn
    :raises Refusal: one of `reduce_picture`'s
    """
    if len(data) > LABEL_BYTES_MAX:
        raise LabelTooLarge(bytes_max=LABEL_BYTES_MAX)
    kind = kind_of(data)
    if kind != "PDF" and kind not in TAKEN:
        raise PictureKindNotTaken(found=kind, taken=(*TAKEN, "PDF"))
    reduced = reduce_picture(_first_page(data) if kind == "PDF" else data)
    width = max(width for width, kind in reduced.files if kind == JPEG)
    height = max(1, round(reduced.height * width / reduced.width))
    return LabelDrawn(reduced.files[width, JPEG], width, height)


def _first_page(data: bytes) -> bytes:
    with drawing_place(_places), tempfile.TemporaryDirectory(prefix="label-") as folder:
        Path(folder, "label.pdf").write_bytes(data)
        Path(folder, "label.typ").write_text(PAGE, "utf-8")
        try:
            done = subprocess.run(  # noqa: S603 - our own interpreter, our own program; the folder is ours
                [sys.executable, "-m", "fairground.aftersales.label_drawing", folder],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                cwd=_ROOT,
                env={},
                start_new_session=True,
                timeout=_WAITED_MAX_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise PictureTooHeavy from error
    if done.returncode < 0:
        raise PictureTooHeavy
    if done.returncode == REFUSED:
        raise LabelUnreadable
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout
