"""The trial balance, now or at the end of a closed day, and the accounts behind each of its sums."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from fairground.kernel.ids import LANES
from fairground.ledger.rules import AccountState
from fairground.markets.queries import market_currencies
from fairground.settlement.reports.reading import ROWS_MAX, ReportTooLong
from fairground.settlement.reports.trial_balance import FamilyBalance, accounts_of, trial_balance_by_family
from fairground.settlement.reports.written import accounts_table, trial_balance_table
from fairground.sites.back_office.fields import typed_text
from fairground.sites.back_office.money.files import asked_file, file_answer, file_links, told_if_refused
from fairground.sites.back_office.money_words import FAMILIES, currency_text, family_text
from fairground.sites.back_office.promotion_words import amount_text, figure_text
from fairground.sites.back_office.site import require, show_page

ROWS_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class FamilyShown:
    """A row of the trial balance."""

    name: str
    address: str
    statement: str
    accounts: int
    debits: str
    credits: str
    balance: str
    pending: str

    @classmethod
    def of(cls, one: FamilyBalance) -> "FamilyShown":
        """Return a family, or the sum of a currency, as it is shown; a family of one address leads to its statement."""
        query = urlencode({"family": one.family, "currency": one.currency})
        return cls(
            family_text(one.family),
            f"{reverse('admin:accounts')}?{query}" if one.family else "",
            f"{reverse('admin:statement')}?{urlencode({'address': one.address})}" if one.address else "",
            one.accounts,
            *(
                figure_text(minor, one.currency)
                for minor in (one.debits_posted_minor, one.credits_posted_minor, one.balance_minor, one.pending_minor)
            ),
        )


@require_safe
def trial_balance(request: HttpRequest) -> HttpResponseBase:
    """Show what all accounts come to, a currency after the other: now, or at the end of the closed day `at`."""
    require(request, "ledger.view_account")
    day = day_asked(request, "at")
    asked = {"at": day.isoformat() if day else ""}
    context: dict[str, object] = {
        "title": gettext("Trial balance"),
        "asked": asked,
        "day": date_format(day, "DATE_FORMAT") if day else "",
        "files": file_links(asked),
    }
    with told_if_refused(request):
        balances = trial_balance_by_family(day=day)
        form = asked_file(request)
        if form:
            return file_answer(trial_balance_table(balances), form, name=f"trial-balance-{day}.{form}" if day else "")
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


def day_asked(request: HttpRequest, name: str) -> date | None:
    """Return the day that an address asks for; None for what is no day, or one that nothing was sold on."""
    try:
        day = date.fromisoformat(request.GET.get(name, "")[:10])
    except ValueError:
        return None
    return day if 2000 <= day.year < 2200 else None  # noqa: PLR2004 - near the ends of all dates zones have no place
