"""The tax of a month, a quarter or a year: by market, region and rate, and that on commissions."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponseBase
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from fairground.markets.queries import market_currencies
from fairground.settlement.reports.fee_taxes import FeeTaxRow, FeeTaxSum, fee_tax_by_country
from fairground.settlement.reports.rules import period_of, recent_periods
from fairground.settlement.reports.taxes import TaxRow, TaxSum, tax_by_region
from fairground.settlement.reports.written import tax_table
from fairground.settlement.reports.written_fees import fee_tax_table
from fairground.sites.back_office.fields import typed_text
from fairground.sites.back_office.money.files import asked_file, file_answer, file_links, told_if_refused
from fairground.sites.back_office.money.tax_chart import tax_chart
from fairground.sites.back_office.money_words import currency_text
from fairground.sites.back_office.promotion_words import figure_text
from fairground.sites.back_office.site import require, show_page
from fairground.sites.wording import country_text

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
_FEE_AMOUNTS = ("commission_minor", "tax_minor", "commission_back_minor", "tax_back_minor", "tax_left_minor")


@dataclass(frozen=True, slots=True)
class TaxShown:
    """A region and rate, or the sum of a market, with its amounts in the order of the table's columns."""

    name: str
    rate: str
    kind: str
    amounts: list[str]


@dataclass(frozen=True, slots=True)
class FeeTaxShown:
    """A month, merchant's country and rate, or the sum of a currency, with its amounts in the columns' order."""

    month: str
    country: str
    rate: str
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
        "fee_files": file_links({**asked, "of": "commissions"}),
    }
    with told_if_refused(request):
        form = asked_file(request)
        if form and request.GET.get("of") == "commissions":
            fees = fee_tax_by_country(period=period, market=asked["market"])
            return file_answer(fee_tax_table(fees), form, name=f"fee-tax-{period.text}.{form}")
        found = tax_by_region(period=period, market=asked["market"])
        if form:
            return file_answer(tax_table(found), form, name=f"tax-{period.text}.{form}")
        context["sums"] = [
            (one.market, currency_text(one.currency), [_shown(row) for row in one.rows], _total(one)) for one in found
        ]
        context |= tax_chart(found)
        context["fee_sums"] = [
            (currency_text(one.currency), [_fee_shown(row) for row in one.rows], _fee_total(one))
            for one in fee_tax_by_country(period=period, market=asked["market"])
        ]
    return show_page(request, "back_office/money/tax.html", context)


def _shown(row: TaxRow) -> TaxShown:
    amounts = [figure_text(int(getattr(row, name)), row.currency) for name in _AMOUNTS]
    kind = gettext("inside prices") if row.tax_included else gettext("on top of prices")
    return TaxShown(row.region, _rate_text(row.rate_bps), kind, amounts)


def _total(one: TaxSum) -> TaxShown:
    amounts = [figure_text(one.sum_minor(name), one.currency) for name in _AMOUNTS]
    return TaxShown(gettext("In all"), "", "", amounts)


def _fee_shown(row: FeeTaxRow) -> FeeTaxShown:
    amounts = [figure_text(int(getattr(row, name)), row.currency) for name in _FEE_AMOUNTS]
    return FeeTaxShown(row.month, country_text(row.country), _rate_text(row.rate_bps), amounts)


def _fee_total(one: FeeTaxSum) -> FeeTaxShown:
    amounts = [figure_text(one.sum_minor(name), one.currency) for name in _FEE_AMOUNTS]
    return FeeTaxShown(gettext("In all"), "", "", amounts)


def _rate_text(rate_bps: int) -> str:
    return f"{number_format(rate_bps / _BPS_A_PERCENT, 2)} %"
