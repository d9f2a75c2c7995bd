"""Withdrawals: what was sent from the page is matched, what has not left is paid back, the rest waits for the staff."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from django.db import transaction

from fairground.checkout.actions.end_purchases import NotCancellable, cancel_purchase
from fairground.checkout.actions.give_back import EVENTS_AN_ORDER_MAX, IDS_AN_ORDER_MAX, give_back
from fairground.checkout.queries import read_purchases
from fairground.checkout.refunds import read_sold_lines
from fairground.checkout.rights import right_to_withdraw
from fairground.checkout.rules.paying import OrderOfPurchase, PurchaseFacts
from fairground.checkout.rules.refunding import LineSold, ShopperErased, rest_back
from fairground.checkout.turns import with_turn
from fairground.fulfilment.actions import WithdrawalPlan, forget_posted, write_withdrawals
from fairground.fulfilment.queries import PostedFacts, parcels_of, posted_withdrawals, withdrawals_of
from fairground.fulfilment.rules import WithdrawalEnd, WithdrawnOrder, decide_withdrawal, refund_by
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import ShopBusy
from fairground.kernel.ids import lane_of
from fairground.kernel.writer import Turn
from fairground.markets.rules import DepositMode
from fairground.orders.meant import OrdersMeant, orders_meant, orders_of_email
from fairground.orders.models import Order
from fairground.orders.rules import Step

# What is matched in a pass; each takes a turn of its own, as a batch at the door does.
MATCHED_A_PASS_MAX = 100


def match_withdrawals(*, now_ms: int) -> int:
    """Match what was sent from the page of withdrawals, the oldest first, and return how many letters were taken.

    Number and e-mail must be those of a purchase; what matches nothing is forgotten. An order is withdrawn from once,
    whatever is sent again. Each letter goes in the transaction that takes it: stopped anywhere, it is taken once.
    """
    letters = posted_withdrawals(letters_max=MATCHED_A_PASS_MAX)
    for letter in letters:
        # Where the sale is busy the letter stays, and is taken in the next pass.
        with suppress(ShopBusy):
            match_letters(letters=[letter], now_ms=now_ms)
    return len(letters)


def match_letters(*, letters: Sequence[PostedFacts], now_ms: int) -> None:
    """Match these letters, each in a transaction of its own, as `match_withdrawals` does.

    :raises ShopBusy: this letter and those behind it stay as they are
    """
    for letter in letters:
        _match(letter, now_ms)


def _match(letter: PostedFacts, now_ms: int) -> None:
    meant = orders_meant(letter.number)
    order_ids = orders_of_email(order_ids=meant.order_ids, email=letter.email) if meant else ()
    if meant is None or not order_ids:
        with transaction.atomic(durable=True):
            forget_posted(letter.id)
        return
    _cancel_unpaid(letter, meant, now_ms)
    try:
        _withdraw(letter, meant.purchase_id, order_ids, now_ms, may_cancel=True)
    except ShopperErased:
        _withdraw(letter, meant.purchase_id, order_ids, now_ms, may_cancel=False)


def _cancel_unpaid(letter: PostedFacts, meant: OrdersMeant, now_ms: int) -> None:
    """A purchase that is not paid, or of which an advance is, ends as if its shopper had cancelled it.

    Earnest money would be lost by that: so the staff looks at it.
    """
    purchase = read_purchases([meant.purchase_id], now=from_unix_ms(now_ms))[meant.purchase_id]
    is_whole = not letter.statement and len(meant.order_ids) == len(purchase.orders)
    is_earnest = purchase.presale is not None and purchase.presale.mode == DepositMode.EARNEST
    has_right = all(right_to_withdraw(order).days for order in purchase.orders)
    if purchase.state == Step.PLACED or (purchase.state == Step.DEPOSITED and not is_earnest):
        if not (is_whole and has_right) or withdrawals_of(order_ids=meant.order_ids):
            return
        try:
            cancel_purchase(purchase_id=meant.purchase_id, shopper_id=purchase.shopper_id, now_ms=now_ms)
        except NotCancellable:
            return


def _withdraw(
    letter: PostedFacts, purchase_id: int, order_ids: Sequence[int], now_ms: int, *, may_cancel: bool
) -> None:
    def work(turn: Turn, purchases: Mapping[int, PurchaseFacts]) -> None:
        if not forget_posted(letter.id):
            return
        purchase = purchases[purchase_id]
        before = withdrawals_of(order_ids=order_ids)
        orders = [one for one in purchase.orders if one.order_id in order_ids and one.order_id not in before]
        lines = read_sold_lines([one.order_id for one in orders])
        ends = _ends(letter, orders, lines)
        backs = [
            rest_back(purchase, one, lines[one.order_id])
            for one in orders
            if ends[one.order_id] is WithdrawalEnd.CANCELLED and one.state == Step.PAID
        ]
        if not may_cancel:
            ends |= {back.order.order_id: WithdrawalEnd.NOTED for back in backs}
            backs = []
        give_back(turn=turn, backs=backs, now_ms=now_ms)
        write_withdrawals([_plan(letter, purchase, one, ends[one.order_id]) for one in orders], at=from_unix_ms(now_ms))

    with_turn(
        work,
        purchase_ids=[purchase_id],
        lanes=[lane_of(one) for one in order_ids],
        now_ms=now_ms,
        ids_max=IDS_AN_ORDER_MAX * len(order_ids),
        outbox_rows=EVENTS_AN_ORDER_MAX * len(order_ids),
    )


def _ends(
    letter: PostedFacts, orders: Sequence[OrderOfPurchase], lines: Mapping[int, Sequence[LineSold]]
) -> dict[int, WithdrawalEnd]:
    ids = [one.order_id for one in orders]
    moments = _moments(ids)
    parcels = parcels_of(order_ids=ids)
    ends: dict[int, WithdrawalEnd] = {}
    for order in orders:
        right = right_to_withdraw(order)
        delivered_at, ended_at = moments[order.order_id]
        withdrawn = WithdrawnOrder(
            state=Step(order.state),
            ended_at=ended_at,
            delivered_at=delivered_at,
            kept_units=sum(one.kept_units for one in lines[order.order_id]),
            has_parcels=order.order_id in parcels,
        )
        ends[order.order_id] = decide_withdrawal(
            withdrawn,
            declared_at=letter.declared_at,
            days=right.days,
            zone=right.zone,
            is_partial=bool(letter.statement),
        )
    return ends


def _moments(order_ids: Sequence[int]) -> dict[int, tuple[datetime | None, datetime | None]]:
    rows = Order.objects.filter(pk__in=[(lane_of(one), one) for one in order_ids])
    return {one.id: (one.delivered_at, one.ended_at) for one in rows}


def _plan(
    letter: PostedFacts, purchase: PurchaseFacts, order: OrderOfPurchase, outcome: WithdrawalEnd
) -> WithdrawalPlan:
    return WithdrawalPlan(
        order_id=order.order_id,
        purchase_id=purchase.purchase_id,
        shopper_id=purchase.shopper_id,
        merchant_id=order.merchant_id,
        outcome=outcome,
        name=letter.name,
        statement=letter.statement,
        language=letter.language,
        declared_at=letter.declared_at,
        refund_by=refund_by(declared_at=letter.declared_at) if outcome is WithdrawalEnd.NOTED else None,
    )
