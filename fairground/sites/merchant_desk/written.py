"""A letter as it was written, before anybody is asked to send it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class File:
    """What goes with a letter."""

    name: str
    content: bytes
    kind: str


@dataclass(frozen=True, slots=True)
class Written:
    """Subject and text of a letter, and what goes with it."""

    subject: str
    text: str
    files: tuple[File, ...] = ()
