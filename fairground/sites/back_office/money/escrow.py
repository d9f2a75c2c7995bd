"""Escrow by age: for whom money is kept, since when, and how far its orders are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from fairground.orders.rules import Step
from fairground.settlement.reports.escrow import EscrowAged, by_age_minor, by_state_minor, escrow_by_age
from fairground.settlement.reports.rules import AGES
from fairground.settlement.reports.written import escrow_table
from fairground.settlement.rules.addresses import escrow_address
from fairground.sites.back_office.money.files import asked_file, file_answer, file_links, told_if_refused
from fairground.sites.back_office.money.glance import age_text, escrow_chart
from fairground.sites.back_office.money_words import currency_text
from fairground.sites.back_office.promotion_words import amount_text, figure_text
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.words import STATES

# Merchants of a currency that the page names, those with the most first; the file has all.
MERCHANTS_SHOWN_MAX = 100


@dataclass(frozen=True, slots=True)
class EscrowShown:
    """An escrow, or the sum of several, by age; `difference` is empty where account and orders agree."""

    name: str
    slug: str
    address: str
    accounts: str
    orders: int
    ages: list[str]
    total: str
    account: str
    difference: str


@dataclass(frozen=True, slots=True)
class CurrencyShown:
    """What lies in escrow in a currency."""

    currency: str
    title: str
    rows: list[EscrowShown]
    more: int
    total: EscrowShown
    states: list[tuple[str, str]]
    are_even: bool


@require_safe
def escrow(request: HttpRequest) -> HttpResponseBase:
    """Show what lies in escrow by age and by state, a currency after the other."""
    require(request, "ledger.view_account")
    context: dict[str, object] = {
        "title": gettext("Escrow by age"),
        "files": file_links({}),
        "ages": [age_text(place) for place in range(len(AGES))],
    }
    with told_if_refused(request):
        found = escrow_by_age(now=datetime.now(UTC))
        form = asked_file(request)
        if form:
            return file_answer(escrow_table(found), form)
        context |= escrow_chart(found, request.GET.get("currency", ""))
        context["escrows"] = [
            _currency(currency, [one for one in found if one.currency == currency])
            for currency in sorted({one.currency for one in found})
        ]
    return show_page(request, "back_office/money/escrow.html", context)


def _currency(currency: str, escrows: Sequence[EscrowAged]) -> CurrencyShown:
    states = by_state_minor(escrows)
    ordered = sorted(escrows, key=lambda one: (one.difference_minor == 0, -one.total_minor))
    return CurrencyShown(
        currency=currency,
        title=currency_text(currency),
        rows=[_shown([one], currency) for one in ordered[:MERCHANTS_SHOWN_MAX]],
        more=max(0, len(ordered) - MERCHANTS_SHOWN_MAX),
        total=_shown(escrows, currency),
        states=[(_state_text(state), amount_text(states[state], currency)) for state in sorted(states, key=_place)],
        are_even=all(one.difference_minor == 0 for one in escrows),
    )


def _shown(escrows: Sequence[EscrowAged], currency: str) -> EscrowShown:
    only = escrows[0]
    difference_minor = sum(one.difference_minor for one in escrows)
    return EscrowShown(
        name=only.name or str(only.merchant_id),
        slug=only.slug,
        address=reverse("admin:merchants_merchant_change", args=[only.merchant_id]),
        accounts=f"{reverse('admin:accounts')}?{urlencode(_accounts_of(escrows, currency))}",
        orders=sum(one.orders for one in escrows),
        ages=[figure_text(minor, currency) for minor in by_age_minor(escrows)],
        total=figure_text(sum(one.total_minor for one in escrows), currency),
        account=figure_text(sum(one.balance_minor for one in escrows), currency),
        difference=figure_text(difference_minor, currency) if difference_minor else "",
    )


def _accounts_of(escrows: Sequence[EscrowAged], currency: str) -> dict[str, str]:
    """What leads to the accounts behind a figure: to a merchant's own, or to all of the currency."""
    found = {"family": "merchant:escrow", "currency": currency}
    if len(escrows) == 1:
        found["words"] = escrow_address(escrows[0].merchant_id, currency)
    return found


def _state_text(state: Step | None) -> str:
    return str(STATES[state]) if state is not None else gettext("Of no order")


def _place(state: Step | None) -> int:
    return state.value if state is not None else 0
