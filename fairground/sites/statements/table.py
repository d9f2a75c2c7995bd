"""A statement as CSV: a line a change, the amounts with all decimals of their currency, ready to be added up."""

from collections.abc import Iterable, Iterator
from datetime import UTC

from fairground.kernel.money import Money
from fairground.settlement.reports.tables import Cell, csv_stream
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
    "other",
    "payable",
)


def statement_csv(lines: Iterable[StatementLine], *, currency: str) -> Iterator[bytes]:
    """Yield the statement's lines, the heads first; what was taken stands below nothing, so each line adds up."""
    for piece in csv_stream(COLUMNS, (_cells(line, currency) for line in lines)):
        yield piece.encode()


def _cells(line: StatementLine, currency: str) -> list[Cell]:
    amounts = (
        line.gross_minor,
        line.discounts_minor,
        -line.commission_minor,
        -line.fee_tax_minor,
        -line.creator_minor,
        -line.reserve_minor,
        line.other_minor,
        line.payable_minor,
    )
    at = line.at.astimezone(UTC).isoformat(timespec="seconds")
    told: list[Cell] = [line.order_number, line.kind.name.lower(), at, currency]
    return [*told, *[Money(amount_minor, currency) for amount_minor in amounts]]
