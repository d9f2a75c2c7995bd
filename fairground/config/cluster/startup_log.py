"""The log of the embedded PostgreSQL: kept short, and read for the reason of a failed start."""

from pathlib import Path
from typing import Literal

Trouble = Literal["disk full", "no permission", "other version", "strays", "other"]

# Weeks of warnings; the one before is kept as well.
LOG_BYTES_MAX = 16 << 20

LINES_SHOWN = 15

# What PostgreSQL writes in English (we set lc_messages), in the order in which one explains the others.
SIGNS: tuple[tuple[str, Trouble], ...] = (
    ("No space left on device", "disk full"),
    ("database files are incompatible with server", "other version"),
    ("pre-existing shared memory block", "strays"),
    ("Permission denied", "no permission"),
    ("has wrong ownership", "no permission"),
)


def trouble_in(*, log_text: str) -> Trouble:
    """Name the reason of a failed start, as far as the log tells it."""
    return next((trouble for sign, trouble in SIGNS if sign in log_text), "other")


def last_lines(*, log: Path, since_bytes: int = 0) -> str:
    """Return the end of a log for people to read."""
    return "\n".join(text_since(log=log, since_bytes=since_bytes).splitlines()[-LINES_SHOWN:])


def text_since(*, log: Path, since_bytes: int) -> str:
    """Return what was written to a log after a position."""
    with log.open("rb") as file:
        file.seek(since_bytes)
        return file.read().decode(errors="replace")


def rotate(*, log: Path) -> None:
    """Put a log aside that has grown long, over the one put aside before."""
    if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
        log.replace(log.with_suffix(".old.log"))
