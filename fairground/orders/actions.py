"""Writing orders: from state to state, and the read table of a shopper's purchases."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from fairground.kernel.ids import lane_of
from fairground.kernel.outbox import OutboxEvent, OutboxKind
from fairground.kernel.sql import array_text, load_sql
from fairground.orders.rules import TRANSITIONS, Step

_ENDS = frozenset({Step.EXPIRED, Step.CANCELLED, Step.COMPLETED})
_OF_PURCHASES = frozenset(
    {
        OutboxKind.PURCHASE_PLACED,
        OutboxKind.PURCHASE_PAID,
        OutboxKind.PURCHASE_EXPIRED,
        OutboxKind.PURCHASE_CANCELLED,
    }
)


def set_purchase_states(ids: Sequence[int], *, now: Step, then: Step, at: datetime) -> None:
    """Take purchases that are all in `now` to `then`; the caller holds their turn and has looked."""
    _set_states("set_purchase_state", ids, now, then, {"paid_at": at if then is Step.PAID else None}, at)


def set_order_states(ids: Sequence[int], *, now: Step, then: Step, at: datetime) -> None:
    """Take orders that are all in `now` to `then`; the caller holds their turn and has looked."""
    moments = {
        "paid_at": at if then is Step.PAID else None,
        "shipped_at": at if then is Step.SHIPPED else None,
        "delivered_at": at if then is Step.DELIVERED else None,
    }
    _set_states("set_order_state", ids, now, then, moments, at)


def _set_states(
    statement: str, ids: Sequence[int], now: Step, then: Step, moments: dict[str, datetime | None], at: datetime
) -> None:
    assert then in TRANSITIONS[now], (now, then)
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("orders", statement),
            {
                "lanes": array_text(map(lane_of, ids)),
                "ids": array_text(ids),
                "now": now.value,
                "then": then.value,
                "ended_at": at if then in _ENDS else None,
                **moments,
            },
        )
        assert cursor.rowcount == len(ids), f"{len(ids) - cursor.rowcount} of {len(ids)} were not in {now.name}"


def record_shopper_purchases(events: Sequence[OutboxEvent]) -> None:
    """Bring "my purchases" up to date with these events; a purchase named twice is written once, as it stands now."""
    ids = sorted({event.subject_id for event in events if event.kind in _OF_PURCHASES})
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(
                load_sql("orders", "record_shopper_purchases"),
                {"lanes": array_text(map(lane_of, ids)), "ids": array_text(ids)},
            )
