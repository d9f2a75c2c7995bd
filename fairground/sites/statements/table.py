"""A statement as CSV: a line a change, the amounts with all decimals of their currency, ready to be added up."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC

from fairground.kernel.money import decimal_text
from fairground.settlement.statements import StatementLine

COLUMNS = (
    "order",
    "kind",
    "at",
    "currency",
    "gross",
    "platform_discounts",
    "commission",
    "tax_on_commission",
    "creator",
    "reserve",
    "payable",
)


def statement_csv(lines: Iterable[StatementLine], *, currency: str) -> Iterator[bytes]:
    """Yield the statement's lines, the heads first; what was taken stands below nothing, so each line adds up."""
    yield _row(COLUMNS)
    for line in lines:
        amounts = (
            line.gross_minor,
            line.discounts_minor,
            -line.commission_minor,
            -line.fee_tax_minor,
            -line.creator_minor,
            -line.reserve_minor,
            line.payable_minor,
        )
        texts = [decimal_text(amount_minor, currency) for amount_minor in amounts]
        at = line.at.astimezone(UTC).isoformat(timespec="seconds")
        yield _row([line.order_number, line.kind.name.lower(), at, currency, *texts])


def _row(cells: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()
