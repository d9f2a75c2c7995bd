"""Reads of after-sale cases: one whole, those of a shopper, the queue of who answers, and what is kept on a person."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from django.db.models import Q

from fairground.aftersales.models import Case, CaseEvent, CaseEvidence, CaseLine, CaseMessage
from fairground.aftersales.rules import OPEN_STATES, CaseReason, CaseState, Happened, Who, Wish
from fairground.catalog.models import OptionValue, Price, Sku
from fairground.inventory.models import Stock
from fairground.kernel.ids import LANES, lane_of
from fairground.merchants.queries import EntityAddress, entity_address
from fairground.orders.held import UnitsHeld
from fairground.orders.models import OrderLine, Purchase
from fairground.orders.rules import purchase_number

# Of a shopper's cases: more than anybody scrolls through.
CASES_SHOWN_MAX = 100


class QueuePart(Enum):
    """A part of the queue: what waits for whom."""

    OPEN = "open"
    DUE = "due"
    ESCALATED = "escalated"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class CaseLineShown:
    """A line of a case; `swap_sku_id` is what it shall be exchanged for."""

    line_no: int
    title: str
    units_asked: int
    units_agreed: int | None
    units_back: int
    units_sellable: int
    units_paid: int
    paid_minor: int
    swap_sku_id: int | None
    swap_given: int


@dataclass(frozen=True, slots=True)
class MessageShown:
    """What somebody wrote."""

    at: datetime
    who: Who
    text: str


@dataclass(frozen=True, slots=True)
class EventShown:
    """What happened; `facts` are numbers."""

    id: int
    at: datetime
    who: Who
    kind: Happened
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EvidenceShown:
    """A picture of a case by its place in it, with its size in pixels."""

    position: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in a list. `number` is what people call it: its purchase's, which order of it, and which case of that."""

    id: int
    number: str
    purchase_number: str
    order_id: int
    shopper_id: int
    merchant_id: int
    market: str
    currency: str
    reason: CaseReason
    wish: Wish
    state: CaseState
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseShown:
    """A case with all that is in it."""

    row: CaseRow
    needs_return: bool
    tracking: str
    lines: tuple[CaseLineShown, ...]
    messages: tuple[MessageShown, ...]
    events: tuple[EventShown, ...]
    evidence: tuple[EvidenceShown, ...]


def case_shown(*, case_id: int) -> CaseShown | None:
    """Return a case with all that is in it, or None where there is none."""
    case = Case.objects.filter(id=case_id).first()
    if case is None:
        return None
    (row,) = _rows([case])
    titles = dict(
        OrderLine.objects.filter(lane=lane_of(case.order_id), order_id=case.order_id).values_list("line_no", "title")
    )
    lines = CaseLine.objects.filter(case=case).order_by("line_no")
    messages = CaseMessage.objects.filter(case=case).order_by("at", "id")
    events = CaseEvent.objects.filter(case=case).order_by("at", "id")
    pictures = CaseEvidence.objects.filter(case=case).order_by("position")
    return CaseShown(
        row=row,
        needs_return=case.needs_return,
        tracking=case.tracking,
        lines=tuple(_line(line, titles.get(line.line_no, "")) for line in lines),
        messages=tuple(MessageShown(one.at, Who(one.who), one.text) for one in messages),
        events=tuple(EventShown(one.pk, one.at, Who(one.who), Happened(one.kind), one.facts) for one in events),
        evidence=tuple(EvidenceShown(*one) for one in pictures.values_list("position", "width", "height")),
    )


def _line(line: CaseLine, title: str) -> CaseLineShown:
    return CaseLineShown(
        line_no=line.line_no,
        title=title,
        units_asked=line.units_asked,
        units_agreed=line.units_agreed,
        units_back=line.units_back,
        units_sellable=line.units_sellable,
        units_paid=line.units_paid,
        paid_minor=line.paid_minor,
        swap_sku_id=line.swap_sku_id,
        swap_given=line.swap_given,
    )


def evidence_content(*, case_id: int, position: int) -> bytes | None:
    """Return a picture of a case as WebP, or None where there is none."""
    found = CaseEvidence.objects.filter(case_id=case_id, position=position).values_list("content", flat=True).first()
    return None if found is None else bytes(found)


def cases_of_orders(*, order_ids: Collection[int]) -> list[CaseRow]:
    """Return the cases of these orders, the newest first."""
    return _rows(list(Case.objects.filter(order_id__in=order_ids).order_by("-opened_at", "-id")))


def cases_of(*, shopper_ids: Sequence[int]) -> list[CaseRow]:
    """Return the newest cases of these shoppers, at most `CASES_SHOWN_MAX`."""
    return _rows(list(Case.objects.filter(shopper_id__in=shopper_ids).order_by("-opened_at", "-id")[:CASES_SHOWN_MAX]))


