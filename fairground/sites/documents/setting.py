"""Setting a PDF by Typst, inside this process, with fonts of the package, from nothing but its words.

The same words and the same moment are the same bytes: no font of the machine is asked. A page has a thread and not the
machine, so few are set at a time.
"""

import threading
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

import msgspec
import typst

from fairground.kernel.refusal import Refusal
from fairground.sites.documents.coverage import FONTS

# An invoice takes a tenth of a second of a processor, one of fifty merchants six, a statement of some hundred pages a
# second; whatever else goes on goes first.
SET_AT_ONCE_MAX = 1
# Two who press at once both get theirs; more would hold the threads that make pages. They are told to come back.
WAITING_MAX = 1
WAIT_MAX_S = 0.5
_setting = threading.BoundedSemaphore(SET_AT_ONCE_MAX)
_waiting = threading.BoundedSemaphore(WAITING_MAX)


class TooManyAtOnce(Refusal):
    """Others' documents are being set; this one may be asked for again in a moment."""


def set_pdf(source: Path, *, data: Mapping[str, object], at: datetime) -> bytes:
    """Return the PDF that a document of Typst makes of `data`, dated `at`.

    :raises TooManyAtOnce: others wait already, or it would have to wait too long
    """
    if not _take_turn():
        raise TooManyAtOnce
    try:
        made = typst.compile(
            source,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            # The narrow blank of some amounts has no glyph; a wide one parts as little.
            sys_inputs={"data": msgspec.json.encode(data).decode().replace("\u202f", "\u00a0")},
            timestamp=int(at.timestamp()),
            format="pdf",
            pdf_standards="ua-1",
        )
    finally:
        _setting.release()
    assert isinstance(made, bytes), type(made)
    return made


def _take_turn() -> bool:
    """Take the right to set a document, where it can be had now or soon."""
    if _setting.acquire(blocking=False):
        return True
    if not _waiting.acquire(blocking=False):
        return False
    try:
        return _setting.acquire(timeout=WAIT_MAX_S)
    finally:
        _waiting.release()


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
