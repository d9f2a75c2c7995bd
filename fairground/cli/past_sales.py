"""What `fairground import` tells of past sales: a total that adds up, what was left out and why, what sold best."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from rich.console import Console

from fairground.catalog.imports.sales import MILLS, SalesSource
from fairground.merchants.actions import NoSuchMerchant
from fairground.merchants.queries import merchant_facts
from fairground.pastsales.imports import import_past_sales
from fairground.pastsales.queries import TopSeller, top_sellers
from fairground.pastsales.rules import LineSum, PastSalesReport, pseudonym_key

TOP_SELLERS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class PastSales:
    """What a file of past sales held, and what of all that is stored of the merchant sold best."""

    report: PastSalesReport
    top: Sequence[TopSeller] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it for a program; amounts are thousandths of the currency's unit."""
        return asdict(self.report) | {"top_sellers": [asdict(one) for one in self.top]}

    def print(self, *, dry_run: bool) -> None:
        """Print it for a person."""
        report, console = self.report, Console(highlight=False, soft_wrap=True)
        console.print(f"Past sales: {report.total.lines:,} lines, {report.invoices:,} invoices with goods.")
        left_out = LineSum(
            sum(one.lines for one in report.left_out.values()),
            sum(one.amount_mills for one in report.left_out.values()),
        )
        for name, one in (
            ("sold", report.sold),
            ("returned", report.returned),
            ("left out", left_out),
            ("in all", report.total),
        ):
            console.print(f"  {name:<9} {one.lines:>9,} lines {_amount(one.amount_mills, report.currency):>22}")
        for reason, one in sorted(report.left_out.items(), key=lambda item: -item[1].lines):
            amount = _amount(one.amount_mills, report.currency)
            console.print(f"  left out: {one.lines:,} lines, {amount}: {reason}", markup=False)
        for name, lines in sorted(report.without_country.items(), key=lambda item: -item[1]):
            console.print(f"  kept without a country: {lines:,} lines of {name}", markup=False)
        if not dry_run:
            console.print(f"  written   {report.rows_new:>9,} new  {report.rows_changed:>9,} changed")
        for place, seller in enumerate(self.top, start=1):
            amount = _amount(seller.amount_mills, report.currency)
            title = seller.title or "not sold here"
            console.print(f"  no. {place}: {seller.sku}, {title}: {seller.units:,} units, {amount}", markup=False)


def import_with_top_sellers(source: SalesSource, *, on_progress: Callable[[int], None]) -> PastSales:
    """Write the past sales of `source`, and read what sold best of all that is there by now.

    :raises NoSuchMerchant: nothing changed
    """
    key = pseudonym_key(secret=settings.SECRET_KEY, realm=settings.REALM.name)
    report = import_past_sales(source=source, key=key, on_progress=on_progress)
    merchant = merchant_facts(slug=source.merchant)
    if merchant is None:
        raise NoSuchMerchant(slug=source.merchant)
    return PastSales(report, top_sellers(merchant_id=merchant.id, currency=source.currency, limit=TOP_SELLERS_SHOWN))


def _amount(amount_mills: int, currency: str) -> str:
    whole, rest = divmod(abs(amount_mills), MILLS)
    return f"{'-' if amount_mills < 0 else ''}{whole:,}.{rest:03d} {currency}"
