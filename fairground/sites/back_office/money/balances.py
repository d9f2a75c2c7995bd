"""The trial balance, the accounts behind each of its sums, and the statement of one."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from fairground.kernel.ids import LANES
from fairground.ledger.queries import NoSuchAccount, statement
from fairground.ledger.rules import AccountState
from fairground.markets.queries import market_currencies
from fairground.settlement.reports.reading import ROWS_MAX, ReportTooLong
from fairground.settlement.reports.trial_balance import FamilyBalance, accounts_of, trial_balance_by_family
from fairground.settlement.reports.written import accounts_table, statement_table, trial_balance_table
from fairground.sites.back_office.fields import typed_text
from fairground.sites.back_office.money.files import asked_file, file_answer, file_links, told_if_refused
from fairground.sites.back_office.money_words import FAMILIES, currency_text, family_text, transfer_text
from fairground.sites.back_office.promotion_words import amount_text, figure_text
from fairground.sites.back_office.site import require, show_page

ROWS_A_PAGE = 50
# Of a statement; its file has all.
LINES_SHOWN_MAX = 500
_STATEMENT_DAYS = 30


@dataclass(frozen=True, slots=True)
class FamilyShown:
    """A row of the trial balance."""

    name: str
    address: str
    accounts: int
    debits: str
    credits: str
    balance: str
    pending: str

    @classmethod
    def of(cls, one: FamilyBalance) -> "FamilyShown":
        """Return a family, or the sum of a currency, as it is shown."""
        query = urlencode({"family": one.family, "currency": one.currency})
        return cls(
            family_text(one.family),
            f"{reverse('admin:accounts')}?{query}" if one.family else "",
            one.accounts,
            *(
                figure_text(minor, one.currency)
                for minor in (one.debits_posted_minor, one.credits_posted_minor, one.balance_minor, one.pending_minor)
            ),
        )


@require_safe
def trial_balance(request: HttpRequest) -> HttpResponseBase:
    """Show what all accounts come to, a currency after the other."""
    require(request, "ledger.view_account")
    context: dict[str, object] = {"title": gettext("Trial balance"), "files": file_links({})}
    with told_if_refused(request):
        balances = trial_balance_by_family()
        form = asked_file(request)
        if form:
            return file_answer(trial_balance_table(balances), form)
        context["balances"] = [
            (
                one.total.currency,
                currency_text(one.total.currency),
                one.is_even,
                [FamilyShown.of(each) for each in one.families],
                FamilyShown.of(one.total),
            )
            for one in balances
        ]
    return show_page(request, "back_office/money/trial_balance.html", context)


@dataclass(frozen=True, slots=True)
class AccountShown:
    """An account in a list."""

    address: str
    lane: int
    statement: str
    balance: str
    available: str

    @classmethod
    def of(cls, one: AccountState) -> "AccountShown":
        """Return an account as it is shown."""
        return cls(
            one.address,
            one.lane,
            f"{reverse('admin:statement')}?{urlencode({'lane': one.lane, 'address': one.address})}",
            amount_text(one.balance_minor, one.currency),
            amount_text(one.available_minor, one.currency),
        )


@require_safe
def accounts(request: HttpRequest) -> HttpResponseBase:
    """Show accounts of a family and currency, a page after the other; each leads to its statement."""
    require(request, "ledger.view_account")
    asked = {name: typed_text(request.GET, name) for name in ("family", "currency", "words")}
    context: dict[str, object] = {
        "title": gettext("Accounts"),
        "asked": asked,
        "families": [(family, str(words)) for family, words in FAMILIES.items()],
        "currencies": sorted(set(market_currencies().values())),
        "files": file_links(asked),
        "first": f"?{urlencode(asked)}" if "after" in request.GET else None,
    }
    with told_if_refused(request):
        form = asked_file(request)
        if form:
            found = accounts_of(**asked, after=(-1, 0), rows_max=ROWS_MAX + 1)
            if len(found) > ROWS_MAX:
                raise ReportTooLong(rows_max=ROWS_MAX)
            return file_answer(accounts_table(found), form)
        found = accounts_of(**asked, after=_place(request.GET.get("after", "")), rows_max=ROWS_A_PAGE + 1)
        context["rows"] = [AccountShown.of(one) for one in found[:ROWS_A_PAGE]]
        if len(found) > ROWS_A_PAGE:
            last = found[ROWS_A_PAGE - 1]
            context["next"] = urlencode({**asked, "after": f"{last.lane}-{last.id}"})
    return show_page(request, "back_office/money/accounts.html", context)


def _place(text: str) -> tuple[int, int]:
    lane, dash, account_id = text.partition("-")
    digits = dash and lane.isascii() and lane.isdigit() and account_id.isascii() and account_id.isdigit()
    if not digits or int(lane) >= LANES or len(account_id) > len(str(2**63)) - 1:
        return -1, 0
    return int(lane), int(account_id)


@require_safe
def account_statement(request: HttpRequest) -> HttpResponseBase:
    """Show an account's statement over some days, by UTC: the last thirty unless others are asked for.

    :raises Http404: there is no such account
    """
    require(request, "ledger.view_account")
    require(request, "ledger.view_transfer")
    address, lane = typed_text(request.GET, "address"), request.GET.get("lane", "")
    if not (lane.isascii() and lane.isdigit() and len(lane) <= 2 and int(lane) < LANES):  # noqa: PLR2004 - digits
        raise Http404
    today = datetime.now(UTC).date()
    from_date = day_asked(request, "from") or today - timedelta(days=_STATEMENT_DAYS)
    to_date = max(day_asked(request, "to") or today, from_date)
    asked = {"lane": lane, "address": address, "from": from_date.isoformat(), "to": to_date.isoformat()}
    context: dict[str, object] = {
        "title": gettext("Statement"),
        "asked": asked,
        "files": file_links(asked),
        "family": family_text(":".join((address.split(":")[0], address.rpartition(":")[0].rpartition(":")[2]))),
    }
    with told_if_refused(request):
        try:
            found = statement(
                lane=int(lane), address=address, opens_at=_midnight(from_date), closes_at=_midnight(to_date, 1)
            )
        except NoSuchAccount as refusal:
            raise Http404 from refusal
        form = asked_file(request)
        if form:
            return file_answer(statement_table(found), form)
        context |= {
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
    return show_page(request, "back_office/money/statement.html", context)


def day_asked(request: HttpRequest, name: str) -> date | None:
    """Return the day that an address asks for; None for what is no day, or one that nothing was sold on."""
    try:
        day = date.fromisoformat(request.GET.get(name, "")[:10])
    except ValueError:
        return None
    return day if 2000 <= day.year < 2200 else None  # noqa: PLR2004 - near the ends of all dates zones have no place


def _midnight(day: date, days_later: int = 0) -> datetime:
    return datetime.combine(day + timedelta(days=days_later), time(), UTC)
