"""The tax on commissions, which the platform owes, by month, merchant's country and rate, as releases froze it.

A commission is a service to the merchant, and is taxed where the merchant is (Directive 2006/112/EC, Art. 44). Not in
the books, and so not here: where a merchant of another country owes the tax itself (Art. 196).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fairground.settlement.reports.reading import read_rows
from fairground.settlement.reports.rules import Period


@dataclass(frozen=True, slots=True)
class FeeTaxRow:
    """What was taken of merchants of a country in a month (UTC) at one rate of tax, and what of it went back then.

    `market` is the one that the country is in, "" where none is; commissions are without tax. What goes back does so
    with refunds of orders that were released, whenever that was.
    """

    month: str
    market: str
    country: str
    currency: str
    rate_bps: int
    commission_minor: int
    tax_minor: int
    commission_back_minor: int
    tax_back_minor: int

    @property
    def commission_left_minor(self) -> int:
        """Return commissions less what of them went back."""
        return self.commission_minor - self.commission_back_minor

    @property
    def tax_left_minor(self) -> int:
        """Return the tax on commissions less what of it went back."""
        return self.tax_minor - self.tax_back_minor


@dataclass(frozen=True, slots=True)
class FeeTaxSum:
    """The rows of a currency, and what they come to."""

    currency: str
    rows: tuple[FeeTaxRow, ...]

    def sum_minor(self, name: str) -> int:
        """Return the sum of a column over its rows."""
        return sum(int(getattr(row, name)) for row in self.rows)


def fee_tax_by_country(*, period: Period, market: str = "") -> list[FeeTaxSum]:
    """Return the tax on commissions of a period by UTC; of a market, that of merchants in its countries alone.

    :raises ReportTooSlow: it took too long
    :raises ReportsUnderWay: enough are read already
    """
    asked = {"from_date": period.from_date, "to_date": period.to_date, "market": market}
    return _by_currency([FeeTaxRow(*row) for row in read_rows("fee_tax_by_country", asked)])


def _by_currency(rows: Sequence[FeeTaxRow]) -> list[FeeTaxSum]:
    currencies = sorted({row.currency for row in rows})
    return [FeeTaxSum(one, tuple(row for row in rows if row.currency == one)) for one in currencies]
