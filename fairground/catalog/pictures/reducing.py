"""Ask the drawing process for a picture's files, and tell why where it refuses."""

import json
import logging
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fairground.catalog.pictures.kinds import TAKEN, kind_of
from fairground.catalog.pictures.picture import JPEG, PAGE_KINDS, kept_sizes
from fairground.kernel.refusal import Refusal

logger = logging.getLogger(__name__)

# A photo of 50 million pixels came to 11 MB as a JPEG; more is no picture for a shop.
BYTES_MAX = 20 * 1024 * 1024
# Each may take the memory and the seconds that `drawing` allows itself; who comes third waits for a place.
AT_ONCE_MAX = 2
# Usual ones take a second: who waits longer holds a thread of the pages that others need, and may ask again.
PLACE_WAITED_MAX_S = 10.0
# Its own limit is of processor time; a process that neither works nor ends is ended after this.
WAITED_MAX_S = 180
_ROOT = Path(__file__).resolve().parents[3]
_places = threading.BoundedSemaphore(AT_ONCE_MAX)


class PictureTooLarge(Refusal):
    """The file has more than `bytes_max` bytes."""


class PictureKindNotTaken(Refusal):
    """The file is none of the kinds in `taken`; what it is instead stands in `found`."""


class PictureMoves(Refusal):
    """The picture is animated. A page of goods stands still, and which frame is the picture nobody has said."""


class PictureTooSmall(Refusal):
    """A side of the picture, `width` or `height`, is shorter than `side_min` pixels."""


class PictureTooNarrow(Refusal):
    """The picture is more than `ratio_max` times as long as it is wide."""


class PictureTooManyPixels(Refusal):
    """The picture says that it has more than `pixels_max` pixels; none of them was decoded."""


class PictureUnreadable(Refusal):
    """The file is damaged or cut off."""


class PictureTooHeavy(Refusal):
    """Drawing the picture took more memory or time than any picture needs."""


class DrawingBusy(Refusal):
    """All places were taken for `PLACE_WAITED_MAX_S`: nobody looked at the picture."""


_REFUSALS: dict[str, type[Refusal]] = {
    "moves": PictureMoves,
    "too_small": PictureTooSmall,
    "too_narrow": PictureTooNarrow,
    "too_many_pixels": PictureTooManyPixels,
    "unreadable": PictureUnreadable,
    "too_heavy": PictureTooHeavy,
}


@dataclass(frozen=True, slots=True)
class Reduced:
    """A picture's upright size in pixels, and its files by width and kind."""

    width: int
    height: int
    files: dict[tuple[int, str], bytes]


@contextmanager
def drawing_place(places: threading.BoundedSemaphore) -> Iterator[None]:
    """Hold one of the places in which something is drawn.

    :raises DrawingBusy: none was free in time
    """
    if not places.acquire(timeout=PLACE_WAITED_MAX_S):
        raise DrawingBusy
    try:
        yield
    finally:
        places.release()


def check_picture(data: bytes) -> tuple[int, int]:
    """Decode a picture and return its width and height; nothing is drawn.

    :raises Refusal: as `reduce_picture`
    """
    reduced = _ask(data, "look")
    return reduced.width, reduced.height


def reduce_picture(data: bytes) -> Reduced:
    """Return the files of a picture: upright, in sRGB, on white, without anything that stood beside its pixels.

    Takes a second, and `PLACE_WAITED_MAX_S` more where `AT_ONCE_MAX` others are drawn.

    :raises Refusal: one of this file's; the picture is not taken
    """
    reduced = _ask(data, "draw")
    sizes = kept_sizes(width=reduced.width, height=reduced.height)
    expected = {(width, kind) for width, _height in sizes for kind in PAGE_KINDS} | {(sizes[-1][0], JPEG)}
    assert set(reduced.files) == expected, reduced.files.keys()
    return reduced


def _ask(data: bytes, wanted: str) -> Reduced:
    if len(data) > BYTES_MAX:
        raise PictureTooLarge(bytes_max=BYTES_MAX)
    kind = kind_of(data)
    if kind not in TAKEN:
        raise PictureKindNotTaken(found=kind, taken=TAKEN)
    argv = [sys.executable, "-m", "fairground.catalog.pictures.drawing", kind, wanted]
    try:
        with drawing_place(_places):
            done = subprocess.run(  # noqa: S603 - our own interpreter, our own program; the picture is its input
                argv,
                input=data,
                capture_output=True,
                cwd=_ROOT,
                env={},
                start_new_session=True,
                timeout=WAITED_MAX_S,
                check=False,
            )
    except subprocess.TimeoutExpired as error:
        raise PictureTooHeavy from error
    if done.returncode < 0:
        # A library that finds no memory ends its process; so does the kernel one that works too long.
        logger.warning("drawing a picture ended by signal %d", -done.returncode)
        raise PictureTooHeavy
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return _read_answer(done.stdout)


def _read_answer(answer: bytes) -> Reduced:
    (length,) = struct.unpack_from(">I", answer)
    facts, at = json.loads(answer[4 : 4 + length]), 4 + length
    reason = facts.pop("refused", None)
    if reason is not None:
        logger.info("a picture is refused: %s %s", reason, facts.pop("why", ""))
        raise _REFUSALS[reason](**facts)
    files = {}
    for width, kind, size in facts["files"]:
        files[width, kind] = answer[at : at + size]
        at += size
    assert at == len(answer), (at, len(answer))
    return Reduced(facts["width"], facts["height"], files)
