"""Writing parcels, what is waited for after them, and withdrawals; who calls holds the turn of the orders."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db import connection
from django.db.models import F, Model, QuerySet

from fairground.fulfilment.models import AwaitedReceipt, PostedWithdrawal, Shipment, ShipmentLine, Withdrawal
from fairground.fulfilment.queries import account_to_tell
from fairground.fulfilment.rules import ParcelPlan, WithdrawalEnd
from fairground.kernel.ids import lane_of
from fairground.kernel.refusal import Refusal
from fairground.kernel.sql import array_text, load_sql
from fairground.letters.actions import Told, post_letters
from fairground.letters.rules import News, Reader

Row = TypeVar("Row", bound=Model)
# So many letters that came by the page wait to be matched at most; a pass a second takes a hundred of them.
POSTED_MAX = 10_000


class TooManyPosted(Refusal):
    """So many withdrawals wait to be looked at that no more are taken just now."""


@dataclass(frozen=True, slots=True)
class WithdrawalPlan:
    """A withdrawal that will be written; `refund_by` where money is to go back."""

    order_id: int
    purchase_id: int
    shopper_id: int
    merchant_id: int
    outcome: WithdrawalEnd
    name: str
    statement: str
    language: str
    declared_at: datetime
    refund_by: datetime | None


@dataclass(frozen=True, slots=True)
class Posted:
    """What somebody typed into the page of withdrawals, and when it was sent."""

    number: str
    email: str
    name: str
    statement: str
    language: str
    declared_at: datetime


def write_parcels(plans: Sequence[ParcelPlan], *, at: datetime) -> None:
    """Write parcels that were decided under the turn."""
    Shipment.objects.bulk_create(
        Shipment(
            lane=lane_of(one.order_id),
            order_id=one.order_id,
            shipment_no=one.shipment_no,
            carrier=one.carrier,
            tracking_number=one.tracking_number,
            shipped_at=at,
        )
        for one in plans
    )
    ShipmentLine.objects.bulk_create(
        ShipmentLine(
            lane=lane_of(one.order_id),
            order_id=one.order_id,
            shipment_no=one.shipment_no,
            line_no=line_no,
            units=units,
        )
        for one in plans
        for line_no, units in sorted(one.units.items())
    )


def write_remaining_parcels(order_ids: Collection[int], *, at: datetime) -> None:
    """Put what is left of each order into a parcel without a carrier; where nothing is left, into none."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("fulfilment", "write_remaining_parcels"), {**_keys(order_ids), "at": at})


def set_parcels_delivered(order_ids: Collection[int], *, at: datetime) -> None:
    """Say of all parcels of these orders that they came."""
    _of(Shipment, order_ids).filter(delivered_at__isnull=True).update(delivered_at=at)


def await_receipts(due: Mapping[int, datetime]) -> None:
    """Say by order id when orders go on by themselves; one with an open withdrawal waits for what becomes of that."""
    moments = array_text(f'"{one.isoformat()}"' for one in due.values())
    with connection.cursor() as cursor:
        cursor.execute(load_sql("fulfilment", "await_receipts"), {**_keys(due), "due_at": moments})


def end_receipts(order_ids: Collection[int]) -> None:
    """Wait no longer for these orders: they are completed."""
    _of(AwaitedReceipt, order_ids).delete()


def resume_receipt(order_id: int, *, due_at: datetime) -> None:
    """Let an order go on by itself that waited for its withdrawal."""
    _of(AwaitedReceipt, [order_id]).update(due_at=due_at)


def post_withdrawal(posted: Posted) -> None:
    """Keep what somebody sent until it is matched, in a moment.

    :raises TooManyPosted: `POSTED_MAX` wait; nothing was kept
    """
    if PostedWithdrawal.objects.order_by("id")[POSTED_MAX - 1 : POSTED_MAX].exists():
        raise TooManyPosted
    PostedWithdrawal.objects.create(
        number=posted.number,
        email=posted.email,
        name=posted.name,
        statement=posted.statement,
        language=posted.language,
        declared_at=posted.declared_at,
    )


