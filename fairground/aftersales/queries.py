"""Reads of after-sale cases: one whole, those of a shopper, and the queue of who answers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from django.db.models import Q

from fairground.aftersales.models import Case, CaseEvent, CaseEvidence, CaseLabel, CaseLine, CaseMessage, Replacement
from fairground.aftersales.rules import (
    CASES_AN_ORDER_MAX,
    OPEN_STATES,
    CaseReason,
    CaseState,
    Happened,
    ReplacementEnd,
    Who,
    Wish,
)
from fairground.kernel.ids import LANES, lane_of
from fairground.merchants.queries import EntityAddress, entity_address
from fairground.orders.held import UnitsHeld
from fairground.orders.meant import orders_meant
from fairground.orders.models import OrderLine, Purchase
from fairground.orders.rules import purchase_number

# Of a shopper's cases: more than anybody scrolls through.
CASES_SHOWN_MAX = 100


class QueuePart(Enum):
    """A part of the queue: what waits for whom."""

    OPEN = "open"
    DUE = "due"
    TO_SEND = "to-send"
    LOST = "lost"
    ESCALATED = "escalated"
    ENDED = "ended"


STATES_OF_PARTS = {
    QueuePart.OPEN: OPEN_STATES,
    QueuePart.DUE: OPEN_STATES,
    QueuePart.TO_SEND: frozenset({CaseState.REPLACING}),
    QueuePart.LOST: frozenset({CaseState.LOST}),
    QueuePart.ESCALATED: frozenset({CaseState.ESCALATED}),
    QueuePart.ENDED: frozenset(CaseState) - OPEN_STATES,
}


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
    swap_due: int
    swap_given: int


@dataclass(frozen=True, slots=True)
class ReplacementShown:
    """The other units of an exchange: since when they are wanted, how they left, what became of them."""

    number: int
    wanted_at: datetime
    carrier: str
    tracking_number: str
    sent_at: datetime | None
    ended_at: datetime | None
    end: ReplacementEnd | None


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
    """A case in a list. `number` is what people call it: its purchase's, which order of it, and which case of that.

    `parcel` is with whom, and under which number, its replacement is on its way; empty where none is.
    """

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
    parcel: str


@dataclass(frozen=True, slots=True)
class LabelShown:
    """How the goods of a case go back; `has_file`: there is a label to print."""

    carrier: str
    tracking_number: str
    has_file: bool


@dataclass(frozen=True, slots=True)
class CaseShown:
    """A case with all that is in it."""

    row: CaseRow
    needs_return: bool
    tracking: str
    language: str
    lines: tuple[CaseLineShown, ...]
    messages: tuple[MessageShown, ...]
    events: tuple[EventShown, ...]
    evidence: tuple[EvidenceShown, ...]
    replacements: tuple[ReplacementShown, ...]
    label: LabelShown | None


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
        language=case.language,
        lines=tuple(_line(line, titles.get(line.line_no, "")) for line in lines),
        messages=tuple(MessageShown(one.at, Who(one.who), one.text) for one in messages),
        events=tuple(EventShown(one.pk, one.at, Who(one.who), Happened(one.kind), one.facts) for one in events),
        evidence=tuple(EvidenceShown(*one) for one in pictures.values_list("position", "width", "height")),
        replacements=tuple(map(_replacement, Replacement.objects.filter(case=case).order_by("number"))),
        label=_label(case.id),
    )


def _label(case_id: int) -> LabelShown | None:
    labels = CaseLabel.objects.filter(case_id=case_id).annotate(has_file=Q(content__isnull=False))
    found = labels.values_list("carrier", "tracking_number", "has_file").first()
    return LabelShown(*found) if found else None


def label_content(*, case_id: int) -> bytes | None:
    """Return the label with which goods of a case go back, a JPEG, or None where there is none."""
    found = CaseLabel.objects.filter(case_id=case_id).values_list("content", flat=True).first()
    return None if found is None else bytes(found)


def _replacement(one: Replacement) -> ReplacementShown:
    return ReplacementShown(
        number=one.number,
        wanted_at=one.wanted_at,
        carrier=one.carrier,
        tracking_number=one.tracking_number,
        sent_at=one.sent_at,
        ended_at=one.ended_at,
        end=None if one.end is None else ReplacementEnd(one.end),
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
        swap_due=line.swap_due,
        swap_given=line.swap_given,
    )


def case_of_number(number: str) -> int | None:
    """Return the id of the case that has this number on its pages, or None where there is none."""
    head, dash, tail = number.strip().rpartition("-")
    is_number = bool(dash) and tail.isascii() and tail.isdecimal() and len(tail) <= len(str(CASES_AN_ORDER_MAX))
    # Without a position it is the number of an order.
    meant = orders_meant(head) if is_number and orders_meant(number) is None else None
    if meant is None or len(meant.order_ids) != 1:
        return None
    return Case.objects.filter(order_id=meant.order_ids[0], case_no=int(tail)).values_list("id", flat=True).first()


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
    found = Case.objects.filter(state__in=[state.value for state in STATES_OF_PARTS[part]])
    if part is QueuePart.DUE:
        found = found.filter(due_at__lt=due_before)
    if merchant_id is not None:
        found = found.filter(merchant_id=merchant_id)
    ordered = found.order_by("-closed_at", "-id") if part is QueuePart.ENDED else found.order_by("due_at", "id")
    return _rows(list(ordered[after : after + rows_max]))


def _rows(cases: Sequence[Case]) -> list[CaseRow]:
    keys = [(lane_of(case.purchase_id), case.purchase_id) for case in cases]
    purchases = {one.id: one for one in Purchase.objects.filter(pk__in=keys)} if keys else {}
    sent = [case.id for case in cases if case.state == CaseState.REPLACED.value]
    under_way = Replacement.objects.filter(case_id__in=sent, sent_at__isnull=False, end__isnull=True) if sent else ()
    parcels = {one.case_id: f"{one.carrier} {one.tracking_number}".strip() for one in under_way}
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
                parcel=parcels.get(case.id, ""),
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


def return_address(*, case_id: int) -> EntityAddress | None:
    """Return where the goods of a case go back to; None where only the merchant can tell."""
    merchant_ids = Case.objects.filter(id=case_id).values_list("merchant_id", flat=True)
    merchant_id = merchant_ids.first() if lane_of(case_id) < LANES else None
    return None if merchant_id is None else entity_address(merchant_id=merchant_id)
