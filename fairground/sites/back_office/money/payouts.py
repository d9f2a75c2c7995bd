"""Payouts by period and state: drawn in one currency, summed in all, and the list behind them as files."""

from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from fairground.kernel.clock import wall_ms
from fairground.kernel.ids import parse_id
from fairground.settlement.actions.propose_payouts import payouts_waiting_for_rates
from fairground.settlement.reports.listed import PayoutSum, payouts_listed, payouts_summed
from fairground.settlement.rules.payouts import PayoutState
from fairground.sites.back_office.fields import typed_text
from fairground.sites.back_office.money.columns import Column, column_chart, whole_text
from fairground.sites.back_office.money.days import DaysAsked, days_of
from fairground.sites.back_office.money.files import asked_file, file_answer, file_links, told_if_refused
from fairground.sites.back_office.money_words import currency_text
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
        context["waiting"] = _waiting()
        found = payouts_summed(span=days.span)
        context |= _chart(found, request.GET.get("currency", ""))
    return show_page(request, "back_office/money/payouts.html", context)


def _waiting() -> list[str]:
    """Return what waits for an exchange rate in words, a line for each pair of currencies."""
    return [
        ngettext(
            "%(count)s payout of %(amount)s waits: there is no exchange rate to %(currency)s that still counts.",
            "%(count)s payouts of %(amount)s in all wait: there is no exchange rate to %(currency)s that still counts.",
            one.payouts,
        )
        % {
            "count": one.payouts,
            "amount": amount_text(one.amount_minor, one.currency),
            "currency": currency_text(one.paid_currency),
        }
        for one in payouts_waiting_for_rates(now_ms=wall_ms(), is_real=settings.REALM.is_real)
    ]


def _file(days: DaysAsked, sought: str, form: str) -> HttpResponseBase:
    """Send the payouts that the list's search would find: those in a state, one by its number, or all."""
    state = _BY_NAME.get(sought.removeprefix(":")) if sought.startswith(":") else None
    only_id = None if state or not sought else parse_id(sought) or 0
    return file_answer(payouts_listed(span=days.span, state=state, only_id=only_id), form)


def _chart(sums: Sequence[PayoutSum], wanted: str) -> dict[str, object]:
    """Draw the last periods in one currency, in that of most payouts unless another is asked for, and their table."""
    counts: dict[str, int] = {}
    for one in sums:
        counts[one.currency] = counts.get(one.currency, 0) + one.payouts
    if not counts:
        return {"chart": None}
    currency = wanted if wanted in counts else max(counts, key=lambda one: counts[one])
    known = {(one.period_date, one.state): one for one in sums if one.currency == currency}
    periods = sorted({period for period, _ in known}, reverse=True)
    columns = []
    for period in reversed(periods[:PERIODS_SHOWN_MAX]):
        found = [known.get((period, state)) for state in _STACKED]
        parts = tuple(one.paid_minor if one else 0 for one in found)
        told = f"{date_format(period, 'SHORT_DATE_FORMAT')}: {amount_text(sum(parts), currency)}"
        columns.append(Column(f"{period:%m-%d}", told, parts))
    title = gettext("Payouts by period, in %(currency)s") % {"currency": currency_text(currency)}
    shown = (*_STACKED, PayoutState.FAILED)
    return {
        "chart": column_chart(title=title, columns=columns, amount=lambda minor: whole_text(minor, currency)),
        "chart_title": title,
        "legend": [(place, STATES[state]) for place, state in enumerate(_STACKED, start=1)],
        "states": [(STATES[state], f":{state.name.lower()}") for state in shown],
        "rows": [
            (
                date_format(period, "DATE_FORMAT"),
                [
                    (amount_text(one.paid_minor, currency), one.payouts) if one else None
                    for one in (known.get((period, state)) for state in shown)
                ],
            )
            for period in periods[:PERIODS_SHOWN_MAX]
        ],
        "is_cut": len(periods) > PERIODS_SHOWN_MAX,
        "currency": currency,
        "currencies": sorted(counts),
    }
