"""What went back: listed with filters, summed by day, reason, market and merchant; and what is still on its way."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from fairground.markets.queries import market_currencies
from fairground.orders.rules import RefundReason
from fairground.settlement.reports.refunded import (
    RefundRow,
    RefundsAsked,
    RefundSum,
    all_refunds,
    refunds_listed,
    refunds_summed,
    refunds_waiting,
)
from fairground.settlement.reports.written import refunds_table
from fairground.sites.back_office.fields import page_number, typed_text
from fairground.sites.back_office.money.balances import day_asked
from fairground.sites.back_office.money.columns import Column, column_chart, whole_text
from fairground.sites.back_office.money.files import asked_file, file_answer, file_links, told_if_refused
from fairground.sites.back_office.promotion_words import amount_text
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.tables import PAGES_MAX
from fairground.sites.back_office.words import REFUND_REASONS
from fairground.sites.refund_words import charge_words

ROWS_A_PAGE = 50
# Days, and merchants, that the page sums up: the last days, the merchants with the most. The file has every refund.
SUMS_SHOWN_MAX = 31
_DAYS = 30


@require_safe
def refunds(request: HttpRequest) -> HttpResponseBase:
    """Show refunds of some days, by UTC: of the last thirty unless others are asked for."""
    require(request, "orders.view_refund")
    today = datetime.now(UTC).date()
    from_date = day_asked(request, "from") or today - timedelta(days=_DAYS)
    to_date = max(day_asked(request, "to") or today, from_date)
    reason = next((one for one in RefundReason if one.name.lower() == request.GET.get("reason")), None)
    asked = {
        "from": from_date.isoformat(),
        "to": to_date.isoformat(),
        "reason": reason.name.lower() if reason else "",
        "market": typed_text(request.GET, "market"),
        "merchant": typed_text(request.GET, "merchant"),
    }
    sought = RefundsAsked(_midnight(from_date), _midnight(to_date, 1), reason, asked["market"], asked["merchant"])
    page = page_number(request.GET.get("page", ""), most=PAGES_MAX)
    context: dict[str, object] = {
        "title": gettext("Refunds"),
        "asked": asked,
        "reasons": [(one.name.lower(), str(words)) for one, words in REFUND_REASONS.items()],
        "markets": list(market_currencies()),
        "files": file_links(asked),
        "first": f"?{urlencode(asked)}" if page > 1 else None,
    }
    with told_if_refused(request):
        form = asked_file(request)
        if form:
            return file_answer(refunds_table(all_refunds(asked=sought)), form)
        found = refunds_listed(asked=sought, rows_max=ROWS_A_PAGE + 1, passed_over=(page - 1) * ROWS_A_PAGE)
        context["rows"] = [_row(one) for one in found[:ROWS_A_PAGE]]
        if len(found) > ROWS_A_PAGE and page < PAGES_MAX:
            context["next"] = urlencode({**asked, "page": page + 1})
        sums = refunds_summed(asked=sought)
        context |= _sums(sums)
        days = (max(from_date, to_date - timedelta(days=SUMS_SHOWN_MAX - 1)), to_date)
        context |= _chart(sums, days, typed_text(request.GET, "currency"))
        context["waiting"] = [
            (one.refunds, amount_text(one.amount_minor, one.currency), one.oldest_at) for one in refunds_waiting()
        ]
    return show_page(request, "back_office/money/refunds.html", context)


def _sums(sums: Sequence[RefundSum]) -> dict[str, object]:
    names: dict[str, Callable[[str], str]] = {
        "reason": lambda key: str(REFUND_REASONS[RefundReason[key.upper()]]),
        "market": str,
        "merchant": str,
    }
    shown = {}
    for by, name in names.items():
        rows = [one for one in sums if one.by == by]
        rows.sort(key=lambda one: -one.paid_minor)
        shown[by] = [
            (name(one.key), one.refunds, one.units, amount_text(one.paid_minor, one.currency))
            for one in rows[:SUMS_SHOWN_MAX]
        ]
    titles = {
        "reason": (gettext("By reason"), gettext("Reason")),
        "market": (gettext("By market"), gettext("Market")),
        "merchant": (gettext("By merchant"), gettext("Merchant")),
    }
    totals = [(amount_text(one.paid_minor, one.currency), one.refunds) for one in sums if one.by == "all"]
    sections = [(by, *titles[by], shown[by]) for by in titles if shown[by]]
    return {"sums": sections, "totals": totals}


def _chart(sums: Sequence[RefundSum], days: tuple[date, date], wanted: str) -> dict[str, object]:
    """Draw the days of one currency, those without a refund too: of that of most refunds, else of the one wanted."""
    counts = {one.currency: one.refunds for one in sums if one.by == "all"}
    if not counts:
        return {"chart": None}
    currency = wanted if wanted in counts else max(counts, key=lambda one: counts[one])
    by_day = {date.fromisoformat(one.key): one for one in sums if (one.by, one.currency) == ("day", currency)}
    columns = []
    for back in range((days[1] - days[0]).days, -1, -1):
        day = days[1] - timedelta(days=back)
        paid_minor = by_day[day].paid_minor if day in by_day else 0
        told = f"{date_format(day, 'SHORT_DATE_FORMAT')}: {amount_text(paid_minor, currency)}"
        columns.append(Column(f"{day:%m-%d}", told, (paid_minor,)))
    title = gettext("Refunds by day (UTC), in %(currency)s") % {"currency": currency}
    return {
        "chart": column_chart(title=title, columns=columns, amount=lambda minor: whole_text(minor, currency)),
        "chart_title": title,
        "currency": currency,
        "currencies": sorted(counts),
        "by_day": [
            (date_format(day, "DATE_FORMAT"), one.refunds, one.units, amount_text(one.paid_minor, currency))
            for day, one in sorted(by_day.items(), reverse=True)
            if days[0] <= day <= days[1]
        ],
    }


def _row(one: RefundRow) -> dict[str, object]:
    return {
        "at": one.at,
        "number": one.purchase_number,
        "title": charge_words(one.line_no) or one.title,
        "reason": REFUND_REASONS[one.reason],
        "units": one.units,
        "market": one.market,
        "merchant": one.merchant,
        "paid": amount_text(one.paid_minor, one.currency),
        "tax": amount_text(one.tax_minor, one.currency),
    }


def _midnight(day: date, days_later: int = 0) -> datetime:
    return datetime.combine(day + timedelta(days=days_later), time(), UTC)
