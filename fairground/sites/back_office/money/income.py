"""What the platform earned by month and what it spent on that: drawn in one currency, and as a table in each."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from fairground.settlement.reports.income import IncomeRow, income_table, platform_income
from fairground.settlement.reports.listed import Span
from fairground.settlement.reports.rules import Period, period_of, recent_periods
from fairground.sites.back_office.fields import typed_text
from fairground.sites.back_office.money.columns import Column, column_chart, whole_text
from fairground.sites.back_office.money.files import asked_file, file_answer, file_links, told_if_refused
from fairground.sites.back_office.money_words import currency_text
from fairground.sites.back_office.promotion_words import amount_text
from fairground.sites.back_office.site import require, show_page

# Whole years that are offered beside the last twelve months: books are kept for ten (AO, section 147).
YEARS_OFFERED = 10
_MONTHS_A_YEAR = 12
# From the first of any month into the next one.
_A_MONTH_OR_MORE = timedelta(days=31)
_AMOUNTS = ("commission_minor", "lapsed_minor", "discounts_minor", "provider_fees_minor", "given_minor", "left_minor")


@require_safe
def income(request: HttpRequest) -> HttpResponseBase:
    """Show what was earned and spent in the last twelve months, or in a year that is asked for; months are UTC's."""
    require(request, "ledger.view_account")
    today = datetime.now(UTC).date()
    year = period_of(typed_text(request.GET, "year"))
    asked = {"year": year.text if year else "", "currency": typed_text(request.GET, "currency")}
    context: dict[str, object] = {
        "title": gettext("What the platform earned"),
        "asked": asked,
        "years": [str(today.year - back) for back in range(YEARS_OFFERED)],
        "files": file_links(asked),
    }
    with told_if_refused(request):
        period = year or _last_months(today)
        found = platform_income(span=Span(_midnight(period.from_date), _midnight(period.to_date)))
        form = asked_file(request)
        if form:
            return file_answer(income_table(found), form, name=f"income-{period.text}.{form}")
        context |= _chart(found, asked["currency"])
    return show_page(request, "back_office/money/income.html", context)


def _last_months(today: date) -> Period:
    months = recent_periods(today, months=_MONTHS_A_YEAR, quarters=0)
    return Period(months[-1].from_date, months[0].to_date)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _without_gaps(rows: Sequence[IncomeRow]) -> list[IncomeRow]:
    """Return a row for each month from the first to the last, of nothing where nothing moved."""
    known = {row.month: row for row in rows}
    day, shown = date.fromisoformat(f"{rows[0].month}-01"), []
    while (month := f"{day:%Y-%m}") <= rows[-1].month:
        shown.append(known.get(month) or IncomeRow(month, rows[0].currency, 0, 0, 0, 0, 0))
        day = (day + _A_MONTH_OR_MORE).replace(day=1)
    return shown


def _chart(rows: Sequence[IncomeRow], wanted: str) -> dict[str, object]:
    """Draw the months in one currency, in that of most of them unless another is asked for, and their table."""
    if not rows:
        return {"chart": None}
    currencies = sorted({row.currency for row in rows})
    most = max(currencies, key=lambda one: sum(row.currency == one for row in rows))
    currency = wanted if wanted in currencies else most
    shown = _without_gaps([row for row in rows if row.currency == currency])
    title = gettext("What the platform earned, in %(currency)s") % {"currency": currency_text(currency)}
    columns = [
        Column(
            row.month[2:],
            f"{row.month}: {amount_text(row.left_minor, currency)}",
            (row.left_minor, row.discounts_minor, row.provider_fees_minor, row.given_minor),
        )
        for row in shown
    ]
    sums = [sum(int(getattr(row, name)) for row in shown) for name in _AMOUNTS]
    return {
        "chart": column_chart(title=title, columns=columns, amount=lambda minor: whole_text(minor, currency)),
        "chart_title": title,
        "legend": [
            (1, gettext("Left")),
            (2, gettext("Discounts paid by the platform")),
            (3, gettext("Fees of payment providers")),
            (4, gettext("Given away")),
        ],
        "rows": [
            (row.month, [amount_text(int(getattr(row, name)), currency) for name in _AMOUNTS])
            for row in reversed(shown)
        ],
        "sums": [amount_text(one, currency) for one in sums],
        "currency": currency,
        "currencies": currencies,
    }