def forget_posted(posted_id: int) -> bool:
    """Delete what was sent, as it is matched or is not; return whether it was there: of two who match it one does."""
    deleted, _ = PostedWithdrawal.objects.filter(id=posted_id).delete()
    return bool(deleted)


def write_withdrawals(plans: Sequence[WithdrawalPlan], *, at: datetime) -> None:
    """Write withdrawals, each of an order that has none; an open one keeps its order from going on by itself.

    The merchant is told of each that there was still something to withdraw from, and once the account of the purchase,
    where it has another e-mail.
    """
    Withdrawal.objects.bulk_create(
        Withdrawal(
            lane=lane_of(one.order_id),
            order_id=one.order_id,
            purchase_id=one.purchase_id,
            shopper_id=one.shopper_id,
            merchant_id=one.merchant_id,
            declared_at=one.declared_at,
            outcome=one.outcome.value,
            name=one.name,
            statement=one.statement,
            language=one.language,
            refund_by=one.refund_by,
            settled_at=None if one.outcome is WithdrawalEnd.NOTED else at,
            tell_after=at,
        )
        for one in plans
    )
    told = [one for one in plans if one.outcome is not WithdrawalEnd.NOTHING_LEFT]
    post_letters([Told(Reader.MERCHANT, one.merchant_id, News.WITHDRAWN, one.order_id) for one in told], at=at)
    first = min(plans, key=lambda one: one.order_id, default=None)
    if first and account_to_tell(order_id=first.order_id, shopper_id=first.shopper_id):
        post_letters([Told(Reader.SHOPPER, first.shopper_id, News.WITHDRAWN, first.order_id)], at=at)
    noted = [one.order_id for one in plans if one.outcome is WithdrawalEnd.NOTED]
    if noted:
        _of(AwaitedReceipt, noted).update(due_at=None)


def settle_withdrawal(order_id: int, *, at: datetime) -> bool:
    """Say that nothing is left to do about a withdrawal; return whether there was one that was open."""
    return bool(_of(Withdrawal, [order_id]).filter(settled_at__isnull=True).update(settled_at=at))


def mark_acknowledged(order_ids: Collection[int], *, at: datetime) -> None:
    """Say that the acknowledgement of withdrawals was sent."""
    _of(Withdrawal, order_ids).filter(told_at__isnull=True).update(told_at=at)


def acknowledge_later(order_ids: Collection[int], *, after: datetime) -> None:
    """Say that the acknowledgement of withdrawals could not be sent, and when it is tried again."""
    _of(Withdrawal, order_ids).filter(told_at__isnull=True).update(tell_after=after, tells=F("tells") + 1)


def erase_withdrawals_of(*, shopper_ids: Sequence[int]) -> None:
    """Erase names and words from the withdrawals of these shoppers; that they withdrew stays."""
    Withdrawal.objects.filter(shopper_id__in=shopper_ids).update(name="", statement="")


def erase_old_withdrawals(*, before: datetime, rows_max: int) -> bool:
    """Erase names and words of withdrawals that were declared before a moment; return whether there may be more."""
    old = Withdrawal.objects.filter(declared_at__lt=before).exclude(name="", statement="")
    keys = list(old.order_by("declared_at").values_list("pk", flat=True)[:rows_max])
    Withdrawal.objects.filter(pk__in=keys).update(name="", statement="")
    return len(keys) == rows_max


def _of(model: type[Row], order_ids: Collection[int]) -> QuerySet[Row]:
    lanes = sorted({lane_of(one) for one in order_ids})
    return QuerySet(model).filter(lane__in=lanes, order_id__in=list(order_ids))


def _keys(order_ids: Collection[int]) -> dict[str, str]:
    return {"lanes": array_text(map(lane_of, order_ids)), "ids": array_text(order_ids)}
