"""Reads of parcels, of what goes on by itself, and of withdrawals."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from fairground.fulfilment.models import AwaitedReceipt, PostedWithdrawal, Shipment, ShipmentLine, Withdrawal
from fairground.fulfilment.rules import Parcel, WithdrawalEnd
from fairground.identity.queries import ProvedMailbox, proved_mailbox
from fairground.kernel.aside import is_aside
from fairground.kernel.ids import lane_of
from fairground.kernel.sql import load_sql
from fairground.orders.held import UnitsHeld
from fairground.orders.meant import orders_of_email

# Withdrawals that a page of the back office lists: a festival has some hundreds open, and the oldest go first.
WITHDRAWALS_SHOWN_MAX = 200
# Under these names chores set orders and letters aside.
RECEIPTS, WITHDRAWALS = "receipts", "withdrawals"
_IS_HELD = Exists(UnitsHeld.objects.filter(lane=OuterRef("lane"), order_id=OuterRef("order_id")))


@dataclass(frozen=True, slots=True)
class PostedFacts:
    """What somebody sent and nobody has matched yet."""

    id: int
    number: str
    email: str
    name: str
    statement: str
    language: str
    declared_at: datetime


@dataclass(frozen=True, slots=True)
class WithdrawalFacts:
    """A withdrawal from an order, with what became of it."""

    order_id: int
    purchase_id: int
    merchant_id: int
    declared_at: datetime
    outcome: WithdrawalEnd
    name: str
    statement: str
    language: str
    refund_by: datetime | None
    settled_at: datetime | None
    told_at: datetime | None
    tells: int


def account_to_tell(*, order_id: int, shopper_id: int) -> ProvedMailbox | None:
    """Return where the account of an order is told of a withdrawal from it; None where that is the purchase's e-mail.

    An acknowledgement goes to the e-mail of the purchase alone. Whoever has that and its number may withdraw, so who
    signs in with another address would hear of it last.
    """
    mailbox = proved_mailbox(shopper_id=shopper_id)
    if mailbox is None or orders_of_email(order_ids=[order_id], email=mailbox.email):
        return None
    return mailbox


def parcels_of(*, order_ids: Collection[int]) -> dict[int, list[Parcel]]:
    """Return the parcels of these orders by order id, the first one first; an order without any is left out."""
    lanes = sorted({lane_of(one) for one in order_ids})
    units: dict[tuple[int, int], dict[int, int]] = {}
    for line in ShipmentLine.objects.filter(lane__in=lanes, order_id__in=order_ids):
        units.setdefault((line.order_id, line.shipment_no), {})[line.line_no] = line.units
    found: dict[int, list[Parcel]] = {}
    for one in Shipment.objects.filter(lane__in=lanes, order_id__in=order_ids).order_by("order_id", "shipment_no"):
        found.setdefault(one.order_id, []).append(
            Parcel(
                one.shipment_no,
                one.carrier,
                one.tracking_number,
                one.shipped_at,
                one.delivered_at,
                units.get((one.order_id, one.shipment_no), {}),
            )
        )
    return found


def due_moments(*, order_ids: Collection[int]) -> dict[int, datetime]:
    """Return by order id when these orders go on by themselves; those that wait for nothing, or more, are left out.

    So is one that something open is about, such as a case: it goes on when that is over.
    """
    lanes = sorted({lane_of(one) for one in order_ids})
    rows = AwaitedReceipt.objects.filter(~_IS_HELD, lane__in=lanes, order_id__in=order_ids, due_at__isnull=False)
    return {one.order_id: one.due_at for one in rows if one.due_at}


def due_orders(*, lane_from: int, lane_to: int, now: datetime, orders_max: int) -> list[int]:
    """Return orders of some lanes that go on by themselves now, those that waited longest first, at most so many.

    Without those that were set aside.
    """
    is_going = ~_IS_HELD & ~is_aside(chore=RECEIPTS, column="order_id")
    rows = AwaitedReceipt.objects.filter(is_going, lane__gte=lane_from, lane__lt=lane_to, due_at__lte=now)
    return list(rows.order_by("due_at", "order_id").values_list("order_id", flat=True)[:orders_max])


def posted_withdrawals(*, letters_max: int, only: Collection[int] | None = None) -> list[PostedFacts]:
    """Return what was sent and is not matched yet, the oldest first, without what was set aside.

    With `only`, those of these letters, also if they were.
    """
    names = PostedFacts.__dataclass_fields__
    which = ~is_aside(chore=WITHDRAWALS, column="id") if only is None else Q(id__in=only)
    rows = PostedWithdrawal.objects.filter(which).order_by("id")
    return [PostedFacts(*row) for row in rows.values_list(*names)[:letters_max]]


def withdrawals_of(*, order_ids: Collection[int]) -> dict[int, WithdrawalFacts]:
    """Return the withdrawals from these orders by order id."""
    rows = Withdrawal.objects.filter(lane__in={lane_of(one) for one in order_ids}, order_id__in=order_ids)
    return {one.order_id: _facts(one) for one in rows}


def open_withdrawals() -> list[WithdrawalFacts]:
    """Return the withdrawals of which something is left to do, the most pressing first, `WITHDRAWALS_SHOWN_MAX`."""
    rows = Withdrawal.objects.filter(settled_at__isnull=True).order_by("refund_by", "order_id")
    return [_facts(one) for one in rows[:WITHDRAWALS_SHOWN_MAX]]


def untold_withdrawals(*, now: datetime, tells_max: int, letters_max: int) -> list[WithdrawalFacts]:
    """Return withdrawals whose acknowledgement is to be sent now, those that waited longest first."""
    rows = Withdrawal.objects.filter(told_at__isnull=True, tell_after__lte=now, tells__lt=tells_max)
    return [_facts(one) for one in rows.order_by("tell_after", "order_id")[:letters_max]]


def personal_parcels(*, shopper_ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Yield the parcels of the orders of these shoppers, by order, one at a time from the database."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("fulfilment", "personal_parcels"), {"shopper_ids": list(shopper_ids)})
        for order_id, shipment_no, carrier, tracking_number, shipped_at, delivered_at in cursor:
            yield {
                "order": str(order_id),
                "parcel": shipment_no,
                "carrier": carrier,
                "tracking_number": tracking_number,
                "shipped_at": shipped_at,
                "delivered_at": delivered_at,
            }


def personal_withdrawals(*, shopper_ids: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Yield what is kept of the withdrawals of these shoppers, the oldest first."""
    for one in Withdrawal.objects.filter(shopper_id__in=shopper_ids).order_by("declared_at", "order_id"):
        yield {
            "order": str(one.order_id),
            "declared_at": one.declared_at,
            "outcome": WithdrawalEnd(one.outcome).name.lower(),
            "name": one.name,
            "statement": one.statement,
            "language": one.language,
            "acknowledged_at": one.told_at,
            "settled_at": one.settled_at,
        }


def _facts(one: Withdrawal) -> WithdrawalFacts:
    return WithdrawalFacts(
        order_id=one.order_id,
        purchase_id=one.purchase_id,
        merchant_id=one.merchant_id,
        declared_at=one.declared_at,
        outcome=WithdrawalEnd(one.outcome),
        name=one.name,
        statement=one.statement,
        language=one.language,
        refund_by=one.refund_by,
        settled_at=one.settled_at,
        told_at=one.told_at,
        tells=one.tells,
    )
