"""The first page: what an operator needs to know first, each number with the way to what it counts."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext

from fairground.aftersales.unreached import merchants_unreached
from fairground.catalog.queries import newest_product_at
from fairground.dashboard.queries import FestivalFacts, current_festival
from fairground.identity.queries import blocked_shopper_ids
from fairground.inventory.declaration_queue import waiting_count
from fairground.kernel.aside import count_aside
from fairground.kernel.clock import from_unix_ms, to_unix_ms
from fairground.orders.lookup import Sought, find_purchases
from fairground.orders.rules import Step
from fairground.sites.back_office.budgets import running_out
from fairground.sites.back_office.trade import SHORT_MAX, short_deals
from fairground.sites.languages import catalogue_language, in_language

# More unpaid purchases than these are "more than": the list says which.
UNPAID_MAX = 500
# The same, of declared deals.
WAITING_MAX = 500


@dataclass(frozen=True, slots=True)
class Tile:
    """Something to know, the figure for it, where it leads, and what it means."""

    name: str
    figure: str
    address: str
    note: str
    is_bad: bool = False


def overview(request: HttpRequest) -> list[Tile]:
    """Return what whoever asks may know."""
    user: Any = request.user
    now = datetime.now(UTC)
    tiles: list[Tile] = []
    if user.has_perm("festivals.view_festival"):
        tiles.append(_festival_tile(current_festival(now_ms=to_unix_ms(now)), now))
    if user.has_perm("festivals.view_deal"):
        tiles.append(_deals_tile())
    if user.has_perm("festivals.view_declaration"):
        tiles.append(_declarations_tile())
    if user.has_perm("promotions.view_allowance"):
        tiles.append(_budgets_tile(now))
    if user.has_perm("orders.view_purchase"):
        tiles.append(_unpaid_tile())
    if user.has_perm("identity.view_shopper"):
        blocked = len(blocked_shopper_ids())
        address = f"{reverse('admin:identity_shopper_changelist')}?q=:blocked"
        tiles.append(Tile(gettext("Blocked shoppers"), str(blocked), address, gettext("refused at every door")))
    if user.has_perm("aftersales.view_case"):
        tiles.append(_unreached_tile())
    if user.has_perm("ledger.view_account"):
        note = gettext("trial balance, escrow, refunds, tax, sellers' income")
        tiles.append(Tile(gettext("Money"), gettext("Reports"), reverse("admin:money"), note))
    if user.has_perm("kernel.change_setaside"):
        tiles.append(_aside_tile())
    if user.has_perm("catalog.view_product"):
        tiles.append(_newest_tile())
    return tiles


def _festival_tile(festival: FestivalFacts | None, now: datetime) -> Tile:
    name = gettext("Festival")
    if festival is None:
        return Tile(name, gettext("none"), reverse("admin:festivals_festival_changelist"), "")
    opens_at, closes_at = from_unix_ms(festival.opens_at_ms), from_unix_ms(festival.closes_at_ms)
    title = in_language(festival.name, catalogue_language()) or festival.slug
    if now < opens_at:
        state, moment = gettext("opens"), opens_at
    elif now < closes_at:
        state, moment = gettext("is open, closes"), closes_at
    else:
        state, moment = gettext("closed"), closes_at
    note = f"{state} {date_format(moment, 'DATETIME_FORMAT')} UTC"
    return Tile(name, title, reverse("admin:festivals_festival_change", args=[festival.slug]), note)


def _deals_tile() -> Tile:
    short = len(short_deals())
    figure = gettext("more than %(n)s") % {"n": SHORT_MAX - 1} if short == SHORT_MAX else str(short)
    address = f"{reverse('admin:festivals_deal_changelist')}?q=:short"
    note = gettext("not frozen yet, and the SKU has fewer units free than they promise")
    return Tile(gettext("Deals without stock"), figure, address, note, is_bad=short > 0)


def _declarations_tile() -> Tile:
    count = waiting_count(count_max=WAITING_MAX)
    figure = gettext("%(n)s or more") % {"n": count} if count == WAITING_MAX else str(count)
    note = gettext("declared by merchants, and not decided yet")
    return Tile(gettext("Deals to decide"), figure, reverse("admin:declarations"), note)


def _budgets_tile(now: datetime) -> Tile:
    count = running_out(now=now)
    note = gettext("of open promotions, before they close, if it goes on as it did")
    return Tile(gettext("Bounds that run out"), str(count), reverse("admin:budgets"), note, is_bad=count > 0)


def _unpaid_tile() -> Tile:
    found = find_purchases(sought=Sought(state=Step.PLACED), rows_max=UNPAID_MAX)
    more = found.next_before_id is not None
    count = str(len(found.rows))
    figure = gettext("%(n)s or more") % {"n": count} if more else count
    note = gettext("among the latest; their units are reserved for 15 minutes")
    return Tile(gettext("Purchases unpaid"), figure, f"{reverse('admin:purchases')}?state=placed", note)


def _unreached_tile() -> Tile:
    count = len(merchants_unreached())
    note = gettext("without a contact, although a case or a withdrawal waits for them")
    name = gettext("Merchants nobody can write to")
    return Tile(name, str(count), reverse("admin:unreached-merchants"), note, is_bad=count > 0)


def _aside_tile() -> Tile:
    count = count_aside()
    note = gettext("rows on which the background failed; they are tried again")
    return Tile(gettext("Set aside"), str(count), reverse("admin:rows-aside"), note, is_bad=count > 0)


def _newest_tile() -> Tile:
    newest_at = newest_product_at()
    figure = date_format(newest_at, "DATETIME_FORMAT") if newest_at else gettext("none")
    note = gettext("when the newest product came in, in UTC")
    return Tile(gettext("Goods"), figure, reverse("admin:catalog_product_changelist"), note)
