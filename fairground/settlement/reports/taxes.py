"""The tax of a period by market, region and rate, as orders and refunds froze it.

Shipping stands with the goods that it brought, at their rate. What customs asks, and the tax on that, stand for
themselves: they are paid to customs. Not in the books, and so not here: who owes the tax to
the state, the merchant or the platform as deemed supplier. Tax on commissions is a report of its own: `fee_taxes`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fairground.settlement.reports.reading import read_rows
from fairground.settlement.reports.rules import Period


@dataclass(frozen=True, slots=True)
class TaxRow:
    """What was sold, shipping with it, and what went back at one rate in one region.

    `net_minor` is what shoppers paid without tax, `funded_minor` what the platform paid beside it, which is
    taxed too (Directive 2006/112/EC, Art. 73). `duty_minor` is what customs asked and `duty_tax_minor` the tax on that,
    neither of them in the others. `…_back_minor` is what of each went back in the period.
    """

    market: str
    currency: str
    region: str
    rate_bps: int
    tax_included: bool
    net_minor: int
    tax_minor: int
    funded_minor: int
    net_back_minor: int
    tax_back_minor: int
    funded_back_minor: int
    duty_minor: int = 0
    duty_tax_minor: int = 0
    duty_back_minor: int = 0
    duty_tax_back_minor: int = 0

    @property
    def tax_left_minor(self) -> int:
        """Return the tax on what was sold less that on what went back."""
        return self.tax_minor - self.tax_back_minor

    @property
    def duty_tax_left_minor(self) -> int:
        """Return the tax on duties less that on those which went back."""
        return self.duty_tax_minor - self.duty_tax_back_minor

    @property
    def duty_left_minor(self) -> int:
        """Return what customs asked less what of it went back."""
        return self.duty_minor - self.duty_back_minor

    @property
    def net_left_minor(self) -> int:
        """Return what shoppers paid without tax less what of it went back."""
        return self.net_minor - self.net_back_minor


@dataclass(frozen=True, slots=True)
class TaxSum:
    """The rows of a market and currency, and what they come to."""

    market: str
    currency: str
    rows: tuple[TaxRow, ...]

    def sum_minor(self, name: str) -> int:
        """Return the sum of a column over its rows."""
        return sum(int(getattr(row, name)) for row in self.rows)


def tax_by_region(*, period: Period, market: str = "") -> list[TaxSum]:
    """Return the tax of what was paid, and of what went back, in a period by the market's own clock.

    :raises ReportTooSlow: it took too long
    """
    asked = {"from_date": period.from_date, "to_date": period.to_date, "market": market}
    return _by_market([TaxRow(*row) for row in read_rows("tax_by_region", asked)])


def _by_market(rows: Sequence[TaxRow]) -> list[TaxSum]:
    keys = sorted({(row.market, row.currency) for row in rows})
    return [TaxSum(*key, tuple(row for row in rows if (row.market, row.currency) == key)) for key in keys]
