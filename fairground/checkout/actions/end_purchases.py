"""Ending purchases that are not paid: they expire, or their shopper cancels; the units go back on the shelf."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F

from fairground.checkout.figures import order_figures
from fairground.checkout.queries import unpaid_before
from fairground.checkout.rules.paying import PurchaseFacts, UnknownPurchase
from fairground.checkout.rules.placing import RESERVATION_EXTENDED_MS
from fairground.checkout.turns import with_turn
from fairground.dashboard.actions import OrderFigures, add_tallies
from fairground.dashboard.models import TallyKind
from fairground.festivals.actions import return_deal_units
from fairground.festivals.queries import DealBuyerKey
from fairground.inventory.actions import UnitsMoved, move_units
from fairground.kernel.clock import from_unix_ms, to_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.models import Writer
from fairground.kernel.outbox import OUTBOX_ROWS, OutboxKind
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import Turn
from fairground.orders.actions import set_order_states, set_purchase_states
from fairground.orders.models import Purchase
from fairground.orders.rules import Step

EXPIRED_A_BATCH_MAX = 1000


class NotCancellable(Refusal):
    """The purchase is paid or has ended."""


def expire_purchases(*, now_ms: int) -> int:
    """Let every purchase expire whose reservation is over, in batches a writer, and return how many did."""
    expired = 0
    for writer in Writer.objects.order_by("id"):
        while True:
            due = unpaid_before(writer=writer, now_ms=now_ms, purchases_max=EXPIRED_A_BATCH_MAX)
            expired += len(_end(due, then=Step.EXPIRED, now_ms=now_ms, only_due=True))
            if len(due) < EXPIRED_A_BATCH_MAX:
                break
        # What was placed longer ago than any reservation lasts is settled now: the next sweep starts after it.
        Writer.objects.filter(pk=writer.pk).update(swept_to_ms=now_ms - RESERVATION_EXTENDED_MS)
    return expired


def cancel_purchase(*, purchase_id: int, shopper_id: int, now_ms: int) -> None:
    """Cancel a purchase that is not paid yet.

    :raises UnknownPurchase: there is none, or it is another shopper's
    :raises NotCancellable: it is paid or has ended
    :raises ShopBusy: the writer's turn was not had in time; nothing changed
    """
    if not Purchase.objects.filter(pk=(lane_of(purchase_id), purchase_id), shopper_id=shopper_id).exists():
        raise UnknownPurchase(purchase_id=purchase_id)
    if not _end([purchase_id], then=Step.CANCELLED, now_ms=now_ms, only_due=False, by_hand=True):
        raise NotCancellable(purchase_id=purchase_id)


def extend_reservation(*, purchase_id: int, now_ms: int) -> bool:
    """Extend a reservation to 30 minutes for a payment that is pending elsewhere; once, and only while it is unpaid.

    True: a sweep that runs at the same time does not end it any more.
    """
    more = timedelta(milliseconds=RESERVATION_EXTENDED_MS)

    def work(turn: Turn, purchases: Mapping[int, PurchaseFacts]) -> bool:
        unpaid = Purchase.objects.filter(pk=(lane_of(purchase_id), purchase_id), state=Step.PLACED, extended=False)
        return bool(unpaid.update(extended=True, pay_before=F("placed_at") + more))

    return with_turn(work, purchase_ids=[purchase_id], lanes=(), now_ms=now_ms, ids_max=0, outbox_rows=0)


def _end(
    purchase_ids: Sequence[int], *, then: Step, now_ms: int, only_due: bool, by_hand: bool = False
) -> list[PurchaseFacts]:
    if not purchase_ids:
        return []

    def work(turn: Turn, purchases: Mapping[int, PurchaseFacts]) -> list[PurchaseFacts]:
        ending = [
            one
            for one in purchases.values()
            if one.state == Step.PLACED and (one.pay_before_ms <= now_ms or not only_due)
        ]
        _write(turn, ending, then, from_unix_ms(now_ms))
        return ending

    count = len(purchase_ids)
    return with_turn(
        work, purchase_ids=purchase_ids, lanes=(), now_ms=now_ms, ids_max=0, outbox_rows=count, by_hand=by_hand
    )


def _write(turn: Turn, ending: Sequence[PurchaseFacts], then: Step, at: datetime) -> None:
    kind = OutboxKind.PURCHASE_EXPIRED if then is Step.EXPIRED else OutboxKind.PURCHASE_CANCELLED
    units: dict[int, int] = {}
    returned: dict[DealBuyerKey, int] = {}
    outbox: list[bytes] = []
    figures: list[OrderFigures] = []
    for purchase in ending:
        seq = turn.outbox_seq + len(outbox) + 1
        outbox.append(OUTBOX_ROWS.row(turn.writer_id, seq, kind.value, purchase.purchase_id, to_unix_ms(at)))
        for order in purchase.orders:
            figures.append(order_figures(order, currency=purchase.currency, kind=TallyKind.VOIDED))
            for stock_id, deal_id, quantity in zip(order.stock_ids, order.deal_ids, order.quantities, strict=True):
                units[stock_id] = units.get(stock_id, 0) + quantity
                if deal_id:
                    buyer = (lane_of(deal_id), deal_id, purchase.shopper_id)
                    returned[buyer] = returned.get(buyer, 0) + quantity
    set_purchase_states([one.purchase_id for one in ending], now=Step.PLACED, then=then, at=at)
    order_ids = [order.order_id for one in ending for order in one.orders]
    set_order_states(order_ids, now=Step.PLACED, then=then, at=at)
    move_units({stock_id: UnitsMoved(-quantity, 0) for stock_id, quantity in units.items()})
    return_deal_units(returned)
    with connection.cursor() as cursor:
        OUTBOX_ROWS.write(cursor, outbox)
    add_tallies(turn=turn, second=to_unix_ms(at) // 1000, figures=figures)
