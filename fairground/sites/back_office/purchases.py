"""Purchases: found by what somebody knows of them, and shown whole, with what went back. Nothing here changes one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from fairground.aftersales.queries import CaseRow, cases_of_orders
from fairground.dashboard.queries import merchant_names
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.ids import EPOCH_MS, LANES, UNIX_MS_MAX, lane_of, make_id, parse_id
from fairground.kernel.money import decimal_text
from fairground.ledger.queries import OrderTransfer, transfers_of_orders
from fairground.merchants.queries import merchant_facts
from fairground.orders.disclosure import disclose_addresses
from fairground.orders.duties import DutyShown
from fairground.orders.lookup import (
    LineFacts,
    OrderFacts,
    PurchaseRow,
    PurchaseWhole,
    Sought,
    find_purchases,
    purchase_of_number,
    purchase_whole,
)
from fairground.orders.refunds import RefundShown, refunds_of_orders
from fairground.orders.rules import Step
from fairground.sites.back_office.fields import typed_text
from fairground.sites.back_office.refunding import units_kept
from fairground.sites.back_office.shipping import PERMISSION, OrderLeaving, leaving_of
from fairground.sites.back_office.site import require, show_page
from fairground.sites.back_office.words import MOMENTS, REFUND_REASONS, STATES, by_request
from fairground.sites.case_words import STATES as STATES_OF_CASES
from fairground.sites.refund_words import charge_words

ROWS_A_PAGE = 50
_NAMES = ("number", "shopper", "merchant", "state", "day")


@require_safe
def purchases(request: HttpRequest) -> HttpResponse:
    """Show a page of purchases, the newest first; a number leads straight to its purchase."""
    require(request, "orders.view_purchase")
    asked = {name: typed_text(request.GET, name) for name in _NAMES}
    if asked["number"]:
        number = purchase_of_number(number=asked["number"])
        if number:
            return HttpResponseRedirect(reverse("admin:purchase", args=[number]))
        messages.error(request, gettext("There is no purchase or order with this number."))
    sought, wrong = _sought(asked, request.GET)
    found = find_purchases(sought=sought, rows_max=ROWS_A_PAGE)
    kept = urlencode({name: value for name, value in asked.items() if value and name != "number"})
    return show_page(
        request,
        "back_office/purchases.html",
        {
            "title": gettext("Purchases"),
            "asked": asked,
            "wrong": wrong,
            "states": [
                (step.name.lower(), words, step.name.lower() == asked["state"]) for step, words in STATES.items()
            ],
            "rows": [RowShown.of(row) for row in found.rows],
            "next": f"{kept}&before={found.next_before_id}" if found.next_before_id else None,
            "first": "before" in request.GET and f"?{kept}",
        },
    )


def _sought(asked: Mapping[str, str], query: QueryDict) -> tuple[Sought, list[str]]:
    """What is asked for as ids, and in words what of it can't be; that is left out."""
    wrong: list[str] = []
    facts: dict[str, Any] = {}
    shopper_id = _id(asked["shopper"])
    if shopper_id is not None:
        facts["shopper_id"] = shopper_id
    elif asked["shopper"]:
        wrong.append(gettext("A shopper is asked for by a number."))
    if asked["merchant"]:
        merchant = merchant_facts(slug=asked["merchant"])
        if merchant:
            facts["merchant_id"] = merchant.id
        else:
            wrong.append(gettext("There is no merchant with this slug."))
    if asked["state"].upper() in Step.__members__:
        facts["state"] = Step[asked["state"].upper()]
    ids = _ids_of_day(asked["day"])
    if ids:
        facts["from_id"], facts["before_id"] = ids
    elif asked["day"]:
        wrong.append(gettext("A day is written as 2026-11-11."))
    before_id = _id(query.get("before", ""))
    if before_id is not None:
        facts["before_id"] = min(before_id, facts.get("before_id", before_id))
    return Sought(**facts), wrong


def _id(text: str) -> int | None:
    some_id = parse_id(text)
    return some_id if some_id is not None and lane_of(some_id) < LANES else None


