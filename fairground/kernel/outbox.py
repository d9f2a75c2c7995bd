"""The outbox: what a batch made known, read by consumers in commit order, each remembering one number a writer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from django.db import transaction

from fairground.kernel.copying import copy_table
from fairground.kernel.models import Outbox, OutboxCursor, Writer

OUTBOX_ROWS = copy_table(
    "kernel_outbox",
    {"writer_id": "int2", "seq": "int8", "kind": "int2", "subject_id": "int8", "at": "moment"},
)


class OutboxKind(IntEnum):
    """What happened to the subject (a purchase's or an order's id)."""

    PURCHASE_PLACED = 1
    PURCHASE_PAID = 2
    PURCHASE_EXPIRED = 3
    PURCHASE_CANCELLED = 4
    ORDER_SHIPPED = 5
    ORDER_DELIVERED = 6
    ORDER_COMPLETED = 7
    ORDER_REFUNDED = 8
    ORDER_PARTLY_REFUNDED = 9
    PURCHASE_DEPOSITED = 20
    PURCHASE_TAKEN_AGAIN = 21  # it had expired, and was paid late
    PAYMENT_RETURNED = 22  # money that came for a purchase could not be used and goes back in full


# Calling an enum costs ten times what a look into a dict does, and an opening has an event an order.
_KINDS = {kind.value: kind for kind in OutboxKind}


@dataclass(frozen=True, slots=True)
class OutboxEvent:
    """One row of the outbox."""

    seq: int
    kind: OutboxKind
    subject_id: int
    at: datetime


def consume_outbox(*, consumer: str, handle: Callable[[Sequence[OutboxEvent]], None], events_max: int = 2000) -> int:
    """Hand the next events of every writer to `handle`, and return how many there were.

    `handle` runs in the transaction that moves the consumer's number: both happen or neither (exactly once for what
    it writes here). Events of one writer come in commit order; between writers there is no order.
    """
    count = 0
    for writer_id in Writer.objects.order_by("id").values_list("id", flat=True):
        with transaction.atomic():
            OutboxCursor.objects.get_or_create(consumer=consumer, writer_id=writer_id)
            cursor = OutboxCursor.objects.select_for_update().get(pk=(consumer, writer_id))
            rows = Outbox.objects.filter(writer_id=writer_id, seq__gt=cursor.seq).order_by("seq")
            columns = rows.values_list("seq", "kind", "subject_id", "at")
            events = [OutboxEvent(seq, _KINDS[kind], subject, at) for seq, kind, subject, at in columns[:events_max]]
            if events:
                handle(events)
                OutboxCursor.objects.filter(pk=cursor.pk).update(seq=events[-1].seq)
            count += len(events)
    return count
