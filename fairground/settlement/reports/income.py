"""What the platform earned by month, and what it spent on that: the sums of accounts of its own.

Not in it, as the books have it nowhere by month: tax, which is owed to the state; disputes that are not over; and
gains and losses of exchange, which are of two currencies.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fairground.kernel.money import Money
from fairground.settlement.reports.listed import Span
from fairground.settlement.reports.reading import read_rows
from fairground.settlement.reports.tables import Cell, Table


@dataclass(frozen=True, slots=True)
class IncomeRow:
    """What of each moved in a month (UTC) in a currency; below nothing, more was taken back than came.

    `lapsed_minor` is what gift cards held that ended unredeemed, `discounts_minor` what the platform paid of what goods
    cost less, `given_minor` what it gave away: credit, gift cards and prizes.
    """

    month: str
    currency: str
    commission_minor: int
    lapsed_minor: int
    discounts_minor: int
    provider_fees_minor: int
    given_minor: int

    @property
    def earned_minor(self) -> int:
        """Return what was earned before anything was spent."""
        return self.commission_minor + self.lapsed_minor

    @property
    def left_minor(self) -> int:
        """Return what is left of it; below nothing, more was spent."""
        return self.earned_minor - self.discounts_minor - self.provider_fees_minor - self.given_minor


def platform_income(*, span: Span) -> list[IncomeRow]:
    """Return what the platform earned and spent in a span, by currency and month.

    :raises ReportTooSlow: it took too long
    :raises ReportsUnderWay: enough are read already
    """
    return [IncomeRow(*row) for row in read_rows("platform_income", {"from_at": span.from_at, "to_at": span.to_at})]


def income_table(rows: Sequence[IncomeRow]) -> Table:
    """Return what was earned and spent with a row a currency and month."""
    names = ("commission", "lapsed", "discounts", "provider_fees", "given", "left")
    cells: list[tuple[Cell, ...]] = [
        (row.month, row.currency, *(Money(int(getattr(row, f"{name}_minor")), row.currency) for name in names))
        for row in rows
    ]
    return Table("income", ("month", "currency", *names), cells)
