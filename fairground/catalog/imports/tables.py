"""Rows of CSV and TSV files: quoted fields may hold line ends, and no row is held beyond a limit."""

import csv
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from io import BufferedReader
from itertools import chain
from typing import Final

from fairground.catalog.imports.lines import LINE_BYTES_MAX, bounded_text_lines
from fairground.catalog.imports.source import UnreadableCatalogue
from fairground.catalog.imports.text_encoding import encoding_of

# Shops have columns of their own for facts and prices a country; a table of more is something else.
COLUMNS_MAX = 1_000

_TOO_LONG = "the line is longer than 1 MiB"
_NOT_CLOSED = "a quotation mark is opened and not closed within 1 MiB"
_QUOTE = '"'
_END: Final = object()


def table_columns(file: BufferedReader, *, delimiter: str) -> list[str]:
    """Return the first row of a table, as it is written.

    :raises UnreadableCatalogue: there is none, or it is no table's
    """
    _line, first = next(_rows(file, delimiter), (1, "it is empty"))
    if isinstance(first, str):
        raise UnreadableCatalogue(f"the first row can't be read: {first}")
    if len(first) > COLUMNS_MAX:
        raise UnreadableCatalogue(f"the first row has more than {COLUMNS_MAX:,} columns")
    return first


def table_rows(
    file: BufferedReader, *, delimiter: str, columns: Sequence[str]
) -> Iterator[tuple[int, Mapping[str, str] | str]]:
    """Yield each row after the first with the number of its first line: by `columns`, or the reason why not.

    A column whose name is empty is left out; of two columns of one name the first that is not empty counts.
    """
    for line, fields in _rows(file, delimiter, rows_skipped=1):
        if isinstance(fields, str):
            yield line, fields
        elif len(fields) > len(columns):
            yield line, f"{len(fields):,} fields where the first row has {len(columns):,}"
        else:
            row: dict[str, str] = {}
            for column, field in zip(columns, fields, strict=False):
                if column and field and column not in row:
                    row[column] = field
            yield line, row


def _rows(file: BufferedReader, delimiter: str, *, rows_skipped: int = 0) -> Iterator[tuple[int, list[str] | str]]:
    lines = bounded_text_lines(file, encoding=encoding_of(file))
    for line, text in _whole_rows(lines, delimiter):
        if text is None or text is _NOT_CLOSED:
            answer: list[str] | str = text or _TOO_LONG
        elif not text.strip():
            continue
        else:
            try:
                answer = next(csv.reader([text], delimiter=delimiter))
            except csv.Error as error:
                answer = f"not a row of a table: {error}"
        if rows_skipped:
            rows_skipped -= 1
        else:
            yield line, answer


def _whole_rows(lines: Iterator[str | None], delimiter: str) -> Iterator[tuple[int, str | None]]:
    """Yield rows of one or more lines; None for a line that is too long, `_NOT_CLOSED` for a row that never ends.

    The lines below a row that never ends are read again as rows. That is linear: in none of them a quotation
    mark was alone, so each ends where it ends.
    """
    waiting: deque[str | None] = deque()
    number = 0
    while (line := waiting.popleft() if waiting else next(lines, _END)) is not _END:
        number += 1
        assert line is None or isinstance(line, str)
        if line is None or not _is_open(line, delimiter, is_open=False):
            yield number, line
            continue
        parts = [line]
        length = len(line)
        for more in chain(_drained(waiting), lines):
            if more is None or length + len(more) > LINE_BYTES_MAX:
                waiting.extendleft(reversed([*parts[1:], more]))
                yield number, _NOT_CLOSED
                break
            parts.append(more)
            length += len(more)
            if not _is_open(more, delimiter, is_open=True):
                yield number, "\n".join(parts)
                number += len(parts) - 1
                break
        else:
            waiting.extendleft(reversed(parts[1:]))
            yield number, _NOT_CLOSED


def _drained(waiting: deque[str | None]) -> Iterator[str | None]:
    while waiting:
        yield waiting.popleft()


def _is_open(line: str, delimiter: str, *, is_open: bool) -> bool:
    """Return whether a quoted field goes on at the end of `line`: one begins with a quotation mark, or `is_open`."""
    if _QUOTE not in line:
        return is_open
    at = 0
    while True:
        if is_open:
            at = line.find(_QUOTE, at)
            if at < 0:
                return True
            if line[at + 1 : at + 2] == _QUOTE:
                at += 2
                continue
            is_open = False
        elif line[at : at + 1] == _QUOTE:
            is_open = True
            at += 1
            continue
        at = line.find(delimiter, at)
        if at < 0:
            return False
        at += 1
