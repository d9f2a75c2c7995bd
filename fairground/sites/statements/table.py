"""A statement as CSV: a line a change, the amounts with all decimals of their currency, ready to be added up."""

from collections.abc import Iterable, Iterator
from datetime import UTC

from fairground.kernel.money import Money
from fairground.settlement.reports.tables import Cell, csv_stream
from fairground.settlement.statements import OtherSide, StatementLine

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
    "set_off",
    "set_off_currency",
    "set_off_rate",
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
    return [*told, *[Money(amount_minor, currency) for amount_minor in amounts], *_other_side(line.other_side)]


def _other_side(side: OtherSide | None) -> list[Cell]:
    """Return what a line was set off against, and at what rate: exact, of what was taken in what was given."""
    if side is None:
        return ["", "", ""]
    rate = f"{side.source}/{side.target} {side.rate_numerator}/{side.rate_denominator}"
    return [Money(side.amount_minor, side.currency), side.currency, rate]