def queue_of_cases(
    *, part: QueuePart, due_before: datetime, merchant_id: int | None, rows_max: int, after: int = 0
) -> list[CaseRow]:
    """Return a page of the queue, what is due first coming first; what has ended, the newest first."""
    is_open = [state.value for state in OPEN_STATES]
    parts = {
        QueuePart.OPEN: Q(state__in=is_open),
        QueuePart.DUE: Q(state__in=is_open, due_at__lt=due_before),
        QueuePart.ESCALATED: Q(state=CaseState.ESCALATED.value),
        QueuePart.ENDED: Q(closed_at__isnull=False),
    }
    found = Case.objects.filter(parts[part])
    if merchant_id is not None:
        found = found.filter(merchant_id=merchant_id)
    ordered = found.order_by("-closed_at", "-id") if part is QueuePart.ENDED else found.order_by("due_at", "id")
    return _rows(list(ordered[after : after + rows_max]))


def _rows(cases: Sequence[Case]) -> list[CaseRow]:
    keys = [(lane_of(case.purchase_id), case.purchase_id) for case in cases]
    purchases = {one.id: one for one in Purchase.objects.filter(pk__in=keys)} if keys else {}
    rows = []
    for case in cases:
        purchase = purchases[case.purchase_id]
        number = purchase_number(purchase.id, purchase.random_bits)
        position = purchase.order_ids.index(case.order_id) + 1
        rows.append(
            CaseRow(
                id=case.id,
                number=f"{number}-{position}-{case.case_no}",
                purchase_number=number,
                order_id=case.order_id,
                shopper_id=case.shopper_id,
                merchant_id=case.merchant_id,
                market=case.market,
                currency=purchase.currency,
                reason=CaseReason(case.reason),
                wish=Wish(case.wish),
                state=CaseState(case.state),
                opened_at=case.opened_at,
                due_at=case.due_at,
                closed_at=case.closed_at,
            )
        )
    return rows


def units_held(*, order_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """Return how many units of lines open cases are about, by (order id, line number)."""
    held: dict[tuple[int, int], int] = {}
    rows = UnitsHeld.objects.filter(lane__in={lane_of(one) for one in order_ids}, order_id__in=order_ids)
    for order_id, line_no, units in rows.values_list("order_id", "line_no", "units"):
        held[order_id, line_no] = held.get((order_id, line_no), 0) + units
    return held


@dataclass(frozen=True, slots=True)
class SwapShown:
    """A SKU that goods may be exchanged for, and the units that are free.

    `options` are what tells it from others, each by language, or under no language as the catalogue writes it.
    """

    sku_id: int
    options: tuple[Mapping[str, str], ...]
    free: int


def swaps_for(*, sku_ids: Collection[int], market: str) -> dict[int, list[SwapShown]]:
    """Return what SKUs may be exchanged for today, by SKU: on sale, of its product, at its price, and there."""
    products = dict(Sku.objects.filter(id__in=sku_ids).values_list("id", "product_id"))
    skus = list(Sku.objects.filter(product_id__in=set(products.values()), on_sale=True).order_by("id"))
    ids = {*products, *(one.id for one in skus)}
    prices = dict(Price.objects.filter(sku_id__in=ids, market_id=market).values_list("sku_id", "price_minor"))
    free: dict[int, int] = {}
    for stock in Stock.objects.filter(lane__in={lane_of(one) for one in products}, sku_id__in=ids, deal_id=None):
        free[stock.sku_id] = max(free.get(stock.sku_id, 0), stock.units - stock.reserved - stock.sold)
    codes = {code for one in skus for code in one.options.values()}
    names = dict(OptionValue.objects.filter(code__in=codes).values_list("code", "names"))
    return {
        sku_id: [
            SwapShown(one.id, tuple(names.get(code, {"": code}) for code in one.options.values()), free[one.id])
            for one in skus
            if one.product_id == product_id
            and free.get(one.id, 0) > 0
            and one.id in prices
            and prices[one.id] == prices.get(sku_id)
        ]
        for sku_id, product_id in products.items()
    }


def return_address(*, case_id: int) -> EntityAddress | None:
    """Return where the goods of a case go back to; None where only the merchant can tell."""
    merchant_ids = Case.objects.filter(id=case_id).values_list("merchant_id", flat=True)
    merchant_id = merchant_ids.first() if lane_of(case_id) < LANES else None
    return None if merchant_id is None else entity_address(merchant_id=merchant_id)


def personal_cases(*, shopper_ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Yield all that is kept on these shoppers' cases, the oldest first."""
    for case_id in Case.objects.filter(shopper_id__in=shopper_ids).order_by("id").values_list("id", flat=True):
        shown = case_shown(case_id=case_id)
        assert shown is not None, case_id
        yield {
            "number": shown.row.number,
            "reason": shown.row.reason.name.lower(),
            "wish": shown.row.wish.name.lower(),
            "state": shown.row.state.name.lower(),
            "opened_at": shown.row.opened_at,
            "closed_at": shown.row.closed_at,
            "tracking": shown.tracking,
            "lines": [
                {
                    "title": line.title,
                    "units": line.units_asked,
                    "paid_minor": line.paid_minor,
                    "exchanged": line.swap_given,
                }
                for line in shown.lines
            ],
            "messages": [{"at": one.at, "who": one.who.name.lower(), "text": one.text} for one in shown.messages],
            "pictures": len(shown.evidence),
            "history": [{"at": one.at, "what": one.kind.name.lower()} for one in shown.events],
        }
