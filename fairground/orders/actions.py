"""Writing orders: from state to state, and the read table of a shopper's purchases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from fairground.kernel.ids import lane_of
from fairground.kernel.outbox import OutboxEvent, OutboxKind
from fairground.kernel.sql import array_text, load_sql
from fairground.orders.rules import TRANSITIONS, DepositEnd, Step

_ENDS = frozenset({Step.EXPIRED, Step.CANCELLED, Step.COMPLETED})
_OF_PURCHASES = frozenset(
    {
        OutboxKind.PURCHASE_PLACED,
        OutboxKind.PURCHASE_PAID,
        OutboxKind.PURCHASE_EXPIRED,
        OutboxKind.PURCHASE_CANCELLED,
        OutboxKind.PURCHASE_DEPOSITED,
    }
)


@dataclass(frozen=True, slots=True)
class BalancePaid:
    """What a presale costs in the end, and what its balance took, in minor units; below 0: it gave so much back."""

    total_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True)
class OrderCut:
    """What an order of one line costs less, and what its tax and its total are then, in minor units."""

    cut_minor: int
    tax_minor: int
    tax_added_minor: int
    total_minor: int


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


def set_deposited(ids: Sequence[int], *, at: datetime) -> None:
    """Take presales from placed to deposited: their balance has time until its window closes."""
    if ids:
        _change("set_deposited", ids, {"at": at})


def set_balances_paid(paid: Mapping[int, BalancePaid], *, at: datetime) -> None:
    """Take presales, by id, from deposited to paid, with what they cost in the end."""
    if paid:
        sums = list(paid.values())
        totals, balances = [one.total_minor for one in sums], [one.balance_minor for one in sums]
        _change(
            "set_balances_paid",
            list(paid),
            {"at": at, "totals": array_text(totals), "balances": array_text(balances)},
        )


def set_deposits_ended(ends: Mapping[int, DepositEnd], *, then: Step, at: datetime) -> None:
    """Take presales, by id, from deposited to expired or cancelled, with what became of the deposit."""
    assert then in {Step.EXPIRED, Step.CANCELLED}, then
    if ends:
        how = array_text([end.value for end in ends.values()])
        _change("set_deposits_ended", list(ends), {"then": then.value, "at": at, "ends": how})


def lower_orders(cuts: Mapping[int, OrderCut]) -> None:
    """Make orders of one line, by id, cost less: the line, the order; the purchase follows when it is paid.

    The caller writes the discounts that say why.
    """
    if cuts:
        some = list(cuts.values())
        _change(
            "lower_orders",
            list(cuts),
            {
                "cuts": array_text([one.cut_minor for one in some]),
                "taxes": array_text([one.tax_minor for one in some]),
                "taxes_added": array_text([one.tax_added_minor for one in some]),
                "totals": array_text([one.total_minor for one in some]),
            },
        )


def _change(statement: str, ids: Sequence[int], given: Mapping[str, int | str | datetime]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("orders", statement), {"lanes": array_text(map(lane_of, ids)), "ids": array_text(ids), **given}
        )
        assert cursor.rowcount == len(ids), f"{len(ids) - cursor.rowcount} of {len(ids)} were not as they were read"


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


def reopen_expired(*, purchase_id: int, order_ids: Sequence[int]) -> None:
    """Take an expired purchase and its orders back to placed, for who pays it in the same transaction.

    It is no transition of `TRANSITIONS`: nobody ever sees it placed again. The caller holds the turn and has looked.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("orders", "reopen_expired"),
            {
                "lane": lane_of(purchase_id),
                "id": purchase_id,
                "order_lanes": array_text(map(lane_of, order_ids)),
                "order_ids": array_text(order_ids),
            },
        )
        assert cursor.rowcount == len(order_ids), f"purchase {purchase_id} is not one that expired unpaid"


def record_shopper_purchases(events: Sequence[OutboxEvent]) -> None:
    """Bring "my purchases" up to date with these events; a purchase named twice is written once, as it stands now."""
    ids = sorted({event.subject_id for event in events if event.kind in _OF_PURCHASES})
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(
                load_sql("orders", "record_shopper_purchases"),
                {"lanes": array_text(map(lane_of, ids)), "ids": array_text(ids)},
            )
