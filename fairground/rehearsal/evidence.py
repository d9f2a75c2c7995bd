"""Loading what the crowd wrote down, answer by answer, into tables of this session.

Both files are JSON lines; ids may be strings or numbers. Acknowledged, the answers 200 and 201, in any order:
    {"purchase": "1", "number": "…", "total_minor": 499, "currency": "EUR", "shopper": "2", "key": "<Idempotency-Key>"}
    {"paid": "1", "amount_minor": 499, "currency": "EUR"}
Refusals, the answers from 400 on, each with the whole problem+json in `facts`:
    {"type": "/problems/sold-out", "status": 409, "facts": {…}, "expect": "bad-body", "retried": true, "request":
     {"shopper": "2", "key": "…", "market": "EU", "currency": "EUR", "country": "DE", "sent_at_ms": 0,
      "answered_at_ms": 0, "lines": [{"sku": "3", "deal": "4", "quantity": 1, "unit_price_minor": 499}]}}
`expect` (a reason, or a list) stands only where the request was made wrong on purpose, `retried` where somebody sent
away for load asked again until the end. A payment's request has `purchase` and `amount_minor` in place of market,
country and lines. Moments are of the sender's clock, which may be 100 ms off.
"""

import re
from pathlib import Path

from django.db import DataError, connection
from django.db.backends.utils import CursorWrapper

from fairground.kernel.sql import load_sql

_CHUNK_BYTES = 1 << 20
_LINE_OF_COPY = re.compile(r"^COPY verify_line, line (\d+)", re.MULTILINE)


class BadEvidenceError(Exception):
    """A file given to be verified against is not what it should be; the message says where."""


def load_evidence(*, acknowledged: Path | None, refusals: Path | None) -> None:
    """Make the session's tables and fill them from the files given; without a file they are empty.

    Temporary tables can't be made in a read-only transaction, so this comes before it.

    :raises BadEvidenceError: a line is not JSON, or not what the file should hold
    """
    with connection.cursor() as cursor:
        cursor.execute(load_sql("rehearsal", "evidence_tables"))
        for path, finds_bad, sorts in (
            (acknowledged, "evidence_not_acknowledged", "evidence_acknowledged"),
            (refusals, "evidence_not_refusals", "evidence_refusals"),
        ):
            if path is not None:
                _load_lines(cursor, path)
                _refuse_bad_line(cursor, path, finds_bad)
                cursor.execute(load_sql("rehearsal", sorts))


def drop_evidence() -> None:
    """Drop the session's tables."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("rehearsal", "evidence_drop"))


def _load_lines(cursor: CursorWrapper, path: Path) -> None:
    cursor.execute(load_sql("rehearsal", "evidence_clear"))
    try:
        with (
            path.open("rb") as file,
            connection.wrap_database_errors,
            cursor.copy(load_sql("rehearsal", "evidence_lines")) as copy,
        ):
            while chunk := file.read(_CHUNK_BYTES):
                copy.write(chunk)
    except DataError as error:
        line = _LINE_OF_COPY.search(str(error))
        where = f", line {line[1]}" if line else ""
        raise BadEvidenceError(f"{path}{where}: not one JSON object a line") from error


def _refuse_bad_line(cursor: CursorWrapper, path: Path, statement: str) -> None:
    cursor.execute(load_sql("rehearsal", statement))
    (line_no,) = cursor.fetchone() or (None,)
    if line_no is not None:
        raise BadEvidenceError(f"{path}, line {line_no}: fields are missing or are not what they should be")
