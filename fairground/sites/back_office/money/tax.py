"""The tax of a month, a quarter or a year by market, region and rate."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponseBase
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from fairground.markets.queries import market_currencies
from fairground.settlement.reports.rules import period_of, recent_periods
from fairground.settlement.reports.taxes import TaxRow, TaxSum, tax_by_region
from fairground.settlement.reports.written import tax_table
from fairground.sites.back_office.fields import typed_text
from fairground.sites.back_office.money.files import asked_file, file_answer, file_links, told_if_refused
from fairground.sites.back_office.money_words import currency_text
from fairground.sites.back_office.promotion_words import figure_text
from fairground.sites.back_office.site import require, show_page

# Two years, as months and as quarters.
MONTHS_OFFERED, QUARTERS_OFFERED = 24, 8
_BPS_A_PERCENT = 100
_AMOUNTS = (
    "net_minor",
    "tax_minor",
    "funded_minor",
    "net_back_minor",
    "tax_back_minor",
    "tax_left_minor",
    "duty_tax_left_minor",
)


@dataclass(frozen=True, slots=True)
class TaxShown:
    """A region and rate, or the sum of a market, with its amounts in the order of the table's columns."""

    name: str
    rate: str
    kind: str
    amounts: list[str]


@require_safe
def tax(request: HttpRequest) -> HttpResponseBase:
    """Show the tax of a period by each market's clock: of this month unless another is asked for."""
    require(request, "ledger.view_account")
    today = datetime.now(UTC).date()
    periods = recent_periods(today, months=MONTHS_OFFERED, quarters=QUARTERS_OFFERED)
    period = period_of(typed_text(request.GET, "period")) or periods[0]
    asked = {"period": period.text, "market": typed_text(request.GET, "market")}
    context: dict[str, object] = {
        "title": gettext("Tax"),
        "asked": asked,
        "periods": [one.text for one in periods],
        "markets": list(market_currencies()),
        "files": file_links(asked),
    }
    with told_if_refused(request):
        found = tax_by_region(period=period, market=asked["market"])
        form = asked_file(request)
        if form:
            return file_answer(tax_table(found), form, name=f"tax-{period.text}.{form}")
        context["sums"] = [
            (one.market, currency_text(one.currency), [_shown(row) for row in one.rows], _total(one)) for one in found
        ]
    return show_page(request, "back_office/money/tax.html", context)


def _shown(row: TaxRow) -> TaxShown:
    amounts = [figure_text(int(getattr(row, name)), row.currency) for name in _AMOUNTS]
    rate = f"{number_format(row.rate_bps / _BPS_A_PERCENT, 2)} %"
    kind = gettext("inside prices") if row.tax_included else gettext("on top of prices")
    return TaxShown(row.region, rate, kind, amounts)


def _total(one: TaxSum) -> TaxShown:
    amounts = [figure_text(one.sum_minor(name), one.currency) for name in _AMOUNTS]
    return TaxShown(gettext("In all"), "", "", amounts)
