"""Ending purchases that are not paid: they expire, or are cancelled; the units go back on the shelf."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F

from fairground.checkout.actions.end_deposits import IDS_A_DEPOSIT_MAX, audit_broken_off, end_deposits
from fairground.checkout.figures import order_figures
from fairground.checkout.giving import return_given
from fairground.checkout.presales import balances_overdue
from fairground.checkout.queries import unpaid_before
from fairground.checkout.rules.paying import PurchaseFacts, UnknownPurchase
from fairground.checkout.rules.placing import RESERVATION_EXTENDED_MS
from fairground.checkout.rules.presales import Failure
from fairground.checkout.turns import with_turn
from fairground.dashboard.actions import OrderFigures, add_tallies
from fairground.dashboard.models import TallyKind
from fairground.festivals.actions import return_deal_units
from fairground.festivals.queries import DealBuyerKey
from fairground.inventory.actions import UnitsMoved, move_units
from fairground.kernel.aside import keys_aside
from fairground.kernel.clock import from_unix_ms, to_unix_ms
from fairground.kernel.edits import By
from fairground.kernel.ids import lane_of
from fairground.kernel.models import Writer
from fairground.kernel.outbox import OUTBOX_ROWS, OutboxKind
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import Turn
from fairground.orders.actions import set_deposits_ended, set_order_states, set_purchase_states
from fairground.orders.models import Purchase
from fairground.orders.rules import Step
from fairground.payments.life import WAITING_MAX_MS
from fairground.payments.reading import purchases_being_paid

EXPIRED_A_BATCH_MAX = 1000
# Under this name the sweep sets purchases aside, also in `sql/`.
CHORE = "expiries"
_UNPAID = frozenset({Step.PLACED, Step.DEPOSITED})


class NotCancellable(Refusal):
    """The purchase is paid or has ended."""


class NotDeposited(Refusal):
    """The purchase is no presale whose deposit is paid and whose balance is not."""


def expire_purchases(*, now_ms: int) -> int:
    """Let every purchase expire whose reservation is over, in batches a writer, and return how many did.

    Of a presale whose deposit is paid it lasts until the window of the balance closes, long after it was placed.
    """
    expired = 0
    for writer in Writer.objects.order_by("id"):
        for overdue in (unpaid_before, balances_overdue):
            while True:
                due = overdue(writer=writer, now_ms=now_ms, purchases_max=EXPIRED_A_BATCH_MAX)
                expired += expire_these(purchase_ids=due, now_ms=now_ms)
                if len(due) < EXPIRED_A_BATCH_MAX:
                    break
    note_swept(now_ms=now_ms)
    return expired


def purchases_overdue(*, now_ms: int) -> list[list[int]]:
    """Return purchases whose reservation or whose window for the balance is over, in batches of one writer each."""
    return [
        overdue(writer=writer, now_ms=now_ms, purchases_max=EXPIRED_A_BATCH_MAX)
        for writer in Writer.objects.order_by("id")
        for overdue in (unpaid_before, balances_overdue)
    ]


def expire_these(*, purchase_ids: Sequence[int], now_ms: int) -> int:
    """Let those of these purchases expire whose time is over, in one transaction, and return how many."""
    return len(_end(purchase_ids, _Ending(Step.EXPIRED, Failure.NOT_PAID, only_due=True), now_ms=now_ms))


def note_swept(*, now_ms: int) -> None:
    """Note that all is settled that was placed longer ago than any reservation lasts: the next sweep starts after it.

    Not of a writer that has a purchase set aside, which is not settled.
    """
    aside = {lane_of(int(one)) for one in keys_aside(chore=CHORE)}
    writers = Writer.objects.all()
    for lane in aside:
        writers = writers.exclude(lane_from__lte=lane, lane_to__gt=lane)
    writers.update(swept_to_ms=now_ms - RESERVATION_EXTENDED_MS)


def cancel_purchase(*, purchase_id: int, shopper_id: int, now_ms: int, seen: Step | None = None) -> None:
    """Cancel a purchase that is not paid yet; of a presale also between its payments, by the law of its market.

    `seen` is the state that the shopper was asked about: a deposit paid meanwhile would be lost without a word. Where
    nothing can be cancelled in that state, no turn is taken.

    :raises UnknownPurchase: there is none, or it is another shopper's
    :raises NotCancellable: it is paid, has ended, or is not what the shopper saw any more
    :raises ShopBusy: the writer's turn was not had in time; nothing changed
    """
    if not Purchase.objects.filter(pk=(lane_of(purchase_id), purchase_id), shopper_id=shopper_id).exists():
        raise UnknownPurchase(purchase_id=purchase_id)
    may_end = _UNPAID if seen is None else _UNPAID & {seen}
    if not may_end:
        raise NotCancellable(purchase_id=purchase_id)
    ending = _Ending(Step.CANCELLED, Failure.CANCELLED, may_end=may_end, by_hand=True)
    if not _end([purchase_id], ending, now_ms=now_ms):
        raise NotCancellable(purchase_id=purchase_id)


def break_off_presales(*, purchase_ids: Sequence[int], by: By) -> None:
    """Cancel presales whose merchant can't deliver, after the deposit and before the balance; all or none.

    Earnest money goes back doubled, as much again fronted by the platform and owed by the merchant; an advance goes
    back.

    :raises NotDeposited: one of them is not between its payments; nothing changed
    :raises ShopBusy: the writer's turn was not had in time; nothing changed
    """
    may_end = frozenset({Step.DEPOSITED})
    ending = _Ending(Step.CANCELLED, Failure.MERCHANT, may_end=may_end, by_hand=True, by=by)
    _end(purchase_ids, ending, now_ms=to_unix_ms(by.now))


def charge_back_presale(*, turn: Turn, purchase: PurchaseFacts, now_ms: int) -> None:
    """Cancel a presale whose deposit a bank took back, for who holds its turn: the deposit covers that."""
    assert purchase.state == Step.DEPOSITED, purchase
    _write(turn, [purchase], _Ending(Step.CANCELLED, Failure.CHARGED_BACK), now_ms)


def extend_reservation(*, purchase_id: int, now_ms: int) -> bool:
    """Extend a reservation to 30 minutes for a payment that is pending elsewhere; once, and only while it is unpaid.

    True: a sweep that runs at the same time does not end it any more.
    """

    def work(turn: Turn, purchases: Mapping[int, PurchaseFacts]) -> bool:
        return extend_under_turn(purchase_id=purchase_id)

    return with_turn(work, purchase_ids=[purchase_id], lanes=(), now_ms=now_ms, ids_max=0, outbox_rows=0)


def extend_under_turn(*, purchase_id: int) -> bool:
    """Extend a reservation as `extend_reservation` does, for who holds the purchase's turn."""
    more = timedelta(milliseconds=RESERVATION_EXTENDED_MS)
    unpaid = Purchase.objects.filter(pk=(lane_of(purchase_id), purchase_id), state=Step.PLACED, extended=False)
    return bool(unpaid.update(extended=True, pay_before=F("placed_at") + more))


