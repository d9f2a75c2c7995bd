"""What customs is owed for a month, a quarter or a year, by market, from where to where, and heading."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponseBase
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from fairground.markets.queries import market_currencies
from fairground.settlement.reports.duties import DutyRow, DutySum, duties_owed
from fairground.settlement.reports.rules import period_of, recent_periods
from fairground.settlement.reports.written import duties_table
from fairground.sites.back_office.fields import typed_text
from fairground.sites.back_office.money.files import asked_file, file_answer, file_links, told_if_refused
from fairground.sites.back_office.money.tax import MONTHS_OFFERED, QUARTERS_OFFERED
from fairground.sites.back_office.money_words import currency_text
from fairground.sites.back_office.promotion_words import figure_text
from fairground.sites.back_office.site import require, show_page
from fairground.sites.wording import country_text

_AMOUNTS = ("value_minor", "duty_minor", "tax_minor", "back_minor", "owed_minor")


@dataclass(frozen=True, slots=True)
class DutyShown:
    """A heading of goods of a month, with its amounts in the order of the table's columns."""

    month: str
    to_country: str
    from_country: str
    heading: str
    consignments: str
    amounts: list[str]


@require_safe
def duties(request: HttpRequest) -> HttpResponseBase:
    """Show the duties of a period by each market's clock: of this month unless another is asked for."""
    require(request, "ledger.view_account")
    periods = recent_periods(datetime.now(UTC).date(), months=MONTHS_OFFERED, quarters=QUARTERS_OFFERED)
    period = period_of(typed_text(request.GET, "period")) or periods[0]
    asked = {"period": period.text, "market": typed_text(request.GET, "market")}
    context: dict[str, object] = {
        "title": gettext("Owed to customs"),
        "asked": asked,
        "periods": [one.text for one in periods],
        "markets": list(market_currencies()),
        "files": file_links(asked),
    }
    with told_if_refused(request):
        found = duties_owed(period=period, market=asked["market"])
        form = asked_file(request)
        if form:
            return file_answer(duties_table(found), form, name=f"duties-{period.text}.{form}")
        context["sums"] = [
            (one.market, currency_text(one.currency), [_shown(row) for row in one.rows], _total(one)) for one in found
        ]
    return show_page(request, "back_office/money/duties.html", context)


def _shown(row: DutyRow) -> DutyShown:
    amounts = [figure_text(int(getattr(row, name)), row.currency) for name in _AMOUNTS]
    heading = row.heading or gettext("without a code")
    countries = (country_text(row.to_country), country_text(row.from_country))
    return DutyShown(row.month, *countries, heading, number_format(row.consignments), amounts)


def _total(one: DutySum) -> DutyShown:
    amounts = [figure_text(one.total(name), one.currency) for name in _AMOUNTS]
    return DutyShown(gettext("In all"), "", "", "", number_format(one.total("consignments")), amounts)
