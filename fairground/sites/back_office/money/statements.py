"""The statement of an account, or of an address in all its lanes, between two moments."""

from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from fairground.kernel.ids import LANES
from fairground.ledger.address_statement import NoSuchAddress, statement_of_address
from fairground.ledger.queries import NoSuchAccount, Statement, statement
from fairground.settlement.reports.written import statement_table
from fairground.sites.back_office.fields import typed_text
from fairground.sites.back_office.money.balances import day_asked
from fairground.sites.back_office.money.files import asked_file, file_answer, file_links, told_if_refused
from fairground.sites.back_office.money_words import family_text, transfer_text
from fairground.sites.back_office.promotion_words import amount_text
from fairground.sites.back_office.site import require, show_page

# Of a statement; its file has all.
LINES_SHOWN_MAX = 500
_STATEMENT_DAYS = 30


@require_safe
def account_statement(request: HttpRequest) -> HttpResponseBase:
    """Show a statement between two moments in UTC: over the last thirty days unless others are asked for.

    With a lane it is of the account there; without one of the address, in whichever lanes it has an account.

    :raises Http404: there is no such account
    """
    require(request, "ledger.view_account")
    require(request, "ledger.view_transfer")
    address, lane = typed_text(request.GET, "address"), request.GET.get("lane", "")
    if lane and not (lane.isascii() and lane.isdigit() and len(lane) <= 2 and int(lane) < LANES):  # noqa: PLR2004 - digits
        raise Http404
    asked, opens_at, closes_at = _moments(request)
    asked = {"lane": lane, "address": address, **asked}
    context: dict[str, object] = {
        "title": gettext("Statement"),
        "asked": asked,
        "files": file_links(asked),
        "family": family_text(":".join((address.split(":")[0], address.rpartition(":")[0].rpartition(":")[2]))),
    }
    if lane:
        everywhere = {name: value for name, value in asked.items() if value and name != "lane"}
        context["everywhere"] = f"{reverse('admin:statement')}?{urlencode(everywhere)}"
    with told_if_refused(request):
        try:
            if lane:
                found, slices = statement(lane=int(lane), address=address, opens_at=opens_at, closes_at=closes_at), 1
            else:
                found, slices = statement_of_address(address=address, opens_at=opens_at, closes_at=closes_at)
        except (NoSuchAccount, NoSuchAddress) as refusal:
            raise Http404 from refusal
        form = asked_file(request)
        if form:
            return file_answer(statement_table(found), form)
        context |= _shown(found) | {"slices": slices}
    return show_page(request, "back_office/money/statement.html", context)


def _shown(found: Statement) -> dict[str, object]:
    return {
        "opens_at": found.opens_at,
        "closes_at": found.closes_at,
        "opening": amount_text(found.opening_balance_minor, found.currency),
        "closing": amount_text(found.closing_balance_minor, found.currency),
        "more": max(0, len(found.lines) - LINES_SHOWN_MAX),
        "rows": [
            {
                "at": line.at,
                "kind": transfer_text(line.kind),
                "order_id": line.order_id,
                "debit": amount_text(line.debit_minor, found.currency) if line.debit_minor else "",
                "credit": amount_text(line.credit_minor, found.currency) if line.credit_minor else "",
                "balance": amount_text(line.balance_minor, found.currency),
            }
            for line in found.lines[-LINES_SHOWN_MAX:]
        ],
    }


def _moments(request: HttpRequest) -> tuple[dict[str, str], datetime, datetime]:
    """Return from when to when is asked for, as typed and as moments; a last day without a time of day is whole."""
    today = datetime.now(UTC).date()
    from_date = day_asked(request, "from") or today - timedelta(days=_STATEMENT_DAYS)
    to_date = max(day_asked(request, "to") or today, from_date)
    from_time, to_time = _time_asked(request, "from_time"), _time_asked(request, "to_time")
    opens_at = _moment(from_date, from_time or time())
    closes_at = _moment(to_date, to_time) if to_time is not None else _moment(to_date + timedelta(days=1), time())
    asked = {
        "from": from_date.isoformat(),
        "from_time": from_time.isoformat() if from_time is not None else "",
        "to": to_date.isoformat(),
        "to_time": to_time.isoformat() if to_time is not None else "",
    }
    return asked, opens_at, max(opens_at, closes_at)


def _time_asked(request: HttpRequest, name: str) -> time | None:
    """Return the time of day that an address asks for; None for what is none."""
    try:
        return time.fromisoformat(request.GET.get(name, "")).replace(tzinfo=None)
    except ValueError:
        return None


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, UTC)