@dataclass(frozen=True, slots=True)
class _Ending:
    """From where and how purchases end, and why presales do; `by` is who broke them off, who means all or none."""

    then: Step
    failure: Failure
    may_end: frozenset[Step] = _UNPAID
    only_due: bool = False
    by_hand: bool = False
    by: By | None = None


def _end(purchase_ids: Sequence[int], ending: _Ending, *, now_ms: int) -> list[PurchaseFacts]:
    if not purchase_ids:
        return []

    def work(turn: Turn, purchases: Mapping[int, PurchaseFacts]) -> list[PurchaseFacts]:
        found = [one for one in purchases.values() if one.state in ending.may_end]
        if ending.only_due:
            found = _overdue(found, now_ms)
        if ending.by:
            for purchase_id in sorted(set(purchase_ids) - {one.purchase_id for one in found}):
                raise NotDeposited(purchase_id=purchase_id)
        _write(turn, found, ending, now_ms)
        return found

    count = len(purchase_ids)
    return with_turn(
        work,
        purchase_ids=purchase_ids,
        lanes=(),
        now_ms=now_ms,
        ids_max=count * IDS_A_DEPOSIT_MAX,
        outbox_rows=count,
        by_hand=ending.by_hand,
    )


def _overdue(found: Sequence[PurchaseFacts], now_ms: int) -> list[PurchaseFacts]:
    """Return those whose time is over, but no presale whose balance a provider is taking: it was begun in time."""
    over = [one for one in found if one.pay_before_ms <= now_ms]
    deposited = [one.purchase_id for one in over if one.state == Step.DEPOSITED]
    begun_after = from_unix_ms(now_ms - WAITING_MAX_MS)
    waiting = purchases_being_paid(purchase_ids=deposited, begun_after=begun_after) if deposited else set()
    return [one for one in over if one.purchase_id not in waiting]


def _write(turn: Turn, found: Sequence[PurchaseFacts], ending: _Ending, now_ms: int) -> None:
    at, then = from_unix_ms(now_ms), ending.then
    kind = OutboxKind.PURCHASE_EXPIRED if then is Step.EXPIRED else OutboxKind.PURCHASE_CANCELLED
    units: dict[int, int] = {}
    returned: dict[DealBuyerKey, int] = {}
    outbox: list[bytes] = []
    figures: list[OrderFigures] = []
    for purchase in found:
        seq = turn.outbox_seq + len(outbox) + 1
        outbox.append(OUTBOX_ROWS.row(turn.writer_id, seq, kind.value, purchase.purchase_id, now_ms))
        for order in purchase.orders:
            figures.append(order_figures(order, currency=purchase.currency, kind=TallyKind.VOIDED))
            for stock_id, deal_id, quantity in zip(order.stock_ids, order.deal_ids, order.quantities, strict=True):
                units[stock_id] = units.get(stock_id, 0) + quantity
                if deal_id:
                    buyer = (lane_of(deal_id), deal_id, purchase.shopper_id)
                    returned[buyer] = returned.get(buyer, 0) + quantity
    _set_states(turn, found, ending, at)
    move_units({stock_id: UnitsMoved(-quantity, 0) for stock_id, quantity in units.items()})
    return_deal_units(returned)
    return_given({one.purchase_id: (one.shopper_id, one.orders[0].market.decode()) for one in found})
    with connection.cursor() as cursor:
        OUTBOX_ROWS.write(cursor, outbox)
    add_tallies(turn=turn, second=now_ms // 1000, figures=figures)


def _set_states(turn: Turn, found: Sequence[PurchaseFacts], ending: _Ending, at: datetime) -> None:
    """Take the purchases and their orders to their end; the deposits of presales go to whom they belong."""
    placed = [one for one in found if one.state == Step.PLACED]
    deposited = [one for one in found if one.state == Step.DEPOSITED]
    set_purchase_states([one.purchase_id for one in placed], now=Step.PLACED, then=ending.then, at=at)
    for before, some in ((Step.PLACED, placed), (Step.DEPOSITED, deposited)):
        order_ids = [order.order_id for one in some for order in one.orders]
        set_order_states(order_ids, now=before, then=ending.then, at=at)
    if deposited:
        ends = end_deposits(turn=turn, ending=deposited, failure=ending.failure, now_ms=to_unix_ms(at))
        set_deposits_ended(ends, then=ending.then, at=at)
        if ending.by:
            audit_broken_off(by=ending.by, purchases=ends)
