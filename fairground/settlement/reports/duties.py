"""What customs is owed for goods that came into customs areas, as orders and refunds froze it."""

from collections.abc import Sequence
from dataclasses import dataclass

from fairground.settlement.reports.reading import read_rows
from fairground.settlement.reports.rules import Period


@dataclass(frozen=True, slots=True)
class DutyRow:
    """What was asked in a month for goods of one heading from one country to another, and what of it went back then.

    `consignments` are those with such goods, `value_minor` is what these are worth without tax and transport;
    `tax_minor` is the tax on the duty. `…_back` is of what went back in the month, whenever it was paid.
    """

    month: str
    market: str
    currency: str
    to_country: str
    from_country: str
    heading: str
    consignments: int
    value_minor: int
    duty_minor: int
    tax_minor: int
    consignments_back: int
    value_back_minor: int
    duty_back_minor: int
    tax_back_minor: int

    @property
    def back_minor(self) -> int:
        """Return duty and tax that went back."""
        return self.duty_back_minor + self.tax_back_minor

    @property
    def owed_minor(self) -> int:
        """Return duty and tax less what of both went back."""
        return self.duty_minor + self.tax_minor - self.back_minor


@dataclass(frozen=True, slots=True)
class DutySum:
    """The rows of a market and currency, and what they come to."""

    market: str
    currency: str
    rows: tuple[DutyRow, ...]

    def total(self, name: str) -> int:
        """Return the sum of a column over its rows."""
        return sum(int(getattr(row, name)) for row in self.rows)


def duties_owed(*, period: Period, market: str = "") -> list[DutySum]:
    """Return what customs asked of what was paid in a period by the market's own clock, and what went back then.

    :raises ReportTooSlow: it took too long
    :raises ReportsUnderWay: enough are read already
    """
    asked = {"from_date": period.from_date, "to_date": period.to_date, "market": market}
    return _by_market([DutyRow(*row) for row in read_rows("duties_owed", asked)])


def _by_market(rows: Sequence[DutyRow]) -> list[DutySum]:
    keys = sorted({(row.market, row.currency) for row in rows})
    return [DutySum(*key, tuple(row for row in rows if (row.market, row.currency) == key)) for key in keys]
