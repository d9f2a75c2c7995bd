"""Payouts by period and state: drawn in one currency, summed in all, and the list behind them as files."""

from collections.abc import Sequence
from datetime import date

from django.http import HttpRequest, HttpResponseBase
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from fairground.kernel.ids import parse_id
from fairground.settlement.reports.listed import PayoutSum, payouts_listed, payouts_summed
from fairground.settlement.rules.payouts import PayoutState
from fairground.sites.back_office.fields import typed_text
from fairground.sites.back_office.money.columns import Column, column_chart, whole_text
from fairground.sites.back_office.money.days import DaysAsked, days_of
from fairground.sites.back_office.money.files import asked_file, file_answer, file_links, told_if_refused
from fairground.sites.back_office.payouts import STATES
from fairground.sites.back_office.promotion_words import amount_text
from fairground.sites.back_office.site import require, show_page

# Periods that the page has; the file has every payout.
PERIODS_SHOWN_MAX = 24
# From the floor up: what is done lies lowest. What failed is no part of it, as it is the merchant's again.
_STACKED = (PayoutState.CONFIRMED, PayoutState.SENT, PayoutState.APPROVED, PayoutState.PROPOSED)
_BY_NAME = {state.name.lower(): state for state in PayoutState}


@require_safe
def payouts_by_period(request: HttpRequest) -> HttpResponseBase:
    """Show payouts by period and state; as a file, each of them, as the list of payouts was searched."""
    require(request, "settlement.view_payout")
    days, sought = days_of(request), typed_text(request.GET, "q")
    asked = {"q": sought, **days.asked}
    context: dict[str, object] = {"title": gettext("Payouts by period"), "asked": asked, "files": file_links(asked)}
    with told_if_refused(request):
        form = asked_file(request)
        if form:
            return _file(days, sought, form)
        found = payouts_summed(span=days.span)
        periods = sorted({one.period_date for one in found}, reverse=True)[:PERIODS_SHOWN_MAX]
        shown = [one for one in found if one.period_date in periods]
        context |= {
            "rows": [_row(one) for one in shown],
            "is_cut": len(shown) < len(found),
            **_chart(shown, periods, request.GET.get("currency", "")),
        }
    return show_page(request, "back_office/money/payouts.html", context)


def _file(days: DaysAsked, sought: str, form: str) -> HttpResponseBase:
    """Send the payouts that the list's search would find: those in a state, one by its number, or all."""
    state = _BY_NAME.get(sought.removeprefix(":")) if sought.startswith(":") else None
    only_id = None if state or not sought else parse_id(sought) or 0
    return file_answer(payouts_listed(span=days.span, state=state, only_id=only_id), form)


def _row(one: PayoutSum) -> dict[str, object]:
    return {
        "period": date_format(one.period_date, "DATE_FORMAT"),
        "state": STATES[one.state],
        "search": f":{one.state.name.lower()}",
        "payouts": one.payouts,
        "paid": amount_text(one.paid_minor, one.currency),
    }


def _chart(sums: Sequence[PayoutSum], periods: Sequence[date], wanted: str) -> dict[str, object]:
    totals: dict[str, int] = {}
    for one in sums:
        totals[one.currency] = totals.get(one.currency, 0) + one.paid_minor
    if not totals:
        return {"chart": None}
    currency = wanted if wanted in totals else max(totals, key=lambda one: totals[one])
    known = {(one.period_date, one.state): one.paid_minor for one in sums if one.currency == currency}
    columns = []
    for period in reversed(periods):
        parts = tuple(known.get((period, state), 0) for state in _STACKED)
        day = date_format(period, "SHORT_DATE_FORMAT")
        columns.append(Column(f"{period:%m-%d}", f"{day}: {amount_text(sum(parts), currency)}", parts))
    title = gettext("Payouts by period, in %(currency)s") % {"currency": currency}
    return {
        "chart": column_chart(title=title, columns=columns, amount=lambda minor: whole_text(minor, currency)),
        "chart_title": title,
        "legend": [(place, STATES[state]) for place, state in enumerate(_STACKED, start=1)],
        "currency": currency,
        "currencies": sorted(totals),
    }