def _ids_of_day(text: str) -> tuple[int, int] | None:
    try:
        day = date.fromisoformat(text)
        starts_at = datetime(day.year, day.month, day.day, tzinfo=UTC)
        from_ms, to_ms = to_unix_ms(starts_at), to_unix_ms(starts_at + timedelta(days=1))
        return (
            make_id(unix_ms=max(from_ms, EPOCH_MS), lane=0, sequence=0),
            make_id(unix_ms=min(max(to_ms, EPOCH_MS), UNIX_MS_MAX), lane=0, sequence=0),
        )
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class RowShown:
    """A purchase of a list in words."""

    number: str
    shopper_id: int
    placed_at: datetime
    state: str
    total: str
    market: str
    orders: int

    @classmethod
    def of(cls, row: PurchaseRow) -> "RowShown":
        """Return the row in words."""
        total = _money(row.total_minor, row.currency)
        state = str(STATES[row.state])
        return cls(row.number, row.shopper_id, row.placed_at, state, total, row.market, row.orders)


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line of an order in words; `kept` is the price without discounts, by its version."""

    line: LineFacts
    unit_price: str
    goods: str
    discount: str
    discounts: Sequence[tuple[str, str, str, str]]
    tax: str
    commission: str


@dataclass(frozen=True, slots=True)
class OrderShown:
    """An order in words: what its total is made of, lines, transfers, and its address once it was asked for."""

    order: OrderFacts
    merchant: str
    state: str
    sums: Sequence[tuple[str, str]]
    lines: Sequence[LineShown]
    transfers: Sequence[tuple[OrderTransfer, str]]
    refunds: Sequence[tuple[RefundShown, str, str, str]]
    creator_rate: str
    moments: Sequence[tuple[str, datetime]]
    address: Sequence[tuple[str, str]]
    leaving: OrderLeaving


@require_safe
def purchase(request: HttpRequest, number: str) -> HttpResponse:
    """Show a purchase and all that it is made of, but no address."""
    require(request, "orders.view_purchase")
    return _show(request, _whole(number), addresses={})


@require_POST
def addresses(request: HttpRequest, number: str) -> HttpResponse:
    """Show a purchase with its addresses; who saw them is in the audit log before anybody sees them."""
    require(request, "orders.view_purchase")
    require(request, "orders.view_orderaddress")
    whole = _whole(number)
    order_ids = [order.id for order in whole.orders]
    return _show(request, whole, addresses=disclose_addresses(order_ids=order_ids, by=by_request(request)))


def _whole(number: str) -> PurchaseWhole:
    whole = purchase_whole(number=number)
    if whole is None:
        raise Http404
    return whole


def _show(request: HttpRequest, whole: PurchaseWhole, *, addresses: Mapping[int, Mapping[str, Any]]) -> HttpResponse:
    user: Any = request.user
    names = merchant_names([order.merchant_id for order in whole.orders])
    bought = set(whole.moments.values())
    refunds = refunds_of_orders([order.id for order in whole.orders])
    moments = {
        order.id: bought | set(order.moments.values()) | {one.at for one in refunds.get(order.id, ())}
        for order in whole.orders
    }
    transfers = transfers_of_orders(moments=moments)
    currency = whole.purchase.currency
    leaving = leaving_of(whole.orders, may_ship=user.has_perm(PERMISSION))
    orders = [
        OrderShown(
            order=order,
            merchant=names.get(order.merchant_id, str(order.merchant_id)),
            state=str(STATES[order.state]),
            sums=_sums(order, currency),
            lines=[_line(line, currency) for line in order.lines],
            transfers=[(one, _money(one.amount_minor, one.currency)) for one in transfers if one.order_id == order.id],
            refunds=[
                (
                    one,
                    str(REFUND_REASONS[one.reason]),
                    charge_words(one.line_no) or str(one.line_no),
                    _money(one.paid_minor, currency),
                )
                for one in refunds.get(order.id, ())
            ],
            creator_rate=f"{order.creator_bps / 100:g} %",
            moments=_moments(order.moments),
            address=_address(addresses.get(order.id, {})),
            leaving=leaving[order.id],
        )
        for order in whole.orders
    ]
    context = {
        "title": gettext("Purchase %(number)s") % {"number": whole.purchase.number},
        "whole": whole,
        "shown": RowShown.of(whole.purchase),
        "moments": _moments(whole.moments),
        "orders": orders,
        "summed": " + ".join(_money(order.total_minor, currency) for order in whole.orders),
        "disclosed": bool(addresses),
        "may_disclose": whole.addresses > 0 and user.has_perm("orders.view_orderaddress"),
        "may_refund": user.has_perm("orders.add_refund") and bool(units_kept(whole, refunds)),
        "cases": _cases(whole) if user.has_perm("aftersales.view_case") else [],
        "may_shopper": user.has_perm("identity.view_shopper"),
    }
    return show_page(request, "back_office/purchase.html", context)


def _cases(whole: PurchaseWhole) -> list[tuple[CaseRow, str]]:
    found = cases_of_orders(order_ids=[order.id for order in whole.orders])
    return [(one, str(STATES_OF_CASES[one.state][0])) for one in found]


def _sums(order: OrderFacts, currency: str) -> list[tuple[str, str]]:
    given_minor = sum(one.amount_minor for one in order.shipping_discounts)
    return [
        (gettext("Goods"), _money(order.goods_minor, currency)),
        (gettext("Discounts"), _money(-order.discount_minor, currency)),
        (gettext("Shipping"), _money(order.shipping_minor + given_minor, currency)),
        *[
            (
                gettext("Shipping discount, paid by %(funder)s") % {"funder": one.funder},
                _money(-one.amount_minor, currency),
            )
            for one in order.shipping_discounts
        ],
        (gettext("Tax on top"), _money(order.tax_added_minor, currency)),
        *[(_duty_words(one), _money(one.paid_minor, currency)) for one in order.duties],
        (gettext("Total"), _money(order.total_minor, currency)),
        *(
            [(gettext("Tax on shipping"), _money(order.shipping_tax_minor, currency))]
            if order.shipping_tax_minor
            else []
        ),
    ]


def _duty_words(duty: DutyShown) -> str:
    """Return which duty it is: from where, and for which heading."""
    return gettext("Import duty and its tax, %(country)s %(heading)s") % {
        "country": duty.country,
        "heading": duty.heading or "-",
    }


def _line(line: LineFacts, currency: str) -> LineShown:
    rate = f"{line.tax_rate_bps / 100:g} %"
    contained = gettext("included") if line.tax_included else gettext("on top")
    return LineShown(
        line=line,
        unit_price=_money(line.unit_price_minor, currency),
        goods=_money(line.goods_minor, currency),
        discount=_money(-line.discount_minor, currency),
        discounts=[(one.step, one.source, one.funder, _money(-one.amount_minor, currency)) for one in line.discounts],
        tax=f"{_money(line.tax_minor, currency)} ({rate}, {contained})",
        commission=f"{line.commission_bps / 100:g} %",
    )


def _moments(moments: Mapping[str, datetime]) -> list[tuple[str, datetime]]:
    return [(str(MOMENTS[name]), moment) for name, moment in moments.items()]


def _address(address: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, ", ".join(map(str, value)) if isinstance(value, list) else str(value)) for name, value in address.items()
    ]


def _money(amount_minor: int, currency: str) -> str:
    return f"{decimal_text(amount_minor, currency)} {currency}"
