"""Money at a glance: what lies where, what waits for somebody, whether the books agree, and how old escrow is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from fairground.markets.queries import newest_rates_day
from fairground.markets.rules import RATE_AGE_MAX_DAYS, RateSource
from fairground.payments.reading import payments_standing_still
from fairground.settlement.queries import payouts_proposed
from fairground.settlement.reports.escrow import EscrowAged, by_age_minor, escrow_by_age
from fairground.settlement.reports.refunded import RefundsAsked, refunds_summed, refunds_waiting
from fairground.settlement.reports.rules import AGES, whole_units
from fairground.settlement.reports.trial_balance import CurrencyBalance, disagreements, trial_balance_by_family
from fairground.sites.back_office.money.charts import Bar, bar_chart
from fairground.sites.back_office.money.files import told_if_refused
from fairground.sites.back_office.promotion_words import amount_text
from fairground.sites.back_office.site import require, show_page

# Currencies of a tile; the page behind it has all.
CURRENCIES_SHOWN_MAX = 5
# A shopper has half an hour, and a provider that answers has said in ten minutes more what it did.
_STILL_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class MoneyTile:
    """Something to know of money: a figure a currency, where it leads, and what it means."""

    name: str
    figures: Sequence[str]
    address: str
    note: str
    is_bad: bool = False


@require_safe
def glance(request: HttpRequest) -> HttpResponse:
    """Show the tiles, and escrow by age in one currency; in that of most orders unless another is asked for."""
    require(request, "ledger.view_account")
    now = datetime.now(UTC)
    tiles: list[MoneyTile] = []
    context: dict[str, object] = {"title": gettext("Money at a glance"), "tiles": tiles}
    with told_if_refused(request):
        balances = trial_balance_by_family()
        escrow_note = gettext("kept for merchants until the goods are received")
        tiles.append(_lying(balances, "merchant:escrow", gettext("In escrow"), reverse("admin:escrow"), escrow_note))
        wallets = f"{reverse('admin:accounts')}?family=shopper:wallet"
        tiles.append(_lying(balances, "shopper:wallet", gettext("In wallets"), wallets, gettext("owed to shoppers")))
        tiles.append(_payouts_tile())
        tiles.append(_still_tile(now))
        tiles.append(_refunds_tile(now))
        tiles.append(_on_their_way_tile())
        context |= escrow_chart(escrow_by_age(now=now), request.GET.get("currency", ""))
        tiles.append(_agreement_tile(balances))
        tiles.append(_rates_tile(now))
    return show_page(request, "back_office/money/glance.html", context)


def _lying(balances: Sequence[CurrencyBalance], family: str, name: str, address: str, note: str) -> MoneyTile:
    found = [one for balance in balances for one in balance.families if one.family == family]
    found.sort(key=lambda one: -one.balance_minor)
    figures = [amount_text(one.balance_minor, one.currency) for one in found if one.balance_minor]
    return MoneyTile(name, figures[:CURRENCIES_SHOWN_MAX], address, note)


def _refunds_tile(now: datetime) -> MoneyTile:
    since = now - timedelta(days=7)
    sums = [one for one in refunds_summed(asked=RefundsAsked(since, now)) if one.by == "all"]
    figures = [amount_text(one.paid_minor, one.currency) for one in sorted(sums, key=lambda one: -one.paid_minor)]
    address = f"{reverse('admin:refunds')}?from={since:%Y-%m-%d}"
    note = gettext("in %(count)s refunds of the last seven days") % {"count": sum(one.refunds for one in sums)}
    return MoneyTile(gettext("Went back"), figures[:CURRENCIES_SHOWN_MAX], address, note)


def _payouts_tile() -> MoneyTile:
    found = payouts_proposed()
    figures = [amount_text(one.paid_minor, one.currency) for one in found]
    count = sum(one.payouts for one in found)
    note = gettext("no payout waits to be approved")
    if found:
        note = ngettext("in %(count)s payout to be approved", "in %(count)s payouts to be approved", count)
    address = f"{reverse('admin:settlement_payout_changelist')}?q=:proposed"
    return MoneyTile(gettext("Payouts proposed"), figures[:CURRENCIES_SHOWN_MAX], address, note % {"count": count})


def _still_tile(now: datetime) -> MoneyTile:
    found = payments_standing_still(begun_before=now - _STILL_AFTER)
    figures = [amount_text(one.amount_minor, one.currency) for one in found]
    count = sum(one.payments for one in found)
    note = gettext("no payment is asked about for longer than an hour")
    if found:
        note = ngettext(
            "in %(count)s payment that is asked about since %(oldest)s UTC",
            "in %(count)s payments that are asked about, the oldest since %(oldest)s UTC",
            count,
        ) % {"count": count, "oldest": f"{min(one.oldest_at for one in found):%Y-%m-%d %H:%M}"}
    address = f"{reverse('admin:payments')}?open=1"
    name = gettext("Standing still with providers")
    return MoneyTile(name, figures[:CURRENCIES_SHOWN_MAX], address, note, is_bad=bool(found))


def _on_their_way_tile() -> MoneyTile:
    found = sorted(refunds_waiting(), key=lambda one: -one.refunds)
    figures = [amount_text(one.amount_minor, one.currency) for one in found]
    note = gettext("all refunds have arrived with their providers")
    if found:
        count = sum(one.refunds for one in found)
        note = ngettext(
            "in %(count)s refund on its way to a provider since %(oldest)s UTC",
            "in %(count)s refunds on their way to providers, the oldest since %(oldest)s UTC",
            count,
        ) % {"count": count, "oldest": f"{min(one.oldest_at for one in found):%Y-%m-%d %H:%M}"}
    return MoneyTile(gettext("On its way back"), figures[:CURRENCIES_SHOWN_MAX], reverse("admin:refunds"), note)


def _agreement_tile(balances: Sequence[CurrencyBalance]) -> MoneyTile:
    wrong = len(disagreements())
    uneven = [one.total.currency for one in balances if not one.is_even]
    note = gettext("whose row is not the sum of its transfers")
    if uneven:
        note = gettext("debits and credits differ in: %(currencies)s") % {"currencies": ", ".join(uneven)}
    is_bad = bool(wrong or uneven)
    return MoneyTile(gettext("Accounts that disagree"), [str(wrong)], reverse("admin:trial-balance"), note, is_bad)


def _rates_tile(now: datetime) -> MoneyTile:
    day, most = newest_rates_day(), RATE_AGE_MAX_DAYS[RateSource.ECB]
    name, address = gettext("Exchange rates"), reverse("admin:payouts-by-period")
    if day is None:
        return MoneyTile(name, [], address, gettext("none was brought: whoever is paid in another currency waits"))
    age = max(0, (now.date() - day).days)
    note = ngettext(
        "the newest are %(count)s day old; after %(most)s days they do not count any more",
        "the newest are %(count)s days old; after %(most)s days they do not count any more",
        age,
    )
    return MoneyTile(name, [f"{day:%Y-%m-%d}"], address, note % {"count": age, "most": most}, is_bad=age > most)


def escrow_chart(escrows: Sequence[EscrowAged], wanted: str) -> dict[str, object]:
    """Return the chart of escrow by age with its table, in a currency that there is, and the others there are."""
    orders: dict[str, int] = {}
    for one in escrows:
        orders[one.currency] = orders.get(one.currency, 0) + one.orders
    if not orders:
        return {"chart": None}
    # Amounts of two currencies do not compare: the one of most orders comes first.
    currency = wanted if wanted in orders else max(orders, key=lambda one: orders[one])
    amounts = by_age_minor([one for one in escrows if one.currency == currency])
    rows = [(age_text(place), amount_text(amount, currency)) for place, amount in enumerate(amounts)]
    title = gettext("Escrow by days since payment, in %(currency)s") % {"currency": currency}
    # Whole units above a bar, as five sums stand side by side on a phone; the table has every cent.
    wholes = [number_format(whole_units(amount, currency), force_grouping=True) for amount in amounts]
    bars = [Bar(AGES[place], wholes[place], amounts[place]) for place in range(len(AGES))]
    return {
        "chart": bar_chart(title=title, bars=bars),
        "chart_title": title,
        "chart_rows": rows,
        "currency": currency,
        "currencies": sorted(orders),
    }


def age_text(place: int) -> str:
    """Return an age of `AGES` in words."""
    if place == len(AGES) - 1:
        return gettext("over 60 days")
    first, last = AGES[place].split("-")
    return gettext("%(first)s to %(last)s days") % {"first": first, "last": last}
