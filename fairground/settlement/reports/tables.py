"""Reports as tables for programs: CSV and JSON. Headers are the same in every language, amounts exact."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain

from fairground.kernel.money import Money, decimal_text

Cell = str | int | bool | date | datetime | Money | None

# What a spreadsheet begins to reckon at (OWASP, "CSV Injection"); a text that begins so is led by an apostrophe.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_PIECE_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Table:
    """A report's rows. A column of money is written with all decimals in CSV, in JSON as `…_minor`."""

    name: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]


def csv_pieces(table: Table) -> Iterator[str]:
    """Yield a table as CSV (RFC 4180, UTF-8), a header first; no text in it is a formula to a spreadsheet."""
    yield from csv_stream(table.columns, table.rows)


def csv_stream(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Yield the same of rows that come one after another and are never held all at once."""
    yield from _joined(_csv_line(cells) for cells in chain((columns,), rows))


def json_pieces(table: Table) -> Iterator[str]:
    """Yield a table as a JSON list of objects; amounts are minor units, ids are text."""
    yield from json_stream(table.columns, table.rows)


def json_stream(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Yield the same of rows that come one after another and are never held all at once."""
    yield from _joined(_json_rows(columns, rows))


def _json_rows(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    yield "["
    for place, row in enumerate(rows):
        said = dict(_json_field(name, cell) for name, cell in zip(columns, row, strict=True))
        yield f"{',' if place else ''}\n{json.dumps(said, ensure_ascii=False)}"
    yield "\n]\n"


def _json_field(name: str, cell: Cell) -> tuple[str, object]:
    if isinstance(cell, Money):
        return f"{name}_minor", cell.amount_minor
    if isinstance(cell, date):
        return name, cell.isoformat()
    return name, cell


def _csv_line(cells: Iterable[Cell]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow([csv_cell(cell) for cell in cells])
    return text.getvalue()


def csv_cell(cell: Cell) -> str:
    """Return a cell as it stands in CSV."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, Money):
        return decimal_text(cell.amount_minor, cell.currency)
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return str(cell)


def _joined(pieces: Iterable[str]) -> Iterator[str]:
    """Join lines into pieces of a size that is worth sending."""
    held: list[str] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= _PIECE_BYTES:
            yield "".join(held)
            held, size = [], 0
    if held:
        yield "".join(held)
