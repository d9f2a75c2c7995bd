"""What goes wrong for a reason that nobody foresaw: the one place where work in the background catches it."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psycopg
from django.db import InterfaceError, OperationalError

from fairground.kernel.edits import ShopBusy
from fairground.kernel.refusal import Refusal

Result = TypeVar("Result")

# The database is away, or two were at the same rows, or the sale is busy: it says nothing about any row. What COPY
# raises is the driver's own.
LATER = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError, ShopBusy)
_PROGRAM = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Unforeseen:
    """What was raised instead of a result."""

    error: Exception

    @property
    def kind(self) -> str:
        """Return the error's type, and the constraint that said no: what is safe to keep, without a word of a row."""
        cause = self.error.__cause__ or self.error
        told = [type(self.error).__name__]
        if isinstance(cause, psycopg.Error):
            told += [one for one in (cause.sqlstate, cause.diag.constraint_name or cause.diag.table_name) if one]
        elif isinstance(self.error, Refusal):
            told.append(self.error.code)
        return " ".join(told)

    @property
    def place(self) -> str:
        """Return the last line of the program that was at work: its file, its number, its function."""
        for frame in reversed(traceback.extract_tb(self.error.__traceback__)):
            path = Path(frame.filename)
            if path.is_relative_to(_PROGRAM) and path != Path(__file__):
                return f"{path.relative_to(_PROGRAM.parent)}:{frame.lineno} {frame.name}"
        return ""


def outcome_of(do: Callable[[], Result]) -> Result | Unforeseen:
    """Do something, and return what it says, or what it raised.

    :raises Exception: one of `LATER`, which is nobody's fault: it is to be done again
    """
    try:
        return do()
    except LATER:
        raise
    except Exception as error:  # noqa: BLE001 - one row that nobody foresaw must not end everybody's work
        return Unforeseen(error)
